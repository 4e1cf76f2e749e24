//! 7.4 Reconnecting.

use super::CLIENT;
use crate::conformance::Section;

pub(super) const SECTION: Section =
    Section { number: "7.4", checks: &[], unseen: &[unseen!(CLIENT => "7.4/1", "7.4/2", "7.4/3", "7.4/4")] };

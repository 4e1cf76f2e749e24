//! 2.8 Faults in what a client receives.

use super::CLIENT;
use crate::conformance::Section;

pub(super) const SECTION: Section =
    Section { number: "2.8", checks: &[], unseen: &[unseen!(CLIENT => "2.8/1", "2.8/2", "2.8/3", "2.8/4", "2.8/5")] };

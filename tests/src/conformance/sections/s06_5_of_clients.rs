//! 6.5 What a client checks, and 6.6 After a lost connection.

use super::{CLIENT, PERMISSION};
use crate::conformance::Section;

pub(super) const CHECKS: Section = Section {
    number: "6.5",
    checks: &[],
    unseen: &[unseen!(CLIENT => "6.5/1", "6.5/2", "6.5/3", "6.5/4", "6.5/5"), unseen!(PERMISSION => "6.5/6")],
};

pub(super) const RESUMING: Section =
    Section { number: "6.6", checks: &[], unseen: &[unseen!(CLIENT => "6.6/1", "6.6/2", "6.6/3")] };

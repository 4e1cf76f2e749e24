//! 13 Security considerations.

use super::CLIENT;
use crate::conformance::Section;

pub(super) const SECTION: Section = Section {
    number: "13",
    checks: &[],
    unseen: &[
        unseen!("no connection shows what a server writes to its log" => "13/1"),
        unseen!("who may read which history is the operator's choice, and no connection shows it" => "13/2"),
        unseen!(CLIENT => "13/3"),
    ],
};

//! 3.1 Greeting.

use super::{CLIENT, PERMISSION};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "3.1",
    checks: &[
        check!(the_greeting_comes_unasked: "3.1/1").peers(1),
        check!(the_greeting_names_version_1: "3.1/2").peers(1),
    ],
    unseen: &[unseen!(PERMISSION => "3.1/3"), unseen!(CLIENT => "3.1/4", "3.1/5", "3.1/6")],
};

fn the_greeting_comes_unasked(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.connect_unread("peer")?;
    let greeting = peer.expect("3.1/1", "FANFARE/<versions> <words>")?;
    let numbers: Option<Vec<u64>> = greeting.get("versions").split(',').map(|number| number.parse().ok()).collect();
    let rise = numbers.is_some_and(|numbers| numbers.is_sorted_by(|one, next| one < next));
    stage.hold("3.1/1", rise, "numbers in rising order, separated by commas", greeting.line)?;
    // Nothing else was sent unasked.
    peer.expect_nothing("3.1/1")
}

fn the_greeting_names_version_1(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.connect_unread("peer")?;
    let greeting = peer.expect("3.1/1", "FANFARE/<versions> <words>")?;
    let names_it = greeting.get("versions").split(',').any(|version| version == "1");
    stage.hold("3.1/2", names_it, "1 among the versions", greeting.line)
}

//! 5.7 GAP and 5.8 NOTE.

use super::CLIENT;
use super::answers::answers;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const GAP: Section = Section {
    number: "5.7",
    checks: &[check!(a_gap_goes_from_first_to_last: "5.7/1").peers(2)],
    unseen: &[unseen!(CLIENT => "5.7/2")],
};

pub(super) const NOTE: Section = Section { number: "5.8", checks: &[], unseen: &[unseen!(CLIENT => "5.8/1", "5.8/2")] };

fn a_gap_goes_from_first_to_last(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.framed("alice")?;
    let epoch = stage.join(&mut alice, &room)?.get("epoch").to_owned();
    alice.send(&format!("SAY {room} :x\n").repeat(5));
    answers(&mut alice, "4.7/1", 5)?;
    let mut bob = stage.framed("bob")?;
    // From where, how many, and the numbers that are left out; nothing is, where nothing would be named.
    for (after, last, missed) in [(0, 1, Some((1, 4))), (3, 1, Some((4, 4))), (1, 0, Some((2, 5))), (2, 3, None)] {
        bob.send(&format!("JOIN {room} after={epoch}:{after} last={last}"));
        bob.expect("4.5/3", &format!("OK epoch={epoch} next={} newest=5 members=2", after + 1))?;
        if let Some((first, last)) = missed {
            bob.expect("5.7/1", &format!("GAP {room} {first} {last} slow"))?;
        }
        let (replay, _) = bob.until("5.5/2", &format!("JOINED {room} {}", bob.name))?;
        let is_replay = replay.iter().all(|line| line.starts_with("MSG "));
        stage.hold("5.7/1", is_replay, "messages alone", replay.join(", "))?;
        bob.send(&format!("LEAVE {room}"));
        bob.expect("4.6/1", "OK")?;
    }
    Ok(())
}

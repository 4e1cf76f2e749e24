//! 4.6 LEAVE.

use super::PERMISSION;
use super::answers::{answers, is_refused};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.6",
    checks: &[
        check!(after_the_ok_of_leave_the_room_is_silent: "4.6/1", "4.6/2").peers(2),
        check!(the_others_are_told_the_reason: "4.6/3").peers(2),
    ],
    unseen: &[unseen!(PERMISSION => "4.6/4")],
};

fn after_the_ok_of_leave_the_room_is_silent(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.framed("bob")?;
    for _ in 0..5 {
        // The room speaks before, meanwhile and after.
        alice.send(&format!("SAY {room} :before\n").repeat(3));
        bob.send(&format!("JOIN {room}\nLEAVE {room} :my own reason"));
        alice.send(&format!("SAY {room} :meanwhile\n").repeat(3));
        bob.expect("4.5/3", "OK epoch=<epoch> next=<next> newest=<newest> members=2")?;
        let (events, _) = bob.until("4.6/1", "OK")?;
        let is_told = events.iter().any(|line| line.starts_with("LEFT "));
        stage.hold("4.6/2", !is_told, "no LEFT of one's own LEAVE", events.join(", "))?;
        // Whatever was to come of this has come to alice.
        alice.send(&format!("SAY {room} :after"));
        answers(&mut alice, "4.1/1", 7)?;
        bob.expect_nothing("4.6/1")?;
    }
    is_refused(stage, &mut bob, "7.1/2", &format!("LEAVE {room}"), "not-joined")?;
    let nowhere = stage.room("nowhere");
    is_refused(stage, &mut bob, "7.1/2", &format!("LEAVE {nowhere} :why"), "not-joined")?;
    // Until it joins again.
    bob.send(&format!("JOIN {room}"));
    bob.expect("4.5/3", "OK epoch=<epoch> next=<next> newest=<newest> members=2")?;
    bob.expect("5.5/1", &format!("JOINED {room} {}", bob.name)).map(drop)
}

fn the_others_are_told_the_reason(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.framed("bob")?;
    let longest = "x".repeat(256);
    let lines = "{9}\none\n\ntwo\n";
    for (sent, told) in [
        (":Supper", ":Supper"),
        ("{6}\nSupper", ":Supper"),
        (":", ":"),
        (lines, lines),
        (":\u{e9}\u{20ac}\t{1}", ":\u{e9}\u{20ac}\t{1}"),
        (&format!(":{longest}"), &format!(":{longest}")),
    ] {
        bob.send(&format!("JOIN {room}\nLEAVE {room} {sent}"));
        alice.expect("5.5/1", &format!("JOINED {room} {}", bob.name))?;
        alice.expect("4.6/3", &format!("LEFT {room} {} {told}", bob.name))?;
        bob.until("4.6/1", "OK")?;
    }
    // One octet more is too much, and one stays a member.
    bob.send(&format!("JOIN {room}\nLEAVE {room} :{longest}x"));
    bob.until("2.7/1", "ERR bad-arguments <rest>")?;
    alice.expect("5.5/1", &format!("JOINED {room} {}", bob.name))?;
    alice.expect_nothing("2.7/4")
}

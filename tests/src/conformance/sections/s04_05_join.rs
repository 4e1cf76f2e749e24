//! 4.5 JOIN.

use super::answers::{answers, is_refused};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.5",
    checks: &[
        check!(join_makes_the_room: "4.5/1").peers(2),
        check!(nothing_else_makes_a_room: "4.5/2").peers(1),
        check!(the_ok_of_join_comes_before_all_events: "4.5/3").peers(3),
        check!(who_is_in_too_many_rooms_makes_no_further_one: "4.5/1", "4.5/2").peers(2),
    ],
    unseen: &[],
};

fn join_makes_the_room(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut asker = stage.framed("asker")?;
    is_refused(stage, &mut asker, "4.5/1", &format!("WHO {room}"), "no-such-room")?;
    let mut peer = stage.framed("peer")?;
    peer.send(&format!("JOIN {room}"));
    peer.expect("4.5/1", "OK epoch=<epoch> next=1 newest=0 members=1")?;
    peer.expect("5.5/1", &format!("JOINED {room} {}", peer.name))?;
    asker.send(&format!("WHO {room}"));
    asker.expect_all("4.5/1", &[&format!("NAMES {room} {}", peer.name), "OK members=1"])?;
    is_refused(stage, &mut peer, "7.1/2", &format!("JOIN {room}"), "already-joined")?;
    // The members that OK counts include oneself.
    asker.send(&format!("JOIN {room}"));
    asker.expect("4.5/1", "OK epoch=<epoch> next=1 newest=0 members=2").map(drop)
}

fn nothing_else_makes_a_room(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    let others = [
        (format!("SAY {room} :x"), "not-joined"),
        (format!("LEAVE {room}"), "not-joined"),
        (format!("HISTORY {room} 1 1"), "not-joined"),
        (format!("WHO {room}"), "no-such-room"),
        (format!("WHO {room} after={}", peer.name), "no-such-room"),
        // A JOIN that is faulty makes none either.
        (format!("JOIN {room} last=x"), "bad-arguments"),
    ];
    for (request, code) in &others {
        is_refused(stage, &mut peer, "7.1/2", request, code)?;
    }
    peer.send(&format!("ROOMS after={room}"));
    answers(&mut peer, "4.1/1", 1)?;
    is_refused(stage, &mut peer, "4.5/2", &format!("WHO {room}"), "no-such-room")?;
    peer.send(&format!("ROOMS after={}", &room[..room.len() - 1]));
    let listed = answers(&mut peer, "4.1/1", 1)?;
    let is_listed = listed.iter().flatten().any(|line| line.starts_with(&format!("ROOM {room} ")));
    stage.hold("4.5/2", !is_listed, "no such room", format!("ROOM {room}"))
}

fn the_ok_of_join_comes_before_all_events(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    alice.send(&format!("SAY {room} :old\n").repeat(20));
    answers(&mut alice, "4.7/1", 20)?;
    // While somebody goes on speaking.
    alice.send(&format!("SAY {room} :new\n").repeat(20));
    let mut bob = stage.framed("bob")?;
    for _ in 0..10 {
        bob.send(&format!("JOIN {room} last=9\nLEAVE {room}"));
        bob.expect("4.5/3", "OK epoch=<epoch> next=<next> newest=<newest> members=2")?;
        bob.until("4.6/1", "OK")?;
    }
    Ok(())
}

fn who_is_in_too_many_rooms_makes_no_further_one(stage: &mut Stage<'_>) -> Outcome {
    let most = stage.need(stage.terms.profile.rooms_of_connection, "--rooms-of-connection")?;
    if most > 1_000 {
        return stage.skip("a connection can be in more rooms than the check joins");
    }
    let mut peer = stage.framed("peer")?;
    for number in 0..most {
        peer.send_paced(&format!("JOIN {}", stage.room(&format!("room-{number}"))));
        peer.expect("4.5/1", "OK epoch=<epoch> next=<next> newest=<newest> members=1")?;
        peer.expect("5.5/1", "JOINED <room> <name>")?;
    }
    let further = stage.room("further");
    peer.send_paced("");
    is_refused(stage, &mut peer, "7.1/2", &format!("JOIN {further}"), "too-many-rooms")?;
    peer.send_paced("");
    is_refused(stage, &mut peer, "2.7/2", &format!("JOIN {}", stage.room("room-0")), "already-joined")?;
    let mut other = stage.framed("other")?;
    is_refused(stage, &mut other, "4.5/2", &format!("WHO {further}"), "no-such-room")?;
    // Who leaves one can join another.
    peer.send_paced(&format!("LEAVE {}", stage.room("room-0")));
    peer.expect("4.1/1", "OK")?;
    peer.send_paced(&format!("JOIN {further}"));
    peer.expect("4.5/1", "OK epoch=<epoch> next=1 newest=0 members=1").map(drop)
}

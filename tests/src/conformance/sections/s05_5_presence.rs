//! 5.5 JOINED and LEFT.

use super::CLIENT;
use super::answers::{answers, verb};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "5.5",
    checks: &[
        check!(all_members_see_who_joins: "5.5/1").peers(3),
        check!(the_own_joined_stands_between_replay_and_live: "5.5/2", "5.5/5").peers(3),
        check!(the_others_see_who_leaves_in_any_way: "5.5/3", "5.5/6").peers(2),
    ],
    unseen: &[
        unseen!("only moderation ends a membership like this, and this version defines none" => "5.5/4"),
        unseen!(CLIENT => "5.5/7"),
    ],
};

fn all_members_see_who_joins(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.member("bob", &room)?;
    alice.expect("5.5/1", &format!("JOINED {room} {}", bob.name))?;
    let mut carol = stage.framed("CaRoL")?;
    carol.send(&format!("JOIN {room}"));
    carol.expect("4.5/3", "OK epoch=<epoch> next=1 newest=0 members=3")?;
    for peer in [&mut alice, &mut bob, &mut carol] {
        let name = stage.name("CaRoL");
        peer.expect("5.5/1", &format!("JOINED {room} {name}"))?;
        peer.expect_nothing("5.5/1")?;
    }
    Ok(())
}

fn the_own_joined_stands_between_replay_and_live(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    // There was presence before, and between the messages.
    for text in ["one", "two", "three"] {
        let mut guest = stage.member(&format!("guest-{text}"), &room)?;
        guest.send(&format!("SAY {room} :{text}\nLEAVE {room}"));
        answers(&mut guest, "4.1/1", 2)?;
    }
    let mut newest = 3;
    for _ in 0..5 {
        // Somebody speaks at the same time.
        alice.send(&format!("SAY {room} :live\n").repeat(6));
        let mut bob = stage.framed("bob")?;
        bob.send(&format!("JOIN {room} last=1000"));
        let ok = bob.expect("4.5/3", "OK epoch=<epoch> next=1 newest=<newest> members=2")?;
        let joined = format!("JOINED {room} {}", bob.name);
        let (replay, _) = bob.until("5.5/2", &joined)?;
        let is_replay = replay.iter().all(|line| verb(line) == "MSG");
        stage.hold("5.5/5", is_replay, "messages alone", replay.join(", "))?;
        let replayed = replay.len() as u64;
        stage.hold("5.5/2", replayed == ok.number("newest")?, "the replay, and nothing live", replay.join(", "))?;
        newest += 6;
        for seq in replayed + 1..=newest {
            bob.expect("5.5/2", &format!("MSG {room} {seq} <rest>"))?;
        }
        bob.send(&format!("LEAVE {room}\nBYE"));
        bob.lines_to_the_end("9.1/2")?;
    }
    Ok(())
}

fn the_others_see_who_leaves_in_any_way(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    for (label, last) in [
        ("leave", format!("LEAVE {room}")),
        ("bye", "BYE".to_owned()),
        ("end", String::new()),
        ("reset", String::new()),
        ("fault", "PING {x".to_owned()),
    ] {
        let mut peer = stage.member(label, &room)?;
        let name = peer.name.clone();
        alice.expect("5.5/1", &format!("JOINED {room} {name}"))?;
        peer.send(&last);
        match label {
            "end" => peer.end_input(),
            "reset" => peer.reset(),
            _ => {}
        }
        let found = alice.expect("5.5/3", &format!("LEFT {room} <left>"))?;
        stage.same("5.5/6", &name.as_str(), &found.get("left"))?;
        alice.expect_nothing("5.5/3")?;
    }
    Ok(())
}

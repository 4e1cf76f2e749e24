//! 12 Versions and extension.

use super::{CLIENT, PERMISSION};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "12",
    checks: &[check!(what_has_a_verb_comes_by_it: "12/4").peers(2)],
    unseen: &[
        unseen!(CLIENT => "12/1"),
        unseen!("what each frame means is played by the checks of its own section" => "12/2"),
        unseen!(PERMISSION => "12/3"),
    ],
};

/// Each verb that a server of this version uses. Others may come besides, and not in their place.
fn what_has_a_verb_comes_by_it(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let before = &room[..room.len() - 1];
    let mut other = stage.member("other", &room)?;
    let mut peer = stage.connect("peer")?;
    let (name, other_name) = (peer.name.clone(), other.name.clone());
    for (request, answers) in [
        (format!("HELLO 1 {name}"), [format!("WELCOME {name} <rest>"), String::new()]),
        (format!("JOIN {room}"), ["OK epoch=<epoch> <rest>".to_owned(), format!("JOINED {room} {name}")]),
        (format!("SAY {room} :x"), [format!("MSG {room} 1 <at> {name} :x"), String::new()]),
        (
            format!("HISTORY {room} 1 1"),
            [format!("PAST {room} 1 <at> {name} :x"), "OK epoch=<epoch> <rest>".to_owned()],
        ),
        (format!("WHO {room}"), [format!("NAMES {room} {other_name} {name}"), "OK members=2".to_owned()]),
        (format!("ROOMS after={before}"), [format!("ROOM {room} members=2 newest=1"), String::new()]),
        ("SING".to_owned(), ["ERR unknown-verb <rest>".to_owned(), String::new()]),
        ("PING x".to_owned(), ["PONG x".to_owned(), String::new()]),
    ] {
        peer.send(&request);
        for answer in answers.iter().filter(|answer| !answer.is_empty()) {
            peer.until("12/4", answer)?;
        }
    }
    other.send(&format!("TELL {name} :psst\nLEAVE {room}"));
    // Nothing orders these two.
    let (mut told, mut left) = (false, false);
    while !(told && left) {
        let line = peer.line("12/4", "TOLD and LEFT")?;
        told |= line.starts_with("TOLD ");
        left |= line.starts_with("LEFT ");
    }
    peer.send("BYE");
    peer.until("12/4", "BYE bye <rest>").map(drop)
}

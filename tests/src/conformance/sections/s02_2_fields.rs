//! 2.2 Fields, and what else holds for everything that a server sends.

use super::trial::answered;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "2.2",
    checks: &[
        check!(
            everything_that_is_sent_has_its_form:
            "2.2/1", "2.2/2", "2.2/3", "2.2/4", "2.2/5", "2.2/7", "2.3/4", "2.3/5", "2.4/1", "2.4/2", "2.4/3",
            "2.5/1", "2.5/2", "2.5/3", "2.5/4", "2.5/7", "2.6/1", "7.1/3"
        ),
        check!(verbs_are_accepted_in_any_case: "2.2/6").peers(1),
    ],
    unseen: &[],
};

/// What the suite reads is watched for these in every check; here each kind of frame is read.
fn everything_that_is_sent_has_its_form(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.framed("bob")?;
    let epoch = stage.join(&mut bob, &room)?.get("epoch").to_owned();
    let (name, other) = (alice.name.clone(), bob.name.clone());
    bob.send(&format!("SAY {room} id=an-id colour=red {{3}}\na\nb\nTELL {name} id=an-id :p\tst\nSAY {room} :"));
    bob.until("4.1/1", "OK seq=2")?;
    // The longest text there may be.
    let longest = usize::try_from(stage.terms.announced.text).unwrap_or(65_536);
    let text = "some\nwords ".repeat(longest);
    bob.send(&format!("SAY {room} {{{longest}}}\n{}\nLEAVE {room} :Supper", &text[..longest]));
    bob.until("4.6/3", "OK")?;
    // Those that the server refuses, so that they reach nobody.
    bob.send_octets(
        format!("JOIN {room} after={epoch}:0 last=1\nSAY {room} :\u{1b}[1m\u{202e}\u{2028}\u{85}\n").as_bytes(),
    );
    bob.send_octets(&[format!("SAY {room} :").as_bytes(), b"\xff\xc0\x80\xed\xa0\x80\n"].concat());
    bob.until("6.3/2", &format!("JOINED {room} {other}"))?;
    bob.send("BYE :Good night");
    bob.until("4.14/1", "BYE bye <rest>")?;
    alice.until("4.14/3", &format!("LEFT {room} {other} :Good night"))?;
    // Of all rooms the first behind this one is the check's own.
    let before = &room[..room.len() - 1];
    alice.send(&format!(
        "JOIN {room}\nWHO {room}\nROOMS after={before}\nHISTORY {room} 1 9\nPING token\nSING\nHELLO 1 a"
    ));
    alice.send(&format!("SAY {room}\nSAY  {room}\nWHO {room}-none\nHISTORY {room} 1 2 epoch=never\nAUTH X\nTELL - :x"));
    alice.send(&format!("SAY {room}-none :x\nTELL {other} :Where are you?\nHELLO 2 x\nWHO -\nBYE"));
    alice.until("4.14/1", "BYE bye <rest>")?;
    stage.watched(SECTION.checks[0].requirements);
    Ok(())
}

fn verbs_are_accepted_in_any_case(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    for case in [str::to_ascii_lowercase as fn(&str) -> String, mixed] {
        let mut peer = stage.connect("peer")?;
        let name = peer.name.clone();
        for (verb, arguments, answer) in [
            ("PING", "x", "PONG x"),
            ("AUTH", "X", "ERR not-allowed <rest>"),
            ("HELLO", &format!("1 {name}"), &format!("WELCOME {name} <rest>")),
            ("ROOMS", "after=#\u{7e}", "ERR bad-arguments <rest>"),
            ("WHO", &format!("{room}-none"), "ERR no-such-room <rest>"),
            ("SAY", &format!("{room}-none :x"), "ERR not-joined <rest>"),
            ("LEAVE", &format!("{room}-none"), "ERR not-joined <rest>"),
            ("HISTORY", &format!("{room}-none 1 2"), "ERR not-joined <rest>"),
            ("SEARCH", &format!("{room}-none :x"), "ERR not-joined <rest>"),
            ("TELL", &format!("{name}-none :x"), "ERR no-such-name <rest>"),
        ] {
            answered(&mut peer, "2.2/6", format!("{} {arguments}\n", case(verb)), answer)?;
        }
        // No answer is a PONG's, and a JOIN has two lines.
        peer.send(&format!("{} x\n{} {room}", case("PONG"), case("JOIN")));
        peer.expect("2.2/6", "OK <rest>")?;
        peer.expect("2.2/6", &format!("JOINED {room} {name}"))?;
        peer.send(&case("BYE"));
        peer.expect("2.2/6", "BYE bye <rest>")?;
    }
    Ok(())
}

/// Every second letter in lower case.
fn mixed(verb: &str) -> String {
    let letters = verb.chars().enumerate();
    letters.map(|(at, letter)| if at % 2 == 1 { letter.to_ascii_lowercase() } else { letter }).collect()
}

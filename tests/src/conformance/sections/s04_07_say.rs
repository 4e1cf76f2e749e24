//! 4.7 SAY.

use std::time::Duration;

use super::answers::{answers, ask, is_answer, is_refused};
use super::{CLIENT, PERMISSION};
use crate::conformance::{Outcome, Peer, Section, Stage, Terms};

pub(super) const SECTION: Section = Section {
    number: "4.7",
    checks: &[
        check!(each_message_has_the_next_number: "4.7/1").peers(3),
        check!(every_member_hears_a_message: "4.7/2").peers(4),
        check!(what_is_refused_has_no_number_and_is_heard_by_nobody: "4.7/3", "4.7/4").peers(3),
        check!(a_remembered_id_is_not_said_again: "4.7/8", "4.7/9", "4.7/10").peers(2),
        check!(an_id_is_of_a_name_and_a_room: "4.7/8").peers(3),
        check!(the_last_1_024_ids_of_a_name_are_remembered: "4.7/6").waits(ids_take).peers(1),
        check!(an_id_is_in_msg_and_past: "4.7/11").peers(2),
    ],
    unseen: &[
        unseen!("what a server has stored is seen only by who stops it at that moment" => "4.7/5"),
        unseen!("no client can end a server and start it again, or fill its disk" => "4.7/15", "4.7/16"),
        unseen!(PERMISSION => "4.7/7"),
        unseen!(CLIENT => "4.7/12", "4.7/13", "4.7/14"),
    ],
};

/// How many ids are remembered at least.
const IDS: usize = 1_024;

/// How long it takes to say so many, and some of them again.
fn ids_take(terms: &Terms) -> Duration {
    terms.announced.rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1_100 / rate))
}

fn each_message_has_the_next_number(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.member("bob", &room)?;
    alice.expect("5.5/1", &format!("JOINED {room} {}", bob.name))?;
    for seq in 1..=20 {
        let (speaker, other) = if seq % 2 == 0 { (&mut bob, &mut alice) } else { (&mut alice, &mut bob) };
        speaker.send(&format!("SAY {room} :number {seq}"));
        let msg = format!("MSG {room} {seq} <at> {} :number {seq}", speaker.name);
        speaker.expect_unordered("4.7/1", [&format!("OK seq={seq}"), &msg])?;
        other.expect("4.7/1", &msg)?;
    }
    // Also of what is said at the same time: the number of the OK is the one of the message.
    for speaker in [&mut alice, &mut bob] {
        let many: String = (0..20).map(|text| format!("SAY {room} :{} {text}\n", speaker.label)).collect();
        speaker.send_octets(many.as_bytes());
    }
    let mut all = Vec::new();
    for speaker in [&mut alice, &mut bob] {
        let (mut numbers, mut heard) = (Vec::new(), Vec::new());
        while numbers.len() < 20 || heard.len() < 40 {
            let line = speaker.line("4.7/1", "OK or MSG")?;
            match line.strip_prefix("OK seq=") {
                Some(seq) => numbers.push(seq.to_owned()),
                None => heard.push(line),
            }
        }
        for (text, seq) in numbers.iter().enumerate() {
            let (begin, end) = (format!("MSG {room} {seq} "), format!(" :{} {text}", speaker.label));
            let is_heard = heard.iter().any(|line| line.starts_with(&begin) && line.ends_with(&end));
            stage.hold("4.7/1", is_heard, format!("{begin}...{end}"), heard.join(", "))?;
        }
        all.extend(numbers);
    }
    let mut all: Vec<u64> = all.iter().filter_map(|seq| seq.parse().ok()).collect();
    all.sort_unstable();
    stage.hold("4.7/1", all.iter().copied().eq(21..=60), "21 to 60, each once", format!("{all:?}"))
}

fn every_member_hears_a_message(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut members = [stage.member("alice", &room)?, stage.member("bob", &room)?, stage.member("carol", &room)?];
    let names: Vec<_> = members.iter().map(|member| member.name.clone()).collect();
    for (index, member) in members.iter_mut().enumerate() {
        for name in &names[index + 1..] {
            member.expect("5.5/1", &format!("JOINED {room} {name}"))?;
        }
    }
    for speaker in 0..members.len() {
        members[speaker].send(&format!("SAY {room} :from {speaker}"));
        let seq = speaker + 1;
        let msg = format!("MSG {room} {seq} <at> {} :from {speaker}", names[speaker]);
        for (index, member) in members.iter_mut().enumerate() {
            if index == speaker {
                member.expect_unordered("4.7/2", [&format!("OK seq={seq}"), &msg])?;
            } else {
                member.expect("4.7/2", &msg)?;
            }
        }
    }
    Ok(())
}

fn what_is_refused_has_no_number_and_is_heard_by_nobody(stage: &mut Stage<'_>) -> Outcome {
    let (room, nowhere) = (stage.room("room"), stage.room("nowhere"));
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.framed("bob")?;
    is_refused(stage, &mut bob, "7.1/2", &format!("SAY {room} :from outside"), "not-joined")?;
    is_refused(stage, &mut bob, "2.7/2", &format!("SAY {room} id=x :from outside"), "not-joined")?;
    is_refused(stage, &mut bob, "7.1/2", &format!("SAY {nowhere} :x"), "not-joined")?;
    stage.join(&mut bob, &room)?;
    alice.expect("4.7/4", &format!("JOINED {room} {}", bob.name))?;
    is_answer(stage, "4.7/3", &["OK seq=1"], &ask(&mut bob, "4.7/3", &format!("SAY {room} id=x :one"))?)?;
    bob.expect("4.7/4", &format!("MSG {room} 1 <rest>"))?;
    alice.expect("4.7/4", &format!("MSG {room} 1 <rest>"))?;
    for (request, code) in [
        (format!("SAY {room} id=x :other"), "id-reused"),
        (format!("SAY {room} :a\u{7}"), "bad-text"),
        (format!("SAY {room}"), "bad-arguments"),
        (format!("SAY {room} id= :x"), "bad-arguments"),
        (format!("SAY {room}  :x"), "bad-frame"),
    ] {
        is_refused(stage, &mut bob, "7.1/2", &request, code)?;
    }
    bob.send(&format!("SAY {room} :two"));
    let msg = format!("MSG {room} 2 <at> {} :two", bob.name);
    bob.expect_unordered("4.7/3", ["OK seq=2", &msg])?;
    alice.expect("4.7/4", &msg)?;
    alice.expect_nothing("4.7/4")
}

fn a_remembered_id_is_not_said_again(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.member("bob", &room)?;
    alice.expect("5.5/1", &format!("JOINED {room} {}", bob.name))?;
    let texts = [(":hello", "{5}\nhello", ":hellO"), ("{3}\na\nb", "{3}\na\nb", ":a b"), (":", "{0}\n", ": ")];
    for (seq, (first, same, other)) in (1..).zip(texts) {
        let id = format!("Id_{seq}-{}", "x".repeat(40));
        bob.send(&format!("SAY {room} id={id} {first}"));
        let ok = format!("OK seq={seq}");
        let msg = format!("MSG {room} {seq} <rest>");
        bob.expect_unordered("4.7/1", [&ok, &msg])?;
        alice.expect("4.7/2", &msg)?;
        for (requirement, text) in [("4.7/8", first), ("4.7/10", same), ("4.7/8", first)] {
            bob.send(&format!("SAY {room} id={id} {text}"));
            bob.expect(requirement, &format!("{ok} repeat=yes"))?;
        }
        is_refused(stage, &mut bob, "4.7/9", &format!("SAY {room} id={id} {other}"), "id-reused")?;
        bob.send(&format!("SAY {room} id={id} {first}"));
        bob.expect("4.7/9", &format!("{ok} repeat=yes"))?;
    }
    // An id differs by case.
    bob.send(&format!("SAY {room} id=A :x\nSAY {room} id=a :y"));
    answers(&mut bob, "4.7/1", 2)?;
    // It was not said again to anyone.
    alice.expect_all("4.7/8", &[&format!("MSG {room} 4 <rest>"), &format!("MSG {room} 5 <rest>")])?;
    alice.expect_nothing("4.7/8")
}

fn an_id_is_of_a_name_and_a_room(stage: &mut Stage<'_>) -> Outcome {
    let (room, other) = (stage.room("room"), stage.room("other"));
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.member("bob", &room)?;
    stage.join(&mut bob, &other)?;
    let say = |room: &str, text: &str| format!("SAY {room} id=x :{text}");
    for (is_bob, room, seq) in [(true, &room, 1), (false, &room, 2), (true, &other, 1)] {
        let peer = if is_bob { &mut bob } else { &mut alice };
        let text = format!("{} in {room}", peer.label);
        is_answer(stage, "4.7/8", &[&format!("OK seq={seq}")], &ask(peer, "4.7/8", &say(room, &text))?)?;
    }
    // It stays the name's when the person goes and comes back, whatever the case.
    let again = say(&room, &format!("bob in {room}"));
    let leaves = |peer: &mut Peer| {
        peer.send("BYE");
        peer.lines_to_the_end("9.1/2").map(drop)
    };
    leaves(&mut bob)?;
    drop(bob);
    let mut bob = stage.member("BOB", &room)?;
    is_answer(stage, "4.7/8", &["OK seq=1 repeat=yes"], &ask(&mut bob, "4.7/8", &again)?)?;
    is_refused(stage, &mut bob, "4.7/9", &say(&room, "new"), "id-reused")
}

fn the_last_1_024_ids_of_a_name_are_remembered(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    let say = |number: usize| format!("SAY {room} id=id-{number} :number {number}");
    // One after the other, so that the events are read.
    for number in 1..=IDS {
        peer.send_paced(&say(number));
        peer.expect_unordered("4.7/1", [&format!("OK seq={number}"), &format!("MSG {room} {number} <rest>")])?;
    }
    for number in [1, 2, IDS / 2, IDS] {
        peer.send_paced(&say(number));
        peer.expect("4.7/6", &format!("OK seq={number} repeat=yes"))?;
    }
    Ok(())
}

fn an_id_is_in_msg_and_past(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.member("bob", &room)?;
    alice.expect("5.5/1", &format!("JOINED {room} {}", bob.name))?;
    let id = "-_aZ9".repeat(12) + "tail";
    bob.send(&format!("SAY {room} id={id} more=x :with\nSAY {room} :without"));
    let messages = [format!("1 <at> {} id={id} :with", bob.name), format!("2 <at> {} :without", bob.name)];
    for message in &messages {
        alice.expect("4.7/11", &format!("MSG {room} {message}"))?;
    }
    alice.send(&format!("HISTORY {room} 1 2"));
    for message in &messages {
        alice.expect("4.7/11", &format!("PAST {room} {message}"))?;
    }
    alice.expect("4.1/4", "OK epoch=<epoch> count=2 next=3").map(drop)
}

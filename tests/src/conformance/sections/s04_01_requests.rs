//! 4.1 Rules for all requests.

use std::time::Duration;

use super::answers::{answers, ask, is_answer};
use super::stopped::Stopped;
use super::{CLIENT, PERMISSION};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.1",
    checks: &[
        check!(each_request_is_answered_once_and_in_order: "4.1/1", "4.1/2", "4.1/3").peers(2),
        check!(lists_stand_directly_before_their_ok: "4.1/4").peers(2),
        check!(with_256_requests_unanswered_nothing_is_read: "4.1/9").peers(4),
        check!(what_is_unsent_is_bounded_by_not_reading: "4.1/10").peers(3),
        check!(many_octets_are_no_error: "4.1/12").waits(|_| MANY_OCTETS_TAKE).peers(1),
    ],
    unseen: &[unseen!(PERMISSION => "4.1/5"), unseen!(CLIENT => "4.1/6", "4.1/7", "4.1/8")],
};

/// How long the octets of a check take at the usual rate.
const MANY_OCTETS_TAKE: Duration = Duration::from_secs(3);

/// How long nothing may happen that would break a rule.
const QUIET: Duration = Duration::from_millis(500);

fn each_request_is_answered_once_and_in_order(stage: &mut Stage<'_>) -> Outcome {
    let (room, other) = (stage.room("room"), stage.room("other"));
    let mut alice = stage.connect("alice")?;
    let name = alice.name.clone();
    let nobody = stage.name("nobody");
    let list = format!("NAMES {room} {name}");
    let script: [(String, &[&str]); 16] = [
        (format!("HELLO 2 {name}"), &["ERR bad-version <rest>"]),
        (format!("HELLO 1 {name}"), &["WELCOME <rest>"]),
        (format!("JOIN {room}"), &["OK epoch=<epoch> <rest>"]),
        (format!("JOIN {room}"), &["ERR already-joined <rest>"]),
        (format!("SAY {room} :one"), &["OK seq=1"]),
        ("SING".to_owned(), &["ERR unknown-verb <rest>"]),
        (format!("WHO {room}"), &[&list, "OK members=1"]),
        (format!("SAY  {room} {{3}}\ntwo"), &["ERR bad-frame <rest>"]),
        (format!("SAY {room} :tw\u{1}"), &["ERR bad-text <rest>"]),
        (format!("HISTORY {room} 1 9"), &["PAST <rest>", "OK epoch=<epoch> count=1 next=2"]),
        (format!("TELL {nobody} :x"), &["ERR no-such-name <rest>"]),
        (format!("SAY {room} :{}", "x".repeat(4_096)), &["ERR line-too-long <rest>"]),
        (format!("WHO {other}"), &["ERR no-such-room <rest>"]),
        ("AUTH PLAIN".to_owned(), &["ERR not-allowed <rest>"]),
        (format!("LEAVE {room}"), &["OK"]),
        (format!("LEAVE {room}"), &["ERR not-joined <rest>"]),
    ];
    // PING and PONG between change nothing.
    let stream: String = script.iter().map(|(request, _)| format!("{request}\nPONG\nPING\n")).collect();
    alice.send_octets(stream.as_bytes());
    let answers = answers(&mut alice, "4.1/1", script.len())?;
    for ((_, patterns), answer) in script.iter().zip(&answers) {
        let is_fault = ["bad-", "unknown-", "line-"].iter().any(|code| patterns[0].starts_with(&format!("ERR {code}")));
        is_answer(stage, if is_fault { "4.1/3" } else { "4.1/2" }, patterns, answer)?;
    }
    // And nothing is answered twice. Some of the PONG may have come already.
    alice.send("PING the-last");
    let (before, _) = alice.until("4.1/1", "PONG the-last")?;
    let more: Vec<_> = before.into_iter().filter(|line| line != "PONG").collect();
    stage.hold("4.1/1", more.is_empty(), "one answer for each request", more.join(", "))?;
    alice.send("BYE");
    let lines = alice.lines_to_the_end("4.1/1")?;
    stage.hold("4.1/1", lines.len() == 1 && lines[0].starts_with("BYE bye"), "one BYE bye", lines.join(", "))
}

fn lists_stand_directly_before_their_ok(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.member("bob", &room)?;
    bob.send(&format!("SAY {room} :one\nSAY {room} :two"));
    answers(&mut bob, "4.1/1", 2)?;
    let before = &room[..room.len() - 1];
    let requests = [
        format!("HISTORY {room} 1 2"),
        format!("WHO {room}"),
        format!("ROOMS after={before}"),
        format!("WHO {before}"),
        format!("HISTORY {room} 2 2"),
    ];
    // Events come at the same time.
    bob.send(&format!("SAY {room} :more\n").repeat(20));
    alice.send(&requests.join("\n"));
    let mut answers = answers(&mut alice, "4.1/4", requests.len())?;
    // Strangers make rooms too; this one is the first.
    stage.hold("4.1/4", answers[2].len() >= 2, "ROOM lines before their OK", answers[2].join(", "))?;
    answers[2].drain(1..);
    let names = format!("NAMES {room} {} {}", alice.name, bob.name);
    let rooms = format!("ROOM {room} members=2 newest=<newest>");
    let patterns: [&[&str]; 5] = [
        &["PAST <room> 1 <rest>", "PAST <room> 2 <rest>", "OK epoch=<epoch> count=2 next=3"],
        &[&names, "OK members=2"],
        &[&rooms],
        &["ERR no-such-room <rest>"],
        &["PAST <room> 2 <rest>", "OK epoch=<epoch> count=1 next=3"],
    ];
    patterns.iter().zip(&answers).try_for_each(|(patterns, answer)| is_answer(stage, "4.1/4", patterns, answer))
}

fn with_256_requests_unanswered_nothing_is_read(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut watcher = stage.member("watcher", &room)?;
    let mut stopped = Stopped::reader(stage, "stopped", |peer| {
        ask(peer, "4.5/3", &format!("JOIN {room}"))?;
        peer.until("5.5/1", &format!("JOINED {room} {}", peer.name)).map(drop)
    })?;
    watcher.expect("5.5/1", &format!("JOINED {room} {}", stopped.peer.name))?;
    // AUTH takes nothing of the message rate, and is answered in the order of all.
    stopped.peer.send(&"AUTH PLAIN\n".repeat(256));
    stopped.peer.send(&format!("SAY {room} :the 257th and more"));
    watcher.expect_silence("4.1/9", QUIET)?;
    // It was not lost: as soon as answers are taken, it is read.
    stopped.read_on()?;
    answers(&mut stopped.peer, "4.1/1", 256)?;
    is_answer(stage, "4.1/2", &["OK seq=1"], &answers(&mut stopped.peer, "4.1/2", 1)?[0])?;
    watcher.expect("4.7/2", &format!("MSG {room} 1 <rest>")).map(drop)
}

/// A server that limits the octet rate and nothing else looks the same from here: it passes although it breaks this. So
/// our own is played without such a limit too.
fn what_is_unsent_is_bounded_by_not_reading(stage: &mut Stage<'_>) -> Outcome {
    // More than the transport takes on this way.
    const FLOOD: usize = 24 * 1_024 * 1_024;
    let mut stopped = Stopped::reader(stage, "stopped", |_| Ok(()))?;
    let ping = format!("PING {}\n", "x".repeat(58));
    let flood = ping.repeat(FLOOD / ping.len());
    let taken = stopped.peer.send_until_stopped(flood.as_bytes(), QUIET);
    stage.hold("4.1/10", taken < flood.len(), "a server that reads no more", format!("{taken} octets were read"))
}

fn many_octets_are_no_error(stage: &mut Stage<'_>) -> Outcome {
    // Three times what the usual rate lets through in a second.
    const OCTETS: usize = 3 * 262_144;
    let nobody = stage.name("nobody");
    let mut peer = stage.framed("peer")?;
    let text = "x".repeat(usize::try_from(stage.terms.announced.text).unwrap_or(4_096).min(65_536));
    let count = (OCTETS / text.len()).min(90);
    // Nothing comes of them that is long, so nobody waits for the other.
    for _ in 0..count {
        peer.send(&format!("TELL {nobody} {{{}}}\n{text}", text.len()));
    }
    for answer in answers(&mut peer, "4.1/12", count)? {
        is_answer(stage, "4.1/12", &["ERR no-such-name <rest>"], &answer)?;
    }
    Ok(())
}

//! The server's side, step by step and cut anywhere.

extern crate alloc;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::*;
use crate::limits::MAX_LINE;

/// What a server that takes every name would hear, as words.
fn play(octets: &[u8], piece: usize) -> Vec<String> {
    let mut session = ServerSession::new(Millis(0), SessionLimits::default());
    let (mut kept, mut heard) = (Vec::new(), Vec::new());
    for arrived in octets.chunks(piece) {
        kept.extend_from_slice(arrived);
        let mut input = &kept[..];
        while let Some(incoming) = session.receive(&mut input) {
            heard.push(match incoming {
                Incoming::Request(message) => {
                    if matches!(message, ClientMessage::Hello { .. }) {
                        session.welcome(Millis(0));
                    }
                    format!("{} {message:?}", message.verb()).chars().take_while(|&c| c != ' ').collect()
                }
                Incoming::Command(Command::Say(text)) => format!("say {text}"),
                Incoming::Command(command) => format!("{command:?}"),
                Incoming::Fault(code) => code.to_string(),
                Incoming::End(code) => format!("bye {code}"),
            });
        }
        let unused = input.len();
        kept.drain(..kept.len() - unused);
    }
    heard
}

#[track_caller]
fn check(octets: impl AsRef<[u8]>, expected: &[&str]) {
    let octets = octets.as_ref();
    for piece in [octets.len(), 1, 2, 3, 7, 4_096] {
        assert_eq!(play(octets, piece), expected, "in pieces of {piece}");
    }
}

#[test]
fn nothing_but_the_opening_is_served_before_welcome() {
    check("PING\nSAY #r :x\nPONG\nHELLO 1 alice\nSAY #r :x\n", &["PING", "not-welcome", "PONG", "HELLO", "SAY"]);
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST send `BYE too-many-errors` in place of the sixth refusal before `WELCOME`.
#[test]
fn the_sixth_refusal_ends_the_opening() {
    let five = "JOIN #a\n".repeat(5);
    let refused = ["not-welcome"; 5];
    check(format!("PING\n{five}HELLO 1 a\n"), &[&["PING"][..], &refused, &["HELLO"]].concat());
    check(format!("PING\n{five}JOIN #a\nHELLO 1 a\n"), &[&["PING"][..], &refused, &["bye too-many-errors"]].concat());
    check("a b\n".repeat(6), &[&["bad-name"; 5][..], &["bye too-many-errors"]].concat());
}

#[test]
fn the_sixteenth_fault_in_a_row_ends_the_connection() {
    let faults = ["bad-frame", "unknown-verb", "bad-room", "bad-text", "bad-arguments"];
    let bad = "A  B\nNOPE\nJOIN a\nSAY #r :\x1b\nSAY #r\n".repeat(3);
    let fifteen = faults.repeat(3);
    check(
        format!("HELLO 1 a\n{bad}PING\n{bad}PING\n"),
        &[&["HELLO"], &fifteen[..], &["PING"], &fifteen, &["PING"]].concat(),
    );
    check(format!("HELLO 1 a\n{bad}NOPE\nPING\n"), &[&["HELLO"], &fifteen[..], &["bye too-many-errors"]].concat());
    check(
        format!("alice\n{}", "/nope\n".repeat(16)),
        &[&["HELLO"][..], &["unknown-verb"; 15], &["bye too-many-errors"]].concat(),
    );
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST send `BYE bad-handshake` when it has received more than 8,192 octets and no `HELLO` or name line whose
//# LF is among the first 8,192 was accepted.
#[test]
fn the_opening_has_8192_octets() {
    let hello = "HELLO 1 alice\n";
    let empty = "\n".repeat(MAX_OPENING - hello.len());
    check(format!("{empty}{hello}PING\n"), &["HELLO", "PING"]);
    check(format!("{empty}\n{hello}PING\n"), &["bye bad-handshake"]);
    let ping = format!("PING {:0>64}\n", 0).repeat(200);
    assert_eq!(play(ping.as_bytes(), 1).last().map(String::as_str), Some("bye bad-handshake"));
    check(
        "PING\nHELLO 1 a x=\nSAY {8190}\n".to_string() + &"x".repeat(9_000),
        &["PING", "bad-arguments", "bye bad-handshake"],
    );
}

#[test]
fn stream_faults_end_the_connection_and_nothing_behind_them_is_heard() {
    check("HELLO 1 a\nSAY #r {x}\nPING\n", &["HELLO", "bye bad-frame"]);
    check("HELLO 1 a\nSAY #r {99999}\nPING\n", &["HELLO", "bye text-too-long"]);
    check(format!("HELLO 1 a\n{}\nPING\n", "x".repeat(MAX_LINE + 1)), &["HELLO", "bye line-too-long"]);
    check(format!("{}\nPING\n", "x".repeat(MAX_LINE + 1)), &["bye line-too-long"]);
    check("GET / HTTP/1.1\r\nPING\n", &["bye bad-handshake"]);
}

//= protocol/SPEC.md#10-1-the-name-line
//= type=test
//# A server MUST take the octets of a name line, without SP and TAB at its ends, as the name asked for.
#[test]
fn one_hello_a_connection_and_no_reserved_name() {
    check("HELLO 1 root\nHELLO 2 a\nHELLO 1 a\nHELLO 1 b\n", &["bad-name", "bad-version", "HELLO", "bad-arguments"]);
    check("Admin\n\n  \n alice\t\nhi\n", &["bad-name", "bad-name", "HELLO", "say hi"]);
}

#[test]
fn plain_lines_are_said_and_faults_cost_one_line() {
    let long = "x".repeat(MAX_LINE + 1);
    check(
        [b"alice\r\nhello\n\n:x\n//x\n\xff\n", long.as_bytes(), b"\nPING\n"].concat(),
        &["HELLO", "say hello", "say :x", "say /x", "bad-text", "line-too-long", "say PING"],
    );
    check(format!("alice\n{}\nhi\n", "x".repeat(70_000)), &["HELLO", "bye line-too-long"]);
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST send `BYE timeout` when 10 seconds have passed since the connection was opened and no `WELCOME` was
//# sent.
#[test]
fn the_opening_has_its_time() {
    let mut session =
        ServerSession::new(Millis(5), SessionLimits { handshake: 100, ping: 10, ..SessionLimits::default() });
    assert_eq!(session.deadline(), Some(Millis(105)));
    session.heard(Millis(100));
    assert_eq!(session.expire(Millis(104)), None);
    assert_eq!(session.expire(Millis(105)), Some(Due::End(ByeCode::Timeout)));
    assert_eq!((session.deadline(), session.receive(&mut &b"PING\n"[..])), (None, None));
    assert_eq!(ServerSession::new(Millis(0), SessionLimits::default()).deadline(), Some(Millis(10_000)));
}

//= protocol/SPEC.md#8-keep-alive
//= type=test
//# A server MUST send `PING` to a person in framed mode from whom it has heard no octet for one interval.
//= protocol/SPEC.md#8-keep-alive
//= type=test
//# A server MUST send `BYE timeout` to a person in framed mode from whom it has heard no octet for one more interval
//# after that `PING`.
//= protocol/SPEC.md#8-keep-alive
//= type=test
//# A server MUST NOT send a second `PING` within one silence.
//= protocol/SPEC.md#10-7-no-keep-alive
//= type=test
//# A server MUST NOT end a connection in plain mode because the person is silent, once the name was accepted.
#[test]
fn a_silent_program_is_asked_once_and_then_given_up_and_a_person_is_not() {
    let limits = SessionLimits { handshake: 100, ping: 10, ..SessionLimits::default() };
    let mut session = ServerSession::new(Millis(0), limits);
    session.receive(&mut &b"HELLO 1 a\n"[..]);
    session.welcome(Millis(3));
    assert_eq!((session.expire(Millis(12)), session.expire(Millis(13))), (None, Some(Due::Ping)));
    assert_eq!(session.deadline(), Some(Millis(23)));
    session.heard(Millis(20));
    assert_eq!((session.expire(Millis(29)), session.expire(Millis(30))), (None, Some(Due::Ping)));
    assert_eq!((session.expire(Millis(39)), session.expire(Millis(40))), (None, Some(Due::End(ByeCode::Timeout))));

    let mut session = ServerSession::new(Millis(0), limits);
    session.receive(&mut &b"alice\n"[..]);
    session.welcome(Millis(0));
    assert_eq!((session.deadline(), session.expire(Millis(1_000_000))), (None, None));
}

#[test]
fn a_ping_that_comes_late_is_followed_by_a_whole_interval() {
    let mut session = ServerSession::new(Millis(0), SessionLimits { ping: 10, ..SessionLimits::default() });
    session.receive(&mut &b"HELLO 1 a\n"[..]);
    session.welcome(Millis(0));
    assert_eq!(session.expire(Millis(35)), Some(Due::Ping));
    assert_eq!((session.expire(Millis(44)), session.expire(Millis(45))), (None, Some(Due::End(ByeCode::Timeout))));
}

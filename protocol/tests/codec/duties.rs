//! What the sessions owe to SPEC.md beyond octets: the limits of `WELCOME`, the numbers and the end of a membership.

use fanfare_protocol::plain::ServerLine;
use fanfare_protocol::session::{ClientEvent, ClientSession, Millis, PlainEvent, PlainSession, ServerFault};
use fanfare_protocol::{ClientMessage, Name, RoomName, Seq, Text};

const GREETING: &str = "FANFARE/1 Choose a username...\n";
const WELCOME: &str = "WELCOME alice ping=30 text=65536 presence=256 :Hi\n";
const JOINED: &str = "OK epoch=e next=1 newest=0 members=1\nJOINED #tea alice\n";

fn name(name: &str) -> Name<'_> {
    Name::new(name).expect("a name")
}

fn room(room: &str) -> RoomName<'_> {
    RoomName::new(room).expect("a room")
}

fn seq(value: u64) -> Seq {
    Seq::new(value).expect("a SEQ")
}

/// What a client that said `HELLO` and `JOIN #tea` makes of a server's octets: how many events, or the first fault.
fn hear(octets: &str) -> Result<usize, ServerFault> {
    let (mut session, mut out) = (ClientSession::new(), Vec::new());
    for message in [
        ClientMessage::Hello { name: name("alice"), token: None },
        ClientMessage::Join { room: room("#tea"), after: None, last: None },
    ] {
        session.send(&message, &mut out).expect("few are unanswered");
    }
    let (mut input, mut events) = (octets.as_bytes(), 0);
    while session.receive(Millis(0), &mut input, &mut out)?.is_some() {
        events += 1;
    }
    Ok(events)
}

#[test]
fn the_conversation_of_the_specification_is_believed() {
    assert_eq!(hear(&[GREETING, WELCOME, JOINED, "MSG #tea 1 5 alice :x\n"].concat()), Ok(5));
}

#[test]
fn every_number_of_a_membership_is_due_once_and_in_order() {
    let behind = |events: &str| hear(&[GREETING, WELCOME, JOINED, events].concat());
    assert_eq!(behind("GAP #tea 1 3 slow\nNOTE #tea 4 5 bob topic\nMSG #tea 5 5 bob :x\n"), Ok(7));
    let fault = |due, got| Err(ServerFault::Discontinuity { due: seq(due), got: seq(got) });
    assert_eq!(behind("MSG #tea 2 5 bob :x\n"), fault(1, 2));
    assert_eq!(behind("MSG #tea 1 5 bob :x\nMSG #tea 1 5 bob :x\n"), fault(2, 1));
    assert_eq!(behind("GAP #tea 1 3 slow\nMSG #tea 2 5 bob :x\n"), fault(4, 2));
    assert_eq!(behind("MSG #coffee 1 5 bob :x\n"), Err(ServerFault::NotAMember));
    assert_eq!(behind("OK\n"), Err(ServerFault::WrongAnswer));
}

/// Section 5.7, item 2: a client counts a `GAP` with an unknown REASON like `slow`; REASON is any word (14.5).
#[test]
fn a_gap_with_an_unknown_reason_counts_like_slow() {
    let octets = [GREETING, WELCOME, JOINED, "GAP #tea 1 2 moderated\nMSG #tea 3 5 bob :x\n"].concat();
    assert_eq!(hear(&octets), Ok(6));
}

/// Section 3.1, item 4: the first line is the greeting, whatever its words; only `Choose a username...` is known.
#[test]
fn a_reader_of_plain_mode_takes_the_first_line_as_the_greeting() {
    let mut session = PlainSession::new();
    let mut input = &b"FANFARE/1 Who are you?\nYou are connected to the Server!\n"[..];
    assert!(session.receive(&mut input).is_ok_and(|event| event.is_some()));
    assert!(!session.is_connected());
    assert_eq!(session.receive(&mut input), Ok(Some(PlainEvent::Line(ServerLine::Connected))));
}

/// Section 5.5, item 7: the `LEFT` of one's own name ends the membership.
#[test]
fn ones_own_left_ends_the_membership() {
    let octets = [GREETING, WELCOME, JOINED, "LEFT #tea ALICE :Enough\nMSG #tea 1 5 bob :x\n"].concat();
    assert_eq!(hear(&octets), Err(ServerFault::NotAMember));
}

/// Section 4.4, item 4: the session has read the limit, and lets a longer text pass.
#[test]
fn a_client_does_not_send_a_text_above_the_limit_of_welcome() {
    let (mut session, mut out) = (ClientSession::new(), Vec::new());
    let hello = ClientMessage::Hello { name: name("alice"), token: None };
    session.send(&hello, &mut out).expect("few are unanswered");
    let octets = [GREETING, "WELCOME alice ping=30 text=4096 presence=256 :Hi\n"].concat();
    let mut input = octets.as_bytes();
    for _ in 0..2 {
        let event = session.receive(Millis(0), &mut input, &mut out).expect("no fault");
        assert!(matches!(event, Some(ClientEvent::Greeting(_) | ClientEvent::Welcome(_))));
    }
    let long = "x".repeat(4_097);
    let say = ClientMessage::Say { room: room("#tea"), id: None, text: Text::new(&long).expect("a text") };
    assert!(session.send(&say, &mut out).is_err());
}

//! What the sessions owe to SPEC.md beyond frames: greetings, names, limits of `WELCOME`, the end of a membership.

use fanfare_protocol::plain::{Command, ServerLine};
use fanfare_protocol::session::{
    ClientEvent, ClientSession, Incoming, Millis, PlainEvent, PlainSession, ServerFault, ServerSession, SessionLimits,
};
use fanfare_protocol::{ClientMessage, MessageError, Name, ServerMessage};

use super::{name, read, room, seq, text};

const GREETING: &str = "FANFARE/1 Choose a username...\n";
const WELCOME: &str = "WELCOME alice ping=30 text=65536 presence=256 :Hi\n";
const JOINED: &str = "OK epoch=e next=1 newest=0 members=1\nJOINED #tea alice\n";

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

/// What a server answers to a first `HELLO` with this name: the code of the refusal, if it is one.
fn refused(name: &str) -> Option<String> {
    let mut session = ServerSession::new(Millis(0), SessionLimits::default());
    let octets = format!("HELLO 1 {name}\n");
    match session.receive(&mut octets.as_bytes()) {
        Some(Incoming::Fault(code)) => Some(code.to_string()),
        _ => None,
    }
}

#[test]
fn the_conversation_of_the_specification_is_believed() {
    assert_eq!(hear(&[GREETING, WELCOME, JOINED, "MSG #tea 1 5 alice :x\n"].concat()), Ok(5));
    assert_eq!(hear("220 smtp.example.org\n"), Err(ServerFault::NotFanfare));
    assert_eq!(hear("FANFARE/2 Hi\n"), Err(ServerFault::BadVersion));
    assert_eq!(hear("FANFARE/1,2 Hi\n"), Ok(1));
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

#[test]
fn the_names_of_section_3_4_are_reserved_in_any_case() {
    for reserved in [
        "server",
        "system",
        "admin",
        "root",
        "HELLO",
        "WELCOME",
        "OK",
        "ERR",
        "JOIN",
        "LEAVE",
        "SAY",
        "TELL",
        "WHO",
        "NAMES",
        "ROOMS",
        "ROOM",
        "HISTORY",
        "PAST",
        "AUTH",
        "CHALLENGE",
        "PING",
        "PONG",
        "BYE",
        "MSG",
        "NOTE",
        "TOLD",
        "JOINED",
        "LEFT",
        "MEMBERS",
        "GAP",
    ] {
        for spelled in [reserved.to_ascii_lowercase(), reserved.to_ascii_uppercase()] {
            assert_eq!(refused(&spelled).as_deref(), Some("bad-name"), "{spelled}");
        }
    }
    assert_eq!(refused("alice"), None);
}

/// Section 3.4 lists the reserved names.
#[test]
fn no_other_name_is_reserved() {
    for free in ["fanfare", "search"] {
        assert_eq!(refused(free), None, "{free}");
        assert!(!Name::new(free).expect("a name").is_reserved());
    }
}

/// Section 5.7, item 2: a client counts a `GAP` with an unknown REASON like `slow`; REASON is any word (14.5).
#[test]
fn a_gap_with_an_unknown_reason_counts_like_slow() {
    let frame = b"GAP #tea 1 2 moderated\n";
    assert!(read(frame, |frame| ServerMessage::parse(frame).is_ok()));
    let octets = [GREETING, WELCOME, JOINED, "GAP #tea 1 2 moderated\nMSG #tea 3 5 bob :x\n"].concat();
    assert_eq!(hear(&octets), Ok(6));
    refuses("GAP #tea 1 2 Moderated\n");
}

#[track_caller]
fn refuses(octets: &str) {
    read(octets.as_bytes(), |frame| assert_eq!(ServerMessage::parse(frame), Err(MessageError::BadArguments)));
}

/// The greeting is a line with words of any text behind its SP, and not a frame (3.1, 14.5).
#[test]
fn a_greeting_has_any_words() {
    for words in ["", "Hello  there", " x", "Qui \u{ea}tes-vous ?", "Hi {name}", "Hi {3}", "tab\there"] {
        let octets = [&format!("FANFARE/1 {words}\n"), WELCOME].concat();
        assert_eq!(hear(&octets), Ok(2), "{words:?}");
    }
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

/// Section 4.4 and 14.5 bound these numbers. With `ping=0` a client gives its server up at once.
#[test]
fn the_numbers_of_welcome_have_their_bounds() {
    for attributes in ["ping=0 text=65536", "ping=3601 text=65536", "ping=30 text=4095", "ping=30 text=65537"] {
        refuses(&format!("WELCOME alice {attributes} presence=256 :Hi\n"));
    }
    refuses("WELCOME alice ping=30 text=65536 rate=0 presence=256 :Hi\n");
}

/// Section 5.5, item 7: the `LEFT` of one's own name ends the membership.
#[test]
fn ones_own_left_ends_the_membership() {
    let octets = [GREETING, WELCOME, JOINED, "LEFT #tea ALICE :Enough\nMSG #tea 1 5 bob :x\n"].concat();
    assert_eq!(hear(&octets), Err(ServerFault::NotAMember));
}

/// Section 14.6: `join-command = "/join" 1*blank room`.
#[test]
fn the_sign_of_a_room_is_part_of_its_name() {
    assert!(Command::parse(text("/join #tea")).is_ok());
    assert_eq!(Command::parse(text("/join tea")), Err(MessageError::BadRoom));
}

/// Section 10.1, items 1 and 4: a line of blanks is not empty, and asks for a name that is none.
#[test]
fn a_name_line_of_blanks_is_refused() {
    let mut session = ServerSession::new(Millis(0), SessionLimits::default());
    assert!(matches!(session.receive(&mut &b" \t\n"[..]), Some(Incoming::Fault(code)) if code.as_str() == "bad-name"));
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
    let say = ClientMessage::Say { room: room("#tea"), id: None, text: text(&long) };
    assert!(session.send(&say, &mut out).is_err());
}

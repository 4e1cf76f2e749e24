//! The client's side against a server that is played by hand.

extern crate std;

use std::string::String;
use std::vec::Vec;

use super::*;
use crate::{Name, PageSize, Query, Reason, SeqRange};

const GREETING: &str = "FANFARE/1 Choose a username...\n";
const WELCOME: &str = "WELCOME alice token=t ping=30 text=65536 presence=256 :Hi\n";

struct Talk {
    session: ClientSession,
    out: Vec<u8>,
}

impl Talk {
    /// A conversation in which the name is registered and `#r` was asked for.
    fn in_room(join: &str) -> Self {
        let mut talk = Self { session: ClientSession::new(), out: Vec::new() };
        talk.send(ClientMessage::Hello { name: Name::new("alice").expect("a name"), token: None });
        talk.send(ClientMessage::Join { room: room("#r"), after: None, last: None });
        talk.hear(&[GREETING, WELCOME, join].concat()).expect("a welcome");
        talk
    }

    fn send(&mut self, message: ClientMessage<'_>) {
        self.session.send(&message, &mut self.out).expect("it can be sent");
    }

    /// Every event's debug form, or the first fault.
    fn hear(&mut self, octets: &str) -> Result<Vec<String>, ServerFault> {
        let mut input = octets.as_bytes();
        let mut events = Vec::new();
        while let Some(event) = self.session.receive(Millis(0), &mut input, &mut self.out)? {
            events.push(std::format!("{event:?}"));
        }
        Ok(events)
    }
}

fn room(name: &str) -> RoomName<'_> {
    RoomName::new(name).expect("a room")
}

fn seq(value: u64) -> Seq {
    Seq::new(value).expect("a number")
}

const JOINED: &str = "OK epoch=e next=4 newest=5 members=1\n";

//= protocol/SPEC.md#5-8-note
//= type=test
//# A client MUST count the number of a `NOTE` in the contiguity of 6.5.
//= protocol/SPEC.md#6-5-what-a-client-checks
//= type=test
//# A client MUST expect after `OK` of `JOIN` that the first `MSG`, `NOTE` or `GAP` of the membership begins at `next`.
//= protocol/SPEC.md#6-5-what-a-client-checks
//= type=test
//# A client MUST expect each further `MSG`, `NOTE` or `GAP` of a membership to begin at the number after the end of the
//# one before.
//= protocol/SPEC.md#12-versions-and-extension
//= type=test
//# A server MAY send verbs and attributes that this document does not name, where a client that ignores them loses
//# nothing that this document promises.
#[test]
fn every_number_of_a_membership_comes_once_or_in_a_gap() {
    let mut talk = Talk::in_room(JOINED);
    assert_eq!(talk.session.position(room("#r")), Some((Epoch::new("e").expect("an epoch"), 3.into())));
    talk.hear("MSG #r 4 1 bob :x\nGAP #r 5 7 slow\nNOTE #r 8 1 bob topic\nNEWS :ignored\nJOINED #r bob\n")
        .expect("all due");
    assert_eq!(talk.session.position(room("#r")).map(|(_, seen)| seen), Some(8.into()));
    assert_eq!(talk.hear("MSG #r 10 1 bob :x\n"), Err(ServerFault::Discontinuity { due: seq(9), got: seq(10) }));
    assert_eq!(
        Talk::in_room(JOINED).hear("MSG #r 3 1 bob :x\n"),
        Err(ServerFault::Discontinuity { due: seq(4), got: seq(3) })
    );
    assert_eq!(Talk::in_room(JOINED).hear("MSG #s 4 1 bob :x\n"), Err(ServerFault::NotAMember));
}

//= protocol/SPEC.md#6-5-what-a-client-checks
//= type=test
//# A client that joined with `after=E:S` MUST report to its user or caller as a loss an `OK` without `reset` whose `epoch`
//# is not E or whose `next` is not S + 1.
#[test]
fn a_join_that_does_not_go_on_where_it_was_asked_to_is_a_loss() {
    let rejoin = |answer: &str| {
        let mut talk = Talk::in_room(JOINED);
        talk.send(ClientMessage::Leave { room: room("#r"), reason: None });
        talk.hear("OK\n").expect("it left");
        let after = Some((Epoch::new("e1").expect("an epoch"), 5.into()));
        talk.send(ClientMessage::Join { room: room("#r"), after, last: None });
        talk.hear(answer).map(|events| events.len())
    };
    assert_eq!(rejoin("OK epoch=e1 next=6 newest=9 members=1\n"), Ok(1));
    assert_eq!(rejoin("OK epoch=e1 next=7 newest=9 members=1\n"), Err(ServerFault::WrongPlace));
    assert_eq!(rejoin("OK epoch=e2 next=6 newest=9 members=1\n"), Err(ServerFault::WrongPlace));
    assert_eq!(rejoin("OK epoch=e2 next=3 newest=2 members=1 reset=yes\n"), Ok(1));
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A client MUST match `OK`, `ERR` and `WELCOME` to its requests by their order, and `PONG` to its `PING` by the order
//# among these.
#[test]
fn answers_belong_to_requests_in_their_order() {
    let mut talk = Talk::in_room(JOINED);
    talk.send(ClientMessage::Say { room: room("#r"), id: None, text: Text::new("x").expect("a text") });
    talk.send(ClientMessage::Leave { room: room("#r"), reason: Reason::new("bye").ok() });
    assert_eq!(talk.session.unanswered(), 2);
    let events = talk.hear("ERR rate-limited retry=20 :Slow down\nMSG #r 4 1 bob :x\nOK\n").expect("answers");
    assert!(events[0].contains("Refused { request: Say") && events[2].contains("request: Leave"), "{events:?}");
    assert_eq!(talk.session.position(room("#r")), None);
    assert_eq!(talk.hear("MSG #r 5 1 bob :x\n"), Err(ServerFault::NotAMember));
    assert_eq!(Talk::in_room(JOINED).hear("OK\n"), Err(ServerFault::WrongAnswer));

    let mut talk = Talk::in_room(JOINED);
    talk.send(ClientMessage::Who { room: room("#r"), after: None });
    assert_eq!(talk.hear("NAMES #r alice\nOK seq=4\n"), Err(ServerFault::WrongAnswer));
    assert_eq!(Talk::in_room(JOINED).hear("PAST #r 1 1 bob :x\n"), Err(ServerFault::WrongAnswer));
}

//= protocol/SPEC.md#3-1-greeting
//= type=test
//# A client MUST take the first line of a server as the greeting.
//= protocol/SPEC.md#3-1-greeting
//= type=test
//# A client that speaks none of the versions of a greeting MUST end the connection.
//= protocol/SPEC.md#3-1-greeting
//= type=test
//# A client that receives a first line that is no greeting MUST end the connection.
#[test]
fn a_server_of_another_kind_is_known_by_its_first_line() {
    let first =
        |line: &str| Talk { session: ClientSession::new(), out: Vec::new() }.hear(line).map(|events| events.len());
    assert_eq!(first("220 mail ESMTP\n"), Err(ServerFault::NotFanfare));
    assert_eq!(first("FANFARE/2,3 Hello\n"), Err(ServerFault::BadVersion));
    assert_eq!(first("FANFARE/x Hello\n"), Err(ServerFault::NotFanfare));
    assert_eq!(first("FANFARE/1,2 Hello :)\n"), Ok(1));
}

//= protocol/SPEC.md#8-keep-alive
//= type=test
//# A client MUST answer each `PING` at once with a `PONG` that bears the same token, or none if the `PING` bears none.
//= protocol/SPEC.md#8-keep-alive
//= type=test
//# A client SHOULD send `PING` after one interval in which it has heard nothing, and end the connection after one more.
#[test]
fn a_ping_is_answered_and_a_silent_server_is_asked_and_given_up() {
    let mut talk = Talk::in_room(JOINED);
    talk.out.clear();
    talk.hear("PING abc\nPING\n").expect("pings");
    assert_eq!(talk.out, b"PONG abc\nPONG\n");
    talk.out.clear();
    assert_eq!(talk.session.deadline(), Some(Millis(30_000)));
    assert!(!talk.session.expire(Millis(29_999), &mut talk.out) && talk.out.is_empty());
    assert!(!talk.session.expire(Millis(30_000), &mut talk.out));
    assert_eq!(talk.out, b"PING\n");
    assert!(talk.session.expire(Millis(60_000), &mut talk.out));
    let ping = ClientMessage::Ping { token: None };
    assert_eq!(talk.session.send(&ping, &mut talk.out), Err(SendError::Ended));
}

#[test]
fn half_a_frame_is_heard_once_however_often_it_is_looked_at() {
    let mut talk = Talk::in_room(JOINED);
    let octets = b"MSG #r 4 1 bob :ha";
    talk.out.clear();
    for now in [10_000, 20_000, 39_000] {
        let mut input = &octets[..];
        assert_eq!(talk.session.receive(Millis(now), &mut input, &mut talk.out), Ok(None));
    }
    assert_eq!(talk.session.deadline(), Some(Millis(40_000)));
    let mut input = &b"MSG #r 4 1 bob :half"[..];
    assert_eq!(talk.session.receive(Millis(39_500), &mut input, &mut talk.out), Ok(None));
    assert_eq!(talk.session.deadline(), Some(Millis(69_500)));
}

#[test]
fn no_more_than_256_requests_are_unanswered() {
    let mut talk = Talk::in_room(JOINED);
    let rooms = ClientMessage::Rooms { after: None };
    for _ in 0..MAX_PIPELINE {
        talk.send(rooms);
    }
    assert_eq!(talk.session.send(&rooms, &mut talk.out), Err(SendError::TooManyUnanswered));
    talk.hear("OK count=0\n").expect("an answer");
    talk.send(rooms);
}

#[test]
fn nothing_is_read_behind_a_bye() {
    let mut talk = Talk::in_room(JOINED);
    let events = talk.hear("BYE shutdown retry=5 :Later\nMSG #r 99 1 bob :x\n").expect("a BYE");
    assert_eq!(events.len(), 1);
    assert!(events[0].contains("Shutdown"), "{events:?}");
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server MAY send `PONG` and events between answers.
//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A client MUST match `OK`, `ERR` and `WELCOME` to its requests by their order, and `PONG` to its `PING` by the order
//# among these.
#[test]
fn events_and_pongs_between_answers_are_no_answers() {
    let mut talk = Talk::in_room(JOINED);
    talk.send(ClientMessage::Who { room: room("#r"), after: None });
    for token in ["a", "b"] {
        talk.send(ClientMessage::Ping { token: Token::new(token).ok() });
    }
    talk.send(ClientMessage::Rooms { after: None });
    let octets = b"PONG a\nNAMES #r alice\nMSG #r 4 1 bob :x\nPONG b\nJOINED #r bob\nOK members=2\nOK count=0\n";
    let mut input = &octets[..];
    let (mut pongs, mut done) = (Vec::new(), Vec::new());
    while let Some(event) = talk.session.receive(Millis(0), &mut input, &mut talk.out).expect("all of it is expected") {
        match event {
            ClientEvent::Pong(token) => pongs.push(token.map(Token::as_str)),
            ClientEvent::Done(answered) => done.push(answered.request),
            event => assert!(matches!(event, ClientEvent::Message(_)) && done.is_empty(), "{event:?}"),
        }
    }
    assert_eq!((pongs, done), (std::vec![Some("a"), Some("b")], std::vec![Request::Who, Request::Rooms]));
}

//= protocol/SPEC.md#8-keep-alive
//= type=test
//# A client MUST NOT count a `PONG` as a request or wait for an answer to it.
#[test]
fn a_pong_is_no_request_that_is_answered() {
    let mut talk = Talk::in_room(JOINED);
    talk.hear("PING x\n").expect("a PING");
    talk.send(ClientMessage::Pong { token: None });
    assert_eq!(talk.session.unanswered(), 0);
    talk.send(ClientMessage::Rooms { after: None });
    talk.hear("OK count=0\n").expect("the answer of the one request");
}

//= protocol/SPEC.md#5-3-past
//= type=test
//# A client MUST NOT count a `PAST` in the contiguity of 6.5.
#[test]
fn a_message_of_the_past_is_no_number_of_the_membership() {
    let mut talk = Talk::in_room(JOINED);
    let range = SeqRange::new(seq(1), seq(9)).expect("a range");
    talk.send(ClientMessage::History { room: room("#r"), range, epoch: None });
    talk.hear(
        "PAST #r 1 1 bob :x\nPAST #r 4 1 bob :x\nMSG #r 4 1 bob :x\nPAST #r 5 1 bob :x\nOK epoch=e count=3 next=6\n",
    )
    .expect("none of the past is due");
    assert_eq!(talk.session.position(room("#r")).map(|(_, seen)| seen), Some(4.into()));
    let search = ClientMessage::Search {
        room: room("#r"),
        before: None,
        last: PageSize::new(2),
        text: Query::new("x").expect("a query"),
    };
    talk.send(search);
    let events = talk.hear("PAST #r 2 1 bob :x\nMSG #r 5 1 bob :x\nPAST #r 4 1 bob :x\nOK epoch=e count=2 more=yes\n");
    assert!(events.is_ok_and(|events| events[3].contains("request: Search")));
    // The two are told apart by their attributes.
    talk.send(search);
    assert_eq!(talk.hear("OK epoch=e count=0 next=6\n"), Err(ServerFault::WrongAnswer));
    let mut talk = Talk::in_room(JOINED);
    talk.send(ClientMessage::History { room: room("#r"), range, epoch: None });
    assert_eq!(talk.hear("OK epoch=e count=0\n"), Err(ServerFault::WrongAnswer));
}

//= protocol/SPEC.md#5-7-gap
//= type=test
//# A client MUST count the numbers of a `GAP` with an unknown REASON like those of `slow`.
#[test]
fn a_gap_with_an_unknown_reason_counts_its_numbers() {
    let mut talk = Talk::in_room(JOINED);
    talk.hear("GAP #r 4 6 moved\nMSG #r 7 1 bob :x\n").expect("all due");
    assert_eq!(talk.hear("GAP #r 9 9 moved\n"), Err(ServerFault::Discontinuity { due: seq(8), got: seq(9) }));
}

//= protocol/SPEC.md#5-5-joined-and-left
//= type=test
//# A client MUST take the `LEFT` of its own name as the end of its membership.
#[test]
fn the_left_of_ones_own_name_is_the_last_event_of_a_membership() {
    let mut talk = Talk::in_room(JOINED);
    talk.hear("LEFT #r bob\nLEFT #r ALICE :Removed\n").expect("both are of the room");
    assert_eq!(talk.session.position(room("#r")), None);
    assert_eq!(talk.hear("MSG #r 4 1 bob :x\n"), Err(ServerFault::NotAMember));
}

//= protocol/SPEC.md#3-1-greeting
//= type=test
//# A client MAY send before it has received the greeting.
//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A client MAY send requests after its `HELLO` before it has received `WELCOME`.
#[test]
fn requests_can_be_sent_before_the_greeting_and_before_welcome() {
    let mut talk = Talk { session: ClientSession::new(), out: Vec::new() };
    talk.send(ClientMessage::Hello { name: Name::new("alice").expect("a name"), token: None });
    assert_eq!(talk.out, b"HELLO 1 alice\n");
    talk.hear(GREETING).expect("a greeting");
    talk.send(ClientMessage::Join { room: room("#r"), after: None, last: None });
    assert_eq!(talk.out, b"HELLO 1 alice\nJOIN #r\n");
    // Their answers are understood.
    let events = talk.hear(&[WELCOME, JOINED].concat()).expect("answers");
    assert!(events[0].starts_with("Welcome") && events[1].contains("request: Join"), "{events:?}");
}

//= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
//= type=test
//# A client MUST ignore a frame whose verb it does not know, its text included.
#[test]
fn an_unknown_verb_is_passed_over_with_its_text() {
    let mut talk = Talk::in_room(JOINED);
    let unknown = "NEWS #r {19}\nMSG #r 9 1 bob :not\nnews x=1 :MSG #r 9 1 bob :not\nHELLO 1 bob\nX\n";
    let events = talk.hear(&[unknown, "MSG #r 4 1 bob :x\n"].concat()).expect("nothing is wrong");
    assert_eq!(events.len(), 1);
    assert!(events[0].contains("\"x\""), "{events:?}");
}

//= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
//= type=test
//# A client that cannot find the end of a frame MUST end the connection.
#[test]
fn a_frame_without_an_end_is_a_fault_of_the_server() {
    for octets in ["MSG #r 4 1 bob {01}\nx\n", "NEWS {x", "MSG #r 4 1 bob {1}\nxy\n", "NEWS {65537}\n"] {
        let heard = Talk::in_room(JOINED).hear(octets);
        assert!(matches!(heard, Err(ServerFault::Frame(FrameError::Stream(_)))), "{octets}: {heard:?}");
    }
    let endless = ["MSG #r 4 1 bob :", &"x".repeat(70_000)].concat();
    let heard = Talk::in_room(JOINED).hear(&endless);
    assert!(matches!(heard, Err(ServerFault::Frame(FrameError::Stream(_)))), "{heard:?}");
}

//= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
//= type=test
//# A client that receives a known verb with arguments that do not have their form SHOULD end the connection and report
//# a fault of the server.
#[test]
fn a_known_verb_with_malformed_arguments_is_a_fault_of_the_server() {
    for octets in ["MSG #r 0 1 bob :x\n", "MSG #R 4 1 bob :x\n", "JOINED #r -\n", "GAP #r 5 4 slow\n", "OK seq=x\n"] {
        let heard = Talk::in_room(JOINED).hear(octets);
        assert!(matches!(heard, Err(ServerFault::Message(_))), "{octets}: {heard:?}");
    }
}

//= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
//= type=test
//# A client SHOULD end the connection and report a fault of the server when it receives a malformed header or text, a line
//# that is too long, or an answer to no request.
#[test]
fn what_no_server_sends_is_a_fault_of_the_server() {
    let long = ["MSG #r 4 1 bob :", &"x".repeat(4_096), "\n"].concat();
    for octets in ["MSG  #r 4 1 bob :x\n", "MSG #r 4 1 bob :\u{7}\n", &long] {
        let heard = Talk::in_room(JOINED).hear(octets);
        assert!(matches!(heard, Err(ServerFault::Frame(FrameError::Frame(_)))), "{octets}: {heard:?}");
    }
    for octets in ["OK\n", "ERR busy retry=1 :x\n", "NAMES #r bob\n"] {
        assert_eq!(Talk::in_room(JOINED).hear(octets), Err(ServerFault::WrongAnswer), "{octets}");
    }
}

//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A client MUST NOT send a frame after it has received `BYE`.
#[test]
fn nothing_is_sent_after_a_bye() {
    let mut talk = Talk::in_room(JOINED);
    talk.out.clear();
    talk.hear("BYE shutdown :Later\nPING x\n").expect("a BYE");
    let rooms = ClientMessage::Rooms { after: None };
    assert_eq!(talk.session.send(&rooms, &mut talk.out), Err(SendError::Ended));
    assert_eq!(talk.session.deadline(), None);
    talk.session.expire(Millis(1_000_000), &mut talk.out);
    assert!(talk.out.is_empty(), "{}", talk.out.escape_ascii());
}

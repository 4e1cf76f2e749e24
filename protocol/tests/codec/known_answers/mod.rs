//! Octets, and what they mean, written down by hand from SPEC.md: nothing here is computed by the crate.

mod client;
mod client_faults;
mod duties;
mod framing;
mod server;
mod server_faults;

use std::fmt::Debug;

use fanfare_protocol::{
    ClientMessage, Epoch, Frame, FrameError, FrameFault, Framed, Framer, Id, MessageError, Name, Number, Reason,
    RoomName, Seq, SeqRange, ServerMessage, Text, Timestamp, Token,
};

/// What stands behind each row's octets, and must still stand there when they were read.
const BEHIND: &[u8] = b"SAY #behind :untouched\n";

/// Reads one frame with octets behind it.
#[track_caller]
fn read<T>(octets: &[u8], parse: impl FnOnce(&Frame<'_>) -> T) -> T {
    let all = [octets, BEHIND].concat();
    let mut input = &all[..];
    let frame = match Framer::new().next(&mut input) {
        Ok(Framed::Frame(frame)) => frame,
        other => panic!("{other:?}: {}", shown(octets)),
    };
    assert_eq!(input, BEHIND, "{}", shown(octets));
    parse(&frame)
}

/// Equal in every letter, which a name's own equality does not ask for.
#[track_caller]
fn same<T: PartialEq + Debug>(octets: &[u8], read: &T, expected: &T) {
    assert_eq!(read, expected, "{}", shown(octets));
    assert_eq!(format!("{read:?}"), format!("{expected:?}"), "{}", shown(octets));
}

/// One row of a client: octets, the message that they are, and its canonical octets.
#[track_caller]
fn client(octets: &[u8], expected: &ClientMessage<'_>, canonical: &[u8]) {
    read(octets, |frame| same(octets, &ClientMessage::parse(frame), &Ok(*expected)));
    let mut encoded = Vec::new();
    expected.encode(&mut encoded);
    assert_eq!(shown(&encoded), shown(canonical));
}

/// One row of a server.
#[track_caller]
fn server(octets: &[u8], expected: &ServerMessage<'_>, canonical: &[u8]) {
    read(octets, |frame| same(octets, &ServerMessage::parse(frame), &Ok(*expected)));
    let mut encoded = Vec::new();
    expected.encode(&mut encoded);
    assert_eq!(shown(&encoded), shown(canonical));
}

/// One row of a header that is malformed.
#[track_caller]
fn no_frame(octets: impl AsRef<[u8]>) {
    let octets = octets.as_ref();
    let fault = Framer::new().next(&mut &*octets);
    assert_eq!(fault, Err(FrameError::Frame(FrameFault::BadFrame)), "{}", shown(octets));
}

/// One row of a frame that is no message of a client.
#[track_caller]
fn client_fault(octets: impl AsRef<[u8]>, expected: MessageError) {
    let octets = octets.as_ref();
    read(octets, |frame| assert_eq!(ClientMessage::parse(frame), Err(expected), "{}", shown(octets)));
}

/// One row of a frame that is no message of a server.
#[track_caller]
fn server_fault(octets: impl AsRef<[u8]>, expected: MessageError) {
    let octets = octets.as_ref();
    read(octets, |frame| assert_eq!(ServerMessage::parse(frame), Err(expected), "{}", shown(octets)));
}

/// One row of a frame that is a message of a client, whichever.
#[track_caller]
fn client_takes(octets: impl AsRef<[u8]>) {
    let octets = octets.as_ref();
    read(octets, |frame| assert!(ClientMessage::parse(frame).is_ok(), "{}", shown(octets)));
}

/// One row of a frame that is a message of a server, whichever.
#[track_caller]
fn server_takes(octets: impl AsRef<[u8]>) {
    let octets = octets.as_ref();
    read(octets, |frame| assert!(ServerMessage::parse(frame).is_ok(), "{}", shown(octets)));
}

fn shown(octets: &[u8]) -> String {
    octets.escape_ascii().to_string()
}

fn name(name: &str) -> Name<'_> {
    Name::new(name).expect("a name")
}

fn room(room: &str) -> RoomName<'_> {
    RoomName::new(room).expect("a room")
}

fn epoch(epoch: &str) -> Epoch<'_> {
    Epoch::new(epoch).expect("an epoch")
}

fn id(id: &str) -> Option<Id<'_>> {
    Some(Id::new(id).expect("an id"))
}

fn token(token: &str) -> Option<Token<'_>> {
    Some(Token::new(token).expect("a token"))
}

fn text(text: &str) -> Text<'_> {
    Text::new(text).expect("a text")
}

fn reason(reason: &str) -> Option<Reason<'_>> {
    Some(Reason::new(reason).expect("a reason"))
}

fn number(value: u64) -> Number {
    Number::new(value).expect("a number")
}

fn seq(value: u64) -> Seq {
    Seq::new(value).expect("a SEQ")
}

fn range(first: u64, last: u64) -> SeqRange {
    SeqRange::new(seq(first), seq(last)).expect("a range")
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// So many of one letter.
fn xs(count: usize) -> String {
    "x".repeat(count)
}

/// So many attributes, each with a key of its own.
fn attributes(count: usize) -> String {
    (0..count).map(|nth| format!(" k{nth}=v")).collect()
}

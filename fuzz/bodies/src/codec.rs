//! Both round trips of one message, and what its canonical form must be.

use std::fmt::Debug;

use fanfare_protocol::limits::MAX_LINE;
use fanfare_protocol::{ClientMessage, Frame, Framed, Framer, ServerMessage};

/// Reads the one frame that the octets are, and hands it on.
#[track_caller]
pub fn framed<T>(octets: &[u8], then: impl FnOnce(&Frame<'_>) -> T) -> T {
    let mut input = octets;
    match Framer::new().next(&mut input) {
        Ok(Framed::Frame(frame)) => {
            assert!(input.is_empty(), "{} octets are left", input.len());
            then(&frame)
        }
        other => panic!("{other:?}: {}", octets[..octets.len().min(200)].escape_ascii()),
    }
}

/// Equal in every letter. Names are equal without case, so that equality alone would not show a changed one.
#[track_caller]
pub fn same<T: PartialEq + Debug>(read: &T, sent: &T) {
    assert_eq!(read, sent);
    assert_eq!(format!("{read:?}"), format!("{sent:?}"));
}

/// A message of a client becomes canonical octets, and these become the message. It returns them.
#[track_caller]
pub fn client(sent: &ClientMessage<'_>) -> Vec<u8> {
    let mut octets = Vec::new();
    sent.encode(&mut octets);
    is_canonical(&octets);
    client_reads(&octets, sent, &octets);
    octets
}

/// A message of a server becomes canonical octets, and these become the message. It returns them.
#[track_caller]
pub fn server(sent: &ServerMessage<'_>) -> Vec<u8> {
    let mut octets = Vec::new();
    sent.encode(&mut octets);
    is_canonical(&octets);
    server_reads(&octets, sent, &octets);
    octets
}

/// A client's octets, in any legal form, are this message, and its canonical octets are these.
#[track_caller]
pub fn client_reads(octets: &[u8], sent: &ClientMessage<'_>, canonical: &[u8]) {
    framed(octets, |frame| {
        let read = ClientMessage::parse(frame).unwrap_or_else(|error| panic!("{error}: {sent:?}"));
        // Not `assert_eq`: a text can have 65,536 octets. The octets show what equality does not ask for.
        assert!(read == *sent, "{sent:?}");
        let mut again = Vec::new();
        read.encode(&mut again);
        assert!(again == canonical, "{sent:?}");
    });
}

/// A server's octets, in any legal form, are this message, and its canonical octets are these.
#[track_caller]
pub fn server_reads(octets: &[u8], sent: &ServerMessage<'_>, canonical: &[u8]) {
    framed(octets, |frame| {
        let read = ServerMessage::parse(frame).unwrap_or_else(|error| panic!("{error}: {sent:?}"));
        // Not `assert_eq`: a text can have 65,536 octets. The octets show what equality does not ask for.
        assert!(read == *sent, "{sent:?}");
        let mut again = Vec::new();
        read.encode(&mut again);
        assert!(again == canonical, "{sent:?}");
    });
}

/// SPEC.md, sections 2.1 and 2.4: what a sender must keep to.
#[track_caller]
fn is_canonical(octets: &[u8]) {
    assert!(octets.ends_with(b"\n") && !octets.contains(&b'\r'));
    let line = octets.iter().position(|&octet| octet == b'\n').expect("it ends in LF");
    assert!(line <= MAX_LINE, "a line of {line} octets");
    framed(octets, |frame| {
        assert!(frame.verb().bytes().all(|octet| octet.is_ascii_uppercase()));
        let Some(text) = frame.text() else {
            return assert_eq!(line + 1, octets.len());
        };
        let fits = frame.header().len() + " :".len() + text.as_str().len() <= MAX_LINE;
        assert_eq!(octets[frame.header().len() + 1] == b':', fits && !text.as_str().contains('\n'));
    });
}

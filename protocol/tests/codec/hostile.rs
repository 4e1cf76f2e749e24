//! Octets from nobody who means well: nothing panics, and whatever is understood can be said again.

use fanfare_protocol::plain::{Command, Lines, ServerLine};
use fanfare_protocol::session::PlainSession;
use fanfare_protocol::{ClientMessage, Framed, Framer, Greeting, ServerMessage, Text};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cases;
use crate::feed::{Client, Server, feed, whole};
use crate::strategies::streams;

/// Reads each frame as a message of both sides. What parses is encoded, and must parse to the same again.
fn read_as_anything(octets: &[u8]) {
    if let Ok(greeting) = Greeting::parse(octets) {
        let _ = greeting.speaks_version_1();
    }
    let (mut framer, mut input) = (Framer::new(), octets);
    loop {
        let frame = match framer.next(&mut input) {
            Ok(Framed::Frame(frame)) => frame,
            Err(fanfare_protocol::FrameError::Frame(_)) => continue,
            Ok(Framed::Incomplete) | Err(fanfare_protocol::FrameError::Stream(_)) => return,
        };
        let mut again = Vec::new();
        if let Ok(message) = ClientMessage::parse(&frame) {
            message.encode(&mut again);
            let Ok(Framed::Frame(frame)) = Framer::new().next(&mut &again[..]) else { panic!("no frame: {message:?}") };
            let read = ClientMessage::parse(&frame).unwrap_or_else(|error| panic!("{error}: {message:?}"));
            assert_eq!(format!("{read:?}"), format!("{message:?}"));
        }
        again.clear();
        if let Ok(message) = ServerMessage::parse(&frame) {
            message.encode_plain(&mut Vec::new());
            message.encode(&mut again);
            let Ok(Framed::Frame(frame)) = Framer::new().next(&mut &again[..]) else { panic!("no frame: {message:?}") };
            let read = ServerMessage::parse(&frame).unwrap_or_else(|error| panic!("{error}: {message:?}"));
            assert_eq!(format!("{read:?}"), format!("{message:?}"));
        }
    }
}

/// Hands the octets to everything that reads octets. The greeting and the handshake let them get further in.
fn read_by_everybody(octets: &[u8]) {
    feed(Framer::new(), octets, whole(octets));
    feed(Lines::from_client(), octets, whole(octets));
    feed(Lines::from_server(), octets, whole(octets));
    feed(PlainSession::new(), octets, whole(octets));
    for opening in [&b""[..], b"HELLO 1 alice\n", b"alice\n"] {
        let octets = [opening, octets].concat();
        feed(Server::new(), &octets, whole(&octets));
    }
    let welcome = b"FANFARE/1 x\nWELCOME alice ping=30 text=65536 presence=256 :Hi\n";
    for opening in [&b""[..], welcome, &[welcome, &b"OK epoch=e next=1 newest=0 members=1\n"[..]].concat()] {
        let octets = [opening, octets].concat();
        feed(Client::new(), &octets, whole(&octets));
    }
    read_as_anything(octets);
    for line in octets.split(|&octet| octet == b'\n') {
        if let Ok(line) = Text::from_octets(line) {
            let _ = Command::parse(line);
            let _ = ServerLine::parse(line.as_str());
        }
    }
}

/// Frames with one octet changed, left out or put in.
fn spoilt() -> impl Strategy<Value = Vec<u8>> {
    let streams = prop_oneof![streams::from_client(), streams::from_server(), streams::conversation()];
    (streams, any::<prop::sample::Index>(), any::<u8>(), 0..3_u8).prop_map(|(mut octets, at, octet, how)| {
        if !octets.is_empty() {
            let at = at.index(octets.len());
            match how {
                0 => octets[at] = octet,
                1 => drop(octets.remove(at)),
                _ => octets.insert(at, octet),
            }
        }
        octets
    })
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn any_octets_are_survived(octets in vec(any::<u8>(), 0..300)) {
        read_by_everybody(&octets);
    }

    #[test]
    fn scraps_of_the_grammar_are_survived(octets in streams::scraps()) {
        read_by_everybody(&octets);
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn spoilt_streams_are_survived(octets in spoilt()) {
        read_by_everybody(&octets);
    }
}

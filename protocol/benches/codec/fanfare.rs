//! Fanfare/1: a `MSG` and a `SAY`, each with an id.

use std::hint::black_box;

use fanfare_protocol::{
    ClientMessage, Frame, Framed, Framer, Id, Message, Name, RoomName, Seq, ServerMessage, Text, Timestamp,
};

use crate::codec::{Codec, NAME, ROOM};

const ID: &str = "9f3c51d07a2be846-1";

/// What a server sends.
pub(crate) struct Msg<'t> {
    message: ServerMessage<'t>,
    framer: Framer,
    out: Vec<u8>,
}

impl<'t> Msg<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let message = ServerMessage::Msg(Message {
            room: RoomName::new(ROOM).expect("a room"),
            seq: Seq::new(123_456).expect("a SEQ"),
            at: Timestamp::from_millis(1_795_000_000_000),
            name: Name::new(NAME).expect("a name"),
            id: Some(Id::new(ID).expect("an id")),
            text: Text::new(text).expect("a text"),
        });
        Self { message, framer: Framer::new(), out: Vec::with_capacity(8_192) }
    }
}

impl Codec for Msg<'_> {
    fn name(&self) -> &'static str {
        "fanfare"
    }

    fn encode(&mut self) -> &[u8] {
        self.out.clear();
        black_box(&self.message).encode(&mut self.out);
        &self.out
    }

    fn decode<'i>(&mut self, mut input: &'i [u8]) -> &'i [u8] {
        let frame = frame(&mut self.framer, &mut input);
        assert!(black_box(&ServerMessage::parse(&frame)).is_ok());
        input
    }
}

/// What a client sends.
pub(crate) struct Say<'t> {
    message: ClientMessage<'t>,
    framer: Framer,
    out: Vec<u8>,
}

impl<'t> Say<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let message = ClientMessage::Say {
            room: RoomName::new(ROOM).expect("a room"),
            id: Some(Id::new(ID).expect("an id")),
            text: Text::new(text).expect("a text"),
        };
        Self { message, framer: Framer::new(), out: Vec::with_capacity(8_192) }
    }
}

impl Codec for Say<'_> {
    fn name(&self) -> &'static str {
        "fanfare"
    }

    fn encode(&mut self) -> &[u8] {
        self.out.clear();
        black_box(&self.message).encode(&mut self.out);
        &self.out
    }

    fn decode<'i>(&mut self, mut input: &'i [u8]) -> &'i [u8] {
        let frame = frame(&mut self.framer, &mut input);
        assert!(black_box(&ClientMessage::parse(&frame)).is_ok());
        input
    }
}

fn frame<'i>(framer: &mut Framer, input: &mut &'i [u8]) -> Frame<'i> {
    match framer.next(input) {
        Ok(Framed::Frame(frame)) => frame,
        other => panic!("{other:?}"),
    }
}

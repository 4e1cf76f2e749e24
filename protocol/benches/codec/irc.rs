//! IRC, with irc-proto: a `PRIVMSG`. Its messages own what they hold.
//!
//! Lines are found by memchr here, as its own line codec looks at one octet after the other and copies the line.

use std::hint::black_box;
use std::io::Write;

use irc_proto::Message;
use memchr::memchr;

use crate::codec::{Codec, NAME, ROOM, Side};

pub(crate) struct Irc {
    message: Message,
    out: Vec<u8>,
}

impl Irc {
    pub(crate) fn new(side: Side, text: &str) -> Self {
        let prefix = match side {
            Side::Client => Some(NAME),
            Side::Server => None,
        };
        // A line can't hold an LF.
        let line = text.replace('\n', " ");
        let message = Message::new(prefix, "PRIVMSG", vec![ROOM, &line]).expect("a message");
        Self { message, out: Vec::with_capacity(8_192) }
    }
}

impl Codec for Irc {
    fn name(&self) -> &'static str {
        "irc-proto"
    }

    fn encode(&mut self) -> &[u8] {
        self.out.clear();
        write!(self.out, "{}", black_box(&self.message)).expect("a Vec has room");
        &self.out
    }

    fn decode<'i>(&mut self, input: &'i [u8]) -> &'i [u8] {
        let end = memchr(b'\n', input).expect("a whole line") + 1;
        let (line, rest) = input.split_at(end);
        let line = std::str::from_utf8(line).expect("UTF-8");
        assert!(black_box(&line.parse::<Message>()).is_ok());
        rest
    }
}

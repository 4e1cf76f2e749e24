//! From a [`ServerMessage`] to its canonical octets, in the enum's order.

use bytes::BufMut;

use super::{Message, ServerMessage};
use crate::grammar::write::FrameWriter;
use crate::{Id, Reason, Token};

impl ServerMessage<'_> {
    /// Appends the message's one canonical form. SPEC.md, section 2.4.
    ///
    /// # Panics
    ///
    /// If `out` has no room, as `BufMut` does: a `Vec<u8>` and a `BytesMut` grow.
    pub fn encode(&self, out: &mut impl BufMut) {
        //= protocol/SPEC.md#12-versions-and-extension
        //= type=implication
        //= reason=A server sends values of ServerMessage, and each of its verbs is one that SPEC.md names.
        //# A server MUST NOT send a verb that this document does not name in place of one that it does name.
        //= protocol/SPEC.md#2-5-attributes
        //# A sender MUST NOT put more than 16 attributes in a frame.
        //= protocol/SPEC.md#2-5-attributes
        //# A sender MUST NOT repeat a key in a frame.
        match *self {
            //= protocol/SPEC.md#2-2-fields
            //# A sender MUST make a verb of 1 to 16 letters in upper case.
            //= protocol/SPEC.md#2-5-attributes
            //# A server MUST send the attributes of a frame in the order in which this document shows them.
            Self::Welcome(welcome) => FrameWriter::verb(out, "WELCOME")
                .field(welcome.name.as_str())
                .maybe("token", welcome.token.map(Token::as_str))
                .attribute_number("ping", welcome.ping)
                .attribute_number("text", welcome.text_limit)
                .maybe_number("rate", welcome.rate)
                .attribute_number("presence", welcome.presence)
                .text(welcome.text),
            Self::Ok(answer) => answer.encode(FrameWriter::verb(out, "OK")),
            Self::Err { code, retry, text } => {
                FrameWriter::verb(out, "ERR").field(code.as_str()).maybe_number("retry", retry).text(text);
            }
            Self::Challenge { text } => FrameWriter::verb(out, "CHALLENGE").text(text),
            Self::Names { room, names } => {
                FrameWriter::verb(out, "NAMES").field(room.as_str()).field(names.as_str()).end();
            }
            Self::Room { room, members, newest } => FrameWriter::verb(out, "ROOM")
                .field(room.as_str())
                .attribute_number("members", members)
                .attribute_number("newest", newest)
                .end(),
            Self::Past(message) => message.encode(FrameWriter::verb(out, "PAST")),
            Self::Msg(message) => message.encode(FrameWriter::verb(out, "MSG")),
            Self::Note { room, seq, at, name, kind, text } => FrameWriter::verb(out, "NOTE")
                .field(room.as_str())
                .number(seq)
                .number(at)
                .field(name.as_str())
                .field(kind.as_str())
                .maybe_text(text),
            Self::Told { at, name, id, text } => FrameWriter::verb(out, "TOLD")
                .number(at)
                .field(name.as_str())
                .maybe("id", id.map(Id::as_str))
                .text(text),
            Self::Joined { room, name } => {
                FrameWriter::verb(out, "JOINED").field(room.as_str()).field(name.as_str()).end();
            }
            Self::Left { room, name, reason } => FrameWriter::verb(out, "LEFT")
                .field(room.as_str())
                .field(name.as_str())
                .maybe_text(reason.map(Reason::text)),
            Self::Members { room, total, joined, left } => FrameWriter::verb(out, "MEMBERS")
                .field(room.as_str())
                .attribute_number("total", total)
                .maybe_number("joined", joined)
                .maybe_number("left", left)
                .end(),
            Self::Gap { room, range, reason } => FrameWriter::verb(out, "GAP")
                .field(room.as_str())
                //= protocol/SPEC.md#5-7-gap
                //= type=implication
                //= reason=A SeqRange can't be made with a first number above its last.
                //# A server MUST send `GAP` with FIRST at most LAST.
                .number(range.first())
                .number(range.last())
                .field(reason.as_str())
                .end(),
            Self::Ping { token } => FrameWriter::verb(out, "PING").maybe_field(token.map(Token::as_str)).end(),
            Self::Pong { token } => FrameWriter::verb(out, "PONG").maybe_field(token.map(Token::as_str)).end(),
            Self::Bye { code, retry, text } => {
                FrameWriter::verb(out, "BYE").field(code.as_str()).maybe_number("retry", retry).text(text);
            }
        }
    }
}

impl Message<'_> {
    fn encode<B: BufMut>(&self, frame: FrameWriter<'_, B>) {
        frame
            .field(self.room.as_str())
            .number(self.seq)
            .number(self.at)
            .field(self.name.as_str())
            .maybe("id", self.id.map(Id::as_str))
            .text(self.text);
    }
}

//! From a [`ClientMessage`] to its canonical octets, in the enum's order.

use bytes::BufMut;

use super::ClientMessage;
use crate::grammar::write::FrameWriter;
use crate::{Epoch, Id, Name, Number, Reason, RoomName, Token};

impl ClientMessage<'_> {
    /// Appends the message's one canonical form. SPEC.md, section 2.4.
    ///
    /// # Panics
    ///
    /// If `out` has no room, as `BufMut` does: a `Vec<u8>` and a `BytesMut` grow.
    pub fn encode(&self, out: &mut impl BufMut) {
        let frame = FrameWriter::verb(out, self.verb());
        //= protocol/SPEC.md#2-5-attributes
        //# A sender MUST NOT put more than 16 attributes in a frame.
        //= protocol/SPEC.md#2-5-attributes
        //# A sender MUST NOT repeat a key in a frame.
        match *self {
            Self::Hello { name, token } => {
                //= protocol/SPEC.md#12-versions-and-extension
                //# A client MUST put the version it speaks, as a number, in `HELLO`.
                frame.field("1").field(name.as_str()).maybe("token", token.map(Token::as_str)).end();
            }
            Self::Auth { mechanism, text } => frame.field(mechanism.as_str()).maybe_text(text),
            Self::Join { room, after, last } => {
                frame.field(room.as_str()).maybe_position("after", after).maybe_number("last", last).end();
            }
            Self::Leave { room, reason } => frame.field(room.as_str()).maybe_text(reason.map(Reason::text)),
            Self::Say { room, id, text } => frame.field(room.as_str()).maybe("id", id.map(Id::as_str)).text(text),
            Self::Tell { name, id, text } => frame.field(name.as_str()).maybe("id", id.map(Id::as_str)).text(text),
            Self::Who { room, after } => frame.field(room.as_str()).maybe("after", after.map(Name::as_str)).end(),
            Self::Rooms { after } => frame.maybe("after", after.map(RoomName::as_str)).end(),
            Self::History { room, range, epoch } => frame
                .field(room.as_str())
                .number(Number::from(range.first()))
                .number(Number::from(range.last()))
                .maybe("epoch", epoch.map(Epoch::as_str))
                .end(),
            Self::Search { room, before, last, text } => frame
                .field(room.as_str())
                .maybe_number("before", before.map(Number::from))
                .maybe_number("last", last.map(Number::from))
                .text(text.text()),
            Self::Ping { token } | Self::Pong { token } => frame.maybe_field(token.map(Token::as_str)).end(),
            Self::Bye { reason } => frame.maybe_text(reason.map(Reason::text)),
        }
    }
}

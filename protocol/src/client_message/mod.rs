//! What a client sends. SPEC.md, section 4.

mod encode;
mod parse;

use crate::{Epoch, Id, Mechanism, Name, Number, PageSize, Query, Reason, RoomName, Seq, SeqRange, Text, Token};

/// A message from a client to a server.
///
/// ```
/// use fanfare_protocol::{ClientMessage, Framed, Framer};
///
/// let mut input = &b"say #lobby id=4f :hello\n"[..];
/// let Framed::Frame(frame) = Framer::new().next(&mut input)? else { panic!("it is complete") };
/// let message = ClientMessage::parse(&frame)?;
/// assert!(matches!(message, ClientMessage::Say { text, .. } if text.as_str() == "hello"));
///
/// let mut wire = Vec::new();
/// message.encode(&mut wire);
/// assert_eq!(wire, b"SAY #lobby id=4f :hello\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientMessage<'a> {
    /// `HELLO 1 NAME [token=T]`. Section 4.4.
    Hello {
        /// The name that is asked for.
        name: Name<'a>,
        /// Proof that an earlier connection with that name was one's own.
        token: Option<Token<'a>>,
    },
    /// `AUTH MECHANISM [TEXT]`. Section 4.12.
    Auth {
        /// The SASL mechanism.
        mechanism: Mechanism<'a>,
        /// The response, in Base64.
        text: Option<Text<'a>>,
    },
    /// `JOIN #room [after=EPOCH:SEQ] [last=N]`. Section 4.5.
    Join {
        /// The room.
        room: RoomName<'a>,
        /// The newest message that the client has, and of which epoch: 0 for none.
        after: Option<(Epoch<'a>, Number)>,
        /// At most so many messages are replayed.
        last: Option<Number>,
    },
    /// `LEAVE #room [TEXT]`. Section 4.6.
    Leave {
        /// The room.
        room: RoomName<'a>,
        /// Words for those who stay.
        reason: Option<Reason<'a>>,
    },
    /// `SAY #room [id=ID] TEXT`. Section 4.7.
    Say {
        /// The room.
        room: RoomName<'a>,
        /// Makes the message safe to send again.
        id: Option<Id<'a>>,
        /// The message.
        text: Text<'a>,
    },
    /// `TELL NAME [id=ID] TEXT`. Section 4.8.
    Tell {
        /// The one who is told.
        name: Name<'a>,
        /// Handed on to the receiver.
        id: Option<Id<'a>>,
        /// The message.
        text: Text<'a>,
    },
    /// `WHO #room [after=NAME]`. Section 4.9.
    Who {
        /// The room.
        room: RoomName<'a>,
        /// Only names behind this one.
        after: Option<Name<'a>>,
    },
    /// `ROOMS [after=#room]`. Section 4.10.
    Rooms {
        /// Only rooms behind this one.
        after: Option<RoomName<'a>>,
    },
    /// `HISTORY #room FIRST LAST [epoch=E]`. Section 4.11.
    History {
        /// The room.
        room: RoomName<'a>,
        /// The numbers that are asked for.
        range: SeqRange,
        /// The epoch they are of; without it, the room's own.
        epoch: Option<Epoch<'a>>,
    },
    /// `SEARCH #room [before=SEQ] [last=N] TEXT`. Section 4.15.
    Search {
        /// The room.
        room: RoomName<'a>,
        /// Only messages before this one.
        before: Option<Seq>,
        /// At most so many messages, the newest; without it, [`PageSize::DEFAULT`].
        last: Option<PageSize>,
        /// The words that are looked for.
        text: Query<'a>,
    },
    /// `PING [TOKEN]`. Section 4.13.
    Ping {
        /// Comes back in the `PONG`.
        token: Option<Token<'a>>,
    },
    /// `PONG [TOKEN]`, the answer to a server's `PING`: no request, and not answered. Section 8.
    Pong {
        /// The token of the `PING`.
        token: Option<Token<'a>>,
    },
    /// `BYE [TEXT]`. Section 4.14.
    Bye {
        /// Words for those who stay.
        reason: Option<Reason<'a>>,
    },
}

impl<'a> ClientMessage<'a> {
    /// The text, if there is one.
    pub fn text(&self) -> Option<Text<'a>> {
        match *self {
            Self::Say { text, .. } | Self::Tell { text, .. } => Some(text),
            Self::Auth { text, .. } => text,
            Self::Search { text, .. } => Some(text.text()),
            Self::Leave { reason, .. } | Self::Bye { reason } => reason.map(Reason::text),
            _ => None,
        }
    }

    /// The verb, as it is sent.
    pub fn verb(&self) -> &'static str {
        match self {
            //= protocol/SPEC.md#2-2-fields
            //# A sender MUST make a verb of 1 to 16 letters in upper case.
            Self::Hello { .. } => "HELLO",
            Self::Auth { .. } => "AUTH",
            Self::Join { .. } => "JOIN",
            Self::Leave { .. } => "LEAVE",
            Self::Say { .. } => "SAY",
            Self::Tell { .. } => "TELL",
            Self::Who { .. } => "WHO",
            Self::Rooms { .. } => "ROOMS",
            Self::History { .. } => "HISTORY",
            Self::Search { .. } => "SEARCH",
            Self::Ping { .. } => "PING",
            Self::Pong { .. } => "PONG",
            Self::Bye { .. } => "BYE",
        }
    }
}

//! What a server sends. SPEC.md, sections 3 to 5.

mod answer;
mod encode;
mod greeting;
mod names;
mod parse;

pub use answer::Answer;
pub use greeting::Greeting;
pub use names::Names;

use crate::{
    ByeCode, CodeWord, ErrCode, Id, Kind, Name, Number, Reason, RoomName, Seq, SeqRange, Text, Timestamp, Token,
};

/// A message from a server to a client.
///
/// ```
/// use fanfare_protocol::{Framed, Framer, ServerMessage};
///
/// let mut input = &b"MSG #lobby 7 1700000000000 alice :hello\n"[..];
/// let Framed::Frame(frame) = Framer::new().next(&mut input)? else { panic!("it is complete") };
/// let ServerMessage::Msg(message) = ServerMessage::parse(&frame)? else { panic!("it is a MSG") };
/// assert_eq!((message.seq.get(), message.name.as_str(), message.text.as_str()), (7, "alice", "hello"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerMessage<'a> {
    /// `WELCOME`: the name is registered. Section 4.4.
    Welcome(Welcome<'a>),
    /// `OK`: a request was done. Section 4.
    Ok(Answer<'a>),
    /// `ERR CODE [retry=MS] TEXT`: a request was not done. Section 7.
    Err {
        /// Which fault.
        code: ErrCode<'a>,
        /// Not before so many milliseconds.
        retry: Option<Number>,
        /// Words for a person.
        text: Text<'a>,
    },
    /// `CHALLENGE TEXT`: a step of `AUTH`. Section 4.12.
    Challenge {
        /// The challenge, in Base64.
        text: Text<'a>,
    },
    /// `NAMES #room n1 n2 …`: a part of the answer to `WHO`. Section 4.9.
    Names {
        /// The room.
        room: RoomName<'a>,
        /// Some of its members.
        names: Names<'a>,
    },
    /// `ROOM #room members= newest=`: a part of the answer to `ROOMS`. Section 4.10.
    Room {
        /// The room.
        room: RoomName<'a>,
        /// How many members it has.
        members: Number,
        /// The number of its newest message; 0 before the first.
        newest: Number,
    },
    /// `PAST`: a part of the answer to `HISTORY` or `SEARCH`. Section 5.3.
    Past(Message<'a>),
    /// `MSG`: somebody said something in a room. Section 5.2.
    Msg(Message<'a>),
    /// `NOTE #room SEQ AT NAME KIND [TEXT]`: numbered like a message, and no message. Section 5.8.
    Note {
        /// The room.
        room: RoomName<'a>,
        /// Its number.
        seq: Seq,
        /// When.
        at: Timestamp,
        /// Who did it.
        name: Name<'a>,
        /// What was done.
        kind: Kind<'a>,
        /// More about it.
        text: Option<Text<'a>>,
    },
    /// `TOLD AT NAME [id=ID] TEXT`: somebody told oneself something. Section 5.4.
    Told {
        /// When.
        at: Timestamp,
        /// Who.
        name: Name<'a>,
        /// The id of the `TELL`.
        id: Option<Id<'a>>,
        /// What.
        text: Text<'a>,
    },
    /// `JOINED #room NAME`. Section 5.5.
    Joined {
        /// The room.
        room: RoomName<'a>,
        /// Who came.
        name: Name<'a>,
    },
    /// `LEFT #room NAME [TEXT]`. Section 5.5.
    Left {
        /// The room.
        room: RoomName<'a>,
        /// Who went.
        name: Name<'a>,
        /// The words that were left.
        reason: Option<Reason<'a>>,
    },
    /// `MEMBERS #room total= [joined=] [left=]`: the list of members is stale. Section 5.6.
    Members {
        /// The room.
        room: RoomName<'a>,
        /// How many members it has.
        total: Number,
        /// How many came since the last such line.
        joined: Option<Number>,
        /// How many went since the last such line.
        left: Option<Number>,
    },
    /// `GAP #room FIRST LAST REASON`: these messages will not be sent in this membership. Section 5.7.
    Gap {
        /// The room.
        room: RoomName<'a>,
        /// Which.
        range: SeqRange,
        /// Why.
        reason: GapReason<'a>,
    },
    /// `PING [TOKEN]`. Section 8.
    Ping {
        /// Comes back in the `PONG`.
        token: Option<Token<'a>>,
    },
    /// `PONG [TOKEN]`. Section 8.
    Pong {
        /// The token of the `PING`.
        token: Option<Token<'a>>,
    },
    /// `BYE CODE [retry=MS] TEXT`: the last line. Section 9.
    Bye {
        /// Why.
        code: ByeCode<'a>,
        /// Not before so many milliseconds.
        retry: Option<Number>,
        /// Words for a person.
        text: Text<'a>,
    },
}

impl<'a> ServerMessage<'a> {
    /// An `ERR` in the table's words.
    pub fn err(code: ErrCode<'a>) -> Self {
        Self::Err { code, retry: None, text: code.text() }
    }

    /// A `BYE` in the table's words.
    pub fn bye(code: ByeCode<'a>) -> Self {
        Self::Bye { code, retry: None, text: code.text() }
    }
}

/// What `WELCOME` announces. SPEC.md, section 4.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Welcome<'a> {
    /// The name as registered.
    pub name: Name<'a>,
    /// Takes the name over, once. A server may withhold it.
    pub token: Option<Token<'a>>,
    /// The keep-alive interval in seconds.
    pub ping: Number,
    /// The most octets of a text that the server takes.
    pub text_limit: Number,
    /// Messages per second; `None` without a limit.
    pub rate: Option<Number>,
    /// The most members of a room whose comings and goings are told one by one.
    pub presence: Number,
    /// Words for a person.
    pub text: Text<'a>,
}

/// A message of a room, as `MSG` and `PAST` bear it. SPEC.md, section 5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The room.
    pub room: RoomName<'a>,
    /// Its number in the room's epoch.
    pub seq: Seq,
    /// When the server took it; never decreasing in a room.
    pub at: Timestamp,
    /// Who said it.
    pub name: Name<'a>,
    /// The id that it was sent with.
    pub id: Option<Id<'a>>,
    /// What was said.
    pub text: Text<'a>,
}

/// Why messages are missing. SPEC.md, section 5.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GapReason<'a> {
    /// The reader was too slow, or asked for fewer; `HISTORY` may have them.
    Slow,
    /// They are no longer kept.
    Expired,
    /// A reason that this version does not know. Only a receiver meets one, and counts it like `slow`.
    Other(CodeWord<'a>),
}

impl<'a> GapReason<'a> {
    /// The reason as it is sent.
    pub fn as_str(self) -> &'a str {
        match self {
            Self::Slow => "slow",
            Self::Expired => "expired",
            Self::Other(word) => word.as_str(),
        }
    }

    /// The reason that a word stands for.
    pub fn from_word(word: CodeWord<'a>) -> Self {
        match word.as_str() {
            "slow" => Self::Slow,
            "expired" => Self::Expired,
            _ => Self::Other(word),
        }
    }
}

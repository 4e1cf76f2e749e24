//! What an `OK` says, for each request.

use bytes::BufMut;

use crate::grammar::read::{Attributes, MessageError, seq_value};
use crate::grammar::write::FrameWriter;
use crate::{Epoch, Number, Seq};

/// The attributes of an `OK`. SPEC.md, section 4.
///
/// Which variant an `OK` is can be told from its attributes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// `OK`, to `LEAVE` and `TELL`.
    Done,
    /// `OK epoch= next= newest= members= [reset=yes]`, to `JOIN`.
    Join {
        /// The room's epoch.
        epoch: Epoch<'a>,
        /// The number at which the membership begins.
        next: Seq,
        /// The room's newest number; 0 before the first.
        newest: Number,
        /// How many members the room has, oneself included.
        members: Number,
        /// Whether `after` was of another epoch, or beyond the newest.
        reset: bool,
    },
    /// `OK seq= [repeat=yes]`, to `SAY`.
    Say {
        /// The message's number.
        seq: Seq,
        /// Whether it was said before.
        repeat: bool,
    },
    /// `OK members= [more=yes]`, to `WHO`.
    Who {
        /// How many members the room has.
        members: Number,
        /// Whether there are names behind the last that was sent.
        more: bool,
    },
    /// `OK count= [more=yes]`, to `ROOMS`.
    Rooms {
        /// How many rooms were sent.
        count: Number,
        /// Whether there are rooms behind the last that was sent.
        more: bool,
    },
    /// `OK epoch= count= next=`, to `HISTORY`.
    History {
        /// The room's epoch.
        epoch: Epoch<'a>,
        /// How many messages were sent.
        count: Number,
        /// The first number that was not looked at.
        next: Seq,
    },
    /// `OK epoch= count= [more=yes]`, to `SEARCH`.
    Search {
        /// The room's epoch.
        epoch: Epoch<'a>,
        /// How many messages were sent.
        count: Number,
        /// Whether older messages match too.
        more: bool,
    },
}

impl<'a> Answer<'a> {
    pub(super) fn parse(attributes: &Attributes<'a>) -> Result<Self, MessageError> {
        let epoch = attributes.get("epoch", Epoch::new)?;
        let next = attributes.get("next", seq_value)?;
        let newest = attributes.get("newest", Number::parse)?;
        let members = attributes.get("members", Number::parse)?;
        let count = attributes.get("count", Number::parse)?;
        let seq = attributes.get("seq", seq_value)?;
        // All of them are known for every `OK`: SPEC.md, section 2.5.
        let flags = (attributes.flag("reset")?, attributes.flag("repeat")?, attributes.flag("more")?);
        Ok(match (epoch, next, newest, members, count, seq, flags) {
            (Some(epoch), Some(next), Some(newest), Some(members), None, None, (reset, false, false)) => {
                Self::Join { epoch, next, newest, members, reset }
            }
            (Some(epoch), Some(next), None, None, Some(count), None, (false, false, false)) => {
                Self::History { epoch, count, next }
            }
            (Some(epoch), None, None, None, Some(count), None, (false, false, more)) => {
                Self::Search { epoch, count, more }
            }
            (None, None, None, None, None, Some(seq), (false, repeat, false)) => Self::Say { seq, repeat },
            (None, None, None, Some(members), None, None, (false, false, more)) => Self::Who { members, more },
            (None, None, None, None, Some(count), None, (false, false, more)) => Self::Rooms { count, more },
            (None, None, None, None, None, None, (false, false, false)) => Self::Done,
            _ => return Err(MessageError::BadArguments),
        })
    }

    pub(super) fn encode<B: BufMut>(self, frame: FrameWriter<'_, B>) {
        match self {
            Self::Done => frame,
            //= protocol/SPEC.md#2-5-attributes
            //# A server MUST send the attributes of a frame in the order in which this document shows them.
            Self::Join { epoch, next, newest, members, reset } => frame
                .attribute("epoch", epoch.as_str())
                .attribute_number("next", next)
                .attribute_number("newest", newest)
                .attribute_number("members", members)
                .flag("reset", reset),
            Self::Say { seq, repeat } => frame.attribute_number("seq", seq).flag("repeat", repeat),
            Self::Who { members, more } => frame.attribute_number("members", members).flag("more", more),
            Self::Rooms { count, more } => frame.attribute_number("count", count).flag("more", more),
            Self::History { epoch, count, next } => {
                frame.attribute("epoch", epoch.as_str()).attribute_number("count", count).attribute_number("next", next)
            }
            Self::Search { epoch, count, more } => {
                frame.attribute("epoch", epoch.as_str()).attribute_number("count", count).flag("more", more)
            }
        }
        .end();
    }
}

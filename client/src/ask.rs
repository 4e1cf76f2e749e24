//! What a program asks of the server, and what it is answered.

use fanfare_protocol::{ClientMessage, Epoch, Number, PageSize, Seq, SeqRange};
use tokio::sync::oneshot;

use crate::error::Error;
use crate::event::{Entered, Message};
use crate::owned::{OwnedEpoch, OwnedId, OwnedName, OwnedQuery, OwnedReason, OwnedRoom, OwnedText};

/// Where the answer goes. Nobody may be waiting for it any more.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, Error>>;

/// Beside `after` it means: if the room is numbered anew, all that is kept of the new numbering (SPEC.md, section 6.2).
const ALL: Number = Number::saturating(u64::MAX);

/// A request, and where its answer goes. Once it was taken it is kept until it is answered, over lost connections.
pub(crate) enum Ask {
    Join {
        room: OwnedRoom,
        since: Since,
        answer: Answer<Entered>,
    },
    /// To be a member again, after a lost connection. Nobody waits for it.
    Rejoin {
        room: OwnedRoom,
        after: Position,
    },
    Leave {
        room: OwnedRoom,
        reason: Option<OwnedReason>,
        answer: Answer<()>,
    },
    /// `heard`: the number with which the message came back, if it did so before the answer.
    Say {
        room: OwnedRoom,
        id: OwnedId,
        text: OwnedText,
        heard: Option<u64>,
        answer: Answer<Said>,
    },
    Tell {
        name: OwnedName,
        id: OwnedId,
        text: OwnedText,
        answer: Answer<()>,
    },
    Who {
        room: OwnedRoom,
        after: Option<OwnedName>,
        names: Vec<String>,
        answer: Answer<Members>,
    },
    Rooms {
        after: Option<OwnedRoom>,
        rooms: Vec<Room>,
        answer: Answer<Rooms>,
    },
    History {
        room: OwnedRoom,
        range: SeqRange,
        epoch: Option<OwnedEpoch>,
        past: Vec<Message>,
        answer: Answer<History>,
    },
    Search {
        room: OwnedRoom,
        before: Option<Seq>,
        last: PageSize,
        text: OwnedQuery,
        past: Vec<Message>,
        answer: Answer<Found>,
    },
}

/// From where on a room that one joins is read. SPEC.md, section 6.2.
#[derive(Clone, Debug, Default)]
pub enum Since {
    /// From now on.
    #[default]
    Now,
    /// From so many messages before now, as far as they are kept.
    Last(u64),
    /// From behind a position, perhaps one of an earlier run of the program. If the room is numbered anew, from the
    /// oldest message that is kept of the new numbering.
    After(Position),
}

/// A place in a room's numbering: what [`Entered::epoch`] and [`Message::seq`] say.
#[derive(Clone, Debug)]
pub struct Position {
    epoch: OwnedEpoch,
    seq: Number,
}

impl Position {
    /// The place behind a number, 0 for the beginning, of an epoch.
    ///
    /// # Errors
    ///
    /// If the epoch has not its form.
    pub fn new(epoch: &str, seq: u64) -> Result<Self, Error> {
        Ok(Self::at(Epoch::new(epoch)?, Number::saturating(seq)))
    }

    pub(crate) fn at(epoch: Epoch<'_>, seq: Number) -> Self {
        Self { epoch: epoch.into(), seq }
    }

    /// The name of the room's numbering.
    pub fn epoch(&self) -> &str {
        self.epoch.get().as_str()
    }

    /// The last number that one has; 0 for none.
    pub fn seq(&self) -> u64 {
        self.seq.get()
    }
}

/// A message was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its number in the room.
    pub seq: u64,
    /// Whether it had been said before, with the same id.
    pub repeat: bool,
}

/// Members of a room, at most 1,000. SPEC.md, section 4.9.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// How many the room has.
    pub total: u64,
    /// Some of their names, in the order of their lower-case letters.
    pub names: Vec<String>,
    /// Whether there are more behind the last name.
    pub more: bool,
}

/// Rooms, at most 1,000. SPEC.md, section 4.10.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rooms {
    /// Some rooms, in the order of their names.
    pub rooms: Vec<Room>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

/// A room that the server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its name.
    pub room: String,
    /// How many members it has.
    pub members: u64,
    /// Its highest number; 0 before the first.
    pub newest: u64,
}

/// Messages of the past, at most 1,000 or 1 MiB. SPEC.md, section 4.11.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The name of the room's numbering.
    pub epoch: String,
    /// Those that are kept, in order.
    pub messages: Vec<Message>,
    /// What is below, was asked for and is not here is not kept. For what is not below, ask again from here.
    pub next: u64,
}

/// Messages that were searched for, at most 1,000 or 1 MiB. SPEC.md, section 4.15.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The name of the room's numbering.
    pub epoch: String,
    /// Those that match, in order.
    pub messages: Vec<Message>,
    /// Whether older ones match too. For these, search again before the number of the first one here.
    pub more: bool,
}

impl Ask {
    /// What is sent for it.
    pub(crate) fn message(&self) -> ClientMessage<'_> {
        match self {
            Self::Join { room, since, .. } => {
                let (after, last) = match since {
                    Since::Now => (None, None),
                    Since::Last(last) => (None, Some(Number::saturating(*last))),
                    Since::After(position) => (Some((position.epoch.get(), position.seq)), Some(ALL)),
                };
                ClientMessage::Join { room: room.get(), after, last }
            }
            Self::Rejoin { room, after } => {
                ClientMessage::Join { room: room.get(), after: Some((after.epoch.get(), after.seq)), last: Some(ALL) }
            }
            Self::Leave { room, reason, .. } => {
                ClientMessage::Leave { room: room.get(), reason: reason.as_ref().map(OwnedReason::get) }
            }
            Self::Say { room, id, text, .. } => {
                //= protocol/SPEC.md#4-7-say
                //= type=implication
                //= reason=Ask::Say holds an id and not an Option of one, so no SAY is sent without.
                //# A client SHOULD NOT repeat by itself a `SAY` that had no id and whose answer it did not receive.
                ClientMessage::Say { room: room.get(), id: Some(id.get()), text: text.get() }
            }
            Self::Tell { name, id, text, .. } => {
                ClientMessage::Tell { name: name.get(), id: Some(id.get()), text: text.get() }
            }
            Self::Who { room, after, .. } => {
                ClientMessage::Who { room: room.get(), after: after.as_ref().map(OwnedName::get) }
            }
            Self::Rooms { after, .. } => ClientMessage::Rooms { after: after.as_ref().map(OwnedRoom::get) },
            Self::History { room, range, epoch, .. } => {
                ClientMessage::History { room: room.get(), range: *range, epoch: epoch.as_ref().map(OwnedEpoch::get) }
            }
            Self::Search { room, before, last, text, .. } => {
                ClientMessage::Search { room: room.get(), before: *before, last: Some(*last), text: text.get() }
            }
        }
    }

    /// Whether it begins a membership of the room or needs one.
    pub(crate) fn is_in(&self, of: &OwnedRoom) -> bool {
        match self {
            Self::Join { room, .. }
            | Self::Rejoin { room, .. }
            | Self::Leave { room, .. }
            | Self::Say { room, .. }
            | Self::History { room, .. }
            | Self::Search { room, .. } => room == of,
            Self::Tell { .. } | Self::Who { .. } | Self::Rooms { .. } => false,
        }
    }

    /// It will not be done.
    pub(crate) fn fail(self, error: Error) {
        // Whoever asked may have gone: then nobody needs to know.
        let _gone = match self {
            Self::Join { answer, .. } => answer.send(Err(error)).is_err(),
            Self::Rejoin { .. } => true,
            Self::Leave { answer, .. } | Self::Tell { answer, .. } => answer.send(Err(error)).is_err(),
            Self::Say { answer, .. } => answer.send(Err(error)).is_err(),
            Self::Who { answer, .. } => answer.send(Err(error)).is_err(),
            Self::Rooms { answer, .. } => answer.send(Err(error)).is_err(),
            Self::History { answer, .. } => answer.send(Err(error)).is_err(),
            Self::Search { answer, .. } => answer.send(Err(error)).is_err(),
        };
    }

    /// It must be sent once more: what came of its answer is forgotten.
    pub(crate) fn forget_parts(&mut self) {
        match self {
            Self::Who { names, .. } => names.clear(),
            Self::Rooms { rooms, .. } => rooms.clear(),
            Self::History { past, .. } | Self::Search { past, .. } => past.clear(),
            _ => {}
        }
    }
}

//! What goes between the engine and the wires: what is said, and what a stream's frames mean.

use fanfare_protocol::limits::MAX_FRAME;

use crate::error::RunError;

/// The most octets of an unfinished frame. An empty line's CR can stand before it.
pub const MOST_LEFT: usize = MAX_FRAME + 1;

/// What stands at the beginning of a stream's octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next<'o> {
    /// A frame of so many octets.
    Frame(usize, Word<'o>),
    /// So many octets that are no frame of the protocol. What follows can be read.
    Unreadable(usize),
    /// A frame that is not complete yet.
    Incomplete,
    /// Where the next frame begins can't be known.
    Broken,
}

/// What a frame means to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word<'o> {
    /// Somebody said something in a room.
    Message(Message<'o>),
    /// Something that is no message has a number of a room.
    Note { room: &'o str, number: u64 },
    /// These numbers of a room never come.
    Gap { room: &'o str, first: u64, last: u64 },
    /// Somebody came or went.
    Presence,
    /// It is to be answered, with the same token.
    Ping(Option<&'o str>),
    /// The oldest unanswered message was accepted, under this number if the protocol has numbers.
    Accepted(Option<u64>),
    /// The oldest unanswered message was refused, for this reason.
    Refused(&'o str),
    /// Nothing more comes: the verb that says so, and the reason.
    End(&'static str, &'o str),
    /// Something that does not matter to a run.
    Other,
}

/// A message of a room, as a receiver reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message<'o> {
    pub(crate) room: &'o str,
    /// Its number in the room and who said it, if the protocol tells.
    pub(crate) signed: Option<(u64, &'o str)>,
    pub(crate) text: &'o str,
}

/// A message that is to be published.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said<'s> {
    /// The room, as the wire calls it.
    pub(crate) room: &'s str,
    /// Which message of the room it is, from 1.
    pub(crate) number: u64,
    /// Who says it.
    pub(crate) name: &'s str,
    pub(crate) text: &'s str,
}

/// What a client learnt when it joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Joined {
    /// The room's newest number; 0 where there are none.
    pub(crate) newest: u64,
}

/// Why a client can't join.
#[derive(Debug)]
pub(crate) enum Turned {
    /// What answers speaks something else.
    Otherwise(String),
    /// The server does not want it.
    Away(String),
    /// What the server announces is not enough for the plan.
    Limited(RunError),
}

impl Turned {
    /// By something that is no frame of the protocol.
    pub(crate) fn broken() -> Self {
        Self::Otherwise("it breaks the protocol".to_owned())
    }
}

//! What a conversation tells a program.

use std::mem::size_of;
use std::time::Duration;

use fanfare_protocol as protocol;

use crate::error::{Ending, Loss, Refusal};

/// Something that happened. [`Events`](crate::Events) gives them in the order in which they came from the server.
///
/// In each membership the numbers of [`Message`], [`Note`] and [`Gap`] are contiguous, from the `next` of its
/// [`Entered`] on: each number comes once and in order, or a gap names it. SPEC.md, section 6.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The name is registered, for the first time or again. The rooms follow, each with its own [`Entered`]; if the
    /// program did not take its events, what of these says nothing that still holds is not told.
    Connected(Connected),
    /// The connection was lost; another one is tried.
    Disconnected {
        /// How it was lost, or why it could not be made again.
        loss: Loss,
        /// When another one is tried.
        retry: Duration,
    },
    /// A membership of one's own begins, or goes on after a lost connection. Who came and went meanwhile is not told.
    Entered(Entered),
    /// A membership of one's own has ended without a `leave`.
    Removed {
        /// The room.
        room: String,
        /// Why one could not come back after a lost connection; `None` if the server ended the membership.
        refusal: Option<Refusal>,
    },
    /// Somebody said something in a room, oneself too. SPEC.md, section 5.2.
    Message(Message),
    /// Something with a number that is no message. SPEC.md, section 5.8.
    Note(Note),
    /// Messages that did not come and will not come.
    Gap(Gap),
    /// The server could not store a message of one's own (SPEC.md, section 4.7, item 16). It is sent again by itself
    /// until the server takes it, with its id and before all that is said behind it. What says nothing is asked
    /// meanwhile. This is told once, for all messages that wait.
    Delayed {
        /// The room.
        room: String,
        /// The server's words.
        refusal: Refusal,
        /// When it is sent again.
        retry: Duration,
    },
    /// Somebody told oneself something in private. SPEC.md, section 5.4.
    Told(Told),
    /// So many private messages were dropped because the program did not take its events.
    ToldMissed {
        /// How many.
        count: u64,
    },
    /// Somebody else became a member. SPEC.md, section 5.5.
    Joined {
        /// The room.
        room: String,
        /// Who.
        name: String,
    },
    /// Somebody else is no longer a member. SPEC.md, section 5.5.
    Left {
        /// The room.
        room: String,
        /// Who.
        name: String,
        /// The words that were left.
        reason: Option<String>,
    },
    /// A list of members is stale; [`Client::who`](crate::Client::who) has the true one. SPEC.md, section 5.6.
    Members {
        /// The room.
        room: String,
        /// How many members it has; `None` if the program did not take its events.
        total: Option<u64>,
        /// How many came since the last such event, if the server says so.
        joined: Option<u64>,
        /// How many went since the last such event, if the server says so.
        left: Option<u64>,
    },
    /// The conversation is over. Nothing follows.
    Ended(Ending),
}

/// What the server announced with `WELCOME`. SPEC.md, section 4.4.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connected {
    /// One's name, as the server spells it.
    pub name: String,
    /// The most octets of a text that the server takes.
    pub text_limit: usize,
    /// Requests a second; `None` without a limit. The library keeps to it by itself.
    pub rate: Option<u64>,
    /// The most members of a room whose comings and goings are told one by one.
    pub presence: u64,
    /// The server's words for a person.
    pub words: String,
}

/// The beginning of a membership, or its continuation. SPEC.md, sections 4.5 and 6.2.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entered {
    /// The room.
    pub room: String,
    /// The name of the room's numbering.
    pub epoch: String,
    /// The number with which [`Message`], [`Note`] and [`Gap`] go on.
    pub next: u64,
    /// The highest number at the moment of joining: up to it, messages are a replay. 0 if there was none.
    pub newest: u64,
    /// How many members there are, oneself included.
    pub members: u64,
    /// How it relates to what came before.
    pub how: Entry,
}

/// How a membership relates to what a program has of the room already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// It is new.
    Fresh,
    /// It goes on where the position was that one had.
    Resumed,
    /// The room is numbered anew: an unknown number of messages was lost. SPEC.md, section 6.6.
    Reset,
}

/// A message in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The room.
    pub room: String,
    /// Its number.
    pub seq: u64,
    /// When the server took it: milliseconds since 1970-01-01 UTC.
    pub at: u64,
    /// Who said it.
    pub name: String,
    /// The id that it was said with.
    pub id: Option<String>,
    /// What was said: no control characters but TAB and LF.
    pub text: String,
}

/// Something with a number that is no message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The room.
    pub room: String,
    /// Its number.
    pub seq: u64,
    /// When: milliseconds since 1970-01-01 UTC.
    pub at: u64,
    /// Who did it.
    pub name: String,
    /// What was done.
    pub kind: String,
    /// More about it.
    pub text: Option<String>,
}

/// A private message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Told {
    /// When the server took it: milliseconds since 1970-01-01 UTC.
    pub at: u64,
    /// Who told it.
    pub name: String,
    /// The id that it was told with.
    pub id: Option<String>,
    /// What was told.
    pub text: String,
}

/// Consecutive messages that did not come and will not come in this membership.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// The room.
    pub room: String,
    /// The first number.
    pub first: u64,
    /// The last number, at least `first`.
    pub last: u64,
    /// Why.
    pub missed: Missed,
}

impl Gap {
    /// How many messages did not come.
    pub fn count(&self) -> u64 {
        self.last - self.first + 1
    }
}

/// Why messages did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missed {
    /// The server passed this client, or fewer were asked for. [`Client::history`](crate::Client::history) can have
    /// them. An unknown reason counts as this one. SPEC.md, section 5.7.
    Slow,
    /// The server keeps them no longer.
    Expired,
    /// They came, and the program did not take its events. [`Client::history`](crate::Client::history) can have them.
    Unread,
}

impl Event {
    /// The room that it is of.
    pub(crate) fn room(&self) -> Option<&str> {
        match self {
            Self::Entered(entered) => Some(&entered.room),
            Self::Message(message) => Some(&message.room),
            Self::Note(note) => Some(&note.room),
            Self::Gap(gap) => Some(&gap.room),
            Self::Removed { room, .. }
            | Self::Delayed { room, .. }
            | Self::Joined { room, .. }
            | Self::Left { room, .. }
            | Self::Members { room, .. } => Some(room),
            Self::Connected(_)
            | Self::Disconnected { .. }
            | Self::Told(_)
            | Self::ToldMissed { .. }
            | Self::Ended(_) => None,
        }
    }

    /// About how many octets of memory it takes.
    pub(crate) fn cost(&self) -> usize {
        let strings = match self {
            Self::Message(message) => message.room.len() + message.name.len() + message.text.len(),
            Self::Note(note) => note.room.len() + note.name.len() + note.text.as_ref().map_or(0, String::len),
            Self::Told(told) => told.name.len() + told.text.len(),
            Self::Joined { room, name } => room.len() + name.len(),
            Self::Left { room, name, reason } => room.len() + name.len() + reason.as_ref().map_or(0, String::len),
            Self::Members { room, .. } => room.len(),
            // The rest are few, and small.
            _ => 0,
        };
        size_of::<Self>() + strings
    }
}

impl From<protocol::Message<'_>> for Message {
    fn from(message: protocol::Message<'_>) -> Self {
        Self {
            room: message.room.as_str().to_owned(),
            seq: message.seq.get(),
            at: message.at.millis(),
            name: message.name.as_str().to_owned(),
            id: message.id.map(|id| id.as_str().to_owned()),
            text: message.text.as_str().to_owned(),
        }
    }
}

//! What a round leaves to be judged: who said what and was answered what, and who saw what.

use std::collections::BTreeMap;

/// A message with its number, as `MSG` or `PAST` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number in the room.
    pub seq: u64,
    /// When the server took it, in milliseconds since 1970-01-01 UTC.
    pub at: u64,
    /// Who said it.
    pub name: String,
    /// The id that it was said with.
    pub id: Option<String>,
    /// What was said.
    pub text: String,
}

/// What may happen in a round without being a violation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether more is said than the log of a room holds, so that who is slow is passed.
    pub passes: bool,
    /// So many messages of a room are kept at least, if not all are.
    pub kept: Option<u64>,
    /// Whether the disk is full for a time, so that messages are refused.
    pub refuses: bool,
}

/// Everything that is judged of a round.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// What may happen.
    pub rules: Rules,
    /// Who said something.
    pub publishers: Vec<Publisher>,
    /// Every membership in framed mode.
    pub memberships: Vec<Membership>,
    /// Every membership in plain mode.
    pub readings: Vec<Reading>,
    /// Every page of a history that was asked for during the round.
    pub pages: Vec<Page>,
    /// Every search that was answered, those of the final reader too.
    pub searches: Vec<Search>,
    /// What the server has of each room in the end.
    pub histories: BTreeMap<String, History>,
    /// What it answers in the end to messages that it has.
    pub repeats: Vec<Repeat>,
    /// The times in which its disk was full.
    pub full: Vec<FullDisk>,
    /// What went wrong before anything could be compared.
    pub mishaps: Vec<Mishap>,
}

/// One who says messages.
#[derive(Clone, Debug, Default)]
pub struct Publisher {
    /// Under this name.
    pub name: String,
    /// Whether messages are also sent again without a step that says so, as the client library does.
    pub resends_unseen: bool,
    /// The messages, in the order in which they were first sent.
    pub said: Vec<Said>,
    /// What was done with them, in order.
    pub steps: Vec<Step>,
}

/// A message that somebody wants to have said. No two messages of a round have the same text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// In which room.
    pub room: String,
    /// With which id.
    pub id: SaidId,
    /// What.
    pub text: String,
    /// A moment before it was first sent. Moments count up over all who take part.
    pub moment: u64,
}

/// The id of what is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaidId {
    /// None: it is sent once at most.
    None,
    /// This one.
    Given(String),
    /// One that the client library drew.
    Drawn,
}

/// Something that was done with the message of this index in [`Publisher::said`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was sent.
    Sent(usize),
    /// It was answered with `OK`.
    Accepted {
        /// Which message.
        message: usize,
        /// Its number.
        seq: u64,
        /// Whether the server had it before.
        repeat: bool,
    },
    /// It was answered with `ERR`.
    Refused {
        /// Which message.
        message: usize,
        /// The code.
        code: String,
    },
}

/// A membership in framed mode, from its `JOIN` on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Whose.
    pub who: String,
    /// In which room.
    pub room: String,
    /// The `after` of the `JOIN`.
    pub after: Option<(String, u64)>,
    /// The `last` of the `JOIN`.
    pub last: Option<u64>,
    /// The highest number that anybody had seen of the room before the `JOIN` was sent.
    pub seen: u64,
    /// The epoch of its `OK`.
    pub epoch: String,
    /// The `next` of its `OK`.
    pub next: u64,
    /// The `newest` of its `OK`.
    pub newest: u64,
    /// Whether its `OK` had `reset=yes`.
    pub reset: bool,
    /// What came, in order.
    pub events: Vec<Event>,
    /// Up to which number events were waited for, and all should have come.
    pub due: u64,
}

/// What came of a room in a membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `MSG`.
    Message(Message),
    /// `GAP`.
    Gap {
        /// The first number.
        first: u64,
        /// The last number.
        last: u64,
        /// Whether the reason was `expired`, and not `slow`.
        expired: bool,
        /// A moment after it had come.
        moment: u64,
    },
    /// One's own `JOINED`: the replay is over.
    Joined,
}

/// What somebody in plain mode read of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Who.
    pub who: String,
    /// In which room.
    pub room: String,
    /// The first line that it said there itself, if it said any.
    pub own: Option<String>,
    /// The lines, in order.
    pub lines: Vec<PlainLine>,
    /// Up to which number lines were waited for, and all should have come.
    pub due: u64,
}

/// A line of plain mode that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlainLine {
    /// `NAME: text`, a line of a message.
    Said {
        /// Who said it.
        name: String,
        /// The line. No two lines of a round are the same.
        text: String,
    },
    /// `* N messages missed`.
    Missed(u64),
}

/// A page of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Who asked.
    pub who: String,
    /// Of which room.
    pub room: String,
    /// The first number asked for.
    pub first: u64,
    /// The last number asked for.
    pub last: u64,
    /// The highest number that anybody had seen of the room before it was asked for.
    pub seen: u64,
    /// The epoch of the answer.
    pub epoch: String,
    /// The messages that came.
    pub messages: Vec<Message>,
    /// The `next` of the answer.
    pub next: u64,
    /// A moment after the answer had come.
    pub moment: u64,
}

/// A search and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Who asked.
    pub who: String,
    /// In which room.
    pub room: String,
    /// For what.
    pub text: String,
    /// Only messages before this one were asked for.
    pub before: Option<u64>,
    /// So many at most were asked for.
    pub last: u64,
    /// The highest number that anybody had seen of the room before it was asked.
    pub seen: u64,
    /// The epoch of the answer.
    pub epoch: String,
    /// The messages that came.
    pub messages: Vec<Message>,
    /// Whether the answer says that there are older ones.
    pub more: bool,
    /// A moment after the answer had come.
    pub moment: u64,
}

/// What the server has of a room in the end, after its last start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The epoch.
    pub epoch: String,
    /// The highest number.
    pub newest: u64,
    /// The messages that are kept, in the order in which they came.
    pub messages: Vec<Message>,
    /// The highest number once all ids were repeated.
    pub newest_after_repeats: u64,
}

/// A message that was stored and was said once more in the end, with its name and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// In which room.
    pub room: String,
    /// The number that it has.
    pub seq: u64,
    /// The id.
    pub id: String,
    /// The number and `repeat` of the `OK`; or what came in its place.
    pub answer: Result<(u64, bool), String>,
}

/// A time in which the disk was full, as one on an undisturbed connection saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FullDisk {
    /// How many messages were refused with `ERR internal` and `retry`.
    pub refused: u64,
    /// Whether a history and a replay could be read meanwhile.
    pub was_read: bool,
    /// Whether a message was accepted when there was room again, without a new start.
    pub was_served_again: bool,
    /// What came that should not, such as another code or the end of the connection.
    pub odd: Vec<String>,
}

/// Something that should not happen and is no matter of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mishap {
    /// Whether somebody waited in vain; otherwise something came that should not.
    pub in_vain: bool,
    /// What.
    pub what: String,
}

impl Event {
    /// The numbers that it covers, the first and the last.
    pub(crate) fn range(&self) -> Option<(u64, u64)> {
        match self {
            Self::Message(message) => Some((message.seq, message.seq)),
            Self::Gap { first, last, .. } => Some((*first, *last)),
            Self::Joined => None,
        }
    }
}

impl Membership {
    /// The highest number that came or was named in a gap; `next` - 1 if there was none.
    pub fn covered(&self) -> u64 {
        self.events.iter().rev().find_map(Event::range).map_or(self.next - 1, |(_, last)| last)
    }
}

impl History {
    /// The lowest number that is kept; one more than the highest if none is.
    pub(crate) fn oldest(&self) -> u64 {
        self.messages.first().map_or(self.newest + 1, |message| message.seq)
    }
}

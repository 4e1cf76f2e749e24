//! What became of the connections beside the receivers.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{AddAssign, Deref, DerefMut};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::latency::distribution;

/// The accounts of all kinds; `None` of those that the plan does not have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BesideMeasured {
    /// Those who read slowly.
    pub slow: Option<Readers>,
    /// Those who read nothing while messages were sent.
    pub stalled: Option<Readers>,
    /// Those who came and went.
    pub churn: Option<Churned>,
    /// Those who sent garbage.
    pub garbage: Option<Garbled>,
}

/// What became of each message for each of some members: one that came is `received`, whatever else it was; one that did not
/// is `missed`, `lost`, `cut` or `unread`, or one of the `corrupt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliveries {
    /// Came whole, each counted once.
    pub received: u64,
    /// Named by a `GAP`.
    pub missed: u64,
    /// Never came, and nothing named them.
    pub lost: u64,
    /// Came again.
    pub repeated: u64,
    /// Came behind a later one.
    pub reordered: u64,
    /// Frames that are malformed, or not what was published.
    pub corrupt: u64,
    /// Messages of others in the room.
    pub foreign: u64,
    /// Did not come because the connection had ended.
    pub cut: u64,
    /// Were still coming when the waiting was over.
    pub unread: u64,
    /// Octets of everything that was read.
    pub octets: u64,
}

/// The account of the slow or of the stalled readers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readers {
    /// How many joined: all.
    pub count: u32,
    /// What became of the messages, of all of them together.
    #[serde(flatten)]
    pub deliveries: Deliveries,
    /// How many of them lack nothing but what a `GAP` named.
    pub complete: u32,
    /// How many of the connections the server ended, by reason.
    pub disconnected: BTreeMap<String, u64>,
}

/// The account of those who came and went. Each attempt is one of those that `joined`, were `refused` or `failed`, or is one
/// of the `unfinished`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Churned {
    /// Connections that were begun.
    pub attempts: u64,
    /// Of these, how many joined.
    pub joined: u64,
    /// Of these, how many the server refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Of these, how many never joined for another reason.
    pub failed: BTreeMap<String, u64>,
    /// Of these, how many had not joined when the run ended.
    pub unfinished: u64,
    /// How many should have come and were never begun, as no place was free.
    pub unbegun: u64,
    /// The most that were open at a time.
    pub most_open: u32,
    /// Of those that joined, how many said farewell and had their connection ended by the server.
    pub left: u64,
    /// How many closed theirs without a word.
    pub dropped: u64,
    /// How many said farewell, and the server did not end the connection in time.
    pub stuck: u64,
    /// How many the server cut off before they left, by reason.
    pub disconnected: BTreeMap<String, u64>,
    /// What they received from when they joined to when they left. What may have come behind that is owed to nobody.
    pub deliveries: Deliveries,
    /// From when each should have connected to when it had joined, in nanoseconds.
    pub times: Times,
}

/// The account of the garbage, as a whole and by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Garbled {
    /// What became of all connections.
    #[serde(flatten)]
    pub all: Kept,
    /// What became of those of each kind.
    pub kinds: BTreeMap<String, Kept>,
    /// Connections that could not be made, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Errors that the server answered, by code.
    pub answers: BTreeMap<String, u64>,
}

/// What became of connections with garbage: each that was made is one of those that were `cut`, `kept`, `closed` or `open`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Connections that were made.
    pub connections: u64,
    /// Octets that were sent.
    pub octets: u64,
    /// Connections that the server ended.
    pub cut: u64,
    /// Connections that still stood when their time was over.
    pub kept: u64,
    /// Of these, how many the server had answered with an error.
    pub answered: u64,
    /// Connections that were closed at once, as is their kind.
    pub closed: u64,
    /// Connections that stood when the sending was over.
    pub open: u64,
}

impl BesideMeasured {
    /// How many stand from before the first message on.
    pub fn standing(&self) -> u64 {
        [&self.slow, &self.stalled].into_iter().flatten().map(|readers| u64::from(readers.count)).sum()
    }
}

impl AddAssign for Deliveries {
    fn add_assign(&mut self, other: Self) {
        self.received += other.received;
        self.missed += other.missed;
        self.lost += other.lost;
        self.repeated += other.repeated;
        self.reordered += other.reordered;
        self.corrupt += other.corrupt;
        self.foreign += other.foreign;
        self.cut += other.cut;
        self.unread += other.unread;
        self.octets += other.octets;
    }
}

impl AddAssign for Kept {
    fn add_assign(&mut self, other: Self) {
        self.connections += other.connections;
        self.octets += other.octets;
        self.cut += other.cut;
        self.kept += other.kept;
        self.answered += other.answered;
        self.closed += other.closed;
        self.open += other.open;
    }
}

/// A distribution of nanoseconds.
#[derive(Clone, PartialEq)]
pub struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        Self(distribution())
    }
}

impl fmt::Debug for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the thousands of places that a histogram has.
        write!(f, "Times({} of {} to {} ns)", self.len(), self.min(), self.max())
    }
}

impl Deref for Times {
    type Target = Histogram<u64>;

    fn deref(&self) -> &Histogram<u64> {
        &self.0
    }
}

impl DerefMut for Times {
    fn deref_mut(&mut self) -> &mut Histogram<u64> {
        &mut self.0
    }
}

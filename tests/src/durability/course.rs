//! What all who take part in a round share: where to connect, how high each room has been seen, and how far it is.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use super::record::{Membership, Mishap, Page, Publisher, Reading, Search};

/// Shared by all of a round.
#[derive(Clone, Debug)]
pub(super) struct Course {
    /// Where the network is entered.
    pub(super) address: SocketAddr,
    /// How high each room has been seen.
    pub(super) tide: Arc<Tide>,
    /// How far the round is.
    pub(super) phase: watch::Receiver<Phase>,
    /// Told once by each who has nothing left to do.
    pub(super) idle: mpsc::UnboundedSender<()>,
    /// When the round began.
    pub(super) begin: Instant,
}

/// How far a round is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Everybody does what the plan says.
    Running,
    /// All is said: who is in a room waits for these numbers, but not for ever, and goes.
    Ending {
        /// The highest number of each room.
        due: Arc<BTreeMap<String, u64>>,
        /// When waiting is in vain.
        until: Instant,
    },
}

/// The highest number of each room that the server has told anybody, and the order in which things happen.
#[derive(Debug)]
pub(super) struct Tide {
    rooms: BTreeMap<String, AtomicU64>,
    moments: AtomicU64,
}

impl Tide {
    /// That of some rooms, before anything was seen.
    pub(super) fn new(rooms: impl IntoIterator<Item = String>) -> Self {
        let rooms = rooms.into_iter().map(|room| (room, AtomicU64::new(0))).collect();
        Self { rooms, moments: AtomicU64::new(1) }
    }

    /// A moment after all that were handed out before.
    pub(super) fn moment(&self) -> u64 {
        self.moments.fetch_add(1, Ordering::SeqCst)
    }

    /// A number was seen.
    pub(super) fn raise(&self, room: &str, seq: u64) {
        if let Some(highest) = self.rooms.get(room) {
            highest.fetch_max(seq, Ordering::SeqCst);
        }
    }

    /// The highest number that was seen of a room.
    pub(super) fn of(&self, room: &str) -> u64 {
        self.rooms.get(room).map_or(0, |highest| highest.load(Ordering::SeqCst))
    }

    /// The highest numbers of all rooms.
    pub(super) fn all(&self) -> BTreeMap<String, u64> {
        self.rooms.iter().map(|(room, highest)| (room.clone(), highest.load(Ordering::SeqCst))).collect()
    }
}

/// What one who took part has to tell in the end.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// What was said.
    pub(super) publishers: Vec<Publisher>,
    /// Memberships in framed mode.
    pub(super) memberships: Vec<Membership>,
    /// Memberships in plain mode.
    pub(super) readings: Vec<Reading>,
    /// Pages of histories.
    pub(super) pages: Vec<Page>,
    /// Searches.
    pub(super) searches: Vec<Search>,
    /// What went wrong.
    pub(super) mishaps: Vec<Mishap>,
    /// How often a connection was made again.
    pub(super) reconnects: u64,
    /// What went by, for people to read.
    pub(super) trace: Trace,
}

impl Account {
    /// Something came that should not.
    pub(super) fn odd(&mut self, what: String) {
        self.trace.note(format_args!("MISHAP {what}"));
        self.mishaps.push(Mishap { in_vain: false, what });
    }

    /// Something was waited for in vain.
    pub(super) fn in_vain(&mut self, what: String) {
        self.trace.note(format_args!("IN VAIN {what}"));
        self.mishaps.push(Mishap { in_vain: true, what });
    }
}

/// Lines with times.
#[derive(Debug)]
pub(super) struct Trace {
    begin: Instant,
    lines: Vec<String>,
}

impl Default for Trace {
    fn default() -> Self {
        Self::since(Instant::now())
    }
}

impl Trace {
    /// One whose times count from a moment.
    pub(super) fn since(begin: Instant) -> Self {
        Self { begin, lines: Vec::new() }
    }

    /// Adds a line.
    pub(super) fn note(&mut self, what: impl std::fmt::Display) {
        let millis = self.begin.elapsed().as_millis();
        self.lines.push(format!("{millis:6} {what}"));
    }

    /// All lines.
    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }
}

/// A random time, for waiting before the next attempt.
pub(super) fn pause(random: &mut fastrand::Rng) -> Duration {
    Duration::from_millis(random.u64(5..=120))
}

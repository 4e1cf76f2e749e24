//! What others see of a run while it goes on, and how they end it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use crate::series::Moment;

/// How far a run is. It can be read from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    phase: AtomicU8,
    joined: AtomicU64,
    published: AtomicU64,
    deliveries: AtomicU64,
    latest: Mutex<Option<Moment>>,
}

/// What a run does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Clients connect and join.
    Ramp,
    /// All have joined, and the server comes to rest.
    Settle,
    /// It is waited for the start that is to be agreed.
    Ready,
    /// Messages are sent.
    Load,
    /// The last messages are on their way.
    Drain,
}

/// A run's lines to the outside. Each run has its own.
#[derive(Clone, Debug, Default)]
pub struct Controls {
    /// How far it is.
    pub progress: Arc<Progress>,
    /// Set, it ends the run: no more messages are sent, and what is on its way is waited for, 5 seconds at most. Set
    /// while the last deliveries are waited for, it ends the waiting.
    pub stop: Arc<AtomicBool>,
    /// When messages begin, where the plan has [`Start::Agreed`](crate::Start): to be set while the run is
    /// [`Ready`](Phase::Ready), to a moment a second ahead or more.
    pub start: Arc<OnceLock<SystemTime>>,
}

impl Progress {
    /// What the run does.
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Ramp,
            1 => Phase::Settle,
            2 => Phase::Ready,
            3 => Phase::Load,
            _ => Phase::Drain,
        }
    }

    /// How many connections have joined.
    pub fn joined(&self) -> u64 {
        self.joined.load(Ordering::Relaxed)
    }

    /// How many messages were sent.
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    /// How many deliveries there were.
    pub fn deliveries(&self) -> u64 {
        self.deliveries.load(Ordering::Relaxed)
    }

    /// What happened last: in the part of the run's time that ended last or, where these are longer, in the last second or
    /// so. `None` before there is one. It changes every 100 ms to 1 s, or a little later where the run is busy.
    pub fn latest(&self) -> Option<Moment> {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(super) fn set_latest(&self, moment: Moment) {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(moment);
    }

    pub(super) fn set(&self, joined: u64, published: u64, deliveries: u64) {
        self.joined.store(joined, Ordering::Relaxed);
        self.published.store(published, Ordering::Relaxed);
        self.deliveries.store(deliveries, Ordering::Relaxed);
    }
}

impl Controls {
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

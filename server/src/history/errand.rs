//! What workers have fetched from the disk, and the queues in which they ask for it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fanfare_protocol::{Seq, SeqRange};

use super::{RoomId, StoredMessage, Terms};
use crate::hub::{Home, Room};

/// Something that a connection needs from the disk.
#[derive(Debug)]
pub(crate) struct Errand {
    /// Who asks.
    pub(crate) home: Home,
    /// The room that it is about, and its row.
    pub(crate) room: Arc<Room>,
    pub(crate) row: RoomId,
    pub(crate) fetch: Fetch,
}

/// What is to be fetched.
#[derive(Debug)]
pub(crate) enum Fetch {
    /// The first messages of a range.
    Range(SeqRange),
    /// The first of these messages.
    Numbers(Vec<Seq>),
    /// The numbers of the newest `last` messages before a number that match.
    Search { terms: Terms, before: Option<Seq>, last: usize },
}

/// What was fetched.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// Messages in their order, of the first `looked_at` of the numbers that were asked for. Of a range, none means that
    /// none of it is kept any more.
    Messages { messages: Vec<StoredMessage>, looked_at: usize },
    /// The numbers of messages that match, rising, and whether older ones match too.
    Matches { seqs: Vec<Seq>, more: bool },
    /// The disk can't be read.
    Failed,
}

/// Where errands wait for a thread that does them.
#[derive(Debug)]
pub(super) struct Desk {
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Debug, Default)]
struct State {
    errands: VecDeque<Errand>,
    /// Something else is to be looked at.
    poked: bool,
    ended: bool,
}

/// Why a thread at a desk wakes up.
#[derive(Debug)]
pub(super) enum Call {
    /// This is to be done.
    Errand(Errand),
    /// Something else may be to be done.
    Poked,
    /// Nothing is to be done any more.
    End,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), came: Condvar::new() }
    }

    pub(super) fn push(&self, errand: Errand) {
        self.lock().errands.push_back(errand);
        self.came.notify_one();
    }

    /// There is something else to look at. Costs a system call only if nobody knows yet.
    pub(super) fn poke(&self) {
        if !std::mem::replace(&mut self.lock().poked, true) {
            self.came.notify_one();
        }
    }

    /// Whether somebody has poked since this was last asked, or waited for.
    pub(super) fn was_poked(&self) -> bool {
        std::mem::take(&mut self.lock().poked)
    }

    /// The threads at the desk end.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.came.notify_all();
    }

    /// Waits for what is to be done next. Errands go before everything but the end.
    pub(super) fn wait(&self) -> Call {
        let mut state = self.lock();
        loop {
            if let Some(call) = state.next() {
                return call;
            }
            state = self.came.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What is to be done within some time, pokes aside.
    pub(super) fn wait_for_errand(&self, time: Duration) -> Option<Call> {
        let nothing = |state: &mut State| state.errands.is_empty() && !state.ended;
        let (mut state, _) =
            self.came.wait_timeout_while(self.lock(), time, nothing).unwrap_or_else(PoisonError::into_inner);
        if state.errands.is_empty() && !state.ended { None } else { state.next() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self) -> Option<Call> {
        if self.ended {
            // Whoever waits for an answer has ended before.
            return Some(Call::End);
        }
        match self.errands.pop_front() {
            Some(errand) => Some(Call::Errand(errand)),
            None => std::mem::take(&mut self.poked).then_some(Call::Poked),
        }
    }
}

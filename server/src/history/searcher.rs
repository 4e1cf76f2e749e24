//! The thread that knows which words are in which messages: its index follows the store, and it answers `SEARCH`.
//! SPEC.md, section 4.15.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tracing::warn;

use super::errand::{Call, Desk, Errand, Fetched};
use super::finder::Finder;
use super::reader::answer;
use super::store::{SearchIndex, StoreError};
use crate::worker::Shared;

/// How many messages are indexed at a time, so that a search is looked at soon.
const INDEX: usize = 1_000;

/// How many entries are looked at, of messages that may be gone, at a time.
const SWEEP: usize = 1_000;

/// How many pages of the file are given back to the file system after each round of sweeping.
const PAGES: u32 = 1_024;

/// How long it waits after a commit for others, so that where much is said the index takes few steps. No search waits for
/// it.
const PAUSE: Duration = Duration::from_secs(1);

/// While messages come, it rests so many times as long as its last step took: those who speak and read go first.
const REST: u32 = 4;

/// How long a search waits for the index to have what was stored before, in milliseconds.
const PATIENCE: u64 = 5_000;

/// How long a search takes here at most, in milliseconds. What takes longer is begun anew by a thread for such searches:
/// so it delays neither short ones nor the index, and the time that is spent twice is short.
const MOMENT: u64 = 250;

/// The one who searches.
pub(super) struct Searcher {
    pub(super) finder: Finder,
    /// Behind those who only read: the last to close the file puts it in order.
    pub(super) index: SearchIndex,
    /// Where searches wait that take long, and what is closed when nobody does them any more.
    pub(super) long: Arc<Desk>,
    pub(super) long_running: mpsc::Receiver<()>,
    pub(super) shared: Arc<Shared>,
}

impl Searcher {
    /// Indexes and searches until the end.
    pub(super) fn run(mut self) {
        let (mut behind, mut sweeping, mut failing) = (true, true, false);
        // How long it rests before the next step, and when it goes on to follow.
        let (mut rest, mut due) = (Duration::ZERO, None);
        loop {
            let call = match due {
                _ if behind || sweeping => self.finder.desk.wait_for_errand(rest),
                Some(due) => self.finder.desk.wait_for_errand(due - Instant::now()),
                None => Some(self.finder.desk.wait()),
            };
            let came = self.finder.desk.was_poked() || matches!(call, Some(Call::Poked));
            if came {
                due.get_or_insert_with(|| Instant::now() + PAUSE);
            }
            match call {
                Some(Call::End) => break,
                Some(Call::Errand(errand)) => {
                    match self.search(&errand).transpose() {
                        Some(found) => answer(&self.shared, errand, found),
                        None => self.long.push(errand),
                    }
                    continue;
                }
                Some(Call::Poked) | None => {}
            }
            let begun = Instant::now();
            if due.is_some_and(|due| due <= begun) {
                (behind, sweeping, due) = (true, true, None);
            }
            if behind || sweeping {
                let step = self.step(&mut behind, &mut sweeping);
                if let Err(error) = &step {
                    // Once; and the next commit is the next occasion.
                    if !failing {
                        warn!(%error, "the index of the history can't be written");
                    }
                    (behind, sweeping) = (false, false);
                }
                failing = step.is_err();
            }
            rest = if came { begun.elapsed() * REST } else { Duration::ZERO };
        }
        // Nothing ever comes: it ends when the other one has closed the file.
        let _ = self.long_running.recv();
    }

    /// A step of what is to be done when nobody searches.
    fn step(&mut self, behind: &mut bool, sweeping: &mut bool) -> Result<(), StoreError> {
        if *behind {
            *behind = self.index.index(INDEX)?;
        } else if *sweeping {
            *sweeping = self.index.sweep(SWEEP)?;
            if !*sweeping {
                self.index.give_back(PAGES)?;
            }
        }
        Ok(())
    }

    /// What is looked for. None if it takes longer than a moment.
    fn search(&mut self, errand: &Errand) -> Result<Option<Fetched>, StoreError> {
        // The time in which others were waited for counts: so all that wait are told at the same time.
        let patience = self.finder.limit(errand, errand.asked + PATIENCE);
        //= protocol/SPEC.md#4-15-search
        //# A server MUST search each kept message whose `OK` or `MSG` it sent to anyone before it received the `SEARCH`.
        while self.index.index(INDEX)? {
            if patience.is_over() {
                if patience.has_passed() {
                    warn!("the index of the history is too far behind for a search");
                }
                return Ok(Some(Fetched::Failed));
            }
        }
        let moment = self.finder.limit(errand, self.finder.clock.now() + MOMENT);
        self.finder.find(errand, &moment)
    }
}

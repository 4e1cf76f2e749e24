//! What went by in one check, and what was found.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::{Failure, Trouble};

/// How many of the last lines a failure shows.
const SHOWN: usize = 16;

/// How many characters of a line are kept.
const WIDTH: usize = 160;

/// Shared by a stage and its peers.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    check: &'static str,
    begin: Instant,
    within: Duration,
    entries: Arc<Mutex<Entries>>,
}

/// What a journal holds at its end.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// The last ones that went by.
    lines: VecDeque<String>,
    /// The requirements that an assertion was about.
    pub(super) asserted: BTreeSet<&'static str>,
    /// Those that could not be asserted, and why.
    pub(super) left_out: BTreeMap<&'static str, String>,
    /// What was broken without stopping the check.
    pub(super) broken: Vec<Failure>,
}

impl Journal {
    /// That of a check, which may last so long: a server that always has something more to say must not keep it for ever.
    pub(super) fn new(check: &'static str, within: Duration) -> Self {
        Self { check, begin: Instant::now(), within, entries: Arc::default() }
    }

    /// How long the check may last in all.
    pub(super) fn within(&self) -> Duration {
        self.within
    }

    /// How long it may still last.
    pub(super) fn left(&self) -> Duration {
        self.within.saturating_sub(self.begin.elapsed())
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().expect("nobody panics while holding it")
    }

    /// Something went by: `>` to the server, `<` from it, `*` something else.
    pub(super) fn log(&self, label: &str, direction: char, octets: &[u8]) {
        let mut shown = octets.escape_ascii().to_string();
        if shown.len() > WIDTH {
            shown.truncate(WIDTH);
            shown.push_str(&format!("... ({} octets)", octets.len()));
        }
        let seconds = self.begin.elapsed().as_secs_f64();
        let lines = &mut self.entries().lines;
        // The others are never shown.
        if lines.len() == SHOWN {
            lines.pop_front();
        }
        lines.push_back(format!("{seconds:8.3} {label} {direction} {shown}"));
    }

    /// An assertion about a requirement was made.
    pub(super) fn assert(&self, requirement: &'static str) {
        self.entries().asserted.insert(requirement);
    }

    /// A requirement cannot be asserted here.
    pub(super) fn leave_out(&self, requirement: &'static str, reason: &str) {
        self.entries().left_out.insert(requirement, reason.to_owned());
    }

    /// A requirement was broken, and the check goes on.
    pub(super) fn note(&self, requirement: &'static str, expected: &str, got: &str) {
        let failure = self.failure(requirement, expected, got);
        let broken = &mut self.entries().broken;
        // The same again tells nothing.
        if !broken.iter().any(|known| known.requirement == requirement) {
            broken.push(failure);
        }
    }

    /// A requirement was broken, and the check stops.
    pub(super) fn fail(&self, requirement: &'static str, expected: &str, got: &str) -> Trouble {
        Trouble::Failed(Box::new(self.failure(requirement, expected, got)))
    }

    fn failure(&self, requirement: &'static str, expected: &str, got: &str) -> Failure {
        let log = self.entries().lines.iter().cloned().collect();
        Failure { requirement, check: self.check, expected: expected.to_owned(), got: got.to_owned(), log }
    }

    /// All that it holds.
    pub(super) fn close(&self) -> Entries {
        std::mem::take(&mut *self.entries())
    }
}

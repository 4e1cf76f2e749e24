//! The thread that keeps the store in order: what is in the database's log is carried home, and what is too old or too much
//! is found, to be forgotten by the writer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::warn;

use super::errand::{Call, Desk};
use super::queue::{Queue, Trim};
use super::store::{self, Cut, Reader, Retention, StoreError};
use crate::worker::Shared;

/// How long commits may gather before they are carried home.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// How often it is looked for what is to be forgotten.
const RETAIN_EVERY: Duration = Duration::from_secs(10);

/// A log of so many pages, of 4 KiB, begins anew even if that keeps the writer waiting for a moment.
const LONGEST_LOG: u64 = 16_384;

/// The one who keeps order.
pub(super) struct Keeper {
    pub(super) keeper: store::Keeper,
    pub(super) reader: Reader,
    pub(super) retention: Retention,
    pub(super) desk: Arc<Desk>,
    pub(super) queue: Arc<Queue>,
    pub(super) shared: Arc<Shared>,
}

impl Keeper {
    /// Keeps order until the end.
    pub(super) fn run(self) {
        let mut retained = Instant::now();
        let mut failing = false;
        loop {
            // Ages grow whether something is said or not.
            let quiet = if self.retention.age.is_some() { Some(RETAIN_EVERY) } else { None };
            if let Call::End = self.desk.wait_at_most(quiet) {
                return;
            }
            // More of the same, at one go.
            if let Some(Call::End) = self.desk.wait_for_errand(CHECKPOINT_EVERY) {
                return;
            }
            let mut kept = self.checkpoint();
            if retained.elapsed() >= RETAIN_EVERY {
                retained = Instant::now();
                kept = kept.and_then(|()| self.retain());
            }
            if let Err(error) = &kept
                && !failing
            {
                warn!(%error, "the history can't be kept in order");
            }
            failing = kept.is_err();
        }
    }

    fn checkpoint(&self) -> Result<(), StoreError> {
        let checkpoint = self.keeper.checkpoint()?;
        if checkpoint.wal_pages > LONGEST_LOG {
            self.queue.restart_log();
        }
        Ok(())
    }

    /// Finds the messages that are to be forgotten.
    fn retain(&self) -> Result<(), StoreError> {
        let rooms = self.shared.hub.stored_rooms();
        let rows: Vec<_> = rooms.iter().map(|&(_, row, _)| row).collect();
        let cuts = self.reader.cuts(&rows, &self.retention, self.shared.clock.wall())?;
        let trims = rooms.into_iter().zip(cuts).filter_map(|((name, row, dormant), cut)| {
            let Cut { oldest, from, newest } = cut;
            let and_row = dormant && from > newest;
            (from > oldest || and_row).then_some(Trim { name, row, below: from, and_row })
        });
        self.queue.trim(trims);
        Ok(())
    }
}

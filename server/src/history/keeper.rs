//! The thread that keeps the store in order: what is in the database's log is carried home, and what is too old or too much
//! is found, to be forgotten by the writer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::warn;

use super::errand::{Call, Desk};
use super::queue::{Queue, Trim};
use super::store::{self, Reader, Retention, StoreError};
use crate::hub::StoredRoom;
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
    /// What all rooms together may keep, in octets.
    pub(super) total: Option<u64>,
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
        let now = self.shared.clock.wall();
        let by_total: HashMap<_, _> = match self.total {
            Some(total) => self.reader.cuts(total)?.into_iter().collect(),
            None => HashMap::new(),
        };
        let mut trims = Vec::new();
        for StoredRoom { name, row, oldest, newest, dormant } in self.shared.hub.stored_rooms() {
            let cut = self.reader.cut(row, &self.retention, now)?;
            let below = by_total.get(&row).map_or(cut, |&other| cut.max(other));
            let and_row = dormant && below.get() > newest.get();
            if below > oldest || and_row {
                trims.push(Trim { name, row, below, and_row });
            }
        }
        self.queue.trim(trims);
        Ok(())
    }
}

//! The thread that keeps the store in order: what is in the database's log is carried home, and what is too old or too much
//! is found, to be forgotten by the writer.

mod fewest;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fanfare_protocol::Number;
use tracing::warn;

use self::fewest::Fewest;
use super::RoomId;
use super::errand::{Call, Desk};
use super::queue::{Queue, Trim};
use super::store::{self, Reader, Retention, StoreError};
use crate::hub::StoredRoom;
use crate::worker::Shared;

/// How long commits gather at least before they are carried home, and how much longer than that took: it takes a twentieth
/// of its thread's time at most.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_SHARE: u32 = 19;

/// How often it is looked in all rooms for what is to be forgotten. Where something was said, it is looked each time.
const ALL_EVERY: Duration = Duration::from_secs(60);

/// How many rooms are looked at while nobody else can look at any.
const PAGE: usize = 256;

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
        // The newest number of each room when it was looked at last.
        let mut seen = HashMap::new();
        let mut all_seen = Instant::now();
        let mut failing = false;
        loop {
            let began = Instant::now();
            let kept = self.checkpoint().and_then(|()| self.retain(&mut seen));
            if let Err(error) = &kept
                && !failing
            {
                warn!(%error, "the history can't be kept in order");
            }
            failing = kept.is_err();
            // What comes meanwhile is looked at in one go, and however much there is, it is looked at only part of the time.
            let mut pause = PAUSE.max(began.elapsed() * PAUSE_SHARE);
            loop {
                if let Some(Call::End) = self.desk.wait_for_errand(pause) {
                    return;
                }
                // Ages grow whether something is said or not, and rooms are made of which nothing is stored.
                let is_due = self.retention.age.is_some() && all_seen.elapsed() >= ALL_EVERY;
                if self.desk.was_poked() || is_due || self.shared.hub.crowding() > 0 {
                    break;
                }
                pause = PAUSE;
            }
            if all_seen.elapsed() >= ALL_EVERY {
                all_seen = Instant::now();
                seen.clear();
            }
        }
    }

    fn checkpoint(&self) -> Result<(), StoreError> {
        let checkpoint = self.keeper.checkpoint()?;
        if checkpoint.wal_pages > LONGEST_LOG {
            // What came meanwhile too: little is left for the writer to carry, who stands still for it.
            self.keeper.checkpoint()?;
            self.queue.restart_log();
        }
        Ok(())
    }

    /// Finds the messages that are to be forgotten, of the rooms that have others than those that were seen; and the rooms
    /// that are to be, if there are too many.
    fn retain(&self, seen: &mut HashMap<RoomId, Number>) -> Result<(), StoreError> {
        // The writer pokes when it is done.
        if self.queue.is_trimming() {
            return Ok(());
        }
        let now = self.shared.clock.wall();
        let by_total: HashMap<_, _> = match self.total {
            Some(total) => self.reader.cuts(total)?.into_iter().collect(),
            None => HashMap::new(),
        };
        let (mut trims, mut fewest) = (Vec::new(), Fewest::new(self.shared.hub.crowding()));
        let mut after: Option<Box<str>> = None;
        loop {
            let (rooms, more) = self.shared.hub.stored_rooms(after.as_deref(), PAGE);
            for room in rooms {
                fewest.offer(&room);
                let unchanged = seen.insert(room.row, room.newest) == Some(room.newest);
                let by_total = by_total.get(&room.row).copied();
                if unchanged && by_total.is_none() {
                    continue;
                }
                let StoredRoom { name, row, oldest, newest, dormant } = room;
                let mut below = by_total.map_or(oldest, |cut| cut.max(oldest));
                if self.retention != Retention::default() {
                    below = below.max(self.reader.cut(row, &self.retention, now)?);
                }
                let and_row = dormant.is_some() && below.get() > newest.get();
                if below > oldest || and_row {
                    trims.push(Trim { name, row, below, and_row });
                }
            }
            after = more;
            if after.is_none() {
                break;
            }
        }
        // These come last, in the place of what else was found of the same rooms.
        let crowded_out = fewest.trims();
        if !crowded_out.is_empty() {
            let rooms = crowded_out.len();
            warn!(
                rooms,
                "rooms that nobody holds are forgotten with their messages: there are too many, see --max-rooms"
            );
        }
        trims.extend(crowded_out);
        self.queue.trim(trims);
        Ok(())
    }
}

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

/// How often it is looked whether something is to be done, at most.
const PAUSE: Duration = Duration::from_secs(1);

/// How much longer than it took to carry commits home others gather: it takes a twentieth of the time at most.
const PAUSE_SHARE: u32 = 19;

/// How often it is looked in all rooms for what is to be forgotten. Where something was said, it is looked each time.
const ALL_EVERY: Duration = Duration::from_secs(60);

/// How many rooms are looked at while nobody else can look at any.
const PAGE: usize = 256;

/// A log of so many pages, of 4 KiB, begins anew even if that keeps the writer waiting for a moment.
const LONGEST_LOG: u64 = 16_384;

/// When what was committed is carried home.
#[derive(Debug)]
struct Carriage {
    /// Something was committed.
    is_loaded: bool,
    /// Not before this.
    goes: Instant,
}

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

impl Carriage {
    fn new(now: Instant) -> Self {
        Self { is_loaded: true, goes: now }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.is_loaded && now >= self.goes
    }

    /// After it went.
    fn came_back(&mut self, begun: Instant, now: Instant) {
        (self.is_loaded, self.goes) = (false, now + (now - begun) * PAUSE_SHARE);
    }
}

impl Keeper {
    /// Keeps order until the end.
    pub(super) fn run(self) {
        // The newest number of each room when it was looked at last.
        let mut seen = HashMap::new();
        let mut all_seen = Instant::now();
        let mut failing = false;
        let mut carriage = Carriage::new(Instant::now());
        loop {
            let carried = self.carry_home(&mut carriage);
            let begun = Instant::now();
            let kept = self.find_old(carried, &mut seen);
            if let Err(error) = &kept
                && !failing
            {
                warn!(%error, "the history can't be kept in order");
            }
            failing = kept.is_err();
            // What comes meanwhile is looked at in one go, and however much there is, it is looked at half of the time.
            let mut pause = PAUSE.max(begun.elapsed());
            loop {
                if let Some(Call::End) = self.desk.wait_for_errand(pause) {
                    return;
                }
                // Ages grow whether something is said or not, and rooms are made of which nothing is stored.
                let is_due = self.retention.age.is_some() && all_seen.elapsed() >= ALL_EVERY;
                let was_poked = self.desk.was_poked();
                carriage.is_loaded |= was_poked;
                if was_poked || is_due || carriage.is_due(Instant::now()) || self.shared.hub.crowding() > 0 {
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

    /// Carries home what was committed, if it is time.
    fn carry_home(&self, carriage: &mut Carriage) -> Result<(), StoreError> {
        let begun = Instant::now();
        if !carriage.is_due(begun) {
            return Ok(());
        }
        let carried = self.checkpoint();
        carriage.came_back(begun, Instant::now());
        carriage.is_loaded = carried.is_err();
        carried
    }

    /// Finds what is to be forgotten, whether what was committed could be carried home or not: on a full disk it can't be
    /// before something is forgotten.
    fn find_old(
        &self,
        mut carried: Result<(), StoreError>,
        seen: &mut HashMap<RoomId, Number>,
    ) -> Result<(), StoreError> {
        let is_full = matches!(carried, Err(StoreError::Full(_)));
        if is_full || self.queue.is_refusing() {
            // Nothing new is stored, but what there is grows old, and it is in the way of what would be.
            seen.clear();
        }
        let trims = self.trims(seen)?;
        let is_something = !trims.is_empty() || self.queue.is_trimming();
        if is_full && is_something && self.keeper.give_up_reserve() {
            warn!("the disk is full: the space that was kept for forgetting is given up");
            carried = self.checkpoint();
        }
        self.queue.trim(trims);
        carried?;
        if !self.queue.is_refusing() {
            self.keeper.keep_reserve();
        }
        Ok(())
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
    fn trims(&self, seen: &mut HashMap<RoomId, Number>) -> Result<Vec<Trim>, StoreError> {
        // The writer pokes when it is done.
        if self.queue.is_trimming() {
            return Ok(Vec::new());
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
        Ok(trims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_gather_for_longer_than_it_took_to_carry_them_home_and_are_not_forgotten() {
        let (now, took) = (Instant::now(), Duration::from_secs(3));
        let mut carriage = Carriage::new(now);
        assert!(carriage.is_due(now), "something may be there from before");
        carriage.came_back(now, now + took);
        let (early, late) = (now + took * 19, now + took * 20);
        assert!(!carriage.is_due(late), "there is nothing");
        carriage.is_loaded = true;
        assert!(!carriage.is_due(early) && carriage.is_due(late));
    }
}

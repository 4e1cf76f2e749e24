//! Which rooms there are, and what they may keep in memory together.

use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Bound;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fanfare_protocol::session::Millis;
use fanfare_protocol::{Epoch, Number, RoomName, Seq, Timestamp};

use super::room::{Dormant, Room, RoomLimits, RoomState, Stored};
use crate::history::RoomId;

/// All rooms of a server.
#[derive(Debug)]
pub(crate) struct Rooms {
    table: Mutex<BTreeMap<Box<str>, Entry>>,
    most: usize,
    limits: RoomLimits,
    /// What all logs and ids keep in memory.
    octets: AtomicUsize,
    budget: usize,
}

/// A room that exists.
#[derive(Debug)]
enum Entry {
    /// It has members, or had some not long ago.
    Held(Arc<Room>),
    /// Nobody holds it: the store has its messages.
    Dormant(Dormant),
}

/// What everybody may know of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomLine {
    pub(crate) name: Box<str>,
    pub(crate) members: Number,
    pub(crate) newest: Number,
}

/// A room of which the store has a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredRoom {
    pub(crate) name: Box<str>,
    pub(crate) row: RoomId,
    /// The oldest number that is kept, or the next to come.
    pub(crate) oldest: Seq,
    pub(crate) newest: Number,
    /// If nobody holds it, the time of its last message.
    pub(crate) dormant: Option<Timestamp>,
}

/// Why a room could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// There are as many as there may be.
    TooMany,
    /// The system has no random numbers for an epoch.
    NoEntropy,
}

impl Rooms {
    /// At most `most` rooms, which together keep about `budget` octets.
    pub(crate) fn new(most: usize, budget: usize, limits: RoomLimits) -> Self {
        Self { table: Mutex::default(), most, limits, octets: AtomicUsize::new(0), budget }
    }

    /// The room of a name, if there is one; `None` in it if nobody holds that room.
    pub(crate) fn find(&self, name: RoomName<'_>) -> Option<Option<Arc<Room>>> {
        match self.lock().get(name.as_str())? {
            Entry::Held(room) => Some(Some(Arc::clone(room))),
            Entry::Dormant(_) => Some(None),
        }
    }

    /// Puts a room of the store into the table.
    pub(crate) fn restore(&self, name: RoomName<'_>, dormant: Dormant) {
        self.lock().insert(name.as_str().into(), Entry::Dormant(dormant));
    }

    /// The room of a name, which is made if it does not exist.
    pub(crate) fn find_or_make(&self, name: RoomName<'_>) -> Result<Arc<Room>, NoRoom> {
        let mut table = self.lock();
        match table.get_mut(name.as_str()) {
            Some(Entry::Held(room)) => return Ok(Arc::clone(room)),
            Some(entry @ Entry::Dormant(_)) => {
                let Entry::Dormant(dormant) = entry else { unreachable!("it was just seen") };
                let room = Arc::new(Room::revived(name, dormant, &self.limits));
                *entry = Entry::Held(Arc::clone(&room));
                return Ok(room);
            }
            None => {}
        }
        //= protocol/SPEC.md#11-limits
        //# A server MUST have a limit for each row of the table below that is marked "server", unless its operator
        //# turned it off.
        if table.len() >= self.most {
            return Err(NoRoom::TooMany);
        }
        //= protocol/SPEC.md#6-1-numbers-and-epochs
        //# A server MUST start a new epoch for a room whose numbering it cannot continue.
        //= protocol/SPEC.md#6-1-numbers-and-epochs
        //# A server MUST NOT use an epoch for a room that it used for another numbering of that room, before a restart
        //# included.
        let digits = random_epoch().ok_or(NoRoom::NoEntropy)?;
        let epoch = Epoch::new(&digits).expect("16 hexadecimal digits are an epoch");
        //= protocol/SPEC.md#4-5-join
        //# A server MUST make the room if it does not exist.
        let room = Arc::new(Room::new(name, epoch, &self.limits));
        table.insert(name.as_str().into(), Entry::Held(Arc::clone(&room)));
        Ok(room)
    }

    /// Up to `most` rooms behind a name, in the order of their names, and whether there are more.
    pub(crate) fn behind(&self, after: Option<&str>, most: usize) -> (Vec<RoomLine>, bool) {
        let table = self.lock();
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        //= protocol/SPEC.md#4-10-rooms
        //# A server MUST list the rooms that exist, those without members included, in the octet order of their names.
        //= protocol/SPEC.md#4-10-rooms
        //# A server MUST list only rooms that follow the `after` room in that order, whether that room exists or not.
        let mut rooms = table.range::<str, _>((begin, Bound::Unbounded));
        let page = rooms.by_ref().take(most).map(|(name, entry)| RoomLine::new(name, entry)).collect();
        (page, rooms.next().is_some())
    }

    /// Accounts for what a room keeps after a change, while its lock is held. Returns whether
    /// [`Rooms::relieve`] is needed once it is not.
    pub(crate) fn account(&self, room: &Room, state: &RoomState) -> bool {
        let (before, now) = room.account(state);
        // Wrapping on purpose: the sum of all changes is what is kept, and never negative.
        let total = self.octets.fetch_add(now.wrapping_sub(before), Ordering::Relaxed);
        total.wrapping_add(now.wrapping_sub(before)) > self.budget
    }

    /// Lets the rooms that keep most give way until all are within the budget.
    pub(crate) fn relieve(&self) {
        let table = self.lock();
        // Another worker may have seen to it.
        if self.octets.load(Ordering::Relaxed) <= self.budget {
            return;
        }
        // A little more than is needed, so that the next message does not ask all rooms again.
        let enough = self.budget - self.budget / 16;
        let rooms: Vec<_> = table.values().filter_map(Entry::held).collect();
        let mut largest: BinaryHeap<_> = rooms.iter().enumerate().map(|(index, room)| (room.octets(), index)).collect();
        while self.octets.load(Ordering::Relaxed) > enough
            //= protocol/SPEC.md#11-limits
            //# A server MUST drop messages of the log of the room that uses most, when the logs exceed their memory
            //# budget.
            && let Some((_, index)) = largest.pop()
        {
            let room = rooms[index];
            let mut state = room.lock();
            if state.give_way() {
                self.account(room, &state);
                // It may still be the one that keeps most.
                largest.push((room.octets(), index));
            }
        }
    }

    /// Forgets what has lived long enough: ids, and rooms that were empty for `idle` milliseconds.
    pub(crate) fn expire(&self, idle: u64, now: Millis) {
        // The table is not held while every room is looked at, only while the empty ones are.
        let rooms: Vec<_> = self.lock().values().filter_map(Entry::held).cloned().collect();
        for room in rooms {
            let mut state = room.lock();
            state.expire_ids(now);
            self.account(&room, &state);
            if state.is_idle(&room, idle, now) {
                drop(state);
                self.forget(&room, idle, now);
            }
        }
    }

    /// Forgets a room, if it is still idle.
    fn forget(&self, room: &Arc<Room>, idle: u64, now: Millis) {
        let mut table = self.lock();
        let mut state = room.lock();
        if state.is_idle(room, idle, now) {
            state.forget();
            self.account(room, &state);
            //= protocol/SPEC.md#6-1-numbers-and-epochs
            //# A server MUST NOT forget a room while a message of it is kept in a durable history.
            match state.dormant(room) {
                Some(dormant) => table.insert(room.name().as_str().into(), Entry::Dormant(dormant)),
                None => table.remove(room.name().as_str()),
            };
        }
    }

    /// Those rooms of the next `most` behind a name of which the store has a row, in the order of their names, and the
    /// last name that was looked at; `None` if there are no more.
    pub(crate) fn stored(&self, after: Option<&str>, most: usize) -> (Vec<StoredRoom>, Option<Box<str>>) {
        let table = self.lock();
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rooms = table.range::<str, _>((begin, Bound::Unbounded));
        let (mut stored, mut last) = (Vec::new(), None);
        for (name, entry) in rooms.by_ref().take(most) {
            stored.extend(StoredRoom::new(name, entry));
            last = Some(name);
        }
        let more = last.filter(|_| rooms.next().is_some()).cloned();
        (stored, more)
    }

    /// By how many rooms there are more than nine tenths of what there may be: some are free for new ones, as long as there
    /// are rooms that nobody holds.
    pub(crate) fn crowding(&self) -> usize {
        let enough = (self.most - self.most.div_ceil(10)).max(1);
        self.lock().len().saturating_sub(enough)
    }

    /// The messages of a room before a number are kept no longer.
    pub(crate) fn keep_from(&self, name: &str, row: RoomId, oldest: Seq) {
        match self.lock().get_mut(name) {
            Some(Entry::Dormant(dormant)) if dormant.row == row => dormant.oldest = dormant.oldest.max(oldest),
            Some(Entry::Held(room)) => {
                let mut state = room.lock();
                if state.stored().is_some_and(|stored| stored.row == Some(row)) {
                    state.keep_from(oldest);
                }
            }
            _ => {}
        }
    }

    /// The store has no message and no row of a room any more. If somebody holds it, it goes on, and gets another row.
    pub(crate) fn row_removed(&self, name: &str, row: RoomId) {
        let mut table = self.lock();
        match table.get(name) {
            Some(Entry::Dormant(dormant)) if dormant.row == row => {
                table.remove(name);
            }
            Some(Entry::Held(room)) => {
                let mut state = room.lock();
                if state.stored().is_some_and(|stored| stored.row == Some(row)) {
                    state.set_row(None);
                }
            }
            _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Box<str>, Entry>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn held(&self) -> Option<&Arc<Room>> {
        match self {
            Self::Held(room) => Some(room),
            Self::Dormant(_) => None,
        }
    }
}

impl StoredRoom {
    /// A room, if the store has a row of it.
    fn new(name: &str, entry: &Entry) -> Option<Self> {
        let (row, oldest, newest, dormant) = match entry {
            Entry::Held(room) => {
                let state = room.lock();
                let Stored { row, oldest } = state.stored()?;
                (row?, oldest, state.newest(), None)
            }
            Entry::Dormant(room) => (room.row, room.oldest, room.newest, Some(room.last_at)),
        };
        Some(Self { name: name.into(), row, oldest, newest, dormant })
    }
}

impl RoomLine {
    fn new(name: &str, entry: &Entry) -> Self {
        let (members, newest) = match entry {
            Entry::Held(room) => {
                let state = room.lock();
                (state.members(), state.newest())
            }
            Entry::Dormant(dormant) => (Number::default(), dormant.newest),
        };
        Self { name: name.into(), members, newest }
    }
}

/// 64 random bits as 16 hexadecimal digits: no epoch comes twice.
//= protocol/SPEC.md#6-1-numbers-and-epochs
//# A server that does not store the epochs it has used MUST draw each from at least 64 random bits.
pub(crate) fn random_epoch() -> Option<String> {
    let mut bits = [0; 8];
    getrandom::fill(&mut bits).ok()?;
    Some(format!("{:016x}", u64::from_ne_bytes(bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    //= protocol/SPEC.md#6-1-numbers-and-epochs
    //= type=test
    //# A server that does not store the epochs it has used MUST draw each from at least 64 random bits.
    #[test]
    fn each_of_the_64_bits_of_an_epoch_varies() {
        let drawn = || u64::from_str_radix(&random_epoch().expect("there is randomness"), 16).expect("16 digits");
        let (mut seen_one, mut seen_zero) = (0, 0);
        // A bit is the same in 64 draws once in 2^63.
        for _ in 0..64 {
            let bits = drawn();
            (seen_one, seen_zero) = (seen_one | bits, seen_zero | !bits);
        }
        assert_eq!((seen_one, seen_zero), (u64::MAX, u64::MAX));
    }
}

//! What is no longer to be kept: found by a few look-ups, however many messages there are.

use fanfare_protocol::{Seq, Timestamp};
use rusqlite::{OptionalExtension as _, Row};

use super::group::MESSAGE_COST;
use super::{Reader, RoomId, StoreError, integer};

/// What is kept of each room. Where several are given, each is kept to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Retention {
    /// Messages that are not older, in milliseconds.
    pub(crate) age: Option<u64>,
    /// So many messages, the newest.
    pub(crate) count: Option<u64>,
    /// The newest messages that together have at most so many octets: their texts, names and ids, and 64 for each.
    pub(crate) size: Option<u64>,
}

/// What decides whether a message stays.
#[derive(Clone, Copy, Debug)]
struct Probe {
    seq: u64,
    at: u64,
    /// The octets of the room's messages before this one, and with it.
    before: u64,
    total: u64,
}

/// The columns of a [`Probe`].
const COLUMNS: &str = "seq, at, total - octet_length(text) - octet_length(name) - ifnull(octet_length(id), 0), total";

impl Reader {
    /// The oldest number of a room that is to stay at a time; if none is, the one after the newest.
    pub(crate) fn cut(&self, room: RoomId, retention: &Retention, now: Timestamp) -> Result<Seq, StoreError> {
        // One view of the file, whatever is written meanwhile.
        let _view = self.connection.unchecked_transaction()?;
        let Some((oldest, newest)) = self.ends(room)? else { return self.empty(room) };
        let mut cut = oldest.seq;
        if let Some(count) = retention.count {
            cut = cut.max((newest.seq + 1).saturating_sub(count));
        }
        if let Some(age) = retention.age {
            let since = now.millis().saturating_sub(age);
            cut = cut.max(self.first(room, oldest, newest, |probe| probe.at >= since)?);
        }
        if let Some(size) = retention.size {
            cut = cut.max(self.first(room, oldest, newest, |probe| newest.total.saturating_sub(probe.before) <= size)?);
        }
        number(cut, room)
    }

    /// What is to be cut where, so that all rooms together keep at most so many octets, counted as in [`Retention`]: each
    /// room's oldest number that is to stay. The rooms that keep most give way, down to what all of them may keep.
    pub(crate) fn cuts(&self, total: u64) -> Result<Vec<(RoomId, Seq)>, StoreError> {
        let _view = self.connection.unchecked_transaction()?;
        let mut sizes = self.sizes()?;
        sizes.sort_unstable_by_key(|&(_, size)| size);
        let Some(level) = level(sizes.iter().map(|&(_, size)| size), total) else { return Ok(Vec::new()) };
        let larger = sizes.partition_point(|&(_, size)| size <= level);
        let mut cuts = Vec::new();
        for &(room, _) in &sizes[larger..] {
            if let Some((oldest, newest)) = self.ends(room)? {
                let stays = |probe: &Probe| newest.total.saturating_sub(probe.before) <= level;
                cuts.push((room, number(self.first(room, oldest, newest, stays)?, room)?));
            }
        }
        Ok(cuts)
    }

    /// What each room keeps, in octets.
    fn sizes(&self) -> Result<Vec<(RoomId, u64)>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM rooms")?;
        let rooms = statement.query_map((), |row| Ok(RoomId(row.get(0)?)))?.collect::<Result<Vec<_>, _>>()?;
        let size = |room| {
            let ends = self.ends(room)?;
            Ok((room, ends.map_or(0, |(oldest, newest)| newest.total.saturating_sub(oldest.before))))
        };
        rooms.into_iter().map(size).collect()
    }

    /// The smallest number from which on all messages stay, where those that stay are newer than those that don't.
    fn first(
        &self,
        room: RoomId,
        oldest: Probe,
        newest: Probe,
        stays: impl Fn(&Probe) -> bool,
    ) -> Result<u64, StoreError> {
        let (mut low, mut high) = (oldest.seq, newest.seq + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.probe(room, "seq >= ?2 ORDER BY seq", middle)? {
                Some(probe) if !stays(&probe) => low = probe.seq + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The oldest and the newest message of a room.
    fn ends(&self, room: RoomId) -> Result<Option<(Probe, Probe)>, StoreError> {
        let oldest = self.probe(room, "seq >= ?2 ORDER BY seq", 0)?;
        let newest = self.probe(room, "seq >= ?2 ORDER BY seq DESC", 0)?;
        Ok(oldest.zip(newest))
    }

    fn probe(&self, room: RoomId, which: &str, seq: u64) -> Result<Option<Probe>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM messages WHERE room = ?1 AND {which} LIMIT 1"))?;
        let probe = statement.query_row((room.0, integer(seq)), |row| Ok(Probe::of(row))).optional()?;
        probe.transpose()
    }

    /// The next number of a room that keeps no message.
    fn empty(&self, room: RoomId) -> Result<Seq, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT floor FROM rooms WHERE id = ?")?;
        let floor: Option<i64> = statement.query_row((room.0,), |row| row.get(0)).optional()?;
        number(u64::try_from(floor.unwrap_or(0)).unwrap_or(u64::MAX - 1) + 1, room)
    }
}

impl Probe {
    fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let column = |index| {
            let value: i64 = row.get(index)?;
            u64::try_from(value).map_err(|_| StoreError::Corrupt(format!("a message has a negative number: {value}")))
        };
        Ok(Self { seq: column(0)?, at: column(1)?, before: column(2)?.saturating_sub(MESSAGE_COST), total: column(3)? })
    }
}

fn number(seq: u64, room: RoomId) -> Result<Seq, StoreError> {
    Seq::new(seq).ok_or_else(|| StoreError::Corrupt(format!("room {} has no number {seq}", room.0)))
}

/// The most that each may keep, so that all keep at most `total`; `None` if they do anyway. The sizes rise.
fn level(sizes: impl ExactSizeIterator<Item = u64>, total: u64) -> Option<u64> {
    let (mut left, mut rooms) = (total, sizes.len() as u64);
    for size in sizes {
        let share = left / rooms;
        if size > share {
            return Some(share);
        }
        left -= size;
        rooms -= 1;
    }
    None
}

//! Deleting what is no longer kept, in steps that are short, since the writer stands still meanwhile.

use fanfare_protocol::Seq;
use rusqlite::{Connection, TransactionBehavior};

use super::{RoomId, Store, StoreError, integer};

/// The part of a file that may be free before pages are given back: what comes next is written there.
const FREE_PART: i64 = 8;

/// As many pages, of 4 KiB each, may be free in any file.
const FREE_PAGES: i64 = 256;

/// What a step of deleting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trimmed {
    /// How many messages were deleted.
    pub(crate) messages: u64,
    /// The oldest number that is kept; if none is, the one after the newest.
    pub(crate) oldest: Seq,
    /// Whether there are more to be deleted.
    pub(crate) more: bool,
}

impl Store {
    /// Deletes up to `most` of a room's messages before a number, the oldest.
    pub(crate) fn trim(&mut self, room: RoomId, below: Seq, most: usize) -> Result<Trimmed, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let (messages, last, place): (i64, Option<i64>, Option<i64>) = transaction
            .prepare_cached(
                "SELECT count(*), max(seq), max(n)
                 FROM (SELECT seq, n FROM messages WHERE room = ? AND seq < ? ORDER BY seq LIMIT ?)",
            )?
            .query_row((room.0, integer(below.get()), most), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        if let Some((last, place)) = last.zip(place) {
            // The numbers and the places of what is deleted stay given.
            transaction
                .prepare_cached("UPDATE rooms SET floor = max(floor, ?) WHERE id = ?")?
                .execute((last, room.0))?;
            transaction
                .prepare_cached("UPDATE run SET spent = max(spent, ?), deleted = deleted + ?")?
                .execute((place, messages))?;
            transaction.prepare_cached("DELETE FROM messages WHERE room = ? AND seq <= ?")?.execute((room.0, last))?;
        }
        let (next, kept): (i64, Option<i64>) = transaction
            .prepare_cached(
                "SELECT floor + 1, (SELECT seq FROM messages WHERE room = rooms.id ORDER BY seq LIMIT 1)
                 FROM rooms WHERE id = ?",
            )?
            .query_row((room.0,), |row| Ok((row.get(0)?, row.get(1)?)))?;
        transaction.commit()?;
        let oldest = u64::try_from(kept.unwrap_or(next)).ok().and_then(Seq::new);
        let oldest = oldest.ok_or_else(|| StoreError::Corrupt(format!("room {} has an odd number", room.0)))?;
        Ok(Trimmed { messages: messages.unsigned_abs(), oldest, more: kept.is_some() && oldest < below })
    }

    /// Forgets a room that keeps no message, its numbers and its epoch included. Returns whether it does not.
    pub(crate) fn remove(&mut self, room: RoomId) -> Result<bool, StoreError> {
        let removed = self.connection.execute(
            "DELETE FROM rooms WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM messages WHERE room = ?1)",
            (room.0,),
        )?;
        Ok(removed > 0)
    }

    /// Gives up to `most` pages of 4 KiB of the file that are free back to the file system, but not those that what comes
    /// next will be written to. Returns whether there are more. The file shrinks with the next checkpoint.
    pub(crate) fn give_back(&mut self, most: u32) -> Result<bool, StoreError> {
        give_back(&self.connection, most)
    }
}

/// Gives back pages of a connection's own file, as [`Store::give_back`] has it.
pub(super) fn give_back(connection: &Connection, most: u32) -> Result<bool, StoreError> {
    let number = |name| connection.pragma_query_value(Some("main"), name, |row| row.get::<_, i64>(0));
    let free = number("freelist_count")?;
    let spare = free - (number("page_count")? / FREE_PART).max(FREE_PAGES);
    let pages = spare.min(most.into());
    if pages <= 0 {
        return Ok(false);
    }
    {
        // One row for each page.
        let mut statement = connection.prepare(&format!("PRAGMA main.incremental_vacuum({pages})"))?;
        let mut rows = statement.query(())?;
        while rows.next()?.is_some() {}
    }
    // A file that somebody has made anew with other tools may not be able to give any.
    Ok(spare > pages && number("freelist_count")? < free)
}

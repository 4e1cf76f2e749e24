//! Deleting what is no longer kept, in steps that are short, since the writer stands still meanwhile.

use fanfare_protocol::Seq;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::ids::KeptIds;
use super::{RoomId, Store, StoreError, integer};

/// The part of a file that may be free before pages are given back: what comes next is written there.
const FREE_PART: i64 = 8;

/// As many pages, of 4 KiB each, may be free in any file.
const FREE_PAGES: i64 = 256;

/// What is to be deleted of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) room: RoomId,
    /// All messages before this number.
    pub(crate) below: Seq,
    /// The room's row too, its numbers and its epoch included, if it then keeps no message. Nobody holds the room, so none
    /// of its ids is remembered.
    pub(crate) and_row: bool,
}

/// What deleting messages of a room came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trimmed {
    /// How many messages were deleted.
    pub(crate) messages: u64,
    /// Whether there is more to be deleted.
    pub(crate) more: bool,
    /// Whether the room has no row any more.
    pub(crate) removed: bool,
}

impl Store {
    /// Deletes up to `most` messages, of each room the oldest, and up to as many rows of rooms, in one commit. What must
    /// not be said again stays known (`ids.rs`). Returns what became of the first cuts; those that it says nothing of, it did
    /// not come to.
    pub(crate) fn trim(&mut self, cuts: &[Cut], most: usize) -> Result<Vec<Trimmed>, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut left, mut done, mut ids) = (most as u64, Vec::new(), self.ids);
        for cut in cuts {
            if left == 0 {
                break;
            }
            let (trimmed, deleted) = cut.apply(&transaction, &mut ids, left)?;
            // A look-up is work, too.
            left = left.saturating_sub(deleted.max(1));
            done.push(trimmed);
        }
        ids.thin(&transaction)?;
        transaction.commit()?;
        self.ids = ids;
        Ok(done)
    }

    /// Gives up to `most` pages of 4 KiB of the file that are free back to the file system, but not those that what comes
    /// next will be written to. Returns whether there are more. The file shrinks with the next checkpoint.
    pub(crate) fn give_back(&mut self, most: u32) -> Result<bool, StoreError> {
        give_back(&self.connection, most)
    }
}

impl Cut {
    /// Returns what it came to, and how many messages and ids were deleted.
    fn apply(self, transaction: &Transaction<'_>, ids: &mut KeptIds, most: u64) -> Result<(Trimmed, u64), StoreError> {
        let (room, below) = (self.room.0, integer(self.below.get()));
        let (messages, last, place): (i64, Option<i64>, Option<i64>) = transaction
            .prepare_cached(
                "SELECT count(*), max(seq), max(n)
                 FROM (SELECT seq, n FROM messages WHERE room = ? AND seq < ? ORDER BY seq LIMIT ?)",
            )?
            .query_row((room, below, integer(most)), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        if let Some((last, place)) = last.zip(place) {
            //= protocol/SPEC.md#4-7-say
            //# A server MUST remember over its own end the ids of the messages that it has stored in a durable history,
            //# those that are no longer kept included, as if the time in which it did not run had not passed.
            if !self.and_row {
                ids.keep(transaction, room, (last, place))?;
            }
            // The numbers and the places of what is deleted stay given.
            transaction.prepare_cached("UPDATE rooms SET floor = max(floor, ?) WHERE id = ?")?.execute((last, room))?;
            transaction
                .prepare_cached("UPDATE run SET spent = max(spent, ?), deleted = deleted + ?")?
                .execute((place, messages))?;
            transaction.prepare_cached("DELETE FROM messages WHERE room = ? AND seq <= ?")?.execute((room, last))?;
        }
        let mut more: bool = transaction
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM messages WHERE room = ? AND seq < ?)")?
            .query_row((room, below), |row| row.get(0))?;
        let messages = messages.unsigned_abs();
        let mut deleted = messages;
        if self.and_row && !more {
            // They are of its epoch, and go before the row: what is said meanwhile has to have one.
            let (of_room, are_more) = ids.forget_room(transaction, room, most - messages)?;
            deleted += of_room;
            more = are_more;
        }
        if self.and_row && !more {
            // Something may have been said meanwhile.
            transaction
                .prepare_cached(
                    "DELETE FROM rooms WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM messages WHERE room = ?1)",
                )?
                .execute((room,))?;
        }
        let removed = transaction
            .prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM rooms WHERE id = ?)")?
            .query_row((room,), |row| row.get(0))?;
        Ok((Trimmed { messages, more, removed }, deleted))
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

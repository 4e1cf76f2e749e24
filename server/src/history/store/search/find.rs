//! Searching, beside the thread that keeps the index.

use std::path::Path;

use fanfare_protocol::{Number, Seq};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _};

use super::super::connect::Access;
use super::super::{RoomId, StoreError, integer};
use super::{Terms, open};

/// What a connection keeps of each file in memory, in KiB.
const CACHE: u32 = 2 * 1_024;

/// How many steps of SQLite are made before it is asked again whether to stop. Reading a page of the index takes some
/// three, in which a long phrase is compared with hundreds of messages.
const STEPS: i32 = 100;

/// A connection that searches. It knows what was indexed before each call.
#[derive(Debug)]
pub(crate) struct Searcher {
    connection: Connection,
}

/// The messages that have what was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matches {
    /// Their numbers, rising: the newest of them.
    pub(crate) seqs: Vec<Seq>,
    /// Whether there are older ones.
    pub(crate) more: bool,
}

impl Searcher {
    /// Of the directory of an open index.
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: open(dir, Access::Read, CACHE)? })
    }

    /// The newest `last` messages of a room that have all terms, of those before a number, if one is given. None if it was
    /// to stop before that was known: it asks all the time.
    pub(crate) fn find(
        &self,
        room: RoomId,
        terms: &Terms,
        before: Option<Seq>,
        last: usize,
        stop: impl FnMut() -> bool + Send + 'static,
    ) -> Result<Option<Matches>, StoreError> {
        self.connection.progress_handler(STEPS, Some(stop))?;
        let found = self.matches(room, terms, before, last);
        self.connection.progress_handler(0, None::<fn() -> bool>)?;
        match found {
            Err(StoreError::Failed(error)) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                Ok(None)
            }
            found => found.map(Some),
        }
    }

    fn matches(&self, room: RoomId, terms: &Terms, before: Option<Seq>, last: usize) -> Result<Matches, StoreError> {
        // In a room, messages are stored in the order of their numbers, and the index has them in the order of storing.
        let end = match before {
            Some(before) => self.place(room, before)?.unwrap_or(i64::MAX),
            None => i64::MAX,
        };
        let Some(begin) = self.place(room, Seq::FIRST)? else {
            return Ok(Matches { seqs: Vec::new(), more: false });
        };
        // A cross join keeps its order: the index first, newest entry first, and each entry's message.
        //= protocol/SPEC.md#4-15-search
        //# A server MUST send the kept messages of the room that match TEXT and whose numbers are below `before`, if it
        //# is there, taken from the newest down until the page is full.
        let mut statement = self.connection.prepare_cached(
            "SELECT seq FROM entries CROSS JOIN history.messages ON n = entries.rowid
             WHERE entries MATCH ?1 AND entries.rowid >= ?2 AND entries.rowid < ?3 AND messages.room = ?4
             ORDER BY entries.rowid DESC LIMIT ?5",
        )?;
        let most = i64::try_from(last).unwrap_or(i64::MAX).saturating_add(1);
        let mut rows = statement.query((terms.within(room.0), begin, end, room.0, most))?;
        let mut seqs = Vec::new();
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            let valid = u64::try_from(seq).ok().and_then(Number::new).and_then(|number| Seq::new(number.get()));
            seqs.push(valid.ok_or_else(|| StoreError::Corrupt(format!("room {} has a message {seq}", room.0)))?);
        }
        //= protocol/SPEC.md#4-15-search
        //# A server MUST send `more=yes` if and only if it left out a message that matches because the page was full.
        let more = seqs.len() > last;
        //= protocol/SPEC.md#4-15-search
        //# A server MUST take the page as full after `last` `PAST` frames.
        seqs.truncate(last);
        seqs.reverse();
        Ok(Matches { seqs, more })
    }

    /// The place of a room's oldest message from a number on.
    fn place(&self, room: RoomId, from: Seq) -> Result<Option<i64>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT n FROM history.messages WHERE room = ? AND seq >= ? ORDER BY seq LIMIT 1")?;
        Ok(statement.query_row((room.0, integer(from.get())), |row| row.get(0)).optional()?)
    }
}

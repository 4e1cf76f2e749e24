//! Keeping the index: it follows the messages as they are stored, and forgets those that are gone.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, TransactionBehavior};

use super::super::connect::Access;
use super::super::lock::private;
use super::super::trim::give_back;
use super::super::{OpenError, Place, StoreError, integer};
use super::open;
use super::words::{set_apart, token_chars};

/// What the connection keeps of each file in memory, in KiB.
const CACHE: u32 = 8 * 1_024;

/// What marks the file as an index of this server: "Fans".
const APPLICATION: i64 = 0x4661_6e73;

/// The version of the tables and of what makes words of texts. A file of any other is made anew.
const VERSION: i64 = 2;

/// After so many octets of texts, a step of indexing ends.
const STEP_OCTETS: usize = 4 << 20;

/// A round over all entries begins when as many messages were deleted as this part of them.
const SWEEP_PART: u64 = 8;

/// The index, for the only one who writes it.
#[derive(Debug)]
pub(crate) struct SearchIndex {
    connection: Connection,
    /// The message that was indexed last.
    pub(super) indexed: Place,
    /// The round of [`SearchIndex::sweep`], if there is one.
    round: Option<Round>,
}

/// A round over all entries.
#[derive(Clone, Copy, Debug)]
struct Round {
    /// How many messages had been deleted when it began.
    deleted: i64,
    /// The entry that was looked at last.
    at: i64,
}

/// What opening an index came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// The index that was there is used.
    Kept,
    /// There was none.
    New,
    /// What was there was of no use, for this reason, and was deleted.
    Anew(String),
}

impl SearchIndex {
    /// Opens the index in the directory of an open store, or makes one that is empty. To be called before the store is
    /// written: so an index is found out that knows more than the history does.
    pub(crate) fn open(dir: &Path) -> Result<(Self, Made), OpenError> {
        let path = dir.join("search.db");
        let there = fs::metadata(&path).is_ok_and(|file| file.len() > 0);
        let mut made = if there { Made::Kept } else { Made::New };
        if there {
            match Self::existing(dir) {
                Ok(Ok(index)) => return Ok((index, made)),
                Ok(Err(reason)) => made = Made::Anew(reason.to_owned()),
                Err(cause) if is_of_no_use(&cause) => made = Made::Anew(cause.to_string()),
                Err(cause) => return Err(OpenError::of(path, cause)),
            }
        }
        let index = Self::make(dir).map_err(|cause| OpenError::of(&path, cause))?;
        Ok((index, made))
    }

    /// Deletes what is there and makes an empty index.
    fn make(dir: &Path) -> Result<Self, StoreError> {
        let unwritable = |cause| StoreError::File { path: dir.join("search.db"), cause };
        // The file first: without its log it must not be taken for whole, if the process ends here.
        for file in ["search.db", "search.db-wal", "search.db-shm"] {
            match fs::remove_file(dir.join(file)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(error)),
                _ => {}
            }
        }
        private(&dir.join("search.db")).and_then(|_| File::open(dir)?.sync_all()).map_err(unwritable)?;
        let mut connection = open(dir, Access::Write, CACHE)?;
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(&include_str!("schema.sql").replace("TOKEN_CHARS", &token_chars()))?;
        transaction.pragma_update(Some("main"), "application_id", APPLICATION)?;
        transaction.pragma_update(Some("main"), "user_version", VERSION)?;
        transaction.commit()?;
        Self::begin(connection)
    }

    /// The index that is there, or why it is of no use.
    fn existing(dir: &Path) -> Result<Result<Self, &'static str>, StoreError> {
        let connection = open(dir, Access::Write, CACHE)?;
        let number = |name| connection.pragma_query_value(Some("main"), name, |row| row.get::<_, i64>(0));
        if (number("application_id")?, number("user_version")?) != (APPLICATION, VERSION) {
            return Ok(Err("it is of another version"));
        }
        let ahead: bool = connection.query_row(
            "SELECT n > max(
                ifnull((SELECT max(n) FROM history.messages), 0), ifnull((SELECT spent FROM history.run), 0)
             ) FROM mark",
            (),
            |row| row.get(0),
        )?;
        let other: Option<bool> = connection
            .query_row(
                "SELECT (mark.room, mark.seq, mark.at) IS NOT (messages.room, messages.seq, messages.at)
                 FROM mark JOIN history.messages ON messages.n = mark.n",
                (),
                |row| row.get(0),
            )
            .optional()?;
        if ahead || other == Some(true) {
            return Ok(Err("it is of another history, or of a later state of this one"));
        }
        // Whether the index itself can be read.
        connection.query_row("SELECT count(*) FROM entries WHERE entries MATCH 'room : \"0\"'", (), |_| Ok(()))?;
        Ok(Ok(Self::begin(connection)?))
    }

    fn begin(connection: Connection) -> Result<Self, StoreError> {
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let indexed = connection.query_row("SELECT n FROM mark", (), |row| row.get(0))?;
        Ok(Self { connection, indexed: Place(indexed), round: None })
    }

    /// Indexes up to `most` messages that were stored since the last step, and no more once their texts have 4 MiB.
    /// Returns whether there are more.
    pub(crate) fn index(&mut self, most: usize) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut last = None;
        let (mut messages, mut octets, mut more) = (0, 0, false);
        {
            let mut stored = transaction
                .prepare_cached("SELECT n, room, seq, at, text FROM history.messages WHERE n > ? ORDER BY n")?;
            let mut insert = transaction.prepare_cached("INSERT INTO entries (rowid, room, text) VALUES (?, ?, ?)")?;
            let mut rows = stored.query((self.indexed.0,))?;
            while let Some(row) = rows.next()? {
                if messages >= most || octets >= STEP_OCTETS {
                    more = true;
                    break;
                }
                let (n, room): (i64, i64) = (row.get(0)?, row.get(1)?);
                // As it is, if it is no text: that somebody has changed it must not stop the index.
                let text = row.get_ref(4)?;
                let read = text.as_bytes_or_null().ok().flatten().unwrap_or_default();
                let indexed = set_apart(read).map_or(ToSqlOutput::Borrowed(text), ToSqlOutput::from);
                insert.execute((n, room, indexed))?;
                octets += read.len();
                messages += 1;
                last = Some((n, room, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?));
            }
        }
        if let Some((n, room, seq, at)) = last {
            transaction
                .prepare_cached("UPDATE mark SET n = ?, room = ?, seq = ?, at = ?, entries = entries + ?")?
                .execute((n, room, seq, at, integer(messages as u64)))?;
        }
        transaction.commit()?;
        if let Some((n, ..)) = last {
            self.indexed = Place(n);
        }
        Ok(more)
    }

    /// Looks at the next `most` entries of a round over all, and removes those whose messages are gone. Returns whether
    /// the round goes on. A round begins once an eighth of the entries may be of messages that were deleted, so that
    /// forgetting a message costs no more where there are many.
    pub(crate) fn sweep(&mut self, most: usize) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (deleted, swept, entries): (i64, i64, i64) = transaction
            .prepare_cached("SELECT ifnull((SELECT deleted FROM history.run), swept), swept, entries FROM mark")?
            .query_row((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        // There are fewer than at the last round if an older history was put in place.
        let gone = deleted.abs_diff(swept);
        let round = match self.round {
            Some(round) => round,
            None if gone > 0 && gone.saturating_mul(SWEEP_PART) >= entries.unsigned_abs() => {
                Round { deleted, at: i64::MIN }
            }
            None => return Ok(false),
        };
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let (looked_at, last): (i64, Option<i64>) = transaction
            .prepare_cached(
                "SELECT count(*), max(id) FROM (SELECT id FROM entries_docsize WHERE id > ? ORDER BY id LIMIT ?)",
            )?
            .query_row((round.at, most), |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Some(last) = last {
            let removed = transaction
                .prepare_cached(
                    "DELETE FROM entries WHERE rowid IN (
                        SELECT id FROM entries_docsize WHERE id > ? AND id <= ?
                        AND NOT EXISTS (SELECT 1 FROM history.messages WHERE n = entries_docsize.id))",
                )?
                .execute((round.at, last))?;
            transaction.execute("UPDATE mark SET entries = entries - ?", (integer(removed as u64),))?;
        }
        let next = last.filter(|_| looked_at == most).map(|at| Round { at, ..round });
        if next.is_none() {
            transaction.execute("UPDATE mark SET swept = ?", (round.deleted,))?;
        }
        transaction.commit()?;
        self.round = next;
        Ok(next.is_some())
    }

    /// Gives pages of the index back to the file system, as [`Store::give_back`](super::super::Store) does.
    pub(crate) fn give_back(&mut self, most: u32) -> Result<bool, StoreError> {
        give_back(&self.connection, most)
    }
}

/// Whether an error comes from what is in the file, and not from what is around it.
fn is_of_no_use(error: &StoreError) -> bool {
    match error {
        StoreError::Corrupt(_) | StoreError::Foreign(_) => true,
        // A table that the statements need is not there, or is another.
        StoreError::Failed(error) => error.sqlite_error_code() == Some(ErrorCode::Unknown),
        _ => false,
    }
}

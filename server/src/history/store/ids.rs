//! The ids of messages that were deleted sooner than their ids may be forgotten: a message that is sent once more after a
//! restart is not to be said twice because the first one was no longer to be kept. SPEC.md, section 4.7.
//!
//! Of the text, which was to be forgotten, only a digest is kept.

use std::collections::HashMap;

use fanfare_protocol::{Id, Name, Text};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior};

use super::found::LOOKED_AT;
use super::{Place, Store, StoreError, integer};
use crate::hub::{Digest, Digests, IDS_OF_A_NAME};

/// What is known of the ids that are kept. A copy is changed with a transaction, and takes its place when that is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeptIds {
    digests: Digests,
    /// Messages up to this place were stored so long ago that their ids need not be remembered any more. No clock of the
    /// machine says so, which can be wrong, but the time in which a server has run.
    pub(super) outlived: Place,
    /// What of that is written down.
    pub(super) written: Place,
    /// How many are kept.
    pub(super) count: u64,
    /// How many are kept at most: those of all rooms that a start looks at.
    pub(super) most: u64,
}

/// An id that is to be kept.
struct Kept {
    place: i64,
    seq: i64,
    name: String,
    id: String,
    text: Digest,
}

impl KeptIds {
    /// Reads how many there are, and the key of the digests.
    pub(super) fn open(connection: &Connection) -> Result<Self, StoreError> {
        let key: Option<[u8; 16]> = connection.query_row("SELECT key FROM digests", (), |row| row.get(0)).optional()?;
        let key = key.ok_or_else(|| StoreError::Corrupt("the key of its digests is missing".to_owned()))?;
        let outlived = Place(connection.query_row("SELECT outlived FROM run", (), |row| row.get(0))?);
        let count: i64 = connection.query_row("SELECT count(*) FROM ids", (), |row| row.get(0))?;
        Ok(Self {
            digests: Digests::new(&key),
            outlived,
            written: outlived,
            count: count.unsigned_abs(),
            most: LOOKED_AT as u64,
        })
    }

    pub(super) fn digests(&self) -> Digests {
        self.digests
    }

    /// Keeps what is still to be remembered of a room's messages up to a number, which are about to be deleted, and the
    /// last of which was stored at a place.
    pub(super) fn keep(
        &mut self,
        transaction: &Transaction<'_>,
        room: i64,
        (last, place): (i64, i64),
    ) -> Result<(), StoreError> {
        if place <= self.outlived.0 {
            return Ok(());
        }
        let kept = self.young(transaction, room, last)?;
        let mut insert = transaction
            .prepare_cached("INSERT INTO ids (n, room, seq, name, nth, id, text) VALUES (?, ?, ?, ?, ?, ?, ?)")?;
        let mut newest_of: HashMap<&str, i64> = HashMap::new();
        for Kept { place, seq, name, id, text } in &kept {
            let nth = match newest_of.get(&**name) {
                Some(nth) => nth + 1,
                None => newest(transaction, room, name)? + 1,
            };
            newest_of.insert(name, nth);
            insert.execute((place, room, seq, name, nth, id, text.to_stored()))?;
        }
        self.count += kept.len() as u64;
        //= protocol/SPEC.md#4-7-say
        //# A server MUST remember an id while it is younger than 5 minutes and among the last 1,024 of its name in its
        //# room, except as item 7 says.
        let mut delete = transaction.prepare_cached("DELETE FROM ids WHERE room = ? AND name = ? AND nth <= ?")?;
        for (name, nth) in newest_of {
            let deleted = delete.execute((room, name, nth.saturating_sub_unsigned(IDS_OF_A_NAME as u64)))?;
            self.count = self.count.saturating_sub(deleted as u64);
        }
        Ok(())
    }

    /// The messages with ids that are about to be deleted, as far as they are young enough.
    fn young(&self, transaction: &Transaction<'_>, room: i64, last: i64) -> Result<Vec<Kept>, StoreError> {
        let mut messages = transaction.prepare_cached(
            "SELECT n, seq, name, id, text FROM messages
             WHERE room = ? AND seq <= ? AND id IS NOT NULL AND n > ? ORDER BY seq",
        )?;
        let mut rows = messages.query((room, last, self.outlived.0))?;
        let mut kept = Vec::new();
        while let Some(row) = rows.next()? {
            // What no server has written is deleted like the rest, and nobody sends it again.
            kept.extend(self.kept(row)?);
        }
        Ok(kept)
    }

    fn kept(&self, row: &Row<'_>) -> Result<Option<Kept>, StoreError> {
        let word = |index| row.get_ref(index)?.as_str().map_err(rusqlite::Error::from);
        let (Ok(name), Ok(id), Ok(text)) = (Name::new(word(2)?), Id::new(word(3)?), Text::new(word(4)?)) else {
            return Ok(None);
        };
        Ok(Some(Kept {
            place: row.get(0)?,
            seq: row.get(1)?,
            name: name.as_str().to_ascii_lowercase(),
            id: id.as_str().to_owned(),
            text: self.digests.of(text),
        }))
    }

    /// Writes down how far messages have outlived their ids, if that is not known to the file yet.
    pub(super) fn write_outlived(&self, transaction: &Transaction<'_>) -> Result<Place, StoreError> {
        if self.outlived > self.written {
            transaction.prepare_cached("UPDATE run SET outlived = ?")?.execute((self.outlived.0,))?;
        }
        Ok(self.outlived)
    }

    /// Deletes up to `most` ids of a room that is to be removed. Returns how many, and whether there may be more.
    pub(super) fn forget_room(
        &mut self,
        transaction: &Transaction<'_>,
        room: i64,
        most: u64,
    ) -> Result<(u64, bool), StoreError> {
        if self.count == 0 {
            return Ok((0, false));
        }
        let mut delete =
            transaction.prepare_cached("DELETE FROM ids WHERE n IN (SELECT n FROM ids WHERE room = ? LIMIT ?)")?;
        let deleted = delete.execute((room, integer(most)))? as u64;
        self.count = self.count.saturating_sub(deleted);
        Ok((deleted, deleted == most && self.count > 0))
    }

    /// Deletes the oldest of all, if there are more than may be.
    pub(super) fn thin(&mut self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let excess = self.count.saturating_sub(self.most);
        if excess > 0 {
            self.forget_oldest(transaction, Place(i64::MAX), excess)?;
        }
        Ok(())
    }

    /// Deletes the oldest `most` up to a place. Returns how many these were.
    fn forget_oldest(&mut self, transaction: &Transaction<'_>, up_to: Place, most: u64) -> Result<u64, StoreError> {
        let last: Option<i64> = transaction
            .prepare_cached("SELECT max(n) FROM (SELECT n FROM ids WHERE n <= ? ORDER BY n LIMIT ?)")?
            .query_row((up_to.0, integer(most)), |row| row.get(0))?;
        let Some(last) = last else { return Ok(0) };
        let deleted = transaction.prepare_cached("DELETE FROM ids WHERE n <= ?")?.execute((last,))? as u64;
        self.count = self.count.saturating_sub(deleted);
        Ok(deleted)
    }
}

/// The number of a name's newest id in a room, or 0.
fn newest(transaction: &Transaction<'_>, room: i64, name: &str) -> Result<i64, StoreError> {
    let mut newest = transaction.prepare_cached("SELECT max(nth) FROM ids WHERE room = ? AND name = ?")?;
    let nth: Option<i64> = newest.query_row((room, name), |row| row.get(0))?;
    Ok(nth.unwrap_or(0))
}

impl Store {
    /// Whether there are ids of messages that were deleted.
    pub(crate) fn keeps_ids(&self) -> bool {
        self.ids.count > 0
    }

    /// The messages up to this place were stored longer ago than an id lives, without the time in which no server ran. The
    /// next group that is stored writes it down.
    pub(crate) fn ids_outlived(&mut self, place: Place) {
        self.ids.outlived = self.ids.outlived.max(place);
    }

    /// Forgets up to `most` ids that have lived long enough, of messages that were deleted, in one commit. Returns whether
    /// there may be more.
    pub(crate) fn forget_ids(&mut self, most: usize) -> Result<bool, StoreError> {
        let up_to = self.ids.outlived;
        if self.ids.count == 0 || up_to == Place(0) {
            return Ok(false);
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut ids = self.ids;
        let deleted = ids.forget_oldest(&transaction, up_to, most as u64)?;
        transaction.commit()?;
        self.ids = ids;
        Ok(deleted == most as u64)
    }
}

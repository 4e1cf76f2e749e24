//! A group of messages, which are stored together or not at all.

use std::collections::HashMap;

use fanfare_protocol::{Epoch, Id, Message, Number, RoomName};
use rusqlite::{CachedStatement, OptionalExtension as _, Transaction, TransactionBehavior};

use super::ids::KeptIds;
use super::{Place, RoomId, Store, StoreError, integer};

/// What a message counts besides its text, its name and its id: its other columns and its place in the index.
pub(super) const MESSAGE_COST: u64 = 64;

/// What is to be stored. Dropped without [`Group::commit`], nothing of it is.
pub(crate) struct Group<'a> {
    /// Looked up once for all messages.
    insert: CachedStatement<'a>,
    transaction: Transaction<'a>,
    /// The running sums of octets of the rooms that the group is about.
    totals: HashMap<RoomId, u64>,
    stored_newest: &'a mut Place,
    newest: Place,
    ids: &'a mut KeptIds,
}

impl<'a> Group<'a> {
    pub(super) fn begin(store: &'a mut Store) -> Result<Self, StoreError> {
        let Store { connection, newest: stored_newest, ids, .. } = store;
        let insert = connection.prepare_cached(
            "INSERT INTO messages (n, room, seq, at, name, id, text, total) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let newest = *stored_newest;
        Ok(Self { insert, transaction, totals: HashMap::new(), stored_newest, newest, ids })
    }

    /// Stores a room that is not in the history. The numbers up to `floor` count as given.
    ///
    /// # Errors
    ///
    /// A room of that name is there, or the file can't be written.
    pub(crate) fn room(&mut self, name: RoomName<'_>, epoch: Epoch<'_>, floor: Number) -> Result<RoomId, StoreError> {
        self.check()?;
        let mut insert = self.transaction.prepare_cached("INSERT INTO rooms (name, epoch, floor) VALUES (?, ?, ?)")?;
        let id = RoomId(insert.insert((name.as_str(), epoch.as_str(), integer(floor.get())))?);
        Ok(id)
    }

    /// Stores a message of a room, under a number that none has.
    ///
    /// # Errors
    ///
    /// The number was given before, or the file can't be written. The group can only be dropped then.
    pub(crate) fn message(&mut self, room: RoomId, message: &Message<'_>) -> Result<(), StoreError> {
        self.check()?;
        let id = message.id.map(Id::as_str);
        let (name, text) = (message.name.as_str(), message.text.as_str());
        let octets = name.len() + id.map_or(0, str::len) + text.len();
        let total = i64::try_from(self.total(room)? + octets as u64 + MESSAGE_COST).map_err(|_| {
            StoreError::Corrupt(format!("the sum of the octets of room {} is none that a server writes", room.0))
        })?;
        let place = Place(self.newest.0 + 1);
        let (seq, at) = (integer(message.seq.get()), integer(message.at.millis()));
        self.insert.execute((place.0, room.0, seq, at, name, id, text, total))?;
        self.totals.insert(room, total.unsigned_abs());
        self.newest = place;
        Ok(())
    }

    /// Stores what is in the group. If that fails, nothing of it is stored, and the next group can be tried.
    pub(crate) fn commit(self) -> Result<(), StoreError> {
        self.check()?;
        let outlived = self.ids.write_outlived(&self.transaction)?;
        self.transaction.commit()?;
        *self.stored_newest = self.newest;
        self.ids.written = outlived;
        Ok(())
    }

    /// SQLite ends a transaction by itself after some errors. What came then would be stored, each for itself.
    fn check(&self) -> Result<(), StoreError> {
        if self.transaction.is_autocommit() { Err(StoreError::Undone) } else { Ok(()) }
    }

    /// The running sum of a room: of this group, or as it is stored.
    fn total(&self, room: RoomId) -> Result<u64, StoreError> {
        if let Some(total) = self.totals.get(&room) {
            return Ok(*total);
        }
        let mut last =
            self.transaction.prepare_cached("SELECT total FROM messages WHERE room = ? ORDER BY seq DESC LIMIT 1")?;
        let total: Option<i64> = last.query_row((room.0,), |row| row.get(0)).optional()?;
        Ok(u64::try_from(total.unwrap_or(0)).unwrap_or(0))
    }
}

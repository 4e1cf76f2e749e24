//! Reading messages, beside the writer.

use std::path::Path;

use fanfare_protocol::{Id, Message, Name, Number, RoomName, Seq, Text, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::connect::{Access, connect};
use super::{RoomId, StoreError, integer};

/// What a connection keeps of the file in memory, in KiB.
const CACHE: u32 = 1_024;

/// A connection that only reads. It sees what was committed before each call.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(super) connection: Connection,
}

/// A message as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredMessage {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    /// A `Name`, as it was spelled.
    pub(crate) name: Box<str>,
    /// An `Id`.
    pub(crate) id: Option<Box<str>>,
    /// A `Text`.
    pub(crate) text: Box<str>,
}

/// What was found of single numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// The messages, in the order in which they were asked for.
    pub(crate) messages: Vec<StoredMessage>,
    /// How many of the numbers were looked at, from the first on. Of those, the others' messages are no longer kept.
    pub(crate) looked_at: usize,
}

impl Reader {
    /// Of the directory of an open store.
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        let connection = connect(&dir.join("history.db"), Access::Read, CACHE)?;
        Ok(Self { connection })
    }

    /// The messages of a room from one number to another, both included, in rising order: up to `most`, and no more once
    /// there are texts of `octets` octets. If there is a message and `most` is not 0, there is at least one in the answer.
    pub(crate) fn range(
        &self,
        room: RoomId,
        from: Seq,
        to: Seq,
        most: usize,
        octets: usize,
    ) -> Result<Vec<StoredMessage>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, at, name, id, text FROM messages WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query((room.0, integer(from.get()), integer(to.get()), most))?;
        let (mut messages, mut read) = (Vec::new(), 0);
        while read < octets.max(1)
            && let Some(row) = rows.next()?
        {
            let message = StoredMessage::of(row, room)?;
            read += message.text.len();
            messages.push(message);
        }
        Ok(messages)
    }

    /// The messages of a room that have these numbers, and no more once there are texts of `octets` octets. Numbers whose
    /// messages aren't kept are passed over.
    pub(crate) fn numbers(&self, room: RoomId, seqs: &[Seq], octets: usize) -> Result<Numbers, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT seq, at, name, id, text FROM messages WHERE room = ? AND seq = ?")?;
        let (mut messages, mut read, mut looked_at) = (Vec::new(), 0, 0);
        for seq in seqs {
            if read >= octets.max(1) {
                break;
            }
            let message = statement
                .query_row((room.0, integer(seq.get())), |row| Ok(StoredMessage::of(row, room)))
                .optional()?
                .transpose()?;
            looked_at += 1;
            read += message.as_ref().map_or(0, |message| message.text.len());
            messages.extend(message);
        }
        Ok(Numbers { messages, looked_at })
    }
}

impl StoredMessage {
    /// A row of seq, at, name, id, text.
    fn of(row: &Row<'_>, room: RoomId) -> Result<Self, StoreError> {
        let (seq, at): (i64, i64) = (row.get(0)?, row.get(1)?);
        let number = |value: i64| Number::new(u64::try_from(value).ok()?);
        let valid = || {
            let message = Self {
                seq: Seq::new(number(seq)?.get())?,
                at: Timestamp::from_millis(number(at)?.get()),
                name: row.get(2).ok()?,
                id: row.get(3).ok()?,
                text: row.get(4).ok()?,
            };
            let id_is_valid = message.id.as_deref().is_none_or(|id| Id::new(id).is_ok());
            (id_is_valid && Name::new(&message.name).is_ok() && Text::new(&message.text).is_ok()).then_some(message)
        };
        valid().ok_or_else(|| {
            StoreError::Corrupt(format!("message {seq} of room {} is none that a server writes", room.0))
        })
    }

    /// The message as the protocol has it.
    pub(crate) fn message<'a>(&'a self, room: RoomName<'a>) -> Message<'a> {
        const CHECKED: &str = "it was checked when it was read";
        Message {
            room,
            seq: self.seq,
            at: self.at,
            name: Name::new(&self.name).expect(CHECKED),
            id: self.id.as_deref().map(|id| Id::new(id).expect(CHECKED)),
            text: Text::new(&self.text).expect(CHECKED),
        }
    }
}

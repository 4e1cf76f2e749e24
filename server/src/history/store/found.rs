//! What the server needs to know of a history when it starts.

use std::collections::{HashMap, HashSet};

use fanfare_protocol::{Epoch, Id, Name, NameKey, Number, RoomName, Seq, Text, Timestamp};
use rusqlite::{Connection, Row};

use super::ids::KeptIds;
use super::{RoomId, Start, StoreError};
use crate::hub::{Digest, IDS_OF_A_NAME};

/// How many messages, and ids of messages that were deleted, are looked at: the newest.
pub(super) const LOOKED_AT: usize = 4_000_000;

/// No room comes so far in a thousand years, and one that did would have numbers left for another thousand.
const MOST_GIVEN: u64 = 1 << 52;

/// What was found in the history.
#[derive(Debug)]
pub(crate) struct Found {
    /// All rooms, in the order of their names.
    pub(crate) rooms: Vec<StoredRoom>,
    /// The ids that are still to be remembered, oldest first.
    pub(crate) recent_ids: Vec<RecentId>,
    /// Whether the numbers go on in the epochs that clients know.
    pub(crate) epochs: Epochs,
}

/// Whether numbers may have been lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Epochs {
    /// No: every number that was given is in the history.
    Continued,
    /// Perhaps: the machine has crashed, and every room has a new epoch, with the messages that survived.
    Renewed,
}

/// A room of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredRoom {
    pub(crate) id: RoomId,
    /// A `RoomName`.
    pub(crate) name: Box<str>,
    /// An `Epoch`.
    pub(crate) epoch: Box<str>,
    /// The oldest number whose message is kept; if none is, the one after the newest.
    pub(crate) oldest: Seq,
    /// The newest number that was given.
    pub(crate) newest: Number,
    /// The time of the newest message that is kept, or 0.
    pub(crate) last_at: Timestamp,
}

/// A message that must not be said again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecentId {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    /// A `Name`.
    pub(crate) name: Box<str>,
    /// An `Id`.
    pub(crate) id: Box<str>,
    /// What is known of the text.
    pub(crate) text: Digest,
}

/// Reads what there is.
pub(super) fn find(
    connection: &Connection,
    epochs: Epochs,
    kept: &KeptIds,
    start: Start<'_>,
) -> Result<Found, StoreError> {
    let rooms = rooms(connection)?;
    let recent_ids = recent_ids(connection, kept, &rooms, start)?;
    Ok(Found { rooms, recent_ids, epochs })
}

fn rooms(connection: &Connection) -> Result<Vec<StoredRoom>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT id, name, epoch, floor,
            (SELECT seq FROM messages WHERE room = rooms.id ORDER BY seq LIMIT 1),
            (SELECT seq FROM messages WHERE room = rooms.id ORDER BY seq DESC LIMIT 1),
            (SELECT at FROM messages WHERE room = rooms.id ORDER BY seq DESC LIMIT 1)
         FROM rooms ORDER BY name",
    )?;
    let mut rows = statement.query(())?;
    let mut rooms = Vec::new();
    while let Some(row) = rows.next()? {
        rooms.push(room(row)?);
    }
    Ok(rooms)
}

fn room(row: &Row<'_>) -> Result<StoredRoom, StoreError> {
    let id = RoomId(row.get(0)?);
    let odd = || StoreError::Corrupt(format!("the row of room {} is none that a server writes", id.0));
    let (name, epoch): (Box<str>, Box<str>) = (row.get(1)?, row.get(2)?);
    let (oldest, newest): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
    if RoomName::new(&name).is_err() || Epoch::new(&epoch).is_err() {
        return Err(odd());
    }
    let floor = number(row.get(3)?).ok_or_else(odd)?;
    let newest = floor.max(number(newest.unwrap_or(0)).ok_or_else(odd)?);
    if newest.get() > MOST_GIVEN {
        return Err(odd());
    }
    let oldest = oldest.map_or_else(|| Seq::new(newest.get() + 1), seq).ok_or_else(odd)?;
    let last_at = number(row.get::<_, Option<i64>>(6)?.unwrap_or(0)).ok_or_else(odd)?;
    Ok(StoredRoom { id, name, epoch, oldest, newest, last_at: Timestamp::from_millis(last_at.get()) })
}

/// The ids of messages that were stored behind the place up to which ids are outlived, as far as they may be remembered; the
/// oldest of them first.
fn recent_ids(
    connection: &Connection,
    kept: &KeptIds,
    rooms: &[StoredRoom],
    start: Start<'_>,
) -> Result<Vec<RecentId>, StoreError> {
    let rooms: HashSet<_> = rooms.iter().map(|room| room.id).collect();
    let mut statement = connection.prepare(
        "SELECT room, seq, name, id, text, NULL, n FROM messages
            WHERE n > max(?1, ifnull((SELECT max(n) FROM messages), 0) - ?2) AND id IS NOT NULL
         UNION ALL SELECT room, seq, name, id, NULL, text, n FROM ids WHERE n > ?1
         ORDER BY n DESC LIMIT ?2",
    )?;
    let mut rows = statement.query((kept.outlived.0, i64::try_from(LOOKED_AT).unwrap_or(i64::MAX)))?;
    let mut said: HashMap<(RoomId, NameKey), usize> = HashMap::new();
    let (mut ids, mut octets) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let (room, name, id): (_, Box<str>, Box<str>) = (RoomId(row.get(0)?), row.get(2)?, row.get(3)?);
        if !rooms.contains(&room) {
            continue;
        }
        let text = match row.get_ref(4)?.as_str_or_null().map_err(rusqlite::Error::from)? {
            Some(text) => Text::new(text).ok().map(|text| kept.digests().of(text)),
            None => Some(Digest::from_stored(row.get(5)?)),
        };
        let valid = Name::new(&name).ok().filter(|_| Id::new(&id).is_ok());
        let (Some(seq), Some(valid), Some(text)) = (seq(row.get(1)?), valid, text) else {
            return Err(StoreError::Corrupt(format!("a message of room {} is none that a server writes", room.0)));
        };
        let of_name = said.entry((room, valid.key())).or_default();
        *of_name += 1;
        if *of_name > IDS_OF_A_NAME {
            continue;
        }
        octets += size_of::<RecentId>() + name.len() + id.len();
        if octets > start.id_octets {
            break;
        }
        ids.push(RecentId { room, seq, name, id, text });
    }
    ids.reverse();
    Ok(ids)
}

/// A number of the protocol, if it is one.
fn number(value: i64) -> Option<Number> {
    Number::new(u64::try_from(value).ok()?)
}

/// A message's number, if it is one.
fn seq(value: i64) -> Option<Seq> {
    Seq::new(u64::try_from(value).ok()?)
}

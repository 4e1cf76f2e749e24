//! What the server needs to know of a history when it starts.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use fanfare_protocol::{Epoch, Id, Name, NameKey, Number, RoomName, Seq, Text, Timestamp};
use rusqlite::{Connection, Row};

use super::{RoomId, Start, StoreError, integer};
use crate::hub::IDS_OF_A_NAME;

/// How many messages are looked at for their ids: of each room, and the newest of those of all rooms.
const LOOKED_AT: usize = 4_000_000;

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
    /// A `Text`.
    pub(crate) text: Box<str>,
}

/// Reads what there is.
pub(super) fn find(connection: &Connection, epochs: Epochs, start: Start<'_>) -> Result<Found, StoreError> {
    let rooms = rooms(connection)?;
    let places = places(connection, &rooms, start)?;
    let recent_ids = recent_ids(connection, &places, start)?;
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
    let oldest = oldest.map_or_else(|| Seq::new(newest.get() + 1), seq).ok_or_else(odd)?;
    let last_at = number(row.get::<_, Option<i64>>(6)?.unwrap_or(0)).ok_or_else(odd)?;
    Ok(StoredRoom { id, name, epoch, oldest, newest, last_at: Timestamp::from_millis(last_at.get()) })
}

/// The places of the messages with ids that are not older than the newest of their rooms by more than an id's life, newest
/// first. Each room is looked at by its own times, which never fall: those of other rooms may be of a clock that was wrong.
fn places(connection: &Connection, rooms: &[StoredRoom], start: Start<'_>) -> Result<Vec<i64>, StoreError> {
    let mut statement =
        connection.prepare("SELECT n, at, id IS NOT NULL FROM messages WHERE room = ? ORDER BY seq DESC LIMIT ?")?;
    let mut newest = BinaryHeap::new();
    for room in rooms {
        let since = integer(room.last_at.millis().saturating_sub(start.id_life));
        let mut rows = statement.query((room.id.0, i64::try_from(LOOKED_AT).unwrap_or(i64::MAX)))?;
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(1)? < since {
                break;
            }
            if row.get(2)? {
                newest.push(Reverse(row.get::<_, i64>(0)?));
            }
            if newest.len() > LOOKED_AT {
                newest.pop();
            }
        }
    }
    Ok(newest.into_sorted_vec().into_iter().map(|Reverse(place)| place).collect())
}

/// The ids at these places, newest first, as far as they may be remembered; the oldest of them first.
fn recent_ids(connection: &Connection, places: &[i64], start: Start<'_>) -> Result<Vec<RecentId>, StoreError> {
    let mut statement = connection.prepare("SELECT room, seq, name, id, text FROM messages WHERE n = ?")?;
    let mut said: HashMap<(RoomId, NameKey), usize> = HashMap::new();
    let (mut ids, mut octets) = (Vec::new(), 0);
    for place in places {
        let (room, number, name, id, text): (i64, i64, Box<str>, Box<str>, Box<str>) = statement
            .query_row((place,), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?;
        let room = RoomId(room);
        let valid = Name::new(&name).ok().filter(|_| Id::new(&id).is_ok() && Text::new(&text).is_ok());
        let (Some(seq), Some(valid)) = (seq(number), valid) else {
            return Err(StoreError::Corrupt(format!("a message of room {} is none that a server writes", room.0)));
        };
        let of_name = said.entry((room, valid.key())).or_default();
        *of_name += 1;
        if *of_name > IDS_OF_A_NAME {
            continue;
        }
        octets += size_of::<RecentId>() + name.len() + id.len() + text.len();
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

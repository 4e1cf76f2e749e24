//! What the server needs to know of a history when it starts.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use fanfare_protocol::{Epoch, Id, Name, NameKey, Number, RoomName, Seq, Text, Timestamp};
use rusqlite::{Connection, Row};

use super::{RoomId, Start, StoreError, integer};
use crate::hub::{Digest, Digests, IDS_OF_A_NAME};

/// How many messages are looked at for their ids: of each room, and the newest of those of all rooms; and how many ids of
/// messages that were deleted.
pub(super) const LOOKED_AT: usize = 4_000_000;

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
    digests: Digests,
    start: Start<'_>,
) -> Result<Found, StoreError> {
    let rooms = rooms(connection)?;
    let places = places(connection, &rooms, start)?;
    let recent_ids = recent_ids(connection, &places, digests, start)?;
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
    let mut newest = deleted_places(connection, rooms, start)?;
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

/// The same of messages that were deleted, as far as their ids are kept.
fn deleted_places(
    connection: &Connection,
    rooms: &[StoredRoom],
    start: Start<'_>,
) -> Result<BinaryHeap<Reverse<i64>>, StoreError> {
    let mut newest_at: HashMap<_, _> = rooms.iter().map(|room| (room.id.0, integer(room.last_at.millis()))).collect();
    let life = integer(start.id_life);
    let mut statement = connection.prepare("SELECT n, room, at FROM ids ORDER BY n DESC LIMIT ?")?;
    let mut rows = statement.query((i64::try_from(LOOKED_AT).unwrap_or(i64::MAX),))?;
    let mut places = BinaryHeap::new();
    while let Some(row) = rows.next()? {
        let Some(newest_at) = newest_at.get_mut(&row.get(1)?) else { continue };
        // Of a room that keeps no message, the newest id says when the last one was stored.
        let at: i64 = row.get(2)?;
        *newest_at = at.max(*newest_at);
        if at >= newest_at.saturating_sub(life) {
            places.push(Reverse(row.get(0)?));
        }
    }
    Ok(places)
}

/// The ids at these places, newest first, as far as they may be remembered; the oldest of them first.
fn recent_ids(
    connection: &Connection,
    places: &[i64],
    digests: Digests,
    start: Start<'_>,
) -> Result<Vec<RecentId>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT room, seq, name, id, text, NULL FROM messages WHERE n = ?1
         UNION ALL SELECT room, seq, name, id, NULL, text FROM ids WHERE n = ?1",
    )?;
    let mut said: HashMap<(RoomId, NameKey), usize> = HashMap::new();
    let (mut ids, mut octets) = (Vec::new(), 0);
    for place in places {
        let mut rows = statement.query((place,))?;
        let Some(row) = rows.next()? else { continue };
        let (room, name, id): (_, Box<str>, Box<str>) = (RoomId(row.get(0)?), row.get(2)?, row.get(3)?);
        let text = match row.get_ref(4)?.as_str_or_null().map_err(rusqlite::Error::from)? {
            Some(text) => Text::new(text).ok().map(|text| digests.of(text)),
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

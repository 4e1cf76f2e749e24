//! Names, rooms, members and numbers: everything that several workers share. Synchronous, without I/O or a clock.
//!
//! Locks, in the order in which they are taken; none is held across another of its kind:
//!
//! 1. a [`Person`]'s: whatever a person does is done under it;
//! 2. the table of [`Names`], or the table of [`Rooms`];
//! 3. a [`Room`]'s.

mod crowd;
mod digest;
mod ids;
mod log;
mod names;
mod person;
mod room;
mod rooms;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use fanfare_protocol::plain::Dialect;
use fanfare_protocol::session::Millis;
use fanfare_protocol::{
    Epoch, ErrCode, Framed, Framer, Id, Message, Name, NameKey, Number, Reason, RoomName, Seq, ServerMessage, Text,
    Timestamp,
};

pub(crate) use digest::{Digest, Digests};
pub(crate) use ids::{Known, LIFE as ID_LIFE, MOST as IDS_OF_A_NAME};
pub(crate) use log::{Chunk, Cursor, Read};
pub(crate) use names::ResumeToken;
use names::{Names, Registered, Unregistered};
pub(crate) use person::Person;
use person::SHARE;
pub(crate) use room::{Dormant, Effect, Membership, Numbering, Room, Seam};
use room::{RoomLimits, Said};
use rooms::{NoRoom, Rooms};
pub(crate) use rooms::{RoomLine, StoredRoom, random_epoch};

use crate::clock::millis;
use crate::history::{Queue, RoomId, Saying};
use crate::options::Options;

/// How long a `busy` asks the sender to wait, in milliseconds.
const BUSY_RETRY: u32 = 1_000;

/// One of the threads that serve connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkerId(pub(crate) u8);

impl WorkerId {
    /// The n-th worker; there are at most 64.
    pub(crate) fn new(index: usize) -> Self {
        Self(u8::try_from(index).expect("there are at most 64 workers"))
    }

    pub(crate) fn index(self) -> usize {
        self.0.into()
    }
}

/// Some of the workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WorkerSet(u64);

impl WorkerSet {
    pub(crate) fn insert(&mut self, worker: WorkerId) {
        self.0 |= 1 << worker.0;
    }

    pub(crate) fn remove(&mut self, worker: WorkerId) {
        self.0 &= !(1 << worker.0);
    }

    /// These and others.
    pub(crate) fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those that are not among others.
    pub(crate) fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = WorkerId> {
        let mut left = self;
        std::iter::from_fn(move || {
            let worker = (left.0 != 0).then(|| WorkerId::new(left.0.trailing_zeros() as usize))?;
            left.remove(worker);
            Some(worker)
        })
    }
}

/// Where a connection is served. The generation tells it from an earlier one in the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) worker: WorkerId,
    pub(crate) connection: usize,
    pub(crate) generation: u32,
}

/// The shared state of a server.
#[derive(Debug)]
pub(crate) struct Hub {
    names: Names,
    rooms: Rooms,
    /// The way to the durable history, if there is one: what is said goes there first.
    queue: Option<Arc<Queue>>,
    rooms_each: usize,
    hold: u64,
    idle: u64,
}

/// Why the hub does not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// To be answered with an `ERR`, with `retry` in milliseconds.
    Err(ErrCode<'static>, Option<u32>),
    /// The person is gone: another connection has the name. To be answered with nothing.
    Gone,
}

impl From<ErrCode<'static>> for Refusal {
    fn from(code: ErrCode<'static>) -> Self {
        Self::Err(code, None)
    }
}

/// What became of a message that somebody wanted to say.
#[derive(Debug)]
pub(crate) enum Spoken {
    /// It has this number; with what changed, if it was not said before.
    Said(Seq, Option<RoomEffect>),
    /// It waits to be stored, and keeps so many octets meanwhile. Its answer comes in a letter.
    Taken(usize),
}

/// A room in which something changed, and for whom.
pub(crate) type RoomEffect = (Arc<Room>, Effect);

/// A person who has just got a name.
#[derive(Debug)]
pub(crate) struct Entered {
    pub(crate) person: Arc<Person>,
    pub(crate) token: Option<ResumeToken>,
    /// The connection that had the name, whose memberships have ended.
    pub(crate) replaced: Option<Home>,
    pub(crate) effects: Vec<RoomEffect>,
}

/// A private message on its way.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) to: Arc<Person>,
    pub(crate) octets: Bytes,
}

/// How an end is seen by the name's next user. SPEC.md, section 3.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The name is free at once.
    Clean,
    /// The name is held for its token.
    Unclean,
}

impl Hub {
    /// A hub without rooms. With a queue, it has a durable history, and compares texts as that does.
    pub(crate) fn new(options: &Options, queue: Option<Arc<Queue>>, digests: Digests) -> Self {
        let limits = RoomLimits {
            workers: options.workers.get(),
            log: options.room_log,
            presence: options.presence_limit as usize,
            durable: queue.is_some(),
            digests,
        };
        Self {
            names: Names::holding(options.max_connections),
            rooms: Rooms::new(options.max_rooms, options.log_memory, limits),
            queue,
            rooms_each: options.max_rooms_per_connection,
            hold: millis(options.name_hold),
            idle: millis(options.room_idle),
        }
    }

    /// Gives a connection a name. SPEC.md, sections 3.4 and 3.5.
    pub(crate) fn enter(
        &self,
        name: Name<'_>,
        token: Option<&str>,
        dialect: Dialect,
        home: Home,
        now: Millis,
    ) -> Result<Entered, ErrCode<'static>> {
        let person = Arc::new(Person::new(name, dialect, home));
        let Registered { token, replaced } =
            self.names.register(&person, token, now).map_err(|unregistered| match unregistered {
                Unregistered::Taken => ErrCode::NameTaken,
                Unregistered::NoEntropy => ErrCode::Internal,
            })?;
        //= protocol/SPEC.md#3-5-tokens
        //# A server MUST end the memberships of the earlier connection, so that other members see `LEFT`, before it
        //# sends the new `WELCOME`.
        let effects = replaced.as_ref().map(|old| self.end_memberships(old, None, now)).unwrap_or_default();
        Ok(Entered { person, token, replaced: replaced.map(|old| old.home()), effects })
    }

    /// A connection ends, and with it everything that its person had.
    pub(crate) fn depart(
        &self,
        person: &Arc<Person>,
        reason: Option<Reason<'_>>,
        ending: Ending,
        now: Millis,
    ) -> Vec<RoomEffect> {
        let effects = self.end_memberships(person, reason, now);
        self.names.release(person, (ending == Ending::Unclean && self.hold > 0).then(|| now + self.hold));
        effects
    }

    /// `JOIN`. SPEC.md, section 4.5.
    pub(crate) fn join(
        &self,
        person: &Arc<Person>,
        name: RoomName<'_>,
        after: Option<(Epoch<'_>, Number)>,
        last: Option<Number>,
        now: Millis,
    ) -> Result<(Arc<Room>, Membership, Effect), Refusal> {
        let mut presence = person.while_open()?;
        if presence.room(name).is_some() {
            return Err(ErrCode::AlreadyJoined.into());
        }
        // In plain mode one is in two rooms for a moment, while going from one to the other.
        let moving = usize::from(person.dialect() == Dialect::Plain);
        //= protocol/SPEC.md#11-limits
        //# A server MUST have a limit for each row of the table below that is marked "server", unless its operator
        //# turned it off.
        if presence.rooms.len() >= self.rooms_each + moving {
            return Err(ErrCode::TooManyRooms.into());
        }
        loop {
            //= protocol/SPEC.md#4-5-join
            //# A server MUST NOT make a room for any request other than `JOIN` and its counterparts in plain mode.
            let room = self.rooms.find_or_make(name).map_err(|no_room| match no_room {
                NoRoom::TooMany => ErrCode::TooManyRooms,
                NoRoom::NoEntropy => ErrCode::Internal,
            })?;
            let mut state = room.lock();
            if state.is_gone() {
                continue;
            }
            let (membership, effect) = state.join(&room, person, after, last, now);
            let over = self.rooms.account(&room, &state);
            drop(state);
            presence.rooms.push(Arc::clone(&room));
            if over {
                self.rooms.relieve();
            }
            return Ok((room, membership, effect));
        }
    }

    /// `LEAVE`. SPEC.md, section 4.6.
    pub(crate) fn leave(
        &self,
        person: &Person,
        name: RoomName<'_>,
        reason: Option<Reason<'_>>,
        now: Millis,
    ) -> Result<RoomEffect, Refusal> {
        let mut presence = person.while_open()?;
        let index = presence.rooms.iter().position(|room| room.is_named(name)).ok_or(ErrCode::NotJoined)?;
        let room = presence.rooms.swap_remove(index);
        let effect = self.change(&room, |state| state.leave(&room, person, reason, now));
        Ok((room, effect))
    }

    /// `SAY`. With a durable history the message is only taken; so is its order among those of its person.
    /// SPEC.md, section 4.7.
    pub(crate) fn say(
        &self,
        person: &Arc<Person>,
        name: RoomName<'_>,
        id: Option<Id<'_>>,
        text: Text<'_>,
        times: (Millis, Timestamp),
    ) -> Result<Spoken, Refusal> {
        let presence = person.while_open()?;
        //= protocol/SPEC.md#4-7-say
        //# A server MUST NOT give a number to a refused message.
        //= protocol/SPEC.md#4-7-say
        //# A server MUST NOT send a refused message to anyone.
        let room = presence.room(name).ok_or(ErrCode::NotJoined)?;
        if let Some(queue) = &self.queue {
            room.expect_message();
            let saying = Saying::new(Arc::clone(room), Arc::clone(person), id, text, times.1);
            let octets = saying.octets();
            queue.push(saying);
            return Ok(Spoken::Taken(octets));
        }
        match self.change(room, |state| state.say(room, person.name(), id, text, times)) {
            Said::New(seq, wake) => Ok(Spoken::Said(seq, Some((Arc::clone(room), Effect { wake, members_due: None })))),
            Said::Repeat(seq) => Ok(Spoken::Said(seq, None)),
            //= protocol/SPEC.md#4-7-say
            //# A server MUST answer a remembered id with another text with `ERR id-reused`.
            Said::Reused => Err(ErrCode::IdReused.into()),
        }
    }

    /// Messages of a room that are stored, with their numbers, in their order: everybody may see them now. Returns which
    /// workers are to be woken.
    pub(crate) fn publish<'m>(
        &self,
        room: &Room,
        row: RoomId,
        messages: impl IntoIterator<Item = Message<'m>>,
        now: Millis,
    ) -> WorkerSet {
        self.change(room, |state| {
            state.set_row(Some(row));
            let mut wake = WorkerSet::default();
            for message in messages {
                wake = wake.with(state.append_message(message, now));
            }
            wake
        })
    }

    /// A room that the store has, from before the server started.
    pub(crate) fn restore(&self, name: RoomName<'_>, dormant: Dormant) {
        self.rooms.restore(name, dormant);
    }

    /// A message's id that is remembered from before the server started. The room is held until the id is forgotten.
    pub(crate) fn remember(&self, room: RoomName<'_>, name: Name<'_>, id: Id<'_>, text: Digest, seq: Seq, now: Millis) {
        if let Ok(room) = self.rooms.find_or_make(room) {
            self.change(&room, |state| {
                state.empty_from(now);
                state.remember(name, id, text, seq, now);
            });
        }
    }

    /// Those rooms of a page behind a name of which the store has a row, and the name behind which the next page is.
    pub(crate) fn stored_rooms(&self, after: Option<&str>, most: usize) -> (Vec<StoredRoom>, Option<Box<str>>) {
        self.rooms.stored(after, most)
    }

    /// By how many rooms there are more than are to be, so that new ones find a place.
    pub(crate) fn crowding(&self) -> usize {
        self.rooms.crowding()
    }

    /// The messages of a stored room before a number are kept no longer.
    pub(crate) fn keep_from(&self, name: &str, row: RoomId, oldest: Seq) {
        self.rooms.keep_from(name, row, oldest);
    }

    /// The store knows a room no longer.
    pub(crate) fn row_removed(&self, name: &str, row: RoomId) {
        self.rooms.row_removed(name, row);
    }

    /// `TELL`: the message in the receiver's dialect, for which there is room. SPEC.md, section 4.8.
    pub(crate) fn tell(
        &self,
        person: &Person,
        name: Name<'_>,
        id: Option<Id<'_>>,
        text: Text<'_>,
        at: Timestamp,
    ) -> Result<Told, Refusal> {
        let _open = person.while_open()?;
        //= protocol/SPEC.md#4-8-tell
        //# A server MUST accept a `TELL` to oneself.
        let to = self.names.find(name.key()).ok_or(ErrCode::NoSuchName)?;
        let mut octets = BytesMut::new();
        //= protocol/SPEC.md#4-8-tell
        //# A server MUST send the id of a `TELL` in its `TOLD`.
        //= protocol/SPEC.md#2-4-text
        //# A server MUST encode again what it relays, and not pass on the received octets of a frame.
        to.dialect().encode(&ServerMessage::Told { at, name: person.name(), id, text }, &mut octets);
        if octets.len() > SHARE {
            // Waiting would never help.
            Err(ErrCode::NotAllowed.into())
        } else if to.reserve(octets.len()) {
            //= protocol/SPEC.md#4-8-tell
            //# A server MUST count against the share the octets of each `TOLD`, or of the lines that it is in plain mode,
            //# until it has handed them to the transport.
            Ok(Told { to, octets: octets.freeze() })
        } else {
            //= protocol/SPEC.md#4-8-tell
            //# A server MUST send `retry` with `busy`.
            Err(Refusal::Err(ErrCode::Busy, Some(BUSY_RETRY)))
        }
    }

    /// `WHO`: the room, its count of members, a page of them behind a name, and whether there are more.
    pub(crate) fn who(
        &self,
        name: RoomName<'_>,
        after: Option<NameKey>,
        most: usize,
    ) -> Result<(Number, Vec<Arc<Person>>, bool), ErrCode<'static>> {
        let Some(room) = self.rooms.find(name).ok_or(ErrCode::NoSuchRoom)? else { return Ok(Default::default()) };
        let state = room.lock();
        let (page, more) = state.members_behind(after, most);
        Ok((state.members(), page, more))
    }

    /// `ROOMS`: a page of rooms behind a name, and whether there are more.
    pub(crate) fn rooms(&self, after: Option<&str>, most: usize) -> (Vec<RoomLine>, bool) {
        self.rooms.behind(after, most)
    }

    /// The room of a name that a person is in.
    pub(crate) fn membership(&self, person: &Person, name: RoomName<'_>) -> Result<Arc<Room>, Refusal> {
        let presence = person.while_open()?;
        Ok(Arc::clone(presence.room(name).ok_or(ErrCode::NotJoined)?))
    }

    /// Sends a room's `MEMBERS` that is due.
    pub(crate) fn tell_members(&self, room: &Room, now: Millis) -> Effect {
        self.change(room, |state| state.tell_members(room, now))
    }

    /// Forgets what has lived long enough.
    pub(crate) fn expire(&self, now: Millis) {
        self.names.expire(now);
        self.rooms.expire(self.idle, now);
    }

    fn end_memberships(&self, person: &Arc<Person>, reason: Option<Reason<'_>>, now: Millis) -> Vec<RoomEffect> {
        let mut presence = person.close();
        let rooms = std::mem::take(&mut presence.rooms);
        let leave = |room: Arc<Room>| {
            let effect = self.change(&room, |state| state.leave(&room, person, reason, now));
            (room, effect)
        };
        rooms.into_iter().map(leave).collect()
    }

    /// Changes a room, and keeps the account of memory.
    fn change<T>(&self, room: &Room, change: impl FnOnce(&mut room::RoomState) -> T) -> T {
        let mut state = room.lock();
        let result = change(&mut state);
        let over = self.rooms.account(room, &state);
        drop(state);
        if over {
            self.rooms.relieve();
        }
        result
    }
}

/// A message from its octets in a log.
pub(crate) fn decode(octets: &[u8]) -> Message<'_> {
    let mut input = octets;
    let frame = match Framer::new().next(&mut input) {
        Ok(Framed::Frame(frame)) => frame,
        other => unreachable!("a log holds whole frames, not {other:?}"),
    };
    match ServerMessage::parse(&frame) {
        Ok(ServerMessage::Msg(message)) => message,
        other => unreachable!("a number of a log is a message's, not {other:?}"),
    }
}

#[cfg(test)]
mod tests;

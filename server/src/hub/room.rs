//! One room: its members, its numbering, its log.

mod memberships;
mod stored;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fanfare_protocol::session::Millis;
use fanfare_protocol::{Epoch, Id, Message, Name, NameKey, Number, RoomName, Seq, ServerMessage, Text, Timestamp};

pub(crate) use self::memberships::{Membership, Seam};
pub(crate) use self::stored::{Dormant, Stored};
use super::crowd::{Changes, Crowd, Presence};
use super::digest::{Digest, Digests};
use super::ids::{Ids, Known};
use super::log::{Cursor, Log, Read, plus};
use super::person::Person;
use super::{WorkerId, WorkerSet};

/// A room, as all workers know it.
#[derive(Debug)]
pub(crate) struct Room {
    name: Box<str>,
    epoch: Box<str>,
    /// What the room's log and ids keep in memory, for those who compare rooms without their locks.
    octets: AtomicUsize,
    /// Messages that were taken for storing and are not stored yet: the room is not forgotten meanwhile.
    unstored: AtomicUsize,
    state: Mutex<RoomState>,
}

/// What changes about a room.
#[derive(Debug)]
pub(crate) struct RoomState {
    members: BTreeMap<NameKey, Arc<Person>>,
    /// How many members each worker serves.
    audience: Box<[u32]>,
    /// The workers that serve members.
    readers: WorkerSet,
    /// Of these, the ones that know that there is something to read.
    woken: WorkerSet,
    plain_members: usize,
    log: Log,
    /// What the durable history has of the room, if there is one.
    stored: Option<Stored>,
    ids: Ids,
    last_at: Timestamp,
    crowd: Crowd,
    /// When a `MEMBERS` was promised, so that it is promised once.
    members_due: Option<Millis>,
    empty_since: Option<Millis>,
    /// Forgotten: whoever still holds the room must look it up again.
    gone: bool,
}

/// What a request changed for others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effect {
    /// The workers to be woken.
    pub(crate) wake: WorkerSet,
    /// When [`RoomState::tell_members`] is to be called.
    pub(crate) members_due: Option<Millis>,
}

/// What became of a `SAY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    New(Seq, WorkerSet),
    Repeat(Seq),
    Reused,
}

/// Where the numbers and times of a room's messages go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbering {
    due: Seq,
    last_at: Timestamp,
}

impl Numbering {
    /// The number and the time of the next message, which was said at `at`.
    pub(crate) fn next(&mut self, at: Timestamp) -> (Seq, Timestamp) {
        //= protocol/SPEC.md#4-7-say
        //# A server MUST give an accepted message the room's next number, and that number as `seq` in the `OK`.
        let seq = self.due;
        self.due = plus(seq, 1);
        //= protocol/SPEC.md#5-2-msg
        //# A server MUST NOT give a message in a room a lower AT than the message before it in the same epoch.
        self.last_at = self.last_at.max(at);
        (seq, self.last_at)
    }
}

/// What a reader finds behind its cursor.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) read: Read,
    pub(crate) members: Number,
    /// Whether the disk has what has left the log, as far as it is kept.
    pub(crate) on_disk: bool,
}

impl Room {
    pub(crate) fn new(name: RoomName<'_>, epoch: Epoch<'_>, limits: &RoomLimits) -> Self {
        let state = RoomState {
            members: BTreeMap::new(),
            audience: vec![0; limits.workers].into(),
            readers: WorkerSet::default(),
            woken: WorkerSet::default(),
            plain_members: 0,
            log: Log::new(limits.log),
            stored: limits.durable.then_some(Stored { row: None, oldest: Seq::FIRST }),
            ids: Ids::new(limits.digests),
            last_at: Timestamp::default(),
            crowd: Crowd::new(limits.presence),
            members_due: None,
            empty_since: None,
            gone: false,
        };
        Self {
            name: name.as_str().into(),
            epoch: epoch.as_str().into(),
            octets: AtomicUsize::new(0),
            unstored: AtomicUsize::new(0),
            state: Mutex::new(state),
        }
    }

    /// A message was taken for storing.
    pub(crate) fn expect_message(&self) {
        self.unstored.fetch_add(1, Ordering::Relaxed);
    }

    /// It is stored and appended, or was refused.
    pub(crate) fn expected_message_came(&self) {
        self.unstored.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether the room has this name.
    pub(crate) fn is_named(&self, name: RoomName<'_>) -> bool {
        *self.name == *name.as_str()
    }

    pub(crate) fn name(&self) -> RoomName<'_> {
        RoomName::new(&self.name).expect("it was made of a room's name")
    }

    pub(crate) fn epoch(&self) -> Epoch<'_> {
        Epoch::new(&self.epoch).expect("it was made of an epoch")
    }

    /// The room's lock: the innermost of all.
    pub(crate) fn lock(&self) -> MutexGuard<'_, RoomState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the room keeps in memory, as of the last [`Room::account`].
    pub(crate) fn octets(&self) -> usize {
        self.octets.load(Ordering::Relaxed)
    }

    /// Publishes what the room keeps in memory. Returns what was published before and what is now.
    pub(crate) fn account(&self, state: &RoomState) -> (usize, usize) {
        // A room that is forgotten counts for nothing, whoever still holds it.
        let now = if state.gone { 0 } else { state.log.octets() + state.ids.octets() };
        (self.octets.swap(now, Ordering::Relaxed), now)
    }
}

/// What all rooms of a server have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoomLimits {
    /// How many workers there are.
    pub(crate) workers: usize,
    /// What a log keeps, in octets.
    pub(crate) log: usize,
    /// The members up to which presence is told one by one.
    pub(crate) presence: usize,
    /// Whether there is a durable history.
    pub(crate) durable: bool,
    /// How the texts of messages with ids are compared.
    pub(crate) digests: Digests,
}

impl RoomState {
    pub(crate) fn is_gone(&self) -> bool {
        self.gone
    }

    pub(crate) fn members(&self) -> Number {
        Number::saturating(self.members.len() as u64)
    }

    pub(crate) fn newest(&self) -> Number {
        Number::saturating(self.log.end().due.get() - 1)
    }

    /// Gives a message its number and puts it in the log. SPEC.md, section 4.7.
    pub(crate) fn say(
        &mut self,
        room: &Room,
        name: Name<'_>,
        id: Option<Id<'_>>,
        text: Text<'_>,
        (now, at): (Millis, Timestamp),
    ) -> Said {
        match id.map_or(Known::New, |id| self.known(name.key(), id, text)) {
            Known::New => {}
            //= protocol/SPEC.md#4-7-say
            //# A server MUST answer a remembered id with the same text with `OK seq=N repeat=yes`, where N is the
            //# number of the first message, and not say the message again.
            Known::Repeat(seq) => return Said::Repeat(seq),
            //= protocol/SPEC.md#4-7-say
            //# A server MUST NOT give a number to a refused message.
            //= protocol/SPEC.md#4-7-say
            //# A server MUST NOT send a refused message to anyone.
            Known::Reused => return Said::Reused,
        }
        let (seq, at) = self.numbering().next(at);
        let message = Message { room: room.name(), seq, at, name, id, text };
        Said::New(seq, self.append_message(message, now))
    }

    /// What is known of the id of a message that somebody wants to say.
    pub(crate) fn known(&self, name: NameKey, id: Id<'_>, text: Text<'_>) -> Known {
        self.ids.look(name, id, text)
    }

    /// Where the numbers and times of the room's messages go on.
    pub(crate) fn numbering(&self) -> Numbering {
        Numbering { due: self.log.end().due, last_at: self.last_at }
    }

    /// Puts a message that has its number into the log, and remembers its id. Returns the workers to be woken.
    pub(crate) fn append_message(&mut self, message: Message<'_>, now: Millis) -> WorkerSet {
        self.last_at = message.at;
        if let Some(id) = message.id {
            self.ids.remember(message.name.key(), id, message.text, message.seq, now);
        }
        //= protocol/SPEC.md#4-7-say
        //# A server MUST send an accepted message as `MSG` to every member of the room, the sender included, or name
        //# its number in a `GAP`, as long as the membership lasts.
        //= protocol/SPEC.md#4-7-say
        //# A server MUST send the id of a message in its `MSG` and `PAST`.
        self.append(&ServerMessage::Msg(message))
    }

    /// Nobody has come since the server started, which was then.
    pub(crate) fn empty_from(&mut self, now: Millis) {
        self.empty_since = self.members.is_empty().then_some(now);
    }

    /// Remembers the id of a message that was stored before the server started.
    pub(crate) fn remember(&mut self, name: Name<'_>, id: Id<'_>, text: Digest, seq: Seq, now: Millis) {
        self.ids.restore(name.key(), id, text, seq, now);
    }

    /// Sends the `MEMBERS` that is due now, if one is.
    pub(crate) fn tell_members(&mut self, room: &Room, now: Millis) -> Effect {
        self.members_due = None;
        let wake = match self.crowd.take(self.members.len(), now) {
            Some(Changes { joined, left }) => self.append(&ServerMessage::Members {
                room: room.name(),
                total: self.members(),
                joined: Some(joined.into()),
                left: Some(left.into()),
            }),
            None => WorkerSet::default(),
        };
        Effect { wake, members_due: self.promise_members(now) }
    }

    /// The place behind the room's last event.
    pub(crate) fn end(&self) -> Cursor {
        self.log.end()
    }

    /// What a worker's reader finds behind its cursor.
    pub(crate) fn read(&mut self, from: Cursor) -> Reading {
        let on_disk = self.stored.is_some_and(|stored| stored.row.is_some());
        Reading { read: self.log.read(from), members: self.members(), on_disk }
    }

    /// A worker is about to read: it is woken again by what comes from now on.
    pub(crate) fn attend(&mut self, worker: WorkerId) {
        self.woken.remove(worker);
    }

    /// The oldest number that is kept, or the next to come.
    pub(crate) fn oldest(&self) -> Seq {
        self.stored.map_or(self.log.oldest(), |stored| stored.oldest)
    }

    /// The oldest number that is in memory, or the next to come.
    pub(crate) fn oldest_in_memory(&mut self) -> Seq {
        self.log.seal();
        self.log.oldest()
    }

    /// A message that is in memory, in framed form.
    pub(crate) fn message(&mut self, seq: Seq) -> Option<&[u8]> {
        self.log.message(seq)
    }

    /// Gives up about half of what the room keeps: its log first, then its ids. Returns whether there was anything.
    pub(crate) fn give_way(&mut self) -> bool {
        let (log, ids) = (self.log.octets(), self.ids.octets());
        self.log.halve();
        //= protocol/SPEC.md#4-7-say
        //# A server whose memory budget is exhausted MAY forget ids of the room that uses most of it, after it has
        //# dropped the log of that room.
        if self.log.octets() == log {
            self.ids.halve();
        }
        self.log.octets() < log || self.ids.octets() < ids
    }

    /// Forgets ids that have lived long enough.
    pub(crate) fn expire_ids(&mut self, now: Millis) {
        self.ids.expire(now);
    }

    /// Whether the room has been empty for so many milliseconds. SPEC.md, section 6.1.
    pub(crate) fn is_idle(&self, room: &Room, idle: u64, now: Millis) -> bool {
        //= protocol/SPEC.md#6-1-numbers-and-epochs
        //# A server MUST NOT change the epoch of a room that has members.
        //= protocol/SPEC.md#6-1-numbers-and-epochs
        //# A server MUST forget a room without members and without durable history no later than 11 minutes after its
        //# last member left.
        //= protocol/SPEC.md#6-1-numbers-and-epochs
        //# A server MUST NOT forget a room sooner than 10 minutes after its last member left, unless the server ends.
        self.empty_since.is_some_and(|since| since + idle <= now)
            // What is remembered of a durable history's ids is remembered whether somebody is there or not.
            && (self.stored.is_none() || self.ids.octets() == 0 && room.unstored.load(Ordering::Relaxed) == 0)
    }

    /// Marks the room as forgotten.
    pub(crate) fn forget(&mut self) {
        self.gone = true;
    }

    fn presence(&mut self, room: &Room, presence: Presence, event: &ServerMessage<'_>, now: Millis) -> Effect {
        match presence {
            Presence::Told => Effect { wake: self.append(event), members_due: None },
            Presence::Counted if self.crowd.due(now) == Some(now) => self.tell_members(room, now),
            Presence::Counted => Effect { wake: WorkerSet::default(), members_due: self.promise_members(now) },
        }
    }

    /// When a `MEMBERS` is due, unless that was said before.
    fn promise_members(&mut self, now: Millis) -> Option<Millis> {
        if self.members_due.is_some() {
            return None;
        }
        //= protocol/SPEC.md#5-6-members
        //# A server MUST send `MEMBERS` with `total`, `joined` and `left` to the members of a crowded room within 2
        //# seconds of a change of membership.
        self.members_due = self.crowd.due(now);
        self.members_due
    }

    /// Appends an event, and returns the workers that have readers and do not know yet.
    fn append(&mut self, message: &ServerMessage<'_>) -> WorkerSet {
        self.log.append(message, self.plain_members > 0);
        let wake = self.readers.without(self.woken);
        self.woken = self.readers;
        wake
    }
}

//! The messages of one commit: they have their numbers, and nobody has seen them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use fanfare_protocol::{ErrCode, Id, Message, NameKey, Number, Seq, Timestamp};

use super::{RoomId, Saying};
use crate::hub::{Known, Numbering, Room};

/// What becomes of a message, as its sender is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has this number.
    Said(Seq),
    /// It was said before, with this number.
    Repeat(Seq),
    /// It is not said. To be answered with this, and with `retry` in milliseconds.
    Refused(ErrCode<'static>, Option<u32>),
}

/// A group of messages that get their numbers in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Drafts<'s> {
    rooms: Vec<RoomDraft<'s>>,
    by_room: HashMap<*const Room, usize>,
    outcomes: Vec<Outcome>,
}

/// What a group has for one room.
#[derive(Debug)]
pub(super) struct RoomDraft<'s> {
    pub(super) room: &'s Arc<Room>,
    /// The room's row in the store, once it has one.
    pub(super) row: Option<RoomId>,
    pub(super) messages: Vec<Draft<'s>>,
    numbering: Numbering,
    /// The ids of these messages, with their places.
    ids: HashMap<(NameKey, Id<'s>), usize>,
}

/// A message with its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft<'s> {
    pub(super) saying: &'s Saying,
    pub(super) seq: Seq,
    pub(super) at: Timestamp,
}

impl<'s> Draft<'s> {
    /// The number before this one, or 0.
    pub(super) fn before(&self) -> Number {
        Number::saturating(self.seq.get() - 1)
    }

    pub(super) fn message(&self) -> Message<'s> {
        self.saying.message(self.seq, self.at)
    }
}

impl<'s> Drafts<'s> {
    /// Gives a message its number, unless it was said before. Returns its room's part and the message, if it is new.
    pub(super) fn number(&mut self, saying: &'s Saying) -> Option<(&mut RoomDraft<'s>, Draft<'s>)> {
        let index = *self.by_room.entry(Arc::as_ptr(&saying.room)).or_insert_with(|| {
            self.rooms.push(RoomDraft::new(&saying.room));
            self.rooms.len() - 1
        });
        let room = &mut self.rooms[index];
        let (outcome, draft) = match room.known(saying) {
            Known::New => {
                let draft = room.add(saying);
                (Outcome::Said(draft.seq), Some(draft))
            }
            //= protocol/SPEC.md#4-7-say
            //# A server MUST answer a remembered id with the same text with `OK seq=N repeat=yes`, where N is the
            //# number of the first message, and not say the message again.
            Known::Repeat(seq) => (Outcome::Repeat(seq), None),
            //= protocol/SPEC.md#4-7-say
            //# A server MUST answer a remembered id with another text with `ERR id-reused`.
            Known::Reused => (Outcome::Refused(ErrCode::IdReused, None), None),
        };
        self.outcomes.push(outcome);
        draft.map(|draft| (room, draft))
    }

    /// Whether there is nothing to be stored.
    pub(super) fn is_empty(&self) -> bool {
        self.rooms.iter().all(|room| room.messages.is_empty())
    }

    /// What is stored for each room, and what each message's sender is told.
    pub(super) fn finish(self) -> (Vec<RoomDraft<'s>>, Vec<Outcome>) {
        (self.rooms, self.outcomes)
    }
}

impl<'s> RoomDraft<'s> {
    fn new(room: &'s Arc<Room>) -> Self {
        let state = room.lock();
        let row = state.stored().and_then(|stored| stored.row);
        Self { room, row, messages: Vec::new(), numbering: state.numbering(), ids: HashMap::new() }
    }

    fn known(&self, saying: &'s Saying) -> Known {
        let Some(id) = saying.id() else { return Known::New };
        match self.ids.get(&(saying.person.key(), id)) {
            //= protocol/SPEC.md#4-7-say
            //# A server MUST compare texts for this by their octets, whichever of the two forms they came in.
            Some(&index) if self.messages[index].saying.text() == saying.text() => {
                Known::Repeat(self.messages[index].seq)
            }
            Some(_) => Known::Reused,
            None => self.room.lock().known(saying.person.name(), Some(id), saying.text()),
        }
    }

    fn add(&mut self, saying: &'s Saying) -> Draft<'s> {
        let (seq, at) = self.numbering.next(saying.at);
        let draft = Draft { saying, seq, at };
        if let Some(id) = saying.id()
            && let Entry::Vacant(entry) = self.ids.entry((saying.person.key(), id))
        {
            entry.insert(self.messages.len());
        }
        self.messages.push(draft);
        draft
    }
}

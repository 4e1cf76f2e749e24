//! The messages of one commit: they have their numbers, and nobody has seen them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use fanfare_protocol::{ErrCode, Id, Message, NameKey, Number, Seq, Timestamp};

use super::store::StoreError;
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
    /// The messages that are new, in the order in which they came: their rooms' places, and their own.
    order: Vec<(usize, usize)>,
    outcomes: Vec<Answer>,
}

/// What a sender is to be told.
#[derive(Clone, Copy, Debug)]
struct Answer {
    outcome: Outcome,
    /// Whether it holds only if this group is stored.
    in_group: bool,
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
    /// Gives a message its number, unless it was said before.
    pub(super) fn number(&mut self, saying: &'s Saying) {
        let index = *self.by_room.entry(Arc::as_ptr(&saying.room)).or_insert_with(|| {
            self.rooms.push(RoomDraft::new(&saying.room));
            self.rooms.len() - 1
        });
        let room = &mut self.rooms[index];
        let (known, in_group) = room.known(saying);
        let outcome = match known {
            Known::New => {
                self.order.push((index, room.messages.len()));
                Outcome::Said(room.add(saying).seq)
            }
            //= protocol/SPEC.md#4-7-say
            //# A server MUST answer a remembered id with the same text with `OK seq=N repeat=yes`, where N is the
            //# number of the first message, and not say the message again.
            Known::Repeat(seq) => Outcome::Repeat(seq),
            //= protocol/SPEC.md#4-7-say
            //# A server MUST answer a remembered id with another text with `ERR id-reused`.
            Known::Reused => Outcome::Refused(ErrCode::IdReused, None),
        };
        self.outcomes.push(Answer { outcome, in_group: in_group || known == Known::New });
    }

    /// The messages that are new, in the order in which they came, each with its room's part.
    pub(super) fn each(
        &mut self,
        mut each: impl FnMut(&mut RoomDraft<'s>, Draft<'s>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for &(room, message) in &self.order {
            let room = &mut self.rooms[room];
            let draft = room.messages[message];
            each(room, draft)?;
        }
        Ok(())
    }

    /// Whether there is nothing to be stored.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// What is stored for each room, and what each message's sender is told.
    pub(super) fn finish(self) -> (Vec<RoomDraft<'s>>, Vec<Outcome>) {
        (self.rooms, self.outcomes.into_iter().map(|answer| answer.outcome).collect())
    }

    /// What each message's sender is told where the group could not be stored. What was said before stays said.
    pub(super) fn fail(self, refusal: Outcome) -> Vec<Outcome> {
        self.outcomes.into_iter().map(|answer| if answer.in_group { refusal } else { answer.outcome }).collect()
    }
}

impl<'s> RoomDraft<'s> {
    fn new(room: &'s Arc<Room>) -> Self {
        let state = room.lock();
        let row = state.stored().and_then(|stored| stored.row);
        Self { room, row, messages: Vec::new(), numbering: state.numbering(), ids: HashMap::new() }
    }

    /// What is known of a message's id, and whether that is by this group alone.
    fn known(&self, saying: &'s Saying) -> (Known, bool) {
        let Some(id) = saying.id() else { return (Known::New, false) };
        match self.ids.get(&(saying.person.key(), id)) {
            //= protocol/SPEC.md#4-7-say
            //# A server MUST compare texts for this by their octets, whichever of the two forms they came in.
            Some(&index) if self.messages[index].saying.text() == saying.text() => {
                (Known::Repeat(self.messages[index].seq), true)
            }
            Some(_) => (Known::Reused, true),
            None => (self.room.lock().known(saying.person.name(), Some(id), saying.text()), false),
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

#[cfg(test)]
mod tests {
    use fanfare_protocol::plain::Dialect;
    use fanfare_protocol::session::Millis;
    use fanfare_protocol::{Name, RoomName, Text};

    use super::*;
    use crate::hub::{Home, Hub, WorkerId};
    use crate::options::Options;

    //= protocol/SPEC.md#4-7-say
    //= type=test
    //# A server MUST answer a remembered id with the same text with `OK seq=N repeat=yes`, where N is the number of the
    //# first message, and not say the message again.
    #[test]
    fn a_repeat_is_answered_also_when_nothing_new_can_be_stored() {
        let hub = Hub::new(&Options::default(), None);
        let home = Home { worker: WorkerId(0), connection: 0, generation: 0 };
        let alice = Name::new("alice").expect("a name");
        let alice = hub.enter(alice, None, Dialect::Framed, home, Millis(0)).expect("a free name").person;
        let name = RoomName::new("#r").expect("a room");
        let (room, _, _) = hub.join(&alice, name, None, None, Millis(0)).expect("anyone may join");
        let (id, text) = (|id| Some(Id::new(id).expect("an id")), |text| Text::new(text).expect("a text"));
        hub.say(&alice, name, id("old"), text("before"), (Millis(0), Timestamp::default()))
            .expect("a member may speak");
        let saying =
            |key, words| Saying::new(Arc::clone(&room), Arc::clone(&alice), id(key), text(words), Timestamp::default());
        let group = [
            saying("new", "now"),
            saying("old", "before"),
            saying("old", "otherwise"),
            saying("new", "now"),
            saying("new", "otherwise"),
        ];
        let mut drafts = Drafts::default();
        group.iter().for_each(|saying| drafts.number(saying));
        let refusal = Outcome::Refused(ErrCode::Internal, Some(1_000));
        let reused = Outcome::Refused(ErrCode::IdReused, None);
        assert_eq!(drafts.fail(refusal), [refusal, Outcome::Repeat(Seq::FIRST), reused, refusal, refusal]);
    }
}

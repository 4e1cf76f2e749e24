//! The messages of one commit: they have their numbers, and nobody has seen them.

use std::collections::HashMap;
use std::sync::Arc;

use fanfare_protocol::{ErrCode, Id, Message, NameKey, RoomName, Seq, Text};

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
    name: RoomName<'s>,
    /// The room's row in the store, once it has one.
    pub(super) row: Option<RoomId>,
    /// Those that are new, with their numbers.
    pub(super) messages: Vec<Message<'s>>,
    numbering: Numbering,
    /// The ids of these messages, with their places.
    ids: HashMap<(NameKey, Id<'s>), usize>,
}

impl<'s> Drafts<'s> {
    /// Gives a message its number, unless it was said before.
    pub(super) fn number(&mut self, saying: &'s Saying) {
        let index = *self.by_room.entry(Arc::as_ptr(&saying.room)).or_insert_with(|| {
            self.rooms.push(RoomDraft::new(&saying.room));
            self.rooms.len() - 1
        });
        let room = &mut self.rooms[index];
        // Once: to look at them is to check their octets.
        let (name, id, text) = (saying.person.name(), saying.id(), saying.text());
        let place = id.map(|id| (name.key(), id));
        let (known, in_group) = place.map_or((Known::New, false), |place| room.known(place, text));
        let outcome = match known {
            Known::New => {
                let (seq, at) = room.numbering.next(saying.at);
                let number = room.messages.len();
                self.order.push((index, number));
                room.ids.extend(place.map(|place| (place, number)));
                room.messages.push(Message { room: room.name, seq, at, name, id, text });
                Outcome::Said(seq)
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
        mut each: impl FnMut(&mut RoomDraft<'s>, Message<'s>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for &(room, message) in &self.order {
            let room = &mut self.rooms[room];
            let message = room.messages[message];
            each(room, message)?;
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
        let numbering = state.numbering();
        Self { room, name: room.name(), row, messages: Vec::new(), numbering, ids: HashMap::new() }
    }

    /// What is known of somebody's id, with which this text is to be said, and whether that is by this group alone.
    fn known(&self, place: (NameKey, Id<'s>), text: Text<'s>) -> (Known, bool) {
        match self.ids.get(&place).map(|&index| &self.messages[index]) {
            //= protocol/SPEC.md#4-7-say
            //# A server MUST compare texts for this by their octets, whichever of the two forms they came in.
            Some(message) if message.text == text => (Known::Repeat(message.seq), true),
            Some(_) => (Known::Reused, true),
            None => (self.room.lock().known(place.0, place.1, text), false),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use fanfare_protocol::plain::Dialect;
    use fanfare_protocol::session::Millis;
    use fanfare_protocol::{Name, Timestamp};

    use super::*;
    use crate::history::Queue;
    use crate::hub::{Digests, Home, Hub, Person, WorkerId};
    use crate::options::Options;

    fn hub() -> Hub {
        let options = Options { workers: NonZeroUsize::MIN, ..Options::default() };
        Hub::new(&options, Some(Arc::new(Queue::new())), Digests::random())
    }

    /// A member of a room, and the room.
    fn member(hub: &Hub, name: &str, room: &str) -> (Arc<Person>, Arc<Room>) {
        let home = Home { worker: WorkerId(0), connection: 0, generation: 0 };
        let name = Name::new(name).expect("a name");
        let person = hub.enter(name, None, Dialect::Framed, home, Millis(0)).expect("a free name").person;
        let room = RoomName::new(room).expect("a room");
        let (room, ..) = hub.join(&person, room, None, None, Millis(0)).expect("anyone may join");
        (person, room)
    }

    fn saying((person, room): &(Arc<Person>, Arc<Room>), id: Option<&str>, text: &str, at: u64) -> Saying {
        let id = id.map(|id| Id::new(id).expect("an id"));
        let text = Text::new(text).expect("a text");
        Saying::new(Arc::clone(room), Arc::clone(person), id, text, Timestamp::from_millis(at))
    }

    fn said(seq: u64) -> Outcome {
        Outcome::Said(Seq::new(seq).expect("a number"))
    }

    fn repeat(seq: u64) -> Outcome {
        Outcome::Repeat(Seq::new(seq).expect("a number"))
    }

    const REUSED: Outcome = Outcome::Refused(ErrCode::IdReused, None);

    #[test]
    fn each_room_has_its_own_numbers_and_times_and_an_id_means_one_message_within_a_group_too() {
        let hub = hub();
        let (alice, bob) = (member(&hub, "alice", "#a"), member(&hub, "bob", "#b"));
        let group = [
            saying(&alice, Some("x"), "one", 7),
            saying(&bob, Some("x"), "one", 3),
            saying(&alice, Some("x"), "one", 8),
            saying(&alice, Some("x"), "two", 8),
            saying(&alice, None, "one", 5),
            saying(&alice, None, "one", 9),
        ];
        let mut drafts = Drafts::default();
        group.iter().for_each(|saying| drafts.number(saying));
        let mut numbered = Vec::new();
        let noted = drafts.each(|_, draft| {
            numbered.push((draft.seq.get(), draft.at.millis()));
            Ok(())
        });
        assert!(noted.is_ok());
        // Time never falls in a room.
        assert_eq!(numbered, [(1, 7), (1, 3), (2, 7), (3, 9)]);
        let (rooms, outcomes) = drafts.finish();
        assert_eq!(outcomes, [said(1), said(1), repeat(1), REUSED, said(2), said(3)]);
        assert_eq!(rooms.iter().map(|room| room.messages.len()).collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn what_was_published_is_known_to_the_next_group_and_what_was_not_is_not() {
        let hub = hub();
        let alice = member(&hub, "alice", "#a");
        let group = [saying(&alice, Some("x"), "one", 0), saying(&alice, None, "two", 0)];
        let mut messages = Vec::new();
        for _ in 0..2 {
            // As if it could not be stored.
            let mut drafts = Drafts::default();
            group.iter().for_each(|saying| drafts.number(saying));
            let (mut rooms, outcomes) = drafts.finish();
            assert_eq!(outcomes, [said(1), said(2)]);
            messages = rooms.remove(0).messages;
        }
        hub.publish(&alice.1, RoomId::for_tests(1), messages, Millis(0));
        let mut drafts = Drafts::default();
        group.iter().for_each(|saying| drafts.number(saying));
        let again = saying(&alice, Some("x"), "another", 0);
        drafts.number(&again);
        assert_eq!(drafts.finish().1, [repeat(1), said(3), REUSED]);
    }

    #[test]
    fn a_group_of_repeats_has_nothing_to_store() {
        let hub = hub();
        let alice = member(&hub, "alice", "#a");
        let one = saying(&alice, Some("x"), "one", 0);
        let mut drafts = Drafts::default();
        drafts.number(&one);
        let messages = drafts.finish().0.remove(0).messages;
        hub.publish(&alice.1, RoomId::for_tests(1), messages, Millis(0));
        let mut drafts = Drafts::default();
        drafts.number(&one);
        assert!(drafts.is_empty());
    }

    //= protocol/SPEC.md#4-7-say
    //= type=test
    //# A server MUST answer a remembered id with the same text with `OK seq=N repeat=yes`, where N is the number of the
    //# first message, and not say the message again.
    #[test]
    fn a_repeat_is_answered_also_when_nothing_new_can_be_stored() {
        let hub = Hub::new(&Options::default(), None, Digests::random());
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

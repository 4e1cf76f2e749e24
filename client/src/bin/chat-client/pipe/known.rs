//! What is known of the rooms that one is in: how far they are, and what was missed.

use std::collections::BTreeMap;

use fanfare_client::{Entered, Entry, Event, Missed as Why};

use crate::missed::{Missed, Range};

/// The rooms by name.
///
/// That a membership begins comes twice: in the answer to whoever asked for it, and as an event among the others.
/// Neither waits for the other. What comes first begins it, and events of an earlier membership say nothing of it.
#[derive(Debug, Default)]
pub(super) struct Known {
    rooms: BTreeMap<String, Room>,
    pub(super) missed: Missed,
    /// How many memberships have begun by their answers.
    answered: u64,
    /// How many have begun by their events.
    told: u64,
}

/// One room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// The name of its numbering.
    pub(super) epoch: String,
    /// The highest number that was heard of; 0 for none.
    pub(super) newest: u64,
    /// The number of the membership, counted over all rooms.
    membership: u64,
}

impl Room {
    fn of(entered: &Entered) -> Self {
        Self { epoch: entered.epoch.clone(), newest: entered.newest, membership: 0 }
    }
}

impl Known {
    /// A membership of one's own has begun: its answer has come.
    pub(super) fn enter(&mut self, entered: &Entered) {
        self.answers(&entered.room, Room::of(entered));
    }

    /// Learns from an event.
    pub(super) fn learn(&mut self, event: &Event) {
        match event {
            Event::Entered(entered) if entered.how == Entry::Fresh => self.tells(&entered.room, Room::of(entered)),
            Event::Entered(entered) if self.is_of_now(&entered.room) => {
                if entered.how == Entry::Reset {
                    self.missed.forget(&entered.room);
                }
                if let Some(room) = self.rooms.get_mut(&entered.room) {
                    if entered.how == Entry::Reset {
                        (room.epoch, room.newest) = (entered.epoch.clone(), 0);
                    }
                    room.newest = room.newest.max(entered.newest);
                }
            }
            Event::Removed { room, .. } if self.is_of_now(room) => self.forget(room),
            Event::Message(message) if self.is_of_now(&message.room) => self.reaches(&message.room, message.seq),
            Event::Note(note) if self.is_of_now(&note.room) => self.reaches(&note.room, note.seq),
            Event::Gap(gap) => self.misses(&gap.room, gap.first, gap.last, gap.missed != Why::Expired),
            _ => {}
        }
    }

    /// Numbers did not come.
    fn misses(&mut self, name: &str, first: u64, last: u64, can_be_fetched: bool) {
        if !self.is_of_now(name) {
            return;
        }
        self.reaches(name, last);
        if let Some(room) = self.rooms.get(name).filter(|_| can_be_fetched) {
            self.missed.add(name, Range { epoch: room.epoch.clone(), first, last });
        }
    }

    /// An answer says that a membership has begun.
    fn answers(&mut self, room: &str, begun: Room) {
        self.answered += 1;
        if self.answered > self.told {
            self.begin(room, Room { membership: self.answered, ..begun });
        }
    }

    /// An event says that a membership has begun.
    fn tells(&mut self, room: &str, begun: Room) {
        self.told += 1;
        if self.told > self.answered {
            self.begin(room, Room { membership: self.told, ..begun });
        }
    }

    fn begin(&mut self, room: &str, begun: Room) {
        self.missed.forget(room);
        self.rooms.insert(room.to_owned(), begun);
    }

    /// Whether an event of a room that comes now is of the membership that one has there.
    fn is_of_now(&self, room: &str) -> bool {
        self.rooms.get(room).is_some_and(|room| room.membership <= self.told)
    }

    /// A number of a room was heard of.
    pub(super) fn reaches(&mut self, room: &str, seq: u64) {
        if let Some(room) = self.rooms.get_mut(room) {
            room.newest = room.newest.max(seq);
        }
    }

    /// One is not in the room any more.
    pub(super) fn forget(&mut self, room: &str) {
        self.rooms.remove(room);
        self.missed.forget(room);
    }

    /// A room, if one is in it.
    pub(super) fn room(&self, room: &str) -> Option<Room> {
        self.rooms.get(room).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(epoch: &str, newest: u64) -> Room {
        Room { epoch: epoch.to_owned(), newest, membership: 0 }
    }

    fn is_known(known: &Known, epoch: &str, newest: u64) -> bool {
        known.room("#tea").is_some_and(|room| (&*room.epoch, room.newest) == (epoch, newest))
    }

    #[test]
    fn a_membership_begins_with_its_answer_or_its_event_and_goes_on_with_the_other() {
        for is_answered_first in [true, false] {
            let mut known = Known::default();
            if is_answered_first {
                known.answers("#tea", room("e", 5));
            } else {
                known.tells("#tea", room("e", 5));
            }
            assert!(is_known(&known, "e", 5));
            known.reaches("#tea", 6);
            if is_answered_first {
                known.tells("#tea", room("e", 5));
            } else {
                known.misses("#tea", 7, 8, true);
                known.answers("#tea", room("e", 5));
                assert_eq!(known.missed.count("#tea"), 2);
            }
            assert!(is_known(&known, "e", if is_answered_first { 6 } else { 8 }));
        }
    }

    #[test]
    fn late_events_of_a_membership_before_say_nothing_of_the_one_that_one_has() {
        let mut known = Known::default();
        known.answers("#tea", room("old", 5));
        known.forget("#tea");
        known.answers("#tea", room("new", 1));
        known.tells("#tea", room("old", 5));
        known.misses("#tea", 6, 9, true);
        known.learn(&Event::Removed { room: "#tea".to_owned(), refusal: None });
        assert!(is_known(&known, "new", 1));
        assert_eq!(known.missed.count("#tea"), 0);
        known.tells("#tea", room("new", 1));
        known.misses("#tea", 2, 3, true);
        assert!(is_known(&known, "new", 3));
        known.learn(&Event::Removed { room: "#tea".to_owned(), refusal: None });
        assert_eq!(known.room("#tea"), None);
    }

    #[test]
    fn a_room_that_was_left_stays_unknown_whatever_is_told_of_it_late() {
        let mut known = Known::default();
        known.answers("#tea", room("e", 5));
        known.forget("#tea");
        known.tells("#tea", room("e", 5));
        known.misses("#tea", 6, 9, true);
        assert_eq!((known.room("#tea"), known.missed.count("#tea")), (None, 0));
    }
}

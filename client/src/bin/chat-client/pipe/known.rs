//! What is known of the rooms that one is in: how far they are, and what was missed.

use std::collections::BTreeMap;

use fanfare_client::{Entry, Event, Missed as Why};

use crate::missed::{Missed, Range};

/// The rooms by name.
#[derive(Debug, Default)]
pub(super) struct Known {
    rooms: BTreeMap<String, Room>,
    pub(super) missed: Missed,
}

/// One room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// The name of its numbering.
    pub(super) epoch: String,
    /// The highest number that was heard of; 0 for none.
    pub(super) newest: u64,
}

impl Known {
    /// Learns from an event.
    pub(super) fn learn(&mut self, event: &Event) {
        match event {
            Event::Entered(entered) => {
                if entered.how == Entry::Reset {
                    self.missed.forget(&entered.room);
                }
                let room = self.rooms.entry(entered.room.clone()).or_default();
                if entered.how != Entry::Resumed {
                    *room = Room { epoch: entered.epoch.clone(), newest: 0 };
                }
                room.newest = room.newest.max(entered.newest);
            }
            Event::Removed { room, .. } => self.forget(room),
            Event::Message(message) => self.reaches(&message.room, message.seq),
            Event::Note(note) => self.reaches(&note.room, note.seq),
            Event::Gap(gap) => {
                self.reaches(&gap.room, gap.last);
                if gap.missed != Why::Expired
                    && let Some(room) = self.rooms.get(&gap.room)
                {
                    let range = Range { epoch: room.epoch.clone(), first: gap.first, last: gap.last };
                    self.missed.add(&gap.room, range);
                }
            }
            _ => {}
        }
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

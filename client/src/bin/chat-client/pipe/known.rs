//! What is known of the rooms that one is in: how far they are, and what was missed.

use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;

use fanfare_client::{Entry, Event, Missed};

/// The most gaps that are remembered of a room.
const MOST_GAPS: usize = 1_000;

/// The rooms by name.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<String, Room>);

/// One room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// The name of its numbering.
    pub(super) epoch: String,
    /// The highest number that was heard of; 0 for none.
    pub(super) newest: u64,
    /// Numbers that were missed and may be kept by the server, in order.
    pub(super) missed: VecDeque<RangeInclusive<u64>>,
}

impl Known {
    /// Learns from an event.
    pub(super) fn learn(&mut self, event: &Event) {
        match event {
            Event::Entered(entered) => {
                let room = self.0.entry(entered.room.clone()).or_default();
                if entered.how != Entry::Resumed {
                    *room = Room { epoch: entered.epoch.clone(), ..Room::default() };
                }
                room.newest = room.newest.max(entered.newest);
            }
            Event::Removed { room, .. } => self.forget(room),
            Event::Message(message) => self.reaches(&message.room, message.seq),
            Event::Note(note) => self.reaches(&note.room, note.seq),
            Event::Gap(gap) => {
                self.reaches(&gap.room, gap.last);
                if gap.missed != Missed::Expired
                    && let Some(room) = self.0.get_mut(&gap.room)
                {
                    room.miss(gap.first..=gap.last);
                }
            }
            _ => {}
        }
    }

    /// A number of a room was heard of.
    pub(super) fn reaches(&mut self, room: &str, seq: u64) {
        if let Some(room) = self.0.get_mut(room) {
            room.newest = room.newest.max(seq);
        }
    }

    /// One is not in the room any more.
    pub(super) fn forget(&mut self, room: &str) {
        self.0.remove(room);
    }

    /// A room, if one is in it.
    pub(super) fn room(&self, room: &str) -> Option<Room> {
        self.0.get(room).cloned()
    }

    /// As [`room`](Self::room); what was missed is then no longer remembered.
    pub(super) fn take_missed(&mut self, room: &str) -> Option<Room> {
        let room = self.0.get_mut(room)?;
        let taken = room.clone();
        room.missed.clear();
        Some(taken)
    }
}

impl Room {
    fn miss(&mut self, seqs: RangeInclusive<u64>) {
        match self.missed.back_mut() {
            Some(last) if last.end() + 1 == *seqs.start() => *last = *last.start()..=*seqs.end(),
            _ => self.missed.push_back(seqs),
        }
        if self.missed.len() > MOST_GAPS {
            self.missed.pop_front();
        }
    }
}

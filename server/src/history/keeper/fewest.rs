//! Which rooms give way where there are too many.

use std::collections::BinaryHeap;

use fanfare_protocol::{Seq, Timestamp};

use super::super::RoomId;
use super::super::queue::Trim;
use crate::hub::StoredRoom;

/// The rooms that nobody holds with the fewest messages; among those of as many, the ones that were silent for longest.
#[derive(Debug)]
pub(super) struct Fewest {
    most: usize,
    /// The one to be kept first is the greatest.
    rooms: BinaryHeap<Candidate>,
}

/// A room that may have to go: compared by how much it keeps, then by the time of its last message.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    kept: u64,
    last_at: Timestamp,
    row: RoomId,
    /// The number behind its newest.
    end: Seq,
    name: Box<str>,
}

impl Fewest {
    /// Of so many rooms.
    pub(super) fn new(most: usize) -> Self {
        Self { most, rooms: BinaryHeap::new() }
    }

    /// One more room to choose from.
    pub(super) fn offer(&mut self, room: &StoredRoom) {
        let (Some(last_at), Some(end)) = (room.dormant, Seq::new(room.newest.get() + 1)) else { return };
        if self.most == 0 {
            return;
        }
        let kept = end.get().saturating_sub(room.oldest.get());
        self.rooms.push(Candidate { kept, last_at, row: room.row, end, name: room.name.clone() });
        if self.rooms.len() > self.most {
            self.rooms.pop();
        }
    }

    /// What is to be forgotten: all messages of these rooms, and their rows.
    pub(super) fn trims(self) -> Vec<Trim> {
        let trim = |Candidate { row, end, name, .. }| Trim { name, row, below: end, and_row: true };
        self.rooms.into_iter().map(trim).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rooms_that_nobody_holds_with_the_fewest_messages_go_and_of_these_the_longest_silent() {
        let rooms = [
            ("#large", 1, 100, Some(1)),
            ("#held", 1, 1, None),
            ("#new", 9, 10, Some(8)),
            ("#old", 5, 6, Some(7)),
            ("#empty", 4, 3, Some(9)),
        ];
        let gone = |most| {
            let mut fewest = Fewest::new(most);
            for (row, &(name, oldest, newest, last_at)) in (1..).zip(&rooms) {
                fewest.offer(&StoredRoom {
                    name: name.into(),
                    row: RoomId::for_tests(row),
                    oldest: Seq::new(oldest).expect("a number"),
                    newest: newest.into(),
                    dormant: last_at.map(Timestamp::from_millis),
                });
            }
            let mut gone: Vec<_> = fewest.trims().into_iter().map(|trim| (trim.row, trim.name.into_string())).collect();
            gone.sort();
            gone.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        };
        assert_eq!(gone(0), [""; 0]);
        assert_eq!(gone(1), ["#empty"]);
        assert_eq!(gone(2), ["#old", "#empty"]);
        assert_eq!(gone(3), ["#new", "#old", "#empty"]);
        assert_eq!(gone(9), ["#large", "#new", "#old", "#empty"]);
    }
}

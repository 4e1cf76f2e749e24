//! One receiver's account of the room's numbers.

use std::ops::Range;

use super::skipped::Skipped;

/// Which numbers a receiver has. 32 octets, and up to 576 more once it has skipped some.
#[derive(Debug)]
pub struct Receiver {
    /// The number that comes next.
    pub(super) due: u64,
    /// Those that did not come when they were due, once there were any.
    skipped: Option<Box<Skipped>>,
    /// Corrupt frames since the last whole one of which the number could not be read.
    unplaced: u32,
    /// The room that it is in.
    room: u32,
    /// Which of the room's members it is.
    member: u32,
    /// Whether what came last was only counted: its stream must go on as the log does.
    pub(super) counted: bool,
}

/// How a number stands to those that came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// It is due, or later than what is due.
    Forward,
    /// It was skipped.
    Late,
    /// It had come already.
    Repeated,
}

impl Receiver {
    /// A receiver whose membership of a room begins at a number.
    pub(crate) fn new(room: usize, next: u64) -> Self {
        let room = u32::try_from(room).expect("there are at most as many rooms as clients");
        Self { due: next, skipped: None, unplaced: 0, room, member: 0, counted: false }
    }

    /// The same as one of the room's members, counted from 0.
    pub(super) fn numbered(self, member: u32) -> Self {
        Self { member, ..self }
    }

    /// Which of the room's members it is.
    pub(super) fn member(&self) -> usize {
        self.member as usize
    }

    /// The room that it is in.
    pub(super) fn room(&self) -> usize {
        self.room as usize
    }

    /// Whether its stream stands at what is due: all that came could be read.
    pub(super) fn is_placed(&self) -> bool {
        self.unplaced == 0
    }

    /// The number that comes next.
    pub fn due(&self) -> u64 {
        self.due
    }

    /// Whether everything up to a number has come or never will.
    pub fn has_passed(&self, number: u64) -> bool {
        self.due > number
    }

    /// The same, where each frame of which the number could not be read is taken for the next one.
    pub(super) fn accounts_for(&self, number: u64) -> bool {
        self.due + u64::from(self.unplaced) > number
    }

    /// A frame came whose number is unreadable.
    pub(super) fn unplaced(&mut self) {
        self.unplaced += 1;
    }

    /// How a number that came stands to the others. Whether one that is very late was lacking is taken from `may_lack`, as
    /// it is not remembered here. `lost` is what was given up for that reason, and not for ever.
    pub(crate) fn order(&mut self, number: u64, may_lack: bool, lost: &mut u64) -> Order {
        if number >= self.due {
            return Order::Forward;
        }
        self.late(number, may_lack, lost)
    }

    /// The same for a number that is not due any more.
    pub(super) fn late(&mut self, number: u64, may_lack: bool, lost: &mut u64) -> Order {
        let was_lacking = self.skipped.as_mut().is_some_and(|skipped| skipped.take(number, may_lack, lost));
        if was_lacking { Order::Late } else { Order::Repeated }
    }

    /// Goes on at a number. Which numbers before it did not come is remembered, apart from as many as came unreadable.
    /// What is given up, because too many are remembered, adds to `lost`.
    pub(crate) fn skip_to(&mut self, number: u64, lost: &mut u64) {
        let begin = (self.due + u64::from(self.unplaced)).min(number);
        self.unplaced = 0;
        self.due = number;
        if begin < number {
            self.skipped.get_or_insert_default().skip(begin, number, lost);
        }
    }

    /// One of several streams goes on behind these numbers, which did not come when they were due, with another one. What is
    /// due is only how many have been gone past.
    pub(super) fn go_past(&mut self, skipped: Range<u64>, lost: &mut u64) {
        self.due += skipped.end - skipped.start + 1;
        if !skipped.is_empty() {
            self.skipped.get_or_insert_default().skip(skipped.start, skipped.end, lost);
        }
    }

    /// How many corrupt frames came of which the number could not be read. They are forgotten.
    pub(super) fn take_unplaced(&mut self) -> u64 {
        std::mem::take(&mut self.unplaced).into()
    }

    /// The due number has come, or is accounted for.
    pub(crate) fn advance_to(&mut self, number: u64) {
        self.counted = false;
        self.due = number;
        self.unplaced = 0;
    }

    /// Nothing more comes, and a number was the last of the room: how many numbers never came before what is due, and
    /// how many of those from there.
    pub(crate) fn finish(&mut self, last: u64) -> (u64, u64) {
        let owed = (last + 1).saturating_sub(self.due);
        let unplaced = self.take_unplaced();
        self.due = self.due.max(last + 1);
        let skipped = self.skipped.take().map_or(0, |skipped| skipped.count());
        (skipped, owed.saturating_sub(unplaced))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skipped_number_that_comes_is_late_once_and_then_repeated() {
        let (mut receiver, mut lost) = (Receiver::new(0, 1), 0);
        let mut order = |receiver: &mut Receiver, number| receiver.order(number, true, &mut lost);
        receiver.skip_to(6, &mut 0);
        receiver.advance_to(7);
        assert_eq!(order(&mut receiver, 7), Order::Forward);
        assert_eq!(order(&mut receiver, 3), Order::Late);
        assert_eq!(order(&mut receiver, 3), Order::Repeated);
        assert_eq!(order(&mut receiver, 1), Order::Late);
        assert_eq!(order(&mut receiver, 5), Order::Late);
        assert_eq!(order(&mut receiver, 6), Order::Repeated);
        assert_eq!((receiver.finish(8), lost), ((2, 2), 0));
    }

    #[test]
    fn an_unreadable_frame_stands_for_one_number() {
        let mut receiver = Receiver::new(0, 1);
        receiver.unplaced();
        receiver.skip_to(3, &mut 0);
        receiver.advance_to(4);
        receiver.unplaced();
        assert_eq!(receiver.finish(4), (1, 0));
    }
}

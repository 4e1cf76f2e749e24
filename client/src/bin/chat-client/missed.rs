//! Messages that did not come, and can be fetched when that is asked for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many gaps of a room can still be fetched; of more, the oldest are given up.
const GAPS: usize = 256;

/// Numbers of one numbering of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// The name of the numbering.
    pub(crate) epoch: String,
    /// The first number.
    pub(crate) first: u64,
    /// The last one.
    pub(crate) last: u64,
}

/// The gaps of each room that can be fetched, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Missed {
    gaps: BTreeMap<String, VecDeque<Range>>,
    /// Rooms of which some are being fetched.
    fetching: BTreeSet<String>,
}

impl Missed {
    /// Enters a gap that can be fetched.
    pub(crate) fn add(&mut self, room: &str, gap: Range) {
        let gaps = self.gaps.entry(room.to_owned()).or_default();
        match gaps.back_mut() {
            Some(range) if range.epoch == gap.epoch && range.last + 1 == gap.first => range.last = gap.last,
            _ => gaps.push_back(gap),
        }
        if gaps.len() > GAPS {
            gaps.pop_front();
        }
    }

    /// The oldest gap of a room.
    pub(crate) fn oldest(&self, room: &str) -> Option<&Range> {
        self.gaps.get(room)?.front()
    }

    /// How many messages of a room can be fetched.
    pub(crate) fn count(&self, room: &str) -> u64 {
        self.gaps.get(room).into_iter().flatten().map(|range| range.last - range.first + 1).sum()
    }

    /// Some of a room are to be fetched. Whether none are yet: an answer is for the gap that was the oldest when it was
    /// asked for.
    pub(crate) fn begin(&mut self, room: &str) -> bool {
        self.fetching.insert(room.to_owned())
    }

    /// What was asked for is answered.
    pub(crate) fn end(&mut self, room: &str) {
        self.fetching.remove(room);
    }

    /// The numbers of the oldest gap before `next` were fetched, or are not to be had.
    pub(crate) fn fetched(&mut self, room: &str, next: u64) {
        let Some(gaps) = self.gaps.get_mut(room) else { return };
        if let Some(range) = gaps.front_mut() {
            range.first = next;
            if range.first > range.last {
                gaps.pop_front();
            }
        }
    }

    /// Nothing of a room can be fetched any more. How many messages that were.
    pub(crate) fn forget(&mut self, room: &str) -> u64 {
        let count = self.count(room);
        self.gaps.remove(room);
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages of `#tea` that were missed.
    fn missed(gaps: &[(u64, u64, &str)]) -> Missed {
        let mut missed = Missed::default();
        for &(first, last, epoch) in gaps {
            missed.add("#tea", Range { epoch: epoch.to_owned(), first, last });
        }
        missed
    }

    #[test]
    fn gaps_that_touch_are_one_and_are_fetched_from_the_oldest_on() {
        let mut missed = missed(&[(1, 10, "e"), (11, 20, "e"), (30, 30, "e")]);
        assert_eq!(missed.count("#tea"), 21);
        assert_eq!(missed.oldest("#tea"), Some(&Range { epoch: "e".to_owned(), first: 1, last: 20 }));
        missed.fetched("#tea", 15);
        assert_eq!((missed.count("#tea"), missed.oldest("#tea").map(|range| range.first)), (7, Some(15)));
        missed.fetched("#tea", 21);
        assert_eq!(missed.oldest("#tea").map(|range| range.first), Some(30));
        missed.fetched("#tea", 31);
        assert_eq!(missed.oldest("#tea"), None);
    }

    #[test]
    fn numbers_of_another_numbering_are_another_gap() {
        let mut missed = missed(&[(1, 2, "old"), (3, 4, "new")]);
        assert_eq!(missed.oldest("#tea").map(|range| range.last), Some(2));
        assert_eq!((missed.forget("#tea"), missed.count("#tea")), (4, 0));
    }

    #[test]
    fn of_too_many_gaps_the_oldest_are_given_up() {
        let gaps: Vec<_> = (0..300).map(|number| (2 * number + 1, 2 * number + 1, "e")).collect();
        let missed = missed(&gaps);
        assert_eq!((missed.count("#tea"), missed.oldest("#tea").map(|range| range.first)), (256, Some(89)));
    }
}

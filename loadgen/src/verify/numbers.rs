//! What is known of each number of a room.

use crate::latency::{Elapsed, Sending};

/// How many numbers of a room are kept at most. A power of two.
const KEPT: usize = 1 << 16;

/// How many are kept at least.
const LEAST: usize = 256;

/// In a count of those that passed a number: it is not as simple as that, and its [`Rare`] says what is to be looked at.
pub(super) const ODD: u32 = 1 << 31;

/// A time that is not known.
pub(super) const UNTIMED: u64 = u64::MAX;

/// What a number stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nobody has read it yet.
    #[default]
    Unknown,
    /// The message of this index.
    Ours(u64),
    /// A message of somebody who has nothing to do with the run.
    Foreign,
}

/// What seldom changes of a number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rare {
    pub(super) meaning: Meaning,
    /// How long its frame is in the log; 0 if it is not there.
    pub(super) len: u32,
    /// How many passed it without having received it.
    pub(super) without: u32,
    /// How many of those that passed it were cut off since.
    pub(super) gone: u32,
}

/// The newest numbers. What each delivery touches stands in rows of its own: a receiver who goes past many numbers at once
/// touches 12 octets of each, or 20.
#[derive(Debug)]
pub(super) struct Numbers {
    /// How many receivers expect a later number now: they have it, or never will. With [`ODD`] where that is not all.
    pub(super) passed: Box<[u32]>,
    /// When its message was meant to be sent, in nanoseconds, or [`UNTIMED`].
    pub(super) intended: Box<[u64]>,
    /// When it was sent, or [`UNTIMED`]; no numbers have that where it is when it was meant to be.
    pub(super) sent: Box<[u64]>,
    /// Where its frame ends in the log.
    ends: Box<[u64]>,
    pub(super) rare: Box<[Rare]>,
    /// The oldest number that is kept.
    first: u64,
    /// The number behind the newest.
    next: u64,
    /// From here on each number is a message of the run that is in the log, and they follow one another there.
    plain: u64,
}

impl Numbers {
    /// For a room that has so large a part of the run's messages as one of so many rooms has.
    pub(super) fn new(rooms: usize, sending: Sending) -> Self {
        let kept = (KEPT / rooms).next_power_of_two().clamp(LEAST, KEPT);
        let sent = if sending == Sending::Late { kept } else { 0 };
        Self {
            passed: vec![0; kept].into(),
            intended: vec![0; kept].into(),
            sent: vec![0; sent].into(),
            ends: vec![0; kept].into(),
            rare: vec![Rare::default(); kept].into(),
            first: 1,
            next: 1,
            plain: 1,
        }
    }

    /// The number behind the newest.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The number from which on all are the run's and in the log.
    pub(super) fn plain(&self) -> u64 {
        self.plain
    }

    /// Whether a number was kept and is not any more.
    pub(super) fn is_gone(&self, number: u64) -> bool {
        number < self.first
    }

    /// Begins to keep numbers at this one, if none is kept yet.
    pub(super) fn begin_at(&mut self, number: u64) {
        if self.first == self.next {
            (self.first, self.next, self.plain) = (number, number, number);
        }
    }

    /// Where a number is kept.
    pub(super) fn slot(&self, number: u64) -> Option<usize> {
        (self.first <= number && number < self.next).then(|| self.place(number))
    }

    /// Where the frame of a number begins in the log, if it was ever put there.
    pub(super) fn start(&self, number: u64) -> Option<u64> {
        let slot = self.slot(number)?;
        let len = self.rare[slot].len;
        (len > 0).then(|| self.ends[slot] - u64::from(len))
    }

    /// Where the frame of a number ends in the log, if it was ever put there.
    pub(super) fn end(&self, number: u64) -> Option<u64> {
        let slot = self.slot(number)?;
        (self.rare[slot].len > 0).then(|| self.ends[slot])
    }

    /// How long after it was to be sent, and was sent, it is, if that is known.
    pub(super) fn elapsed(&self, slot: usize, now: u64) -> Option<Elapsed> {
        let intended = self.intended[slot];
        let uncorrected = self.sent.get(slot).map(|sent| now.saturating_sub(*sent));
        (intended != UNTIMED).then(|| Elapsed { corrected: now.saturating_sub(intended), uncorrected })
    }

    /// When a number's message was meant to be sent, and when it was, became known.
    pub(super) fn set_times(&mut self, slot: usize, (intended, sent): (u64, u64)) {
        self.intended[slot] = intended;
        if let Some(its) = self.sent.get_mut(slot) {
            *its = sent;
        }
    }

    /// The first of the plain numbers from one on whose frame ends behind a position.
    pub(super) fn first_behind(&self, number: u64, position: u64) -> u64 {
        let (mut low, mut high) = (number.max(self.plain), self.next);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.ends[self.place(middle)] <= position {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Plain numbers, as ranges of slots: two where they go over the rows' end.
    pub(super) fn slots(&self, from: u64, to: u64) -> [std::ops::Range<usize>; 2] {
        let (begin, count) = (self.place(from), usize::try_from(to - from).expect("at most 65,536 are kept"));
        let first = count.min(self.passed.len() - begin);
        [begin..begin + first, 0..count - first]
    }

    /// Makes sure that a number has an entry, unless it is older than all. The new ones are not in the log. What not all of
    /// `live` receivers have passed is kept, as far as it can be.
    pub(super) fn extend_to(&mut self, number: u64, live: u32) {
        if number < self.next {
            return;
        }
        while number - self.first >= self.passed.len() as u64 && self.grow(live) {}
        let kept = self.passed.len() as u64;
        if number >= self.next + kept {
            self.next = number + 1 - kept;
            self.first = self.next;
        }
        while self.next <= number {
            self.push(0, Rare::default());
        }
        self.plain = self.next;
    }

    /// The next number is a frame that was just put into the log, which ends there now. What it stands for is to be learnt.
    pub(super) fn append(&mut self, end: u64, len: u32, live: u32) {
        while self.next - self.first >= self.passed.len() as u64 && self.grow(live) {}
        self.push(end, Rare { len, ..Rare::default() });
    }

    /// What a number stands for.
    pub(super) fn learn(&mut self, number: u64, meaning: Meaning) {
        if let Some(slot) = self.slot(number) {
            self.rare[slot].meaning = meaning;
            if meaning == Meaning::Foreign {
                self.plain = self.plain.max(number + 1);
            }
        }
    }

    /// All numbers with their slots.
    pub(super) fn all(&self) -> impl Iterator<Item = (u64, usize)> + use<> {
        let mask = self.passed.len() as u64 - 1;
        (self.first..self.next).map(move |number| (number, slot(number, mask)))
    }

    fn push(&mut self, end: u64, rare: Rare) {
        let slot = self.place(self.next);
        self.passed[slot] = 0;
        self.set_times(slot, (UNTIMED, UNTIMED));
        self.ends[slot] = end;
        self.rare[slot] = rare;
        self.next += 1;
        self.first = self.first.max(self.next.saturating_sub(self.passed.len() as u64));
    }

    /// Keeps twice as many, if the oldest is still needed and that is not too many.
    fn grow(&mut self, live: u32) -> bool {
        let oldest = self.place(self.first);
        let is_settled = self.passed[oldest] & !ODD == live + self.rare[oldest].gone;
        if self.passed.len() == KEPT || is_settled || self.first == self.next {
            return false;
        }
        let kept = 2 * self.passed.len();
        let mut grown = Self {
            passed: vec![0; kept].into(),
            intended: vec![0; kept].into(),
            sent: vec![0; 2 * self.sent.len()].into(),
            ends: vec![0; kept].into(),
            rare: vec![Rare::default(); kept].into(),
            ..*self
        };
        for (number, old) in self.all() {
            let new = grown.place(number);
            grown.passed[new] = self.passed[old];
            grown.set_times(new, (self.intended[old], self.sent.get(old).copied().unwrap_or(UNTIMED)));
            grown.ends[new] = self.ends[old];
            grown.rare[new] = self.rare[old];
        }
        *self = grown;
        true
    }

    fn place(&self, number: u64) -> usize {
        slot(number, self.passed.len() as u64 - 1)
    }
}

fn slot(number: u64, mask: u64) -> usize {
    usize::try_from(number & mask).expect("it is below 65,536")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_numbers_give_way() {
        let kept = KEPT as u64;
        let mut numbers = Numbers::new(1, Sending::Late);
        numbers.begin_at(5);
        numbers.extend_to(5, 1);
        assert!(numbers.slot(4).is_none() && numbers.slot(5).is_some() && numbers.slot(6).is_none());
        numbers.extend_to(5 + kept, 1);
        assert!(numbers.slot(5).is_none() && numbers.slot(6).is_some());
        numbers.extend_to(10 * kept, 1);
        assert!(numbers.slot(9 * kept).is_none() && numbers.slot(9 * kept + 1).is_some());
        assert!(numbers.all().map(|(number, _)| number).eq(9 * kept + 1..=10 * kept));
    }

    #[test]
    fn a_room_of_many_keeps_more_only_while_somebody_lacks_the_oldest() {
        let mut numbers = Numbers::new(1_000, Sending::Late);
        for number in 1..=3_000 {
            numbers.append(number, 1, 1);
            let slot = numbers.slot(number).expect("it is the newest");
            numbers.passed[slot] += u32::from(number <= 1_000);
        }
        assert_eq!(numbers.passed.len(), 2_048);
        assert!(numbers.slot(1_001).is_some_and(|slot| numbers.passed[slot] == 0));
        assert_eq!((numbers.start(2_000), numbers.end(2_000)), (Some(1_999), Some(2_000)));
        assert_eq!((numbers.first_behind(1_500, 2_999), numbers.first_behind(1_500, 10)), (3_000, 1_500));
        assert_eq!((numbers.plain(), numbers.slots(2_047, 2_050)), (1, [2_047..2_048, 0..2]));
    }
}

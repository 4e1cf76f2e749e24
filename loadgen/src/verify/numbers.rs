//! What is known of each number of the room.

/// How many numbers are kept at most. A power of two.
const KEPT: u64 = 1 << 16;

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nobody has read it yet.
    Unknown,
    /// The message of this index.
    Ours(u64),
    /// A message of somebody who has nothing to do with the run.
    Foreign,
}

/// One number of the room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) meaning: Meaning,
    /// When its message was meant to be sent, in nanoseconds, where that is known.
    pub(super) intended: u64,
    /// Where its frame ends in the log.
    pub(super) end: u64,
    /// How long its frame is in the log; 0 if it is not there.
    pub(super) len: u32,
    /// How many receivers expect a later number now: they have it, or never will.
    pub(super) passed: u32,
    /// How many receivers have it.
    pub(super) received: u32,
    /// How many of those that passed it were cut off since.
    pub(super) gone: u32,
}

impl Entry {
    const fn new(end: u64) -> Self {
        Self { meaning: Meaning::Unknown, intended: 0, end, len: 0, passed: 0, received: 0, gone: 0 }
    }
}

/// The newest numbers, each with its entry.
#[derive(Debug)]
pub(super) struct Numbers {
    ring: Box<[Entry]>,
    /// The oldest number that is kept.
    first: u64,
    /// The number behind the newest.
    next: u64,
}

impl Numbers {
    pub(super) fn new() -> Self {
        let kept = usize::try_from(KEPT).expect("65,536 fits");
        Self { ring: vec![Entry::new(0); kept].into_boxed_slice(), first: 1, next: 1 }
    }

    /// The number behind the newest.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Begins to keep numbers at this one, if none is kept yet.
    pub(super) fn begin_at(&mut self, number: u64) {
        if self.first == self.next {
            self.first = number;
            self.next = number;
        }
    }

    pub(super) fn get(&self, number: u64) -> Option<&Entry> {
        (self.first <= number && number < self.next).then(|| &self.ring[slot(number)])
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Entry> {
        (self.first <= number && number < self.next).then(|| &mut self.ring[slot(number)])
    }

    /// Makes sure that a number has an entry, unless it is older than all. The new ones have no octets; `end` is where
    /// the log ends.
    pub(super) fn extend_to(&mut self, number: u64, end: u64) {
        if number >= self.next + KEPT {
            self.next = number + 1 - KEPT;
            self.first = self.next;
        }
        while self.next <= number {
            self.ring[slot(self.next)] = Entry::new(end);
            self.next += 1;
        }
        self.first = self.first.max(self.next.saturating_sub(KEPT));
    }

    /// All entries with their numbers.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut Entry)> {
        let (older, newer) = self.ring.split_at_mut(slot(self.first));
        let kept = usize::try_from(self.next - self.first).expect("at most 65,536 are kept");
        newer.iter_mut().chain(older).take(kept).zip(self.first..).map(|(entry, number)| (number, entry))
    }
}

fn slot(number: u64) -> usize {
    usize::try_from(number % KEPT).expect("it is below 65,536")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_numbers_give_way() {
        let mut numbers = Numbers::new();
        numbers.begin_at(5);
        numbers.extend_to(5, 0);
        assert!(numbers.get(4).is_none() && numbers.get(5).is_some() && numbers.get(6).is_none());
        numbers.extend_to(5 + KEPT, 0);
        assert!(numbers.get(5).is_none() && numbers.get(6).is_some());
        numbers.extend_to(10 * KEPT, 0);
        assert!(numbers.get(9 * KEPT).is_none() && numbers.get(9 * KEPT + 1).is_some());
        let kept: Vec<u64> = numbers.iter_mut().map(|(number, _)| number).collect();
        assert!(kept.into_iter().eq(9 * KEPT + 1..=10 * KEPT));
    }
}

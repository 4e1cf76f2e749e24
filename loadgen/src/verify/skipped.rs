//! What one receiver lacks of what is behind it.

/// How many ranges of skipped numbers are remembered one by one.
const RANGES: usize = 32;

/// Numbers that did not come when they were due. The oldest ranges beyond 32 are put together: of these it is known how many
/// numbers never came, and between which they are.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    /// Half-open, and none is empty.
    ranges: Vec<(u64, u64)>,
    /// How many numbers are in no range any more, and were counted as lost.
    given_up: u64,
    /// All of these are in here.
    within: (u64, u64),
}

impl Skipped {
    /// The numbers from one up to another did not come. What is given up adds to `lost`.
    pub(super) fn skip(&mut self, begin: u64, end: u64, lost: &mut u64) {
        self.insert(self.ranges.len(), (begin, end));
        self.give_up(lost);
    }

    /// A number that is not due any more has come. It returns whether it was lacking; of one that was given up that is taken for
    /// granted if `may_lack`, and it is not `lost` then.
    pub(super) fn take(&mut self, number: u64, may_lack: bool, lost: &mut u64) -> bool {
        if let Some(at) = self.ranges.iter().position(|&(begin, end)| begin <= number && number < end) {
            let (begin, end) = self.ranges.remove(at);
            self.insert(at, (number + 1, end));
            self.insert(at, (begin, number));
            self.give_up(lost);
            return true;
        }
        let is_given_up = may_lack && self.given_up > 0 && self.within.0 <= number && number < self.within.1;
        if is_given_up {
            self.given_up -= 1;
            *lost = lost.saturating_sub(1);
        }
        is_given_up
    }

    /// How many did not come, besides those that were given up.
    pub(super) fn count(&self) -> u64 {
        self.ranges.iter().map(|(begin, end)| end - begin).sum()
    }

    fn insert(&mut self, at: usize, (begin, end): (u64, u64)) {
        if begin < end {
            if self.ranges.len() == RANGES {
                // There are never more than this one above it.
                self.ranges.reserve_exact(1);
            }
            self.ranges.insert(at, (begin, end));
        }
    }

    fn give_up(&mut self, lost: &mut u64) {
        while self.ranges.len() > RANGES {
            let (begin, end) = self.ranges.remove(0);
            self.within = match self.given_up {
                0 => (begin, end),
                _ => (self.within.0.min(begin), self.within.1.max(end)),
            };
            self.given_up += end - begin;
            *lost += end - begin;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_however_it_is_cut_and_all_of_it_is_counted() {
        let (mut skipped, mut lost) = (Skipped::default(), 0);
        skipped.skip(1, 1_000, &mut lost);
        for number in (2..1_000).step_by(2) {
            assert!(skipped.take(number, true, &mut lost));
            assert!(skipped.ranges.len() <= RANGES && skipped.ranges.capacity() <= 64);
        }
        assert!(lost > 0);
        assert_eq!(lost + skipped.count(), 500);
    }

    #[test]
    fn what_was_given_up_and_comes_after_all_is_not_lost_and_comes_once() {
        let (mut skipped, mut lost) = (Skipped::default(), 0);
        for number in 0..40 {
            skipped.skip(2 * number, 2 * number + 1, &mut lost);
        }
        assert_eq!(lost, 8);
        // It is known that everybody has it.
        assert!(!skipped.take(0, false, &mut lost) && lost == 8);
        for number in 0..8 {
            assert!(skipped.take(2 * number, true, &mut lost));
        }
        assert_eq!(lost, 0);
        assert!(!skipped.take(0, true, &mut lost) && lost == 0);
        assert_eq!(skipped.count(), 32);
    }
}

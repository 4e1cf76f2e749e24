//! When each message had reached everybody.

/// How many messages' times are kept at most: 32 MiB.
pub const MOST: usize = 1 << 22;

/// A time that is not known.
const UNKNOWN: u64 = u64::MAX;

/// By index, how long after it was meant to be sent a message had reached its last receiver here, in nanoseconds. Of several
/// processes that are given the same messages, the latest is the last of all. Kept are the first [`MOST`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions(Vec<u64>);

impl Completions {
    /// The time of a message; `None` if it did not reach everybody, or is not kept.
    pub fn get(&self, index: usize) -> Option<u64> {
        self.0.get(index).copied().filter(|nanos| *nanos != UNKNOWN)
    }

    /// All of them, from the first message to the last that reached everybody.
    pub fn iter(&self) -> impl Iterator<Item = Option<u64>> + '_ {
        self.0.iter().map(|nanos| (*nanos != UNKNOWN).then_some(*nanos))
    }

    pub(crate) fn set(&mut self, index: u64, nanos: u64) {
        let Some(index) = usize::try_from(index).ok().filter(|index| *index < MOST) else { return };
        if index >= self.0.len() {
            self.0.resize(index + 1, UNKNOWN);
        }
        self.0[index] = nanos;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reached_nobody_has_no_time_and_what_is_too_much_is_not_kept() {
        let mut completions = Completions::default();
        completions.set(2, 7);
        completions.set(0, 5);
        completions.set(MOST as u64, 9);
        assert_eq!(completions.iter().collect::<Vec<_>>(), [Some(5), None, Some(7)]);
        assert_eq!((completions.get(2), completions.get(1), completions.get(3)), (Some(7), None, None));
        assert_eq!(completions.get(MOST), None);
    }
}

//! When each message had reached everybody.

use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

    /// Those that both have: of each message the later time. Without a time in one of them there is none.
    pub(crate) fn both(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        for (own, others) in self.0.iter_mut().zip(&other.0) {
            // What is not known is later than everything.
            *own = (*own).max(*others);
        }
    }

    pub(crate) fn set(&mut self, index: u64, nanos: u64) {
        let Some(index) = usize::try_from(index).ok().filter(|index| *index < MOST) else { return };
        if index >= self.0.len() {
            self.0.resize(index + 1, UNKNOWN);
        }
        self.0[index] = nanos;
    }
}

impl Serialize for Completions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'d> Deserialize<'d> for Completions {
    /// Those beyond the most that are kept are not kept here either.
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        struct Times;

        impl<'d> Visitor<'d> for Times {
            type Value = Completions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of nanoseconds or null")
            }

            fn visit_seq<A: SeqAccess<'d>>(self, mut sequence: A) -> Result<Completions, A::Error> {
                let mut times = Vec::new();
                while let Some(nanos) = sequence.next_element::<Option<u64>>()? {
                    if times.len() < MOST {
                        times.push(nanos.unwrap_or(UNKNOWN));
                    }
                }
                Ok(Completions(times))
            }
        }

        deserializer.deserialize_seq(Times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completions(times: &[(u64, u64)]) -> Completions {
        let mut completions = Completions::default();
        times.iter().for_each(|&(index, nanos)| completions.set(index, nanos));
        completions
    }

    #[test]
    fn the_later_of_two_times_is_that_of_both_and_none_where_one_has_none() {
        let mut both = completions(&[(0, 5), (1, 9), (2, 3), (4, 8)]);
        both.both(&completions(&[(0, 7), (1, 2), (3, 1)]));
        assert_eq!(both.iter().collect::<Vec<_>>(), [Some(7), Some(9), None, None]);
    }

    #[test]
    fn they_come_back_as_they_were() {
        let one = completions(&[(0, 5), (2, 3_600_000_000_000)]);
        let text = serde_json::to_string(&one).expect("it can be written");
        assert_eq!(text, "[5,null,3600000000000]");
        assert_eq!(serde_json::from_str::<Completions>(&text).expect("it can be read"), one);
        assert!(serde_json::from_str::<Completions>("[-1]").is_err());
    }

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

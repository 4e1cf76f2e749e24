//! How long deliveries took, in a few numbers.

use hdrhistogram::Histogram;

use crate::latency::Times;

/// The limits of [`Buckets`], in nanoseconds: 100 µs to 10 s.
pub const LIMITS: [u64; 16] = [
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// A distribution in a few numbers that can be added up over runs, hosts and time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    /// How many times are at most as long as the limit of the same place in [`LIMITS`], and longer than the one before; at
    /// last, those that are longer than all limits. Exact to three digits of the limit.
    pub counts: [u64; LIMITS.len() + 1],
    /// All times together, in nanoseconds, each exact to three digits.
    pub sum: u64,
}

impl From<&Histogram<u64>> for Buckets {
    fn from(times: &Histogram<u64>) -> Self {
        let mut buckets = Self::default();
        let mut at = 0;
        for step in times.iter_recorded() {
            let (nanos, count) = (step.value_iterated_to(), step.count_at_value());
            let shortest = times.lowest_equivalent(nanos);
            while LIMITS.get(at).is_some_and(|limit| *limit < shortest) {
                at += 1;
            }
            buckets.counts[at] += count;
            buckets.sum = buckets.sum.saturating_add(times.median_equivalent(nanos).saturating_mul(count));
        }
        buckets
    }
}

/// How long deliveries took so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Every delivery.
    pub all: Buckets,
    /// For every message that reached everybody, its last receiver.
    pub last: Buckets,
}

impl From<&Times> for Spread {
    fn from(times: &Times) -> Self {
        Self { all: (&times.all).into(), last: (&times.last).into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latency::distribution;

    #[test]
    fn a_time_is_in_the_first_bucket_that_is_long_enough() {
        let mut times = distribution();
        times.saturating_record_n(1, 3);
        times.saturating_record(100_000);
        times.saturating_record(101_000);
        times.saturating_record(10_000_000_000);
        times.saturating_record_n(11_000_000_000, 2);
        let buckets = Buckets::from(&times);
        let at = |limit| LIMITS.iter().position(|its| *its == limit).expect("it is one");
        let mut counts = [0; LIMITS.len() + 1];
        (counts[at(100_000)], counts[at(250_000)], counts[at(10_000_000_000)], counts[LIMITS.len()]) = (4, 1, 1, 2);
        assert_eq!(buckets.counts, counts);
        let sum = 3 + 100_000 + 101_000 + 32_000_000_000;
        assert!(buckets.sum.abs_diff(sum) < sum / 1_000, "{} is not about {sum}", buckets.sum);
    }
}

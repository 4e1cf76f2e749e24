//! A bucket of units that flow in at a constant rate. SPEC.md, section 4.2.

use std::num::NonZeroU32;

use fanfare_protocol::session::Millis;

/// A unit in the bucket's own measure: what flows in during a millisecond at one unit a second.
const UNIT: i64 = 1_000;

/// A bucket that holds what flows into it in two seconds, and is full at first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    rate: i64,
    level: i64,
    at: Millis,
}

impl Bucket {
    /// A bucket into which `rate` units flow each second.
    pub(crate) fn new(rate: NonZeroU32, now: Millis) -> Self {
        let rate = i64::from(rate.get());
        Self { rate, level: 2 * rate * UNIT, at: now }
    }

    /// Takes one unit, or says in how many milliseconds there will be one.
    pub(crate) fn take(&mut self, now: Millis) -> Result<(), u32> {
        self.fill(now);
        if self.level >= UNIT {
            self.level -= UNIT;
            return Ok(());
        }
        Err(self.until(UNIT))
    }

    /// Takes any number of units, even if that leaves a debt, and says for how many milliseconds the debt lasts.
    pub(crate) fn charge(&mut self, units: usize, now: Millis) -> u32 {
        self.fill(now);
        self.level = self.level.saturating_sub_unsigned((units as u64).saturating_mul(UNIT as u64));
        if self.level >= 0 { 0 } else { self.until(0) }
    }

    fn fill(&mut self, now: Millis) {
        let passed = i64::try_from(now.0.saturating_sub(self.at.0)).unwrap_or(i64::MAX);
        self.level = self.level.saturating_add(passed.saturating_mul(self.rate)).min(2 * self.rate * UNIT);
        self.at = now;
    }

    /// Milliseconds until the level is `level`, which it is below.
    fn until(&self, level: i64) -> u32 {
        let millis = (level.saturating_sub(self.level) + self.rate - 1) / self.rate;
        u32::try_from(millis).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(rate: u32) -> Bucket {
        Bucket::new(NonZeroU32::new(rate).expect("not 0"), Millis(0))
    }

    #[test]
    fn twice_the_rate_can_be_taken_at_once_and_then_the_rate() {
        let mut bucket = bucket(3);
        for _ in 0..6 {
            assert_eq!(bucket.take(Millis(0)), Ok(()));
        }
        assert_eq!(bucket.take(Millis(0)), Err(334));
        assert_eq!(bucket.take(Millis(333)), Err(1));
        assert_eq!(bucket.take(Millis(334)), Ok(()));
        assert!(bucket.take(Millis(334)).is_err());
        for _ in 0..6 {
            assert_eq!(bucket.take(Millis(10_000)), Ok(()));
        }
        assert!(bucket.take(Millis(10_000)).is_err());
    }

    #[test]
    fn a_debt_lasts_until_it_has_flowed_in() {
        let mut bucket = bucket(100);
        assert_eq!(bucket.charge(200, Millis(0)), 0);
        assert_eq!(bucket.charge(50, Millis(0)), 500);
        assert_eq!(bucket.charge(0, Millis(499)), 1);
        assert_eq!(bucket.charge(0, Millis(500)), 0);
    }
}

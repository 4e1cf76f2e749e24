//! A bucket of units that flow in at a constant rate. SPEC.md, section 4.2.

use std::num::NonZeroU32;

use fanfare_protocol::session::Millis;

/// A unit in the bucket's own measure: what flows in during a millisecond at one unit a second.
const UNIT: i64 = 1_000;

/// A bucket that holds what flows into it in two seconds, and is full at first. The rate, in units a second, is an
/// argument: it is the same for all connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    level: i64,
    at: Millis,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn full(rate: NonZeroU32, now: Millis) -> Self {
        Self { level: most(rate), at: now }
    }

    /// Takes one unit, or says in how many milliseconds there will be one.
    pub(crate) fn take(&mut self, rate: NonZeroU32, now: Millis) -> Result<(), u32> {
        self.fill(rate, now);
        //= protocol/SPEC.md#4-2-the-message-rate
        //# A server MUST answer `ERR rate-limited` to such a request when the bucket holds less than one unit.
        //= protocol/SPEC.md#4-2-the-message-rate
        //# A server MUST NOT take a unit for a request that it answers with `rate-limited`.
        if self.level >= UNIT {
            self.level -= UNIT;
            return Ok(());
        }
        //= protocol/SPEC.md#4-2-the-message-rate
        //# A server MUST give in the `retry` of `rate-limited` the milliseconds until the bucket holds one unit,
        //# rounded up.
        Err(self.until(UNIT, rate))
    }

    /// Takes any number of units, even if that leaves a debt, and says for how many milliseconds the debt lasts.
    pub(crate) fn charge(&mut self, units: usize, rate: NonZeroU32, now: Millis) -> u32 {
        self.fill(rate, now);
        self.level = self.level.saturating_sub_unsigned((units as u64).saturating_mul(UNIT as u64));
        if self.level >= 0 { 0 } else { self.until(0, rate) }
    }

    fn fill(&mut self, rate: NonZeroU32, now: Millis) {
        let passed = i64::try_from(now.0.saturating_sub(self.at.0)).unwrap_or(i64::MAX);
        self.level = self.level.saturating_add(passed.saturating_mul(rate.get().into())).min(most(rate));
        self.at = now;
    }

    /// Milliseconds until the level is `level`, which it is below.
    fn until(&self, level: i64, rate: NonZeroU32) -> u32 {
        let rate = i64::from(rate.get());
        let millis = (level.saturating_sub(self.level) + rate - 1) / rate;
        u32::try_from(millis).unwrap_or(u32::MAX)
    }
}

/// What a bucket holds.
fn most(rate: NonZeroU32) -> i64 {
    2 * i64::from(rate.get()) * UNIT
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: NonZeroU32 = NonZeroU32::new(3).expect("not 0");
    const HUNDRED: NonZeroU32 = NonZeroU32::new(100).expect("not 0");

    //= protocol/SPEC.md#4-2-the-message-rate
    //= type=test
    //# A server MUST answer `ERR rate-limited` to such a request when the bucket holds less than one unit.
    //= protocol/SPEC.md#4-2-the-message-rate
    //= type=test
    //# A server MUST NOT take a unit for a request that it answers with `rate-limited`.
    //= protocol/SPEC.md#4-2-the-message-rate
    //= type=test
    //# A server MUST give in the `retry` of `rate-limited` the milliseconds until the bucket holds one unit, rounded
    //# up.
    #[test]
    fn twice_the_rate_can_be_taken_at_once_and_then_the_rate() {
        let mut bucket = Bucket::full(THREE, Millis(0));
        for _ in 0..6 {
            assert_eq!(bucket.take(THREE, Millis(0)), Ok(()));
        }
        assert_eq!(bucket.take(THREE, Millis(0)), Err(334));
        assert_eq!(bucket.take(THREE, Millis(333)), Err(1));
        assert_eq!(bucket.take(THREE, Millis(334)), Ok(()));
        assert!(bucket.take(THREE, Millis(334)).is_err());
        for _ in 0..6 {
            assert_eq!(bucket.take(THREE, Millis(10_000)), Ok(()));
        }
        assert!(bucket.take(THREE, Millis(10_000)).is_err());
    }

    #[test]
    fn a_debt_lasts_until_it_has_flowed_in() {
        let mut bucket = Bucket::full(HUNDRED, Millis(0));
        assert_eq!(bucket.charge(200, HUNDRED, Millis(0)), 0);
        assert_eq!(bucket.charge(50, HUNDRED, Millis(0)), 500);
        assert_eq!(bucket.charge(0, HUNDRED, Millis(499)), 1);
        assert_eq!(bucket.charge(0, HUNDRED, Millis(500)), 0);
    }
}

//! When the server's message rate lets the next request go. SPEC.md, section 4.2.

use fanfare_protocol::session::Millis;

/// Requests are counted in thousandths, so that a rate a second is a whole number a millisecond.
const UNIT: u64 = 1_000;

/// One request more than the rule asks for, for clocks that don't agree to the millisecond.
const SPARE: u64 = 1;

/// The server's bucket as it stands at worst, so that no request is ever refused for its rate.
///
/// What was refused would have to be sent again behind what was accepted meanwhile: messages would change places. When a
/// request takes its unit from the server's bucket is not known, only that it is between its sending and its answer. The
/// later it takes it, the more has flowed over the bucket's edge before; so this one takes the unit at the answer, and a
/// request is let go only if there is a unit for it beside all that are unanswered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pacer {
    rate: u64,
    level: u64,
    unanswered: u64,
    at: Millis,
}

impl Pacer {
    /// That of a connection that was just welcomed. A rate is a number of requests a second.
    pub(super) fn new(now: Millis, rate: u64) -> Self {
        Self { rate, level: capacity(rate), unanswered: 0, at: now }
    }

    /// Whether a request can go.
    pub(super) fn is_open(&mut self, now: Millis) -> bool {
        self.refill(now);
        self.level >= self.needed()
    }

    /// When a request can go, if nothing is answered before. `None` if that alone can't help.
    pub(super) fn opens_at(&self) -> Option<Millis> {
        let missing = self.needed().saturating_sub(self.level);
        (self.needed() <= capacity(self.rate)).then(|| self.at + missing.div_ceil(self.rate))
    }

    /// A request went.
    pub(super) fn sent(&mut self) {
        self.unanswered += 1;
    }

    /// A request was answered.
    pub(super) fn answered(&mut self, now: Millis) {
        self.refill(now);
        self.unanswered -= 1;
        self.level = self.level.saturating_sub(UNIT);
    }

    fn needed(&self) -> u64 {
        (self.unanswered + 1 + SPARE) * UNIT
    }

    fn refill(&mut self, now: Millis) {
        let elapsed = now.0.saturating_sub(self.at.0);
        self.level = capacity(self.rate).min(self.level.saturating_add(elapsed.saturating_mul(self.rate)));
        self.at = now;
    }
}

/// The bucket holds twice the rate.
fn capacity(rate: u64) -> u64 {
    rate.saturating_mul(2 * UNIT)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// The bucket of a server: full at first, and it refuses what finds less than a unit.
    struct Bucket {
        level: u64,
        at: u64,
        rate: u64,
    }

    impl Bucket {
        fn take(&mut self, now: u64) -> bool {
            self.level = capacity(self.rate).min(self.level + (now - self.at) * self.rate);
            self.at = now;
            let enough = self.level >= UNIT;
            self.level -= if enough { UNIT } else { 0 };
            enough
        }
    }

    /// Sends as fast as the pacer lets, while requests and answers take these times on their ways by turns. How many
    /// were sent in ten seconds.
    fn run(rate: u64, ways: &[u64]) -> usize {
        let mut pacer = Pacer::new(Millis(0), rate);
        let mut bucket = Bucket { level: capacity(rate), at: 0, rate };
        let (mut requests, mut answers) = (VecDeque::new(), VecDeque::new());
        let (mut ways, mut sent) = (ways.iter().cycle(), 0);
        let mut way = || *ways.next().expect("a cycle has no end");
        for now in 0..10_000 {
            while answers.front().is_some_and(|&at| at <= now) {
                answers.pop_front();
                pacer.answered(Millis(now));
            }
            while pacer.is_open(Millis(now)) {
                // The order on the way is kept, whatever the times.
                let arrival = requests.back().map_or(0, |&last: &u64| last).max(now + way());
                requests.push_back(arrival);
                pacer.sent();
                sent += 1;
            }
            while requests.front().is_some_and(|&at| at <= now) {
                requests.pop_front();
                assert!(bucket.take(now), "refused at {now} with ways of {ways:?}");
                answers.push_back(answers.back().map_or(0, |&last: &u64| last).max(now + way()));
            }
        }
        sent
    }

    #[test]
    fn no_request_is_refused_however_the_ways_vary_and_the_rate_is_used() {
        for rate in [1, 2, 3, 50, 1_000] {
            for ways in [&[0][..], &[1], &[20], &[900, 0, 0], &[0, 1_500, 3], &[2_500, 0, 0, 0, 0, 0, 0]] {
                run(rate, ways);
            }
        }
        // With short ways the whole rate is used, and half of the bucket at once.
        assert!((548..=600).contains(&run(50, &[1])), "{}", run(50, &[1]));
        assert_eq!(run(1, &[1]), 10);
    }

    #[test]
    fn it_says_when_it_opens() {
        let mut pacer = Pacer::new(Millis(0), 10);
        while pacer.is_open(Millis(0)) {
            pacer.sent();
        }
        assert_eq!(pacer.opens_at(), None, "only answers help");
        for _ in 0..19 {
            pacer.answered(Millis(5));
        }
        assert_eq!(pacer.opens_at(), Some(Millis(105)));
        assert!(!pacer.is_open(Millis(104)) && pacer.is_open(Millis(105)));
    }
}

//! Which messages are older than an id lives, by the time in which this server has run.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::super::store::{Place, Store, StoreError};
use super::{PAUSE, STEP};

/// How far moments are apart that are remembered with what was stored until then: by so much, ids live longer at most.
const APART: Duration = Duration::from_secs(10);

/// What was stored when, and what is to be forgotten therefore.
#[derive(Debug)]
pub(super) struct Ages {
    /// How long an id lives.
    life: Duration,
    /// The last places at some moments within an id's life. The last of them is the newest of all.
    moments: VecDeque<(Instant, Place)>,
    /// There are old ids that are not forgotten.
    are_old: bool,
    /// The last step failed: when to try again.
    again: Option<Instant>,
}

impl Ages {
    /// Before anything is stored.
    pub(super) fn new(life: Duration) -> Self {
        Self { life, moments: VecDeque::new(), are_old: false, again: None }
    }

    /// All messages up to this place are stored.
    pub(super) fn note(&mut self, now: Instant, newest: Place) {
        let before = self.moments.iter().rev().nth(1);
        if before.is_some_and(|(moment, _)| now < *moment + APART) {
            // The moment between them is not needed.
            self.moments.pop_back();
        }
        self.moments.push_back((now, newest));
    }

    /// The place up to which messages are older than an id lives, if there are more of them than before.
    pub(super) fn pass(&mut self, now: Instant) -> Option<Place> {
        let mut outlived = None;
        while let Some(&(moment, place)) = self.moments.front()
            && moment + self.life <= now
        {
            self.moments.pop_front();
            outlived = Some(place);
        }
        self.are_old |= outlived.is_some();
        outlived
    }

    /// Whether the last step failed.
    pub(super) fn is_failing(&self) -> bool {
        self.again.is_some()
    }

    /// How long it takes until there are ids to be forgotten; `None` if the store has none.
    pub(super) fn due_in(&self, store: &Store, now: Instant) -> Option<Duration> {
        if !store.keeps_ids() {
            return None;
        }
        let next = self.moments.front().map(|(moment, _)| *moment + self.life);
        let due = if self.are_old { Some(self.again.unwrap_or(now)) } else { next };
        due.map(|due| due.saturating_duration_since(now))
    }

    /// Forgets a few ids that have lived long enough. What fails is tried again after a pause.
    pub(super) fn step(&mut self, store: &mut Store, now: Instant) -> Result<(), StoreError> {
        match store.forget_ids(STEP) {
            Ok(more) => {
                (self.are_old, self.again) = (more, None);
                Ok(())
            }
            Err(error) => {
                self.again = Some(now + PAUSE);
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_lives_its_life_and_little_longer_and_few_moments_are_kept() {
        let life = Duration::from_secs(300);
        let begin = Instant::now();
        let mut ages = Ages::new(life);
        let mut random = 7_u64;
        let (mut stored, mut outlived) = (vec![(begin, 1)], 0);
        ages.note(begin, Place::for_tests(1));
        let mut now = begin;
        for place in 2..3_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Mostly it is soon, and sometimes it is silent for long.
            let pause = if random >> 58 == 0 { 400_000 } else { random >> 52 };
            now += Duration::from_millis(pause);
            if let Some(passed) = ages.pass(now) {
                let index = (0..).find(|&index| Place::for_tests(index) == passed).expect("it was noted");
                assert!(index >= outlived);
                outlived = index;
            }
            for &(moment, place) in &stored {
                assert!(place > outlived || moment + life <= now, "{place} is forgotten too early");
                assert!(place <= outlived || now < moment + life + APART, "{place} is forgotten too late");
            }
            stored.retain(|(_, place)| *place > outlived);
            ages.note(now, Place::for_tests(place));
            stored.push((now, place));
            assert!(ages.moments.len() <= 64, "{}", ages.moments.len());
        }
        assert!(outlived > 2_000);
    }
}

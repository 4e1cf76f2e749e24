//! What is beside the receivers, as flags and files say it.

use std::time::Duration;

use super::Workload;
use crate::beside::{Beside, Churn, Garbage, Slow, Stalled, Storm};

/// How long it is from one storm to the next if nobody says anything else.
const STORM_EVERY: Duration = Duration::from_secs(5);

impl Workload {
    /// What is beside the receivers. Who is said to be 0 is not there, whatever else is said of them.
    pub(super) fn beside(&self) -> Beside {
        Beside {
            slow: self.slow_readers(),
            stalled: self.stalled_readers(),
            churn: self.churners(),
            garbage: self.noise(),
        }
    }

    /// This, and all that there is to say of what is beside the receivers.
    pub(super) fn with_beside(self, beside: &Beside) -> Self {
        let (slow, churn, garbage) = (beside.slow.as_ref(), beside.churn.as_ref(), beside.garbage.as_ref());
        let storm = churn.and_then(|churn| churn.storm);
        Self {
            slow: slow.map(|slow| slow.count),
            slow_rate: slow.map(|slow| slow.octets_per_second),
            stalled: beside.stalled.as_ref().map(|stalled| stalled.count),
            churn: churn.map(|churn| churn.count),
            churn_rate: churn.map(|churn| churn.per_second),
            churn_stay: churn.map(|churn| churn.stay),
            churn_abrupt: churn.map(|churn| churn.abrupt),
            churn_storm: storm.map(|storm| storm.joins),
            churn_storm_every: storm.map(|storm| storm.every),
            garbage: garbage.map(|garbage| garbage.count),
            garbage_rate: garbage.map(|garbage| garbage.per_second),
            garbage_octets: garbage.map(|garbage| garbage.octets),
            garbage_hold: garbage.map(|garbage| garbage.hold),
            ..self
        }
    }

    fn slow_readers(&self) -> Option<Slow> {
        let usual = Slow::default();
        let slow = Slow {
            count: self.slow.unwrap_or(usual.count),
            octets_per_second: self.slow_rate.unwrap_or(usual.octets_per_second),
        };
        (self.slow.or(self.slow_rate).is_some() && slow.count > 0).then_some(slow)
    }

    fn stalled_readers(&self) -> Option<Stalled> {
        self.stalled.filter(|&count| count > 0).map(|count| Stalled { count })
    }

    fn churners(&self) -> Option<Churn> {
        let usual = Churn::default();
        let said = self.churn.or(self.churn_storm).is_some()
            || self.churn_rate.or(self.churn_abrupt).is_some()
            || self.churn_stay.or(self.churn_storm_every).is_some();
        let storms = self.churn_storm.filter(|&joins| joins > 0);
        let churn = Churn {
            count: self.churn.unwrap_or(usual.count),
            per_second: self.churn_rate.unwrap_or(usual.per_second),
            stay: self.churn_stay.unwrap_or(usual.stay),
            abrupt: self.churn_abrupt.unwrap_or(usual.abrupt),
            storm: storms.map(|joins| Storm { joins, every: self.churn_storm_every.unwrap_or(STORM_EVERY) }),
        };
        (said && churn.count > 0).then_some(churn)
    }

    fn noise(&self) -> Option<Garbage> {
        let usual = Garbage::default();
        let said = self.garbage.or(self.garbage_octets).is_some()
            || self.garbage_rate.is_some()
            || self.garbage_hold.is_some();
        let garbage = Garbage {
            count: self.garbage.unwrap_or(usual.count),
            per_second: self.garbage_rate.unwrap_or(usual.per_second),
            octets: self.garbage_octets.unwrap_or(usual.octets),
            hold: self.garbage_hold.unwrap_or(usual.hold),
        };
        (said && garbage.count > 0).then_some(garbage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_spoken_of_or_said_to_be_none_is_not_there() {
        assert!(Workload::default().beside().is_empty());
        let none = Workload {
            slow: Some(0),
            slow_rate: Some(5),
            stalled: Some(0),
            churn: Some(0),
            churn_storm: Some(5),
            garbage: Some(0),
            garbage_rate: Some(1.0),
            ..Workload::default()
        };
        assert!(none.beside().is_empty(), "{:?}", none.beside());
    }

    #[test]
    fn a_part_that_is_said_has_the_rest_by_default() {
        let said = Workload {
            slow_rate: Some(7),
            stalled: Some(3),
            churn_storm: Some(20),
            garbage_hold: Some(Duration::from_secs(9)),
            ..Workload::default()
        };
        let beside = said.beside();
        assert_eq!(beside.slow, Some(Slow { octets_per_second: 7, ..Slow::default() }));
        assert_eq!(beside.stalled, Some(Stalled { count: 3 }));
        let storm = Some(Storm { joins: 20, every: STORM_EVERY });
        assert_eq!(beside.churn, Some(Churn { storm, ..Churn::default() }));
        assert_eq!(beside.garbage, Some(Garbage { hold: Duration::from_secs(9), ..Garbage::default() }));
        // What it amounts to says the same again.
        assert_eq!(Workload::default().with_beside(&beside).beside(), beside);
    }
}

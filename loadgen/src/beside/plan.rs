//! What there is beside the receivers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::plan::MOST_CLIENTS;

/// The most octets that one connection sends as garbage.
pub const MOST_GARBAGE: u32 = 16 << 20;

/// The most connections a second that are made again and again.
const MOST_OPENED: f64 = 100_000.0;

/// The connections beside the receivers. By default there are none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Beside {
    /// Members that read less than they are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow: Option<Slow>,
    /// Members that read nothing while messages are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stalled: Option<Stalled>,
    /// Members that come and go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub churn: Option<Churn>,
    /// Connections that send what no server should take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub garbage: Option<Garbage>,
}

/// Members that read slowly, through a small receive buffer, so that the server soon sees it. Once the sending is over and
/// the receivers have what is theirs, they read all that there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Slow {
    /// How many.
    pub count: u32,
    /// The most octets that each reads in a second. At least 1.
    pub octets_per_second: u32,
}

/// Members that join, and then read nothing until the sending is over and the receivers have what is theirs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Stalled {
    /// How many.
    pub count: u32,
}

/// Members that join while messages are sent, stay for a while, leave, and come again under another name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Churn {
    /// How many there are at a time, at most: one who should come when all are there comes when the next has gone, and the
    /// time until then is a part of its time to join.
    pub count: u32,
    /// How many come in a second, at fixed times, however long those before need. 0 with a storm alone.
    pub per_second: f64,
    /// How long each stays once it has joined.
    #[serde(with = "humantime_serde")]
    pub stay: Duration,
    /// The part of them that close their connection without the protocol's farewell, 0 to 1.
    pub abrupt: f64,
    /// Those who come besides, many at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storm: Option<Storm>,
}

/// Many who come at once, again and again, the first time with the first message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Storm {
    /// How many come at once.
    pub joins: u32,
    /// How long from one storm to the next.
    #[serde(with = "humantime_serde")]
    pub every: Duration,
}

/// Connections that send garbage while messages are sent: of each kind in turn, random octets, a line without an end,
/// lengths that are too long, malformed frames behind a valid opening, half an opening and then nothing, a TLS hello, an HTTP
/// request, and nothing at all before it closes. Which octets these are follows from the run's number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Garbage {
    /// How many there are at a time, at most.
    pub count: u32,
    /// How many are opened in a second, at most: one that has ended comes again as the next kind.
    pub per_second: f64,
    /// The most octets that one sends. 1 to [`MOST_GARBAGE`].
    pub octets: u32,
    /// How long one stands at most, if the server does not end it.
    #[serde(with = "humantime_serde")]
    pub hold: Duration,
}

impl Default for Slow {
    fn default() -> Self {
        Self { count: 10, octets_per_second: 1_000 }
    }
}

impl Default for Stalled {
    fn default() -> Self {
        Self { count: 10 }
    }
}

impl Default for Churn {
    fn default() -> Self {
        Self { count: 100, per_second: 50.0, stay: Duration::from_secs(1), abrupt: 0.5, storm: None }
    }
}

impl Default for Garbage {
    fn default() -> Self {
        Self { count: 16, per_second: 20.0, octets: 1 << 20, hold: Duration::from_secs(5) }
    }
}

/// What is wrong with what is to be beside the receivers.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BesideError {
    /// A number of connections.
    #[error("{count} connections for {kind}: 1 to {MOST_CLIENTS} are possible; leave {kind} out for none")]
    Count {
        /// Of which kind.
        kind: &'static str,
        /// How many.
        count: u32,
    },
    /// Slow readers that do not read.
    #[error("slow readers of 0 octets a second: 1 or more are possible; those that read nothing are stalled readers")]
    SlowReadsNothing,
    /// How often connections are made.
    #[error("{per_second} connections a second for {kind}: more than 0 and at most {MOST_OPENED} are possible")]
    PerSecond {
        /// Of which kind.
        kind: &'static str,
        /// How many.
        per_second: f64,
    },
    /// How many leave abruptly.
    #[error("{0} of those who churn leave abruptly: a part from 0 to 1 is possible")]
    Abrupt(f64),
    /// More members at a time than there are places.
    #[error(
        "those who churn would be {wanted} at a time, and there are places for {count}: raise its count, or let fewer come or stay less long"
    )]
    Places {
        /// How many there would be.
        wanted: u64,
        /// How many there may be.
        count: u32,
    },
    /// A storm of nobody, or at all times.
    #[error("a storm of {joins} every {every:?}: both must be more than nothing")]
    Storm {
        /// How many.
        joins: u32,
        /// How often.
        every: Duration,
    },
    /// What one connection sends as garbage.
    #[error("{0} octets of garbage for each connection: 1 to {MOST_GARBAGE} are possible")]
    Octets(u32),
    /// How long one stands.
    #[error("connections with garbage that are held for no time would send nothing")]
    Hold,
    /// Counting octets unread does not go with members that come and go.
    #[error(
        "on this wire members hear who comes and goes, and octets that are only counted would hide that: compare every read (compare_every 1) where there are slow or stalled readers, churn or garbage"
    )]
    OnlyCounted,
}

impl Beside {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How many connections there are at a time, at most.
    pub fn connections(&self) -> u64 {
        self.counts().map(|(_, count)| u64::from(count)).sum()
    }

    /// How many connections are made again in a time, at most.
    pub(crate) fn made_again_in(&self, time: Duration) -> u64 {
        let storms = self.churn.as_ref().and_then(|churn| churn.storm);
        let storm = storms.map_or(0.0, |storm| f64::from(storm.joins) / storm.every.as_secs_f64());
        let churn = self.churn.as_ref().map_or(0.0, |churn| churn.per_second) + storm;
        let garbage = self.garbage.as_ref().map_or(0.0, |garbage| garbage.per_second);
        ((churn + garbage) * time.as_secs_f64()).ceil() as u64
    }

    fn counts(&self) -> impl Iterator<Item = (&'static str, u32)> {
        let counts = [
            ("slow readers", self.slow.as_ref().map(|slow| slow.count)),
            ("stalled readers", self.stalled.as_ref().map(|stalled| stalled.count)),
            ("churn", self.churn.as_ref().map(|churn| churn.count)),
            ("garbage", self.garbage.as_ref().map(|garbage| garbage.count)),
        ];
        counts.into_iter().filter_map(|(kind, count)| Some((kind, count?)))
    }

    /// Says what is wrong with it.
    ///
    /// # Errors
    ///
    /// The first value that is out of its range.
    pub fn check(&self) -> Result<(), BesideError> {
        if let Some((kind, count)) = self.counts().find(|(_, count)| !(1..=MOST_CLIENTS).contains(count)) {
            return Err(BesideError::Count { kind, count });
        }
        if self.slow.as_ref().is_some_and(|slow| slow.octets_per_second == 0) {
            return Err(BesideError::SlowReadsNothing);
        }
        self.churn.as_ref().map_or(Ok(()), Churn::check)?;
        self.garbage.as_ref().map_or(Ok(()), Garbage::check)
    }
}

impl Churn {
    fn check(&self) -> Result<(), BesideError> {
        let per_second = self.per_second;
        let is_possible = per_second > 0.0 || (per_second == 0.0 && self.storm.is_some());
        if !is_possible || per_second > MOST_OPENED {
            return Err(BesideError::PerSecond { kind: "churn", per_second });
        }
        if !(0.0..=1.0).contains(&self.abrupt) {
            return Err(BesideError::Abrupt(self.abrupt));
        }
        if let Some(Storm { joins, every }) = self.storm.filter(|storm| storm.joins == 0 || storm.every.is_zero()) {
            return Err(BesideError::Storm { joins, every });
        }
        // Those of a storm have all gone before the next one, or are still there.
        let storms = self.storm.map_or(0.0, |storm| {
            f64::from(storm.joins) * (self.stay.as_secs_f64() / storm.every.as_secs_f64()).ceil().max(1.0)
        });
        let wanted = (per_second * self.stay.as_secs_f64() + storms).ceil() as u64;
        if wanted > u64::from(self.count) {
            return Err(BesideError::Places { wanted, count: self.count });
        }
        Ok(())
    }
}

impl Garbage {
    fn check(&self) -> Result<(), BesideError> {
        let per_second = self.per_second;
        if !(per_second > 0.0 && per_second <= MOST_OPENED) {
            return Err(BesideError::PerSecond { kind: "garbage", per_second });
        }
        if !(1..=MOST_GARBAGE).contains(&self.octets) {
            return Err(BesideError::Octets(self.octets));
        }
        if self.hold.is_zero() { Err(BesideError::Hold) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Beside {
        let storm = Some(Storm { joins: 20, every: Duration::from_millis(2_500) });
        Beside {
            slow: Some(Slow::default()),
            stalled: Some(Stalled::default()),
            churn: Some(Churn { storm, ..Churn::default() }),
            garbage: Some(Garbage::default()),
        }
    }

    #[test]
    fn the_defaults_of_each_kind_can_be() {
        assert_eq!((Beside::default().check(), all().check()), (Ok(()), Ok(())));
        assert!(Beside::default().is_empty() && !all().is_empty());
        assert_eq!(all().connections(), 10 + 10 + 100 + 16);
        assert_eq!(all().made_again_in(Duration::from_secs(10)), 780);
    }

    #[test]
    fn each_value_out_of_range_is_named() {
        let wrong = |change: fn(&mut Slow, &mut Stalled, &mut Churn, &mut Garbage)| {
            let (mut slow, mut stalled, mut churn, mut garbage) = Default::default();
            change(&mut slow, &mut stalled, &mut churn, &mut garbage);
            let beside =
                Beside { slow: Some(slow), stalled: Some(stalled), churn: Some(churn), garbage: Some(garbage) };
            beside.check().expect_err("it is wrong")
        };
        assert_eq!(
            wrong(|_, stalled, _, _| stalled.count = 0),
            BesideError::Count { kind: "stalled readers", count: 0 }
        );
        assert_eq!(wrong(|slow, _, _, _| slow.octets_per_second = 0), BesideError::SlowReadsNothing);
        let none = |kind| BesideError::PerSecond { kind, per_second: 0.0 };
        assert_eq!(wrong(|_, _, churn, _| churn.per_second = 0.0), none("churn"));
        assert_eq!(wrong(|_, _, _, garbage| garbage.per_second = 0.0), none("garbage"));
        assert!(matches!(wrong(|_, _, churn, _| churn.per_second = f64::NAN), BesideError::PerSecond { .. }));
        assert_eq!(wrong(|_, _, churn, _| churn.abrupt = 1.5), BesideError::Abrupt(1.5));
        assert_eq!(wrong(|_, _, churn, _| churn.count = 49), BesideError::Places { wanted: 50, count: 49 });
        let storm = |_: &mut Slow, _: &mut Stalled, churn: &mut Churn, _: &mut Garbage| {
            churn.storm = Some(Storm { joins: 51, every: Duration::from_secs(1) });
        };
        assert_eq!(wrong(storm), BesideError::Places { wanted: 101, count: 100 });
        let storm = |_: &mut Slow, _: &mut Stalled, churn: &mut Churn, _: &mut Garbage| {
            churn.storm = Some(Storm { joins: 1, every: Duration::ZERO });
        };
        assert_eq!(wrong(storm), BesideError::Storm { joins: 1, every: Duration::ZERO });
        assert_eq!(wrong(|_, _, _, garbage| garbage.octets = 0), BesideError::Octets(0));
        assert_eq!(wrong(|_, _, _, garbage| garbage.hold = Duration::ZERO), BesideError::Hold);
    }

    #[test]
    fn it_is_the_same_from_toml_and_json() {
        let text = "
            [slow]
            count = 10
            octets-per-second = 1000
            [stalled]
            [churn]
            per-second = 50.0
            stay = '1s'
            storm = { joins = 20, every = '2s 500ms' }
            [garbage]
            hold = '5s'
        ";
        let read: Beside = toml::from_str(text).expect("it is one");
        assert_eq!(read, all());
        assert_eq!(toml::from_str::<Beside>(&toml::to_string(&read).expect("it can be written")), Ok(all()));
        let json = serde_json::to_string(&read).expect("it can be written");
        assert_eq!(serde_json::from_str::<Beside>(&json).expect("it can be read"), all());
        assert_eq!(serde_json::from_str::<Beside>("{}").expect("it can be read"), Beside::default());
        assert!(toml::from_str::<Beside>("[slow]\ncuont = 1").is_err(), "a word that nobody knows is no default");
    }
}

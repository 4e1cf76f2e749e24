//! The distributions of a run as text, so that a saved run can be shown, compared and merged again without a loss.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Serialize};

use crate::latency::{Times, distribution};
use crate::series::Spread;

/// The most values of one distribution that is read: so many can be added a thousand times.
const MOST_VALUES: u64 = 1 << 53;

/// Every distribution of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histograms {
    /// From when the messages were meant to be sent.
    pub corrected: Set,
    /// From when they were sent.
    pub uncorrected: Set,
    /// How long after it was meant to be sent each message was sent.
    pub late: Stored,
    /// Those of each part of the run's time, in the order of [`Series::moments`](crate::series::Series::moments).
    pub parts: Vec<Spread>,
}

/// The receivers of a run's messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Set {
    /// Every delivery.
    pub all: Stored,
    /// Each message's first receiver.
    pub first: Stored,
    /// The receiver with whom half of them have a message.
    pub median: Stored,
    /// The last receiver of each message that reached everybody.
    pub last: Stored,
}

impl Set {
    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        let Self { all, first, median, last } = self;
        for (own, others) in [(all, &other.all), (first, &other.first), (median, &other.median), (last, &other.last)] {
            own.add(others);
        }
    }
}

/// One distribution of nanoseconds. As text it is HdrHistogram's compressed form, version 2, in base64.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored(pub Histogram<u64>);

impl Default for Stored {
    fn default() -> Self {
        Self(distribution())
    }
}

impl Stored {
    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all have the bounds of a distribution of this program");
    }

    /// Reads HdrHistogram's form, compressed or not. What is read has the bounds of [`distribution`].
    ///
    /// # Errors
    ///
    /// It is none, or has values beyond those bounds.
    pub fn from_octets(octets: &[u8]) -> Result<Self, String> {
        let read: Histogram<u64> =
            Deserializer::new().deserialize(&mut &octets[..]).map_err(|error| format!("no histogram: {error}"))?;
        if read.len() > MOST_VALUES {
            return Err(format!("a histogram of {} values: no run has so many", read.len()));
        }
        let mut own = distribution();
        own.add(read).map_err(|error| format!("a histogram of other than nanoseconds up to an hour: {error}"))?;
        Ok(Self(own))
    }
}

impl From<&Times> for Set {
    fn from(times: &Times) -> Self {
        Self {
            all: Stored(times.all.clone()),
            first: Stored(times.first.clone()),
            median: Stored(times.median.clone()),
            last: Stored(times.last.clone()),
        }
    }
}

impl Serialize for Stored {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut octets = Vec::new();
        V2DeflateSerializer::new().serialize(&self.0, &mut octets).map_err(S::Error::custom)?;
        serializer.serialize_str(&STANDARD.encode(octets))
    }
}

impl<'d> Deserialize<'d> for Stored {
    fn deserialize<D: serde::Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let octets = STANDARD.decode(text).map_err(D::Error::custom)?;
        Self::from_octets(&octets).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_comes_back_as_it_was() {
        let mut stored = Stored::default();
        for value in [1, 999, 1_000_000, 3_599_000_000_000] {
            stored.0.saturating_record_n(value, value % 7 + 1);
        }
        let text = serde_json::to_string(&stored).expect("it can be written");
        let read: Stored = serde_json::from_str(&text).expect("it can be read");
        assert_eq!(read.0, stored.0);
    }

    #[test]
    fn what_is_no_distribution_is_an_error() {
        for wrong in ["\"\"", "\"?\"", "\"HISTFAAA\"", "7"] {
            assert!(serde_json::from_str::<Stored>(wrong).is_err(), "{wrong}");
        }
    }
}

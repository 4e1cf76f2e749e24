//! The distributions of a run as text, so that a saved run can be shown, compared and merged again without a loss.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Serialize};

use crate::latency::{Times, distribution};

/// Every distribution of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Histograms {
    /// From when the messages were meant to be sent.
    pub corrected: Set,
    /// From when they were sent.
    pub uncorrected: Set,
    /// How long after it was meant to be sent each message was sent.
    pub late: Stored,
}

/// The receivers of a run's messages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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

/// One distribution of nanoseconds. As text it is HdrHistogram's compressed form, version 2, in base64.
#[derive(Clone, Debug)]
pub struct Stored(pub Histogram<u64>);

impl Default for Stored {
    fn default() -> Self {
        Self(distribution())
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
        let read = Deserializer::new().deserialize(&mut &octets[..]);
        read.map(Self).map_err(|error| D::Error::custom(format!("no histogram: {error}")))
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

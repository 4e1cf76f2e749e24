//! Distributions in few octets: those of the parts of a run's time are many, and nearly empty.

use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2Serializer};
use serde::{Deserialize, Serialize};

use crate::latency::distribution;
use crate::report::histograms::Stored;

/// A distribution of nanoseconds as HdrHistogram's form of version 2. It takes an octet or two for each value that it has,
/// and none if it is empty. As text it is what a [`Stored`] one is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Packed(Vec<u8>);

impl Packed {
    /// How many octets it takes.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The distribution itself.
    pub fn unpack(&self) -> Histogram<u64> {
        if self.0.is_empty() {
            return distribution();
        }
        Deserializer::new().deserialize(&mut &self.0[..]).expect("it was packed here")
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        if other.0.is_empty() {
            return self.clone();
        }
        if self.0.is_empty() {
            return other.clone();
        }
        let mut sum = self.unpack();
        sum.add(other.unpack()).expect("both have the same bounds");
        Packer::default().pack(&sum)
    }
}

impl From<Stored> for Packed {
    fn from(stored: Stored) -> Self {
        Packer::default().pack(&stored.0)
    }
}

impl From<Packed> for Stored {
    fn from(packed: Packed) -> Self {
        Self(packed.unpack())
    }
}

/// Packs distributions. It keeps the room that this takes.
#[derive(Default)]
pub struct Packer(V2Serializer);

impl Packer {
    /// Packs a distribution that has the bounds of [`distribution`].
    pub fn pack(&mut self, times: &Histogram<u64>) -> Packed {
        let mut octets = Vec::new();
        if !times.is_empty() {
            self.0.serialize(times, &mut octets).expect("no count is above 2^63, and a vector takes every octet");
            octets.shrink_to_fit();
        }
        Packed(octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(values: &[u64]) -> Packed {
        let mut times = distribution();
        values.iter().for_each(|&value| times.saturating_record(value));
        Packer::default().pack(&times)
    }

    #[test]
    fn a_sum_has_all_values_of_both() {
        let (one, other) = ([1, 5_000_000, 5_000_000], [7_000, 3_599_000_000_000]);
        let sum = packed(&one).plus(&packed(&other));
        assert_eq!(sum, packed(&[&one[..], &other[..]].concat()));
        assert_eq!(sum.unpack().len(), 5);
    }

    #[test]
    fn nothing_takes_no_room_and_adds_nothing() {
        let nothing = packed(&[]);
        assert_eq!((nothing.size(), nothing.unpack().len()), (0, 0));
        let some = packed(&[9]);
        assert_eq!((nothing.plus(&some), some.plus(&nothing)), (some.clone(), some));
    }
}

//! One layer over another.

use std::path::PathBuf;

use super::{FileError, Workload};
use crate::plan::PlanError;

/// When messages are sent: of these a layer names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `rate`.
    Rate,
    /// `burst`, `burst-every`.
    Burst,
    /// `in-flight`.
    InFlight,
    /// `idle`: there are none.
    Idle,
    /// `ramp-from`, `ramp-step`, `ramp-to`.
    Ramp,
}

/// What is wrong with a workload.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// A value is out of its range.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A file of it can't be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// One layer says twice when messages are sent.
    #[error("{layer}{one} cannot be used with {other}: each says when messages are sent; leave one out")]
    TwoLoads {
        /// Where they stand: nothing for flags, or a file and `: `.
        layer: String,
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A profile or scenario that is not there.
    #[error("there is no {what} {name:?}{nearest}; `loadgen list` shows them all")]
    Unknown {
        /// `profile` or `scenario`.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// What may be meant.
        nearest: String,
    },
    /// A ramp's ends.
    #[error("a ramp from {from} to {to} messages a second has no steps: --ramp-from is above 0 and at most --ramp-to")]
    Ramp {
        /// Where it begins.
        from: f64,
        /// Where it ends.
        to: f64,
    },
}

impl Workload {
    /// Everything that this layer says, and what `below` says of the rest.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        let below = match (self.kinds().first(), below.kinds().first()) {
            (Some((own, _)), Some((other, _))) if own != other => below.without_load(),
            _ => below,
        };
        Self {
            profile: self.profile.or(below.profile),
            scenario: self.scenario.or(below.scenario),
            clients: self.clients.or(below.clients),
            publishers: self.publishers.or(below.publishers),
            publishers_apart: self.publishers_apart.or(below.publishers_apart),
            rate: self.rate.or(below.rate),
            burst: self.burst.or(below.burst),
            burst_every: self.burst_every.or(below.burst_every),
            in_flight: self.in_flight.or(below.in_flight),
            idle: self.idle.or(below.idle),
            duration: self.duration.or(below.duration),
            size: self.size.or(below.size),
            ramp_from: self.ramp_from.or(below.ramp_from),
            ramp_step: self.ramp_step.or(below.ramp_step),
            ramp_to: self.ramp_to.or(below.ramp_to),
            rooms: self.rooms.or(below.rooms),
            room_sizes: self.room_sizes.or(below.room_sizes),
            room: self.room.or(below.room),
            slow: self.slow.or(below.slow),
            slow_rate: self.slow_rate.or(below.slow_rate),
            stalled: self.stalled.or(below.stalled),
            churn: self.churn.or(below.churn),
            churn_rate: self.churn_rate.or(below.churn_rate),
            churn_stay: self.churn_stay.or(below.churn_stay),
            churn_abrupt: self.churn_abrupt.or(below.churn_abrupt),
            churn_storm: self.churn_storm.or(below.churn_storm),
            churn_storm_every: self.churn_storm_every.or(below.churn_storm_every),
            garbage: self.garbage.or(below.garbage),
            garbage_rate: self.garbage_rate.or(below.garbage_rate),
            garbage_octets: self.garbage_octets.or(below.garbage_octets),
            garbage_hold: self.garbage_hold.or(below.garbage_hold),
            sources: if self.sources.is_empty() { below.sources } else { self.sources },
            connecting: self.connecting.or(below.connecting),
            settle: self.settle.or(below.settle),
            drain: self.drain.or(below.drain),
            assert: below.assert.into_iter().chain(self.assert).collect(),
        }
    }

    /// When messages are sent, if it says that.
    pub fn kind(&self) -> Option<Kind> {
        self.kinds().first().map(|(kind, _)| *kind)
    }

    /// Says what contradicts itself in one layer.
    pub(super) fn check(&self, file: Option<&PathBuf>) -> Result<(), WorkloadError> {
        match self.kinds()[..] {
            [(_, one), (_, other), ..] => {
                let layer = file.map_or_else(String::new, |file| format!("{}: ", file.display()));
                Err(WorkloadError::TwoLoads { layer, one, other })
            }
            _ => Ok(()),
        }
    }

    /// Each kind of load that it says something of, and by which name.
    fn kinds(&self) -> Vec<(Kind, &'static str)> {
        let mut said: Vec<_> = [
            (self.rate.is_some(), Kind::Rate, "rate"),
            (self.burst.is_some(), Kind::Burst, "burst"),
            (self.burst_every.is_some(), Kind::Burst, "burst-every"),
            (self.in_flight.is_some(), Kind::InFlight, "in-flight"),
            (self.idle == Some(true), Kind::Idle, "idle"),
            (self.ramp_from.is_some(), Kind::Ramp, "ramp-from"),
            (self.ramp_step.is_some(), Kind::Ramp, "ramp-step"),
            (self.ramp_to.is_some(), Kind::Ramp, "ramp-to"),
        ]
        .into_iter()
        .filter_map(|(says, kind, name)| says.then_some((kind, name)))
        .collect();
        said.dedup_by_key(|(kind, _)| *kind);
        said
    }

    fn without_load(self) -> Self {
        Self {
            rate: None,
            burst: None,
            burst_every: None,
            in_flight: None,
            idle: None,
            ramp_from: None,
            ramp_step: None,
            ramp_to: None,
            ..self
        }
    }
}

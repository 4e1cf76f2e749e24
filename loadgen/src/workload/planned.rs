//! From what layers say to a plan, and back.

use std::path::PathBuf;
use std::time::Duration;

use super::layers::{Kind, WorkloadError};
use super::{Step, Workload, library, read};
use crate::plan::{Load, MOST_RATE, Plan};
use crate::ramp::Ramp;

/// What flags, a file and the scenario and profile that these name say together.
///
/// # Errors
///
/// A file can't be used, a name is unknown, or one layer contradicts itself.
pub fn effective(flags: Workload, file: Option<&PathBuf>) -> Result<Workload, WorkloadError> {
    flags.check(None)?;
    let mut said = flags;
    if let Some(path) = file {
        let layer = read(path)?;
        layer.check(Some(path))?;
        said = said.over(layer);
    }
    if let Some(name) = &said.scenario {
        let layer = library::scenario(name)?.workload()?;
        said = said.over(layer);
    }
    if let Some(name) = &said.profile {
        let layer = library::profile(name)?.workload()?;
        said = said.over(layer);
    }
    Ok(said)
}

impl Workload {
    /// Makes a plan of it: what it says nothing of stays as it is there. That of a ramp is its first step.
    ///
    /// # Errors
    ///
    /// A value is out of its range.
    pub fn apply(&self, plan: &mut Plan) -> Result<(), WorkloadError> {
        set(&mut plan.clients, self.clients);
        set(&mut plan.publishers, self.publishers);
        set(&mut plan.apart, self.publishers_apart);
        set(&mut plan.rooms.count, self.rooms);
        set(&mut plan.rooms.sizes, self.room_sizes);
        set(&mut plan.size, self.size);
        set(&mut plan.duration, self.duration);
        set(&mut plan.ramp, self.connecting);
        set(&mut plan.settle, self.settle);
        set(&mut plan.drain, self.drain);
        set(&mut plan.room, self.room.clone());
        set(&mut plan.load, self.load()?);
        plan.beside = self.beside();
        plan.sources.clone_from(&self.sources);
        Ok(plan.check()?)
    }

    /// The ramp that it describes, if it does.
    ///
    /// # Errors
    ///
    /// It has no steps.
    pub fn ramp(&self) -> Result<Option<Ramp>, WorkloadError> {
        if self.kind() != Some(Kind::Ramp) {
            return Ok(None);
        }
        let ramp = Ramp {
            from: self.ramp_from.unwrap_or(20.0),
            step: self.ramp_step.unwrap_or(Step::Times(2.0)),
            to: self.ramp_to.unwrap_or(MOST_RATE),
        };
        // A number that is none is no end either.
        if ramp.from > 0.0 && ramp.from <= ramp.to && ramp.to <= MOST_RATE {
            Ok(Some(ramp))
        } else {
            Err(WorkloadError::Ramp { from: ramp.from, to: ramp.to })
        }
    }

    /// What a plan amounts to, all of it said.
    pub fn of(plan: &Plan) -> Self {
        let load = match plan.load {
            Load::Rate(rate) => Self { rate: Some(rate), ..Self::default() },
            Load::Burst { messages, every } => {
                Self { burst: Some(messages), burst_every: Some(every), ..Self::default() }
            }
            Load::InFlight(window) => Self { in_flight: Some(window), ..Self::default() },
            Load::Idle => Self { idle: Some(true), ..Self::default() },
        };
        Self {
            clients: Some(plan.clients),
            publishers: Some(plan.publishers),
            publishers_apart: Some(plan.is_apart()),
            duration: Some(plan.duration),
            size: Some(plan.size),
            rooms: Some(plan.rooms.count),
            room_sizes: Some(plan.rooms.sizes),
            room: Some(plan.room.clone()),
            sources: plan.sources.clone(),
            connecting: Some(plan.ramp),
            settle: Some(plan.settle),
            drain: Some(plan.drain),
            ..load
        }
        .with_beside(&plan.beside)
    }

    /// This, with the names of the profile and the scenario of another, and what that asserts.
    #[must_use]
    pub fn named_as(self, other: &Self) -> Self {
        let (profile, scenario) = (other.profile.clone(), other.scenario.clone());
        Self { profile, scenario, assert: other.assert.clone(), ..self }
    }

    fn load(&self) -> Result<Option<Load>, WorkloadError> {
        Ok(match self.kind() {
            None => None,
            Some(Kind::Rate) => self.rate.map(Load::Rate),
            Some(Kind::Burst) => Some(Load::Burst {
                messages: self.burst.unwrap_or(100),
                every: self.burst_every.unwrap_or(Duration::from_secs(1)),
            }),
            Some(Kind::Idle) => Some(Load::Idle),
            Some(Kind::InFlight) => self.in_flight.map(Load::InFlight),
            Some(Kind::Ramp) => self.ramp()?.map(|ramp| Load::Rate(ramp.from)),
        })
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

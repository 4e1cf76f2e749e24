//! Where the engine turns to those beside its receivers.

use std::time::Duration;

use mio::{Events, Registry};

use super::{Besiders, CannotJoin, Moment, STEPS};
use crate::beside::BesideMeasured;
use crate::clock::nanos;
use crate::engine::{EVENTS, Engine, STOPPED, TICK};
use crate::error::RunError;
use crate::wire::Wire;

/// To whom nothing has come for so long, although it reads, nothing more is on its way; or for half of the time that is waited,
/// if that is less.
const QUIET: Duration = Duration::from_secs(1);

impl<'r> Engine<'r> {
    /// Lets those beside do something, if there are any.
    fn beside<T>(&mut self, act: impl FnOnce(&mut Besiders<'r>, &Moment<'_>) -> T) -> Option<T> {
        let beside = self.beside.as_mut()?;
        let moment = Moment { now: self.clock.now(), registry: self.poll.registry(), verifier: &self.verifier };
        Some(act(beside, &moment))
    }

    /// Lets the slow and the stalled readers join.
    pub(in crate::engine) fn join_beside(&mut self) -> Result<(), RunError> {
        let wire = self.plan.wire;
        if self.beside.is_none() {
            return Ok(());
        }
        let (mut progress, mut before) = (self.clock.now(), 0);
        let mut events = Events::with_capacity(EVENTS);
        while let Some((joined, is_all)) =
            self.beside(Besiders::open).transpose().map_err(|failed| cannot_join(wire, failed))?
        {
            let now = self.clock.now();
            if is_all {
                break;
            }
            if joined > before {
                (before, progress) = (joined, now);
            }
            let deadline = progress.saturating_add(nanos(self.plan.patience));
            if self.controls.is_stopped() {
                return Err(RunError::Interrupted);
            }
            if now >= deadline {
                let reason = format!("nobody has joined since {:?}: the server does not answer", self.plan.patience);
                let (at, count) =
                    (joined as usize + 1, u32::try_from(self.plan.beside.connections()).unwrap_or(u32::MAX));
                return Err(cannot_join(wire, CannotJoin { kind: "slow or stalled reader", at, count, reason }));
            }
            self.turn(deadline, &mut events)?;
        }
        self.beside(|beside, moment| beside.joined(moment.now));
        Ok(())
    }

    /// Messages are sent from now on.
    pub(in crate::engine) fn begin_beside(&mut self, start: u64) {
        let end = start.saturating_add(nanos(self.plan.duration));
        self.beside(|beside, _| beside.begin(start, end));
    }

    /// When they have something to do.
    pub(in crate::engine) fn beside_next(&self) -> u64 {
        self.beside.as_ref().map_or(u64::MAX, |beside| beside.next())
    }

    /// The poll told something of one.
    pub(in crate::engine) fn ready_beside(&mut self, token: usize) -> Result<(), RunError> {
        let wire = self.plan.wire;
        self.beside(|beside, moment| beside.ready(token, moment))
            .transpose()
            .map_err(|failed| cannot_join(wire, failed))?;
        self.publish_due();
        Ok(())
    }

    /// Does what is to be done by now, but not so much that the receivers would wait for it.
    pub(in crate::engine) fn step_beside(&mut self) -> Result<(), RunError> {
        let wire = self.plan.wire;
        for _ in 0..STEPS {
            let stepped = self.beside(Besiders::step).transpose().map_err(|failed| cannot_join(wire, failed))?;
            if stepped != Some(true) {
                break;
            }
            self.publish_due();
        }
        Ok(())
    }

    /// A message of a publisher was refused.
    pub(in crate::engine) fn refused_beside(&mut self, index: u64) {
        let turn = self.layout.turn(index) as u64;
        self.beside(|beside, _| beside.refused(turn));
    }

    /// No more messages are sent.
    pub(in crate::engine) fn end_beside(&mut self) {
        self.beside(Besiders::end);
    }

    /// Waits for what is on its way to those beside, for a bounded time, once the receivers have what is theirs. It returns
    /// their accounts.
    pub(in crate::engine) fn drain_beside(&mut self) -> Result<BesideMeasured, RunError> {
        if self.beside.is_none() {
            return Ok(BesideMeasured::default());
        }
        self.beside(|beside, moment| beside.catch_up(moment.registry));
        let begin = self.clock.now();
        let stopped = self.controls.is_stopped();
        let most = if stopped { self.plan.drain.min(STOPPED) } else { self.plan.drain };
        let deadline = begin.saturating_add(nanos(most));
        let mut events = Events::with_capacity(EVENTS);
        let (mut now, mut look) = (begin, begin);
        while now < deadline && (stopped || !self.controls.is_stopped()) {
            if now >= look {
                if self.beside(|beside, moment| beside.is_done(moment)) == Some(true) {
                    break;
                }
                look = now + TICK;
            }
            self.turn(deadline.min(look), &mut events)?;
            now = self.clock.now();
        }
        let quiet = nanos(QUIET).min((now - begin) / 2);
        let Some(beside) = self.beside.take() else { return Ok(BesideMeasured::default()) };
        let registry: &Registry = self.poll.registry();
        Ok(beside.finish(now - quiet, &Moment { now, registry, verifier: &self.verifier }))
    }
}

fn cannot_join(wire: Wire, failed: CannotJoin) -> RunError {
    let CannotJoin { kind, at, count, reason } = failed;
    let remedy = wire.remedy(&reason);
    RunError::Beside { kind, at, count, reason, remedy }
}

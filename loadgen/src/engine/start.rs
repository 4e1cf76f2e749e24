//! When messages begin, where that is agreed with others.

use std::time::SystemTime;

use mio::Events;

use super::follow::AHEAD;
use super::{EVENTS, Engine, Phase};
use crate::error::RunError;
use crate::plan::Start;

impl Engine<'_> {
    /// When messages begin, once that is known: then all have joined, of every process. `None` is now.
    pub(super) fn agree(&mut self) -> Result<Option<SystemTime>, RunError> {
        match self.plan.start {
            Start::Settled => Ok(None),
            Start::At(moment) => Ok(Some(moment)),
            Start::Agreed => {
                self.controls.progress.set_phase(Phase::Ready);
                let start = &self.controls.start;
                self.rest(|_| start.get().is_none().then_some(u64::MAX))?;
                start.get().copied().ok_or(RunError::Interrupted).map(Some)
            }
        }
    }

    /// Waits until messages begin, or a little less where they are another process's. It returns when they do.
    pub(super) fn wait_for(&mut self, moment: Option<SystemTime>) -> Result<u64, RunError> {
        let Some(moment) = moment else { return Ok(self.clock.now()) };
        let start = self.clock.at(moment).map_err(|late| RunError::StartIsPast { late })?;
        let until = if self.plan.follows.is_some() { start.saturating_sub(AHEAD) } else { start };
        self.rest(|engine| (engine.clock.now() < until).then_some(until))?;
        Ok(start)
    }

    /// Deals with what comes while messages have not begun, as long as something says until when.
    pub(super) fn rest(&mut self, until: impl Fn(&Self) -> Option<u64>) -> Result<(), RunError> {
        let mut events = Events::with_capacity(EVENTS);
        while let Some(until) = until(self) {
            if self.controls.is_stopped() {
                return Err(RunError::Interrupted);
            }
            self.turn(until, &mut events)?;
        }
        Ok(())
    }
}

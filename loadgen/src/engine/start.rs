//! When messages begin, where that is agreed with others.

use mio::Events;

use super::follow::AHEAD;
use super::{EVENTS, Engine, Phase};
use crate::error::RunError;
use crate::plan::Start;

impl Engine<'_> {
    /// Waits until messages begin, or a little less where they are another process's. It returns when they do.
    pub(super) fn wait_for_start(&mut self) -> Result<u64, RunError> {
        let moment = match self.plan.start {
            Start::Settled => return Ok(self.clock.now()),
            Start::At(moment) => moment,
            Start::Agreed => {
                self.controls.progress.set_phase(Phase::Ready);
                let start = &self.controls.start;
                self.rest(|_| start.get().is_none().then_some(u64::MAX))?;
                start.get().copied().ok_or(RunError::Interrupted)?
            }
        };
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

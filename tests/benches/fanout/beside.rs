//! What goes on beside a run, on a thread of its own.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use fanfare_loadgen::usage::Usage;
use fanfare_loadgen::{Controls, Measured, Phase, Plan};

use super::rounds::{Failure, run_plan};
use super::subject::Subject;

/// How often it is looked how far a run is.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How far a run is, for who is beside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside(Controls);

impl Beside {
    /// Makes a run, and does something beside it, which must end when [`goes_on`](Self::goes_on) says so.
    ///
    /// # Errors
    ///
    /// There is nothing that could be measured.
    pub(crate) fn run<T: Send>(
        &self,
        subject: &Subject,
        plan: &Plan,
        other: impl FnOnce(&Self) -> T + Send,
    ) -> Result<(Measured, T), Failure> {
        thread::scope(|scope| {
            let other = scope.spawn(|| other(self));
            let measured = run_plan(subject, plan, &self.0);
            // Without a run there is nothing to wait for.
            self.0.stop.store(true, Ordering::Relaxed);
            let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok((measured?, other))
        })
    }

    /// Waits until the run has come to a phase. It returns whether it has.
    pub(crate) fn wait_for(&self, phase: Phase) -> bool {
        while !self.has_come_to(phase) {
            if self.0.stop.load(Ordering::Relaxed) {
                return false;
            }
            thread::sleep(LOOK_EVERY);
        }
        true
    }

    /// Whether the run still sends messages, or will.
    pub(crate) fn goes_on(&self) -> bool {
        !self.has_come_to(Phase::Drain) && !self.0.stop.load(Ordering::Relaxed)
    }

    /// The most resident memory of a process, in octets, while the run sends its messages.
    pub(crate) fn most_memory(&self, pid: u32) -> u64 {
        let mut most = 0;
        self.wait_for(Phase::Load);
        while self.goes_on() {
            most = most.max(Usage::of(pid).map_or(0, |usage| usage.memory));
            thread::sleep(LOOK_EVERY);
        }
        most
    }

    fn has_come_to(&self, phase: Phase) -> bool {
        self.0.progress.phase() as u8 >= phase as u8
    }
}

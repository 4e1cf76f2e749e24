//! Runs under the eyes of a person: they show how far they are, and signals end them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::error::CommandError;
use crate::engine::{Controls, run};
use crate::error::RunError;
use crate::plan::Plan;
use crate::progress::Display;
use crate::report::Report;

/// What all runs of one command share.
#[derive(Debug)]
pub(super) struct Session {
    stop: Arc<AtomicBool>,
    quiet: bool,
}

impl Session {
    /// Signals end the run that is going on, and those that follow, in order: none of them may end this program and leave
    /// the server that it has started.
    pub(super) fn new(quiet: bool) -> Result<Self, CommandError> {
        let stop = Arc::default();
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
            signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(CommandError::Signals)?;
        }
        Ok(Self { stop, quiet })
    }

    /// Whether there is to be no further run.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// A line about what follows, unless nobody wants any.
    pub(super) fn tell(&self, line: &str) {
        if !self.quiet {
            super::say(line);
        }
    }

    /// Makes a run.
    pub(super) fn measure(&self, plan: &Plan) -> Result<Report, CommandError> {
        let controls = Controls { stop: Arc::clone(&self.stop), ..Controls::default() };
        let _display = (!self.quiet).then(|| Display::start(plan, Arc::clone(&controls.progress)));
        Ok(run(plan, &controls).map(|measured| Report::from(&measured))?)
    }

    /// Makes one of several runs; `None` if it was interrupted, since half a run can't be held against whole ones.
    pub(super) fn measure_whole(&self, plan: &Plan) -> Result<Option<Report>, CommandError> {
        match self.measure(plan) {
            Ok(report) => Ok((!report.interrupted).then_some(report)),
            Err(CommandError::Run(RunError::Interrupted)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A report that says which of several it is.
pub(super) fn labelled(mut report: Report, label: String) -> Report {
    report.run.label = Some(label);
    report
}

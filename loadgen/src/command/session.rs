//! Runs under the eyes of a person: they show how far they are, and signals end them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::error::CommandError;
use crate::engine::{Controls, Measured, run};
use crate::error::RunError;
use crate::live::{self, Facts, Live};
use crate::plan::Plan;
use crate::report::Report;

/// What all runs of one command share.
#[derive(Debug)]
pub(super) struct Session {
    stop: Arc<AtomicBool>,
    live: Live,
}

impl Session {
    /// Signals end the run that is going on, and those that follow, in order: none of them may end this program and leave
    /// the server that it has started.
    pub(super) fn new(shown: live::Args) -> Result<Self, CommandError> {
        let stop = Arc::default();
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
            signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(CommandError::Signals)?;
        }
        Ok(Self { stop, live: Live::open(shown)? })
    }

    /// Whether there is to be no further run.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Makes a run. What is shown of it is under a heading, if there are several.
    pub(super) fn measure(&self, plan: &Plan, heading: Option<&str>) -> Result<Report, CommandError> {
        Ok(self.raw(plan, heading, &self.controls()).map(|measured| Report::from(&measured))?)
    }

    /// The lines to a run of this session.
    pub(super) fn controls(&self) -> Controls {
        Controls { stop: Arc::clone(&self.stop), ..Controls::default() }
    }

    /// What signals set.
    pub(super) fn stop(&self) -> &AtomicBool {
        &self.stop
    }

    /// Makes a run that has such lines to the outside.
    pub(super) fn raw(&self, plan: &Plan, heading: Option<&str>, controls: &Controls) -> Result<Measured, RunError> {
        let facts = Facts::from(plan);
        let facts = match heading {
            Some(heading) => facts.headed(heading),
            None => facts,
        };
        let _shown = self.live.show(facts, &controls.progress);
        run(plan, controls)
    }

    /// Makes one of several runs; `None` if it was interrupted, since half a run can't be held against whole ones.
    pub(super) fn measure_whole(&self, plan: &Plan, heading: &str) -> Result<Option<Report>, CommandError> {
        match self.measure(plan, Some(heading)) {
            Ok(report) => Ok((!report.interrupted).then_some(report)),
            Err(CommandError::Run(RunError::Interrupted)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A report that says which of several it is, and of which server.
pub(super) fn labelled(mut report: Report, label: String, server: Option<String>) -> Report {
    report.run.server = server;
    report.run.label = Some(label);
    report
}

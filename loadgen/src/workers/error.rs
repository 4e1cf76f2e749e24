//! Why there is no run of several processes.

use std::io;
use std::time::Duration;

use super::Endpoint;
use crate::error::RunError;
use crate::merge::MergeError;
use crate::plan::PlanError;

/// A run of several processes that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum WorkersError {
    /// No one can listen there.
    #[error(
        "can't wait for workers at {address} ({source}); give --workers-listen an address of this machine, or port 0 for a free one"
    )]
    Listen {
        /// Where.
        address: Endpoint,
        /// What the system says.
        source: io::Error,
    },
    /// Not all workers came.
    #[error(
        "{there} of {wanted} workers were there after {}: start the others (`loadgen --join ADDRESS`), or wait longer (--workers-wait)",
        humantime::format_duration(*waited)
    )]
    TooFew {
        /// How many came.
        there: usize,
        /// How many were to come.
        wanted: usize,
        /// How long it was waited.
        waited: Duration,
    },
    /// The run can't be shared so.
    #[error("the run can't be shared by {processes} processes, of which {clients} clients are one's share: {source}")]
    Share {
        /// How many share it.
        processes: usize,
        /// The share that makes no sense.
        clients: u32,
        /// Why not.
        source: PlanError,
    },
    /// A worker is gone, and its receivers with it.
    #[error("the worker {name} has gone ({reason}): there is no run without its clients; make it again")]
    WorkerGone {
        /// Which.
        name: String,
        /// What was seen of it.
        reason: String,
    },
    /// A worker can't do its part.
    #[error("the worker {name} can't do its part: {reason}")]
    WorkerFailed {
        /// Which.
        name: String,
        /// What it says.
        reason: String,
    },
    /// Nobody coordinates there.
    #[error(
        "no coordinator answers at {address} ({source}); start one with `loadgen --workers-listen ADDRESS --workers N`"
    )]
    NoCoordinator {
        /// Where.
        address: Endpoint,
        /// What the system says.
        source: io::Error,
    },
    /// What answers is no coordinator.
    #[error("what answers at {address} is no coordinator of loadgen: {reason}")]
    NotCoordinator {
        /// Where.
        address: Endpoint,
        /// What it did.
        reason: String,
    },
    /// The coordinator is of another version.
    #[error(
        "the coordinator at {address} is loadgen {theirs}, and this one is {own}: all processes of a run must be of the same version"
    )]
    OtherVersion {
        /// Where.
        address: Endpoint,
        /// Its version.
        theirs: String,
        /// This one's.
        own: String,
    },
    /// The coordinator is gone.
    #[error("the coordinator has gone ({reason}): what was measured here is part of no run")]
    CoordinatorGone {
        /// What was seen of it.
        reason: String,
    },
    /// The coordinator needs nobody, or has ended the run.
    #[error("the coordinator has ended the run: {reason}")]
    Ended {
        /// What it says.
        reason: String,
    },
    /// What the coordinator wants can't be done.
    #[error("the coordinator wants what can't be done: {reason}")]
    Job {
        /// Why not.
        reason: String,
    },
    /// The own part could not be made.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The reports don't go together.
    #[error("the workers' reports can't be merged: {0}")]
    Merge(#[from] MergeError),
}

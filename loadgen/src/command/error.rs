//! Why there is nothing to report.

use std::io;

use crate::error::RunError;
use crate::exit;
use crate::live::LiveError;
use crate::merge::MergeError;
use crate::page::PageError;
use crate::saved::{OutputError, SavedError};
use crate::server::SpawnError;
use crate::target::TargetError;
use crate::workers::WorkersError;
use crate::workload::WorkloadError;

/// Why the program ends without a report.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The workload is wrong.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// The target is wrong.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A file is no saved run.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// Files can't be merged.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// What is to be written can't be, as is known before there is anything to write.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// There is no such page.
    #[error(transparent)]
    Page(#[from] PageError),
    /// There are options for a server that is not started.
    #[error("what stands behind -- is for a server that is started: use --target spawn:KIND, or leave it away")]
    NothingSpawned,
    /// Options that do not go together.
    #[error("{one} does not go with {other}: {why}")]
    Together {
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
        /// Why not, and what to do.
        why: &'static str,
    },
    /// What is to be shown can't be.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// The server that was to be started did not start.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// There was no run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// There was no run of several processes.
    #[error(transparent)]
    Workers(WorkersError),
    /// What was open could not be written.
    #[error(transparent)]
    Write(OutputError),
    /// Signals can't be caught.
    #[error("the system refused to catch signals: {0}")]
    Signals(io::Error),
    /// What is to be written has no such form.
    #[error("the report can't be written: {0}")]
    Form(#[from] serde_json::Error),
}

impl CommandError {
    /// What the program exits with.
    pub fn code(&self) -> u8 {
        match self {
            Self::Workload(_)
            | Self::Target(_)
            | Self::Saved(_)
            | Self::Merge(_)
            | Self::Output(_)
            | Self::Page(_)
            | Self::NothingSpawned
            | Self::Together { .. } => exit::USAGE,
            Self::Workers(WorkersError::Share { .. }) => exit::USAGE,
            Self::Run(RunError::Plan(_)) => exit::USAGE,
            Self::Run(RunError::Interrupted) => exit::INTERRUPTED,
            Self::Live(_)
            | Self::Spawn(_)
            | Self::Run(_)
            | Self::Workers(_)
            | Self::Write(_)
            | Self::Signals(_)
            | Self::Form(_) => exit::NO_RUN,
        }
    }
}

impl From<WorkersError> for CommandError {
    /// What is wrong with the own part is said as of a run of one process.
    fn from(error: WorkersError) -> Self {
        match error {
            WorkersError::Run(error) => Self::Run(error),
            error => Self::Workers(error),
        }
    }
}

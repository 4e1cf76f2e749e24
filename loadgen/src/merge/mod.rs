//! One run of what several loadgens made at the same time, and one HDR log of several.
//!
//! Distributions are added, so that percentiles are those of all values; none is ever an average of percentiles. What is of
//! one process by its nature stays so: the first, the median and the last receiver of a message are those among the
//! receivers of the process that sent it.

mod logs;
mod parts;
mod runs;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use logs::logs;
pub use runs::runs;

use crate::report::Report;
use crate::saved::{self, Log, LogError, SavedError};

/// What came out.
#[derive(Clone, Debug)]
pub enum Merged {
    /// Of saved runs.
    Run(Box<Report>),
    /// Of HDR logs.
    Log(Log),
}

/// Why there is nothing merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// There is nothing to merge.
    #[error("no file to merge; name what `loadgen --json FILE` or `loadgen --hdr FILE` wrote")]
    Nothing,
    /// A saved run can't be read.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// An HDR log can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Some are runs, and some are logs.
    #[error(
        "{} is a saved run, and {} is an HDR log; merge those of one kind: the log of a run is what `loadgen --hdr` wrote with it",
        run.display(),
        log.display()
    )]
    Mixed {
        /// A saved run.
        run: PathBuf,
        /// A log.
        log: PathBuf,
    },
    /// They were not of the same kind of run.
    #[error(
        "{} and {} differ in their {what} ({first} and {second}); only runs that were made in the same way are one run",
        one.display(),
        other.display()
    )]
    Differ {
        /// A file.
        one: PathBuf,
        /// Another.
        other: PathBuf,
        /// In what.
        what: &'static str,
        /// That of the one.
        first: String,
        /// That of the other.
        second: String,
    },
    /// Two are the same run.
    #[error("{} and {} are the same run, which would count twice; give each run once", one.display(), other.display())]
    Same {
        /// A file.
        one: PathBuf,
        /// Another.
        other: PathBuf,
    },
    /// More than one had slow readers, churn and the like beside its receivers.
    #[error(
        "{} and {} both had connections beside their receivers (slow, stalled, churn, garbage), whose accounts can't be added; \
         have them in one of the processes only",
        one.display(),
        other.display()
    )]
    Beside {
        /// A file.
        one: PathBuf,
        /// Another.
        other: PathBuf,
    },
    /// They were not made at the same time.
    #[error(
        "{} and {} were not made at the same time: they began {} apart and messages were sent for {}; runs that follow one \
         another are not one run",
        one.display(),
        other.display(),
        humantime::format_duration(*apart),
        humantime::format_duration(*duration)
    )]
    Apart {
        /// A file.
        one: PathBuf,
        /// Another.
        other: PathBuf,
        /// How far apart they began.
        apart: Duration,
        /// How long each lasted.
        duration: Duration,
    },
}

/// Reads files, and merges what is in them: saved runs, or HDR logs.
///
/// # Errors
///
/// A file can't be read, or they don't go together.
pub fn files(files: &[PathBuf]) -> Result<Merged, MergeError> {
    let (mut all_runs, mut all_logs) = (Vec::<(PathBuf, Report)>::new(), Vec::new());
    for file in files {
        let octets = saved::octets(file)?;
        if is_json(&octets) {
            let run = saved::parse(file, &octets)?;
            if let Some((one, _)) = all_runs.iter().find(|(_, known)| *known == run) {
                return Err(MergeError::Same { one: one.clone(), other: file.clone() });
            }
            all_runs.push((file.clone(), run));
        } else {
            all_logs.push((file.clone(), Log::parse(file, &octets)?));
        }
    }
    match (all_runs.first(), all_logs.first()) {
        (None, None) => Err(MergeError::Nothing),
        (Some((run, _)), Some((log, _))) => Err(MergeError::Mixed { run: run.clone(), log: log.clone() }),
        (Some(_), None) => runs(&all_runs).map(Box::new).map(Merged::Run),
        (None, Some(_)) => Ok(Merged::Log(logs(all_logs.into_iter().map(|(_, log)| log)))),
    }
}

/// No line of a log begins like JSON.
fn is_json(octets: &[u8]) -> bool {
    matches!(octets.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// The name of a file, for what is said of it in a report.
fn name(file: &Path) -> String {
    file.display().to_string()
}

#[cfg(test)]
mod tests;

//! `loadgen report`: saved runs are shown again, as tables and as a page.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::CommandError;
use super::options::ReportOptions;
use super::output;
use crate::exit;
use crate::page::{PageError, page};
use crate::report::{Report, VERSION, table};

/// Why saved runs could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file can't be read.
    #[error("can't read {}: {source}", file.display())]
    Read {
        /// Which.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is something else.
    #[error("{} is no report of loadgen ({source}); --json FILE writes one", file.display())]
    NoReport {
        /// Which.
        file: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A report has a form that this program does not know.
    #[error("{} is a report of version {version}, and this loadgen reads version {VERSION}; make the run again", file.display())]
    Version {
        /// Which.
        file: PathBuf,
        /// Its version.
        version: u32,
    },
    /// There is no page.
    #[error(transparent)]
    Page(#[from] PageError),
}

impl ReportError {
    /// What the program exits with.
    pub fn code(&self) -> u8 {
        match self {
            Self::Read { .. } | Self::NoReport { .. } | Self::Version { .. } | Self::Page(_) => exit::USAGE,
        }
    }
}

/// Shows what the options ask for.
///
/// # Errors
///
/// A file is no report, there are too many, or the page can't be written. Then nothing was printed.
pub(super) fn report(options: &ReportOptions) -> Result<u8, CommandError> {
    let runs = options.files.iter().map(|file| saved(file)).collect::<Result<Vec<_>, _>>()?;
    if let Some(file) = &options.html {
        write_page(file, &runs)?;
    }
    if options.html.as_deref() != Some(Path::new("-")) {
        let tables: Vec<_> = runs.iter().map(table).collect();
        output::print(&tables.join("\n"));
    }
    Ok(0)
}

/// Writes the page of runs to a file; `-` is standard output.
///
/// # Errors
///
/// There is no such page, or it can't be written.
pub(super) fn write_page(file: &Path, runs: &[Report]) -> Result<(), CommandError> {
    output::file(file, &page(runs).map_err(ReportError::Page)?)
}

fn saved(file: &Path) -> Result<Report, ReportError> {
    let text = fs::read(file).map_err(|source| ReportError::Read { file: file.to_owned(), source })?;
    let report: Report =
        serde_json::from_slice(&text).map_err(|source| ReportError::NoReport { file: file.to_owned(), source })?;
    if report.version != VERSION {
        return Err(ReportError::Version { file: file.to_owned(), version: report.version });
    }
    Ok(report)
}

//! Runs as they are saved, and read again.
//!
//! A saved run is the [`Report`] as JSON. It has every distribution whole, so that the table, an HDR log and a CSV file can be
//! made of it as of the run itself, and several can be [merged](crate::merge).

mod csv;
mod hdr;
mod outputs;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::report::{Report, VERSION};
use crate::series::MOST_MOMENTS;

pub use self::csv::csv;
pub use hdr::{Interval, Log, LogError, log};
pub(crate) use outputs::Output;
pub use outputs::{Opened, OutputError, Outputs};

/// The largest file that is read, in octets. The largest that is written has a few million.
const MOST: u64 = 256 << 20;

/// Why a saved run can't be had.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// The file can't be read.
    #[error("can't read {}: {source}", file.display())]
    Read {
        /// Which.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is larger than any saved run.
    #[error("{} has more than {MOST} octets: no saved run is so large", file.display())]
    TooLarge {
        /// Which.
        file: PathBuf,
    },
    /// It is no JSON.
    #[error("{} is no JSON ({reason}); a saved run is what `loadgen --json FILE` writes", file.display())]
    NoJson {
        /// Which.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// It is the JSON of something else.
    #[error("{} is JSON, but no run of loadgen; a saved run is what `loadgen --json FILE` writes", file.display())]
    OtherJson {
        /// Which.
        file: PathBuf,
    },
    /// Another loadgen wrote it.
    #[error(
        "{} is a run in version {version} of its form, and this loadgen reads version {VERSION}; read it with a loadgen of its own \
         time, or make the run again",
        file.display()
    )]
    Version {
        /// Which.
        file: PathBuf,
        /// What it says.
        version: u64,
    },
    /// It says that it is what it should be, and is not.
    #[error("{} is a run of loadgen that was damaged or changed: {reason}; make the run again", file.display())]
    Malformed {
        /// Which.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Reads a saved run. Its file has at most 256 MiB.
///
/// # Errors
///
/// There is none, and why.
pub fn read(file: &Path) -> Result<Report, SavedError> {
    parse(file, &octets(file)?)
}

/// Reads a file that may be a saved run or an HDR log.
///
/// # Errors
///
/// It can't be read, or is too large.
pub(crate) fn octets(file: &Path) -> Result<Vec<u8>, SavedError> {
    let failed = |source| SavedError::Read { file: file.to_owned(), source };
    let mut octets = Vec::new();
    File::open(file).map_err(failed)?.take(MOST + 1).read_to_end(&mut octets).map_err(failed)?;
    if octets.len() as u64 > MOST { Err(SavedError::TooLarge { file: file.to_owned() }) } else { Ok(octets) }
}

/// Reads a saved run that is in memory; the file is that of its errors.
///
/// # Errors
///
/// It is none, and why.
pub fn parse(file: &Path, octets: &[u8]) -> Result<Report, SavedError> {
    let file = || file.to_owned();
    let value: Value = serde_json::from_slice(octets)
        .map_err(|error| SavedError::NoJson { file: file(), reason: error.to_string() })?;
    // Other programs have versions too.
    let version = value.get("version").and_then(Value::as_u64).filter(|_| value.get("run").is_some());
    match version {
        None => return Err(SavedError::OtherJson { file: file() }),
        Some(version) if version != u64::from(VERSION) => return Err(SavedError::Version { file: file(), version }),
        Some(_) => {}
    }
    let malformed = |reason: String| SavedError::Malformed { file: file(), reason };
    let report: Report = serde_json::from_value(value).map_err(|error| malformed(error.to_string()))?;
    let (moments, parts) = (report.series.moments.len(), report.histograms.parts.len());
    if report.series.interval_ns == 0 && moments > 0 || moments > MOST_MOMENTS {
        let interval = report.series.interval_ns;
        return Err(malformed(format!("it has {moments} parts of {interval} ns")));
    }
    if moments != parts {
        return Err(malformed(format!("it has {moments} parts, and distributions of {parts}")));
    }
    Ok(report)
}

#[cfg(test)]
pub(crate) mod tests;

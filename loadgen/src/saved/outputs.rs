//! The files that a run is written to. They are opened before it, so that no run is made of which nothing could be kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Log, csv};
use crate::page::{PageError, page};
use crate::report::Report;

/// What is to be written, and where to; `-` is standard output.
#[derive(Args, Clone, Debug, Default)]
pub struct Outputs {
    /// Writes the report as JSON to a file; `-` is standard output, in place of the table.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub json: Option<PathBuf>,

    /// Writes the distributions as a log of HdrHistogram, one line for each part of the time.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub hdr: Option<PathBuf>,

    /// Writes what happened in each part of the time as CSV.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub csv: Option<PathBuf>,

    /// Writes the report as a page with charts, for a browser; `-` is standard output, in place of the table.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub html: Option<PathBuf>,
}

/// Something that can't be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file.
    #[error("can't write {}: {source}; choose another file with {option}", file.display())]
    Write {
        /// The option that names it.
        option: &'static str,
        /// Which.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no page.
    #[error(transparent)]
    Page(#[from] PageError),
    /// Two things would go to one place.
    #[error("{one} and {other} can't both write to {}; give each a file of its own", file.display())]
    Same {
        /// An option.
        one: &'static str,
        /// Another.
        other: &'static str,
        /// Where to.
        file: PathBuf,
    },
}

/// One that is open. What was in it is there until something is written; if nothing is, a new file goes away with this.
#[derive(Debug)]
pub(crate) struct Output {
    option: &'static str,
    path: PathBuf,
    /// `None` is standard output.
    file: Option<File>,
    /// Whether it was not there before.
    is_new: bool,
    written: bool,
}

/// The outputs of a run that is going to be made. Those that are not written, and were not there before, go away with this.
#[derive(Debug, Default)]
pub struct Opened {
    json: Option<Output>,
    hdr: Option<Output>,
    csv: Option<Output>,
    html: Option<Output>,
}

impl Outputs {
    /// Opens all of them.
    ///
    /// # Errors
    ///
    /// One can't be written, or two are the same.
    pub fn open(&self) -> Result<Opened, OutputError> {
        let all = [("--json", &self.json), ("--hdr", &self.hdr), ("--csv", &self.csv), ("--html", &self.html)];
        for (at, &(one, file)) in all.iter().enumerate() {
            let same = all[at + 1..].iter().find(|&&(_, other)| file.is_some() && file == other);
            if let (Some((other, _)), Some(file)) = (same, file) {
                return Err(OutputError::Same { one, other, file: file.clone() });
            }
        }
        let open = |(option, path): (&'static str, &Option<PathBuf>)| {
            path.as_deref().map(|path| Output::open(option, path)).transpose()
        };
        Ok(Opened { json: open(all[0])?, hdr: open(all[1])?, csv: open(all[2])?, html: open(all[3])? })
    }

    /// An option that asks for more than an HDR log, if there is one.
    pub fn besides_hdr(&self) -> Option<&'static str> {
        let others = [("--json", &self.json), ("--csv", &self.csv), ("--html", &self.html)];
        others.into_iter().find(|(_, file)| file.is_some()).map(|(option, _)| option)
    }
}

impl Opened {
    /// Whether standard output is taken.
    pub fn to_standard_output(&self) -> bool {
        [&self.json, &self.hdr, &self.csv, &self.html].into_iter().flatten().any(Output::is_standard)
    }

    /// Writes everything of a run that is to be written: all that can be.
    ///
    /// # Errors
    ///
    /// What can't be.
    pub fn write(&mut self, report: &Report) -> Vec<OutputError> {
        let mut errors = Vec::new();
        if let Some(output) = &mut self.json {
            let mut text = serde_json::to_vec_pretty(report).expect("every part of a report can be written");
            text.push(b'\n');
            errors.extend(output.write(&text).err());
        }
        if let Some(output) = &mut self.csv {
            errors.extend(output.write(&csv(report)).err());
        }
        if let Some(output) = &mut self.html {
            match page(std::slice::from_ref(report)) {
                Ok(text) => errors.extend(output.write(text.as_bytes()).err()),
                Err(error) => errors.push(error.into()),
            }
        }
        errors.extend(self.write_log(&super::log(report)));
        errors
    }

    /// Writes an HDR log, if one is to be written.
    ///
    /// # Errors
    ///
    /// It can't be.
    pub fn write_log(&mut self, log: &Log) -> Option<OutputError> {
        self.hdr.as_mut()?.write(&log.write()).err()
    }
}

impl Output {
    pub(crate) fn open(option: &'static str, path: &Path) -> Result<Self, OutputError> {
        if path == Path::new("-") {
            return Ok(Self { option, path: path.to_owned(), file: None, is_new: false, written: false });
        }
        let is_new = !path.exists();
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        match file {
            Ok(file) => Ok(Self { option, path: path.to_owned(), file: Some(file), is_new, written: false }),
            Err(source) => Err(OutputError::Write { option, file: path.to_owned(), source }),
        }
    }

    /// Whether it is standard output.
    pub(crate) fn is_standard(&self) -> bool {
        self.file.is_none()
    }

    pub(crate) fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        let written = match &mut self.file {
            None => {
                // Whoever has closed it does not want to know.
                let mut output = io::stdout().lock();
                let _ = output.write_all(octets).and_then(|()| output.flush());
                Ok(())
            }
            Some(file) => replace(file, octets),
        };
        self.written = true;
        written.map_err(|source| OutputError::Write { option: self.option, file: self.path.clone(), source })
    }
}

/// Writes over what was in a file. What is no regular file, such as a pipe, has no beginning and no length.
fn replace(file: &mut File, octets: &[u8]) -> io::Result<()> {
    if file.metadata()?.is_file() {
        file.rewind()?;
        file.set_len(0)?;
    }
    file.write_all(octets)?;
    file.flush()
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.is_new && !self.written {
            // It is empty, and nobody waits for it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

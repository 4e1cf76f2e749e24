//! What can go wrong with the files of the history.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why the history can't be opened.
#[derive(Debug, Error)]
pub(crate) enum OpenError {
    /// The directory or a file in it can't be made or written.
    #[error("can't write to {path}: {cause}; choose another with --data-dir, or keep no history with --history off")]
    Directory {
        /// What can't be written.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },

    /// Another process has it open.
    #[error(
        "the history in {dir} is in use by {}; stop that server, or choose another directory with --data-dir",
        process(.pid.as_deref())
    )]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// The process, if it said so in the lock's file.
        pid: Option<Box<str>>,
    },

    /// A later version of the program has changed the file.
    #[error(
        "{path} was written by a newer chat-server (version {version} of the file): use that one, or another --data-dir"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its schema.
        version: i64,
    },

    /// The file is something else.
    #[error("{path} is no history of chat-server; move it away, or choose another directory with --data-dir")]
    Foreign {
        /// The file.
        path: PathBuf,
    },

    /// The file has lost its form.
    #[error(
        "{path} is damaged: {cause}; put a backup in its place, or move it away and begin anew (what can be read of it, \
         `sqlite3 {path} .recover` prints; HISTORY.md says how either comes into its place)"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        cause: StoreError,
    },

    /// The system has no random numbers for a new epoch.
    #[error("the system has no random numbers for the rooms' new epochs; try again")]
    NoEntropy,

    /// Anything else.
    #[error("can't open {path}: {cause}; choose another with --data-dir, or keep no history with --history off")]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        cause: StoreError,
    },
}

fn process(pid: Option<&str>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

impl OpenError {
    /// Sorts what went wrong with a file while it was opened.
    pub(in crate::history) fn of(path: impl Into<PathBuf>, cause: StoreError) -> Self {
        let path = path.into();
        match cause {
            StoreError::Foreign(_) => Self::Foreign { path },
            StoreError::Corrupt(_) => Self::Damaged { path, cause },
            _ => Self::Failed { path, cause },
        }
    }
}

/// Why the history can't be written or read.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// There is no room for what was to be written. It works again once there is.
    #[error("the disk that has the history is full; make room on it")]
    Full(#[source] rusqlite::Error),

    /// What is in the file can't have been written by a server.
    #[error("the history is damaged: {0}")]
    Corrupt(String),

    /// A file is no database.
    #[error("{0}")]
    Foreign(#[source] rusqlite::Error),

    /// A file can't be made or removed.
    #[error("can't write to {path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },

    /// SQLite has ended the group by itself after an earlier error: nothing more can be put into it.
    #[error("the group was already undone")]
    Undone,

    /// Something that SQLite needs is not there.
    #[error("{0}")]
    Unsupported(&'static str),

    /// Anything else.
    #[error("the history can't be used: {0}")]
    Failed(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
        match (&error, error.sqlite_error_code()) {
            (_, Some(ErrorCode::DiskFull)) => Self::Full(error),
            (_, Some(ErrorCode::NotADatabase)) => Self::Foreign(error),
            (_, Some(ErrorCode::DatabaseCorrupt))
            | (FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..), _) => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Failed(error),
        }
    }
}

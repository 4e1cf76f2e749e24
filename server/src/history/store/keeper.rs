//! Moving what was written from the write-ahead log into the file, beside the writer.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::StoreError;
use super::connect::{Access, connect};
use super::reserve::{give_up, keep};

/// What the connection keeps of the file in memory, in KiB.
const CACHE: u32 = 256;

/// A connection that makes checkpoints.
#[derive(Debug)]
pub(crate) struct Keeper {
    connection: Connection,
    dir: PathBuf,
}

/// What a checkpoint came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// The pages in the write-ahead log, of 4 KiB each.
    pub(crate) wal_pages: u64,
    /// Those of them that are in the file too. Once they all are and nobody reads them, the writer begins the log anew.
    pub(crate) done_pages: u64,
    /// Whether somebody kept it from being completed.
    pub(super) busy: bool,
}

impl Keeper {
    /// Of the directory of an open store.
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        let connection = connect(&dir.join("history.db"), Access::Write, CACHE)?;
        Ok(Self { connection, dir: dir.to_owned() })
    }

    /// Moves what can be moved without waiting for anybody, and syncs it.
    pub(crate) fn checkpoint(&self) -> Result<Checkpoint, StoreError> {
        checkpoint(&self.connection, "PASSIVE")
    }

    /// Gives up the space that is kept for a full disk, for something to be forgotten. Returns whether there was some.
    pub(crate) fn give_up_reserve(&self) -> bool {
        give_up(&self.dir)
    }

    /// Keeps that space anew, unless it is there or the disk has no room for it.
    pub(crate) fn keep_reserve(&self) {
        keep(&self.dir);
    }
}

pub(super) fn checkpoint(connection: &Connection, mode: &str) -> Result<Checkpoint, StoreError> {
    // A log that nobody has opened yet has -1 pages.
    let pages = |pages: i64| u64::try_from(pages).unwrap_or(0);
    let mut statement = connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?;
    let done = statement.query_row((), |row| {
        Ok(Checkpoint { busy: row.get(0)?, wal_pages: pages(row.get(1)?), done_pages: pages(row.get(2)?) })
    })?;
    Ok(done)
}

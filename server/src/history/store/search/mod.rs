//! `search.db`: which words are in which messages. It is derived from `history.db`, follows it, and can be made anew.
//!
//! What it says is never believed alone: an answer is made of those messages that are still in the history. So it may
//! be behind, and it may know messages that are gone.

mod find;
mod index;
mod terms;
mod words;

pub(crate) use find::{Matches, Searcher};
pub(crate) use index::{Made, SearchIndex};
pub(crate) use terms::Terms;

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rusqlite::Connection;

use super::connect::{Access, connect};

/// Opens `search.db` in a directory, with the history beside it, to be read. Each may have so many KiB of its pages in
/// memory.
fn open(dir: &Path, access: Access, cache: u32) -> rusqlite::Result<Connection> {
    let connection = connect(&dir.join("search.db"), access, cache)?;
    connection.execute("ATTACH ? AS history", (read_only(&dir.join("history.db")),))?;
    connection.pragma_update(Some("history"), "cache_size", -i64::from(cache))?;
    Ok(connection)
}

/// The URI under which SQLite opens a file for nothing but reading.
fn read_only(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for &octet in path.as_os_str().as_bytes() {
        match octet {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => uri.push(octet.into()),
            _ => write!(uri, "%{octet:02x}").expect("a string takes everything"),
        }
    }
    uri + "?mode=ro"
}

#[cfg(test)]
mod tests;

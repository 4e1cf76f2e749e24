//! What SQLite alone commits on this machine: groups of messages of 64 octets, as the server's writer stores them, and
//! nothing around it. What `chat-server` stores is to be held against this.
//!
//! `cargo bench -p fanfare-server --bench store`, and `-- DIRECTORY` for a file on another disk than the temporary directory's.
//!
//! The store of the server is not a public part of it, so this is SQLite itself, with the server's tables, its statement
//! and its settings.

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

/// The tables of the server.
const SCHEMA: &str = include_str!("../src/history/store/schema/1.sql");

/// The statement of the server, with all that a message has.
const INSERT: &str = "INSERT INTO messages (n, room, seq, at, name, id, text, total) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

/// How many messages are committed together.
const GROUPS: [i64; 4] = [1, 10, 100, 1_000];

/// How long each is measured.
const TIME: Duration = Duration::from_secs(3);

/// How often what was committed is carried from the log into the file, by another thread, as in the server.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// What a message has: a text of 64 octets, and an id as clients make them.
const TEXT: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const NAME: &str = "load-32f8c839-7";
const ID_LENGTH: usize = 12;

type Failed = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    // What cargo says to a bench is not meant for it.
    let directory = env::args_os().skip(1).map(PathBuf::from).find(|word| !word.to_string_lossy().starts_with('-'));
    let scratch = match directory {
        Some(directory) => tempfile::tempdir_in(directory)?,
        None => tempfile::tempdir()?,
    };
    let mut output = io::stdout().lock();
    writeln!(output, "SQLite {}, in {}\n", rusqlite::version(), scratch.path().display())?;
    writeln!(output, "| messages a commit | without fsync | a commit | with fsync | a commit |")?;
    writeln!(output, "| ---: | ---: | ---: | ---: | ---: |")?;
    for group in GROUPS {
        write!(output, "| {group} |")?;
        for synchronous in ["NORMAL", "FULL"] {
            let path = scratch.path().join(format!("{synchronous}-{group}.db"));
            let (commits, time) = measure(&path, group, synchronous)?;
            let rate = (commits * group) as f64 / time.as_secs_f64();
            let each = time.as_secs_f64() * 1e6 / commits as f64;
            write!(output, " {rate:.0}/s | {each:.0} µs |")?;
            output.flush()?;
        }
        writeln!(output)?;
    }
    Ok(())
}

/// Commits groups for some time, beside somebody who carries the log home. How many, and how long that took.
fn measure(path: &Path, group: i64, synchronous: &str) -> Result<(i64, Duration), Failed> {
    let mut writer = connect(path, 8_192)?;
    writer.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    writer.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    writer.execute_batch(SCHEMA)?;
    writer.pragma_update(None, "wal_autocheckpoint", 0)?;
    writer.pragma_update(None, "synchronous", synchronous)?;
    let keeper = connect(path, 256)?;
    let (end, ended) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let keeping = scope.spawn(move || -> rusqlite::Result<()> {
            while ended.recv_timeout(CHECKPOINT_EVERY) == Err(RecvTimeoutError::Timeout) {
                keeper.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()))?;
            }
            Ok(())
        });
        let measured = commit_groups(&mut writer, group);
        drop(end);
        keeping.join().map_err(|_| "the thread of the checkpoints has panicked")??;
        Ok(measured?)
    })
}

fn connect(path: &Path, cache: i64) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "cache_size", -cache)?;
    Ok(connection)
}

fn commit_groups(writer: &mut Connection, group: i64) -> rusqlite::Result<(i64, Duration)> {
    let (begin, mut commits, mut number) = (Instant::now(), 0, 0);
    while begin.elapsed() < TIME {
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction.prepare_cached(INSERT)?;
            for _ in 0..group {
                number += 1;
                let id = format!("{number:0ID_LENGTH$}");
                let row = (number, 1, number, 1_700_000_000_000_i64 + number, NAME, &*id, TEXT, number * 155);
                insert.execute(row)?;
            }
        }
        transaction.commit()?;
        commits += 1;
    }
    Ok((commits, begin.elapsed()))
}

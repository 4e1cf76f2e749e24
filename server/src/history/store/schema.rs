//! The tables of `history.db`, and how a file of an older version becomes one of the newest.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::{OpenError, StoreError};

/// What marks the file as a history of this server: "Fanf".
const APPLICATION: i64 = 0x4661_6e66;

/// What leads from each version to the next. A version that was released never changes; a further one is appended.
pub(super) const STEPS: &[&str] = &[include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// Makes a file one of the newest version; an empty one too.
pub(super) fn migrate(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<(), OpenError> {
    let failed = |cause: rusqlite::Error| OpenError::of(path, cause.into());
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = number("application_id").map_err(failed)?;
    let version = number("user_version").map_err(failed)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0)).map_err(failed)?;
    if application != APPLICATION && (application, version, tables) != (0, 0, 0) {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    let done = match usize::try_from(version) {
        Ok(done) if done <= steps.len() => done,
        Ok(_) => return Err(OpenError::Newer { path: path.to_owned(), version }),
        Err(_) => return Err(OpenError::Foreign { path: path.to_owned() }),
    };
    // Before anything is in the file, or without effect.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(failed)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(failed)?;
    if mode != "wal" {
        let cause = StoreError::Unsupported("its file system can't hold a database with a write-ahead log");
        return Err(OpenError::Failed { path: path.to_owned(), cause });
    }
    for (done, step) in steps.iter().enumerate().skip(done) {
        apply(connection, step, done + 1).map_err(failed)?;
    }
    Ok(())
}

/// One step, whole or not at all.
fn apply(connection: &mut Connection, step: &str, version: usize) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(step)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", i64::try_from(version).unwrap_or(i64::MAX))?;
    transaction.commit()
}

//! The one connection that writes `history.db`, from its opening to its end.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::connect::{Access, PATIENCE, connect};
use super::found::{Epochs, Found, find};
use super::ids::KeptIds;
use super::keeper::checkpoint;
use super::lock::Lock;
use super::reserve::{keep, with_reserve};
use super::schema::{STEPS, migrate};
use super::{Group, OpenError, Place, StoreError};
use crate::hub::{Digests, random_epoch};

/// What the connection keeps of the file in memory, in KiB.
const CACHE: u32 = 8 * 1_024;

/// How far the order of storing jumps where the last places may be lost: far more than can have been lost.
const JUMP: i64 = 1 << 32;

/// What the file of the write-ahead log keeps of its length when the log begins anew, in octets.
const LOG_SIZE: &str = "67108864";

/// How long the restart of the write-ahead log waits for those who still read it: the writer stands still meanwhile.
const RESTART_PATIENCE: Duration = Duration::from_millis(100);

/// How a store is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'a> {
    /// Whether each commit is on the disk when it returns.
    pub(crate) sync: bool,
    /// Which start of the machine this is: [`boot_id`]. Without it, every start counts as another.
    pub(crate) boot: Option<&'a str>,
    /// What the remembered ids may take in memory, in octets. The newest win.
    pub(crate) id_octets: usize,
}

/// The history, for its only writer.
#[derive(Debug)]
pub(crate) struct Store {
    pub(super) connection: Connection,
    /// The place of the message that was stored last.
    pub(super) newest: Place,
    pub(super) ids: KeptIds,
    lock: Lock,
}

/// Which start of the machine this is, if the system says.
pub(crate) fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

impl Store {
    /// Opens the history in a directory, both of which are made if they aren't there, and reads what the server needs to
    /// know of it. How long that takes depends on the number of rooms and of what was said in the last minutes of each.
    ///
    /// # Errors
    ///
    /// Another process uses it; it can't be written; it is damaged, of a newer version, or something else.
    pub(crate) fn open(dir: &Path, start: Start<'_>) -> Result<(Self, Found), OpenError> {
        let ((store, found), is_full) = with_reserve(dir, || Self::open_once(dir, start))?;
        if !is_full {
            keep(&store.lock);
        }
        Ok((store, found))
    }

    fn open_once(dir: &Path, start: Start<'_>) -> Result<(Self, Found), OpenError> {
        let lock = Lock::take(dir)?;
        let path = lock.file("history.db")?;
        let failed = |cause: StoreError| OpenError::of(&path, cause);
        let mut connection = connect(&path, Access::Write, CACHE).map_err(|cause| failed(cause.into()))?;
        // What is written here must not be lost: it says what is to be believed after a crash.
        let set = |connection: &Connection, name, value| {
            connection.pragma_update(None, name, value).map_err(|cause| failed(cause.into()))
        };
        set(&connection, "synchronous", "FULL")?;
        migrate(&mut connection, &path, STEPS)?;
        set(&connection, "wal_autocheckpoint", "0")?;
        // The trigger is for those who delete by hand. A trim raises the floor itself, once for all that it deletes.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)
            .map_err(|cause| failed(cause.into()))?;
        set(&connection, "journal_size_limit", LOG_SIZE)?;
        let (epochs, newest) = begin_run(&mut connection, start).map_err(|error| match error {
            BeginError::NoEntropy => OpenError::NoEntropy,
            BeginError::Store(cause) => failed(cause),
        })?;
        set(&connection, "synchronous", if start.sync { "FULL" } else { "NORMAL" })?;
        let ids = KeptIds::open(&connection).map_err(failed)?;
        let found = find(&connection, epochs, &ids, start).map_err(failed)?;
        Ok((Self { connection, newest, ids, lock }, found))
    }

    /// The place of the message that was stored last.
    pub(crate) fn newest(&self) -> Place {
        self.newest
    }

    /// How the texts of messages with ids are compared.
    pub(crate) fn digests(&self) -> Digests {
        self.ids.digests()
    }

    /// The directory of the history, absolute.
    pub(crate) fn dir(&self) -> &Path {
        self.lock.dir()
    }

    /// Begins a group of rooms and messages that are stored together or not at all.
    pub(crate) fn begin(&mut self) -> Result<Group<'_>, StoreError> {
        Group::begin(self)
    }

    /// Lets the write-ahead log begin anew, for when it has grown too long although it is checkpointed: that happens where
    /// somebody always writes or reads it. Returns whether it could be done; it waits for readers for a tenth of a second.
    ///
    /// The log's file keeps its length, up to 64 MiB: to cut it off and let it grow again would keep the writer waiting
    /// for the file system, twice.
    pub(crate) fn restart_wal(&self) -> Result<bool, StoreError> {
        self.carry_home("RESTART")
    }

    fn carry_home(&self, mode: &str) -> Result<bool, StoreError> {
        self.connection.busy_timeout(RESTART_PATIENCE)?;
        let done = checkpoint(&self.connection, mode);
        self.connection.busy_timeout(PATIENCE)?;
        Ok(!done?.busy)
    }

    /// Ends in order: everything is on the disk before the file says so.
    pub(crate) fn close(self) -> Result<(), StoreError> {
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        // This syncs the write-ahead log, and with it all that came before; what is not in the log any more was synced
        // when it was moved to the file.
        self.connection.execute("UPDATE run SET clean = 1, outlived = ?", (self.ids.outlived.0,))?;
        // For whoever copies the file. Readers may keep it from being done, and nothing is lost then.
        self.carry_home("TRUNCATE")?;
        self.connection.close().map_err(|(_, error)| error)?;
        Ok(())
    }
}

enum BeginError {
    NoEntropy,
    Store(StoreError),
}

impl<E: Into<StoreError>> From<E> for BeginError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// Decides whether the numbers can go on, and says in the file that a server runs. Returns the newest place.
fn begin_run(connection: &mut Connection, start: Start<'_>) -> Result<(Epochs, Place), BeginError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let last = transaction
        .query_row("SELECT boot, synced OR clean, spent, deleted FROM run", (), |row| {
            Ok((row.get::<_, Option<String>>(0)?, row.get::<_, bool>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
        })
        .optional()?;
    let newest: Option<i64> = transaction.query_row("SELECT max(n) FROM messages", (), |row| row.get(0))?;
    let (spent, deleted) = last.as_ref().map_or((0, 0), |&(_, _, spent, deleted)| (spent, deleted));
    let mut newest = newest.unwrap_or(0).max(spent);
    let rooms: i64 = transaction.query_row("SELECT count(*) FROM rooms", (), |row| row.get(0))?;
    // Nothing is lost with a process: what it wrote is with the system.
    let whole =
        last.as_ref().is_some_and(|(boot, whole, ..)| *whole || (boot.is_some() && boot.as_deref() == start.boot));
    //= protocol/SPEC.md#6-1-numbers-and-epochs
    //# A server MUST start a new epoch for a room whose numbering it cannot continue.
    let epochs = if whole || rooms == 0 { Epochs::Continued } else { Epochs::Renewed };
    if epochs == Epochs::Renewed {
        renew(&transaction)?;
        newest = newest.saturating_add(JUMP);
    }
    transaction.execute(
        "INSERT INTO run (only, boot, synced, clean, spent, deleted) VALUES (1, ?, ?, 0, ?, ?)
         ON CONFLICT (only) DO UPDATE SET boot = excluded.boot, synced = excluded.synced, clean = 0, spent = excluded.spent",
        (start.boot, start.sync, newest, deleted),
    )?;
    transaction.commit()?;
    Ok((epochs, Place(newest)))
}

/// Gives every room a new epoch, under which its messages stay.
fn renew(transaction: &Transaction<'_>) -> Result<(), BeginError> {
    let mut rooms = transaction.prepare("SELECT id FROM rooms")?;
    let rooms = rooms.query_map((), |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
    //= protocol/SPEC.md#6-1-numbers-and-epochs
    //# A server that starts a new epoch because its machine crashed MAY begin it with the messages of the earlier epoch
    //# that it still has, under their numbers.
    let mut update = transaction.prepare("UPDATE rooms SET epoch = ? WHERE id = ?")?;
    for room in rooms {
        let epoch = random_epoch().ok_or(BeginError::NoEntropy)?;
        update.execute((epoch, room))?;
    }
    Ok(())
}

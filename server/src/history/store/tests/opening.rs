//! Opening: what is found, which epochs go on, what is refused.

use std::os::unix::fs::PermissionsExt as _;

use rusqlite::Connection;

use super::super::found::StoredRoom;
use super::super::schema::{STEPS, migrate};
use super::*;

fn reopen(dir: &Path, start: Start<'_>) -> (Store, Found) {
    Store::open(dir, start).expect("it opens")
}

#[test]
fn what_was_stored_is_found_again() {
    let dir = dir();
    let data = dir.path().join("a/b");
    let (mut store, found) = open(&data);
    assert!(found.rooms.is_empty() && found.recent_ids.is_empty() && found.epochs == Epochs::Continued);
    let (r, empty) = (add_room(&mut store, "#r"), add_room(&mut store, "#empty"));
    say(&mut store, r, 1..=3);
    assert_eq!(store.newest, Place(3));
    store.close().expect("closed");
    for (path, mode) in [("", 0o700), ("history.db", 0o600)] {
        let metadata = fs::metadata(data.join(path)).expect("it is there");
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{path}");
    }
    assert!(!data.join("history.db-wal").exists(), "the log is in the file");

    let (store, found) = open(&data);
    let stored = |id, name: &str, oldest, newest, last_at| StoredRoom {
        id,
        name: name.into(),
        epoch: "e".into(),
        oldest: seq(oldest),
        newest: number(newest),
        last_at: Timestamp::from_millis(last_at),
    };
    assert_eq!(found.rooms, [stored(empty, "#empty", 1, 0, 0), stored(r, "#r", 1, 3, 3)]);
    assert_eq!((kept(&data, r), store.newest), (vec![1, 2, 3], Place(3)));
}

#[test]
fn a_second_process_is_told_who_has_the_directory() {
    let dir = dir();
    let (store, _) = open(dir.path());
    let refused = Store::open(dir.path(), START).expect_err("it is in use");
    let pid = std::process::id();
    assert_eq!(
        refused.to_string(),
        format!(
            "the history in {} is in use by process {pid}; stop that server, or choose another directory with --data-dir",
            store.dir().display()
        )
    );
    drop(store);
    open(dir.path());
}

//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server that starts a new epoch because its machine crashed MAY begin it with the messages of the earlier epoch that
//# it still has, under their numbers.
//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST start a new epoch for a room whose numbering it cannot continue.
#[test]
fn only_a_crash_of_the_machine_without_synced_writes_renews_the_epochs() {
    use Epochs::{Continued, Renewed};
    let unsynced = START;
    let synced = Start { sync: true, ..START };
    for (before, clean, boot, expected) in [
        (unsynced, false, Some("one"), Continued),
        (unsynced, false, Some("two"), Renewed),
        (unsynced, false, None, Renewed),
        (Start { boot: None, ..unsynced }, false, None, Renewed),
        (unsynced, true, Some("two"), Continued),
        (synced, false, Some("two"), Continued),
    ] {
        let dir = dir();
        let (mut store, _) = reopen(dir.path(), before);
        let r = add_room(&mut store, "#r");
        say(&mut store, r, 1..=2);
        if clean {
            store.close().expect("closed");
        } else {
            drop(store);
        }
        let (mut store, found) = reopen(dir.path(), Start { boot, ..START });
        let case = format!("{before:?}, clean: {clean}, then {boot:?}");
        assert_eq!(found.epochs, expected, "{case}");
        assert_eq!(*found.rooms[0].epoch == *"e", expected == Continued, "{case}");
        assert_eq!(found.rooms[0].newest, number(2), "{case}");
        let place = store.newest;
        say(&mut store, r, [3]);
        assert_eq!(kept(dir.path(), r), [1, 2, 3], "{case}");
        assert!(store.newest > place && (place > Place(1_000_000)) == (expected == Renewed), "{case}");
        drop(store);
        let (_, again) = reopen(dir.path(), Start { boot, ..START });
        assert_eq!(again.rooms[0].epoch == found.rooms[0].epoch, boot.is_some(), "{case}");
    }
}

#[test]
fn the_end_is_in_order_even_if_somebody_still_reads() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, [1]);
    let shell = Connection::open(dir.path().join("history.db")).expect("opened");
    shell.execute_batch("BEGIN; SELECT * FROM messages").expect("reading");
    say(&mut store, r, [2]);
    store.close().expect("closed");
    let copy = crashed(dir.path());
    let (_, found) = reopen(copy.path(), Start { boot: Some("two"), ..START });
    assert_eq!((found.epochs, found.rooms[0].newest), (Epochs::Continued, number(2)));
}

#[test]
fn a_history_that_does_not_say_how_its_last_run_ended_has_its_epochs_renewed() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    add_room(&mut store, "#r");
    store.close().expect("closed");
    let shell = Connection::open(dir.path().join("history.db")).expect("opened");
    shell.execute("DELETE FROM run", ()).expect("deleted");
    drop(shell);
    assert_eq!(open(dir.path()).1.epochs, Epochs::Renewed);
}

#[test]
fn a_copy_of_the_files_taken_at_any_moment_has_all_that_was_stored_until_then() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    let keeper = Keeper::open(store.dir()).expect("a keeper");
    for last in 1..=6 {
        say(&mut store, r, [last]);
        if last % 3 == 0 {
            keeper.checkpoint().expect("a checkpoint");
        }
        let copy = crashed(dir.path());
        let (_, found) = open(copy.path());
        assert_eq!((found.rooms[0].newest, found.epochs), (number(last), Epochs::Continued));
        assert_eq!(kept(copy.path(), r), (1..=last).collect::<Vec<_>>());
    }
}

#[test]
fn a_history_whose_file_was_deleted_begins_anew_whatever_is_left_of_its_log() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, 1..=5);
    let copy = crashed(dir.path());
    fs::remove_file(copy.path().join("history.db")).expect("removed");
    let (mut store, found) = open(copy.path());
    assert_eq!(found.rooms, []);
    let r = add_room(&mut store, "#r");
    say(&mut store, r, [1]);
    assert_eq!(kept(copy.path(), r), [1]);
}

#[test]
fn a_torn_end_of_the_log_costs_the_last_messages_only() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, 1..=5);
    let copy = crashed(dir.path());
    let wal = copy.path().join("history.db-wal");
    let octets = fs::read(&wal).expect("a log");
    for torn in (0..octets.len()).step_by(1_500).rev() {
        fs::write(&wal, &octets[..torn]).expect("written");
        // What the first opening makes of it stays: it is a copy of its own.
        let machine = crashed(copy.path());
        let opened = Store::open(machine.path(), Start { boot: Some("two"), ..START });
        let (_, found) = opened.expect("it opens");
        let Some(found) = found.rooms.first() else { continue };
        assert_eq!(kept(machine.path(), r), (1..=found.newest.get()).collect::<Vec<_>>(), "{torn}");
    }
}

fn put(path: &Path, sql: &str) {
    let shell = Connection::open(path).expect("opened");
    shell.execute_batch(sql).expect("done");
}

#[test]
fn files_that_are_no_history_are_left_alone() {
    let dir = dir();
    let path = dir.path().join("history.db");
    let refused = || Store::open(dir.path(), START).expect_err("refused");
    fs::write(&path, "not a database, but long enough to be taken for one by whoever looks at its length ".repeat(99))
        .expect("written");
    let before = fs::read(&path).expect("read");
    assert!(matches!(refused(), OpenError::Foreign { .. }));
    assert_eq!(fs::read(&path).expect("read"), before);

    fs::remove_file(&path).expect("removed");
    put(&path, "CREATE TABLE somebodys (x)");
    assert!(matches!(refused(), OpenError::Foreign { .. }));
    put(&path, "DROP TABLE somebodys; PRAGMA user_version = 1");
    assert!(matches!(refused(), OpenError::Foreign { .. }));
    put(&path, "PRAGMA user_version = 0");
    open(dir.path());
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_says_what_to_do() {
    let dir = dir();
    open(dir.path()).0.close().expect("closed");
    put(&dir.path().join("history.db"), "PRAGMA user_version = 99");
    let refused = Store::open(dir.path(), START).expect_err("newer");
    let words = refused.to_string();
    assert!(words.contains("was written by a newer chat-server") && words.contains("--data-dir"), "{words}");
}

#[test]
fn a_file_of_an_older_version_takes_the_steps_that_it_lacks() {
    let steps: Vec<_> = STEPS
        .iter()
        .copied()
        .chain(["ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT ''", "UPDATE rooms SET topic = name"])
        .collect();
    for (version, topic) in [(1, "#r"), (2, "#r"), (3, "#r"), (4, "")] {
        let dir = dir();
        let path = dir.path().join("history.db");
        let mut connection = Connection::open(&path).expect("opened");
        migrate(&mut connection, &path, &steps[..version]).expect("the fixture");
        connection.execute_batch("INSERT INTO rooms (name, epoch, floor) VALUES ('#r', 'e', 0)").expect("a room");
        migrate(&mut connection, &path, &steps).expect("migrated");
        let row = |sql: &str| connection.query_row(sql, (), |row| row.get::<_, String>(0)).expect("a row");
        assert_eq!(row("SELECT topic FROM rooms"), topic, "from version {version}");
        assert_eq!(row("SELECT CAST(user_version AS TEXT) FROM pragma_user_version"), "4");
        assert_eq!(row("SELECT CAST(auto_vacuum AS TEXT) FROM pragma_auto_vacuum"), "2");
    }
}

#[test]
fn a_step_that_fails_leaves_the_version_before_it() {
    let dir = dir();
    let path = dir.path().join("history.db");
    let mut connection = Connection::open(&path).expect("opened");
    let steps = [STEPS[0], "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)"];
    migrate(&mut connection, &path, &steps).expect_err("the second step is wrong");
    let row = |sql: &str| connection.query_row(sql, (), |row| row.get::<_, i64>(0)).expect("a row");
    assert_eq!(row("SELECT user_version FROM pragma_user_version"), 1);
    assert_eq!(row("SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
    migrate(&mut connection, &path, STEPS).expect("it is of version 1");
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let dir = dir();
    let path = dir.path().join("file");
    fs::write(&path, "").expect("written");
    let refused = Store::open(&path, START).expect_err("it is a file");
    let words = refused.to_string();
    assert!(words.contains(&*path.to_string_lossy()) && words.contains("--history off"), "{words}");
}

#[test]
fn a_damaged_file_is_named_with_what_to_do() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, 1..=200);
    store.close().expect("closed");
    let path = dir.path().join("history.db");
    let mut octets = fs::read(&path).expect("read");
    octets[8_192..].fill(0xa5);
    fs::write(&path, octets).expect("written");
    let refused = Store::open(dir.path(), START).expect_err("damaged");
    assert!(matches!(&refused, OpenError::Damaged { .. }), "{refused}");
    let words = refused.to_string();
    assert!(words.contains(".recover") && words.contains("HISTORY.md"), "{words}");
}

#[test]
fn a_room_that_no_server_writes_counts_as_damage() {
    for change in ["name = 'r'", "epoch = 'E'", "floor = -1", "floor = 9007199254740992"] {
        let dir = dir();
        let (mut store, _) = open(dir.path());
        add_room(&mut store, "#r");
        store.close().expect("closed");
        put(&dir.path().join("history.db"), &format!("UPDATE rooms SET {change}"));
        let refused = Store::open(dir.path(), START).expect_err("damaged");
        assert!(matches!(refused, OpenError::Damaged { .. }), "{change}: {refused}");
    }
}

#[test]
fn a_commit_is_synced_if_that_was_asked_for() {
    for (sync, level) in [(false, 1), (true, 2)] {
        let dir = dir();
        let (store, _) = reopen(dir.path(), Start { sync, ..START });
        let of_store: i64 =
            store.connection.pragma_query_value(None, "synchronous", |row| row.get(0)).expect("it says so");
        assert_eq!(of_store, level);
    }
}

#[test]
fn a_machine_says_which_of_its_starts_this_is() {
    assert_eq!(boot_id(), boot_id());
    assert_eq!(boot_id().is_some(), cfg!(target_os = "linux"));
}

#[test]
fn the_ids_of_the_last_minutes_are_found_and_the_newest_win() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    let mut ids = Vec::new();
    for (half, numbers) in [1..=500_u64, 501..=2_000].into_iter().enumerate() {
        // The first part has outlived its ids; every third of the others has none.
        let outlived = store.newest();
        store.ids_outlived(outlived);
        let mut group = store.begin().expect("a group");
        for n in numbers {
            let (id, text) = (format!("id{n}"), format!("text {n}"));
            let id = (n % 3 != 0).then(|| Id::new(&id).expect("an id"));
            let name = Name::new(if n % 2 == 0 { "bob" } else { "Bob" }).expect("a name");
            group.message(r, &Message { id, name, ..message(n, &text) }).expect("a message");
            ids.extend((half > 0 && n % 3 != 0).then_some(n));
        }
        group.commit().expect("stored");
    }
    drop(store);
    let seqs = |found: &Found| found.recent_ids.iter().map(|id| id.seq.get()).collect::<Vec<_>>();
    let (store, found) = open(dir.path());
    assert!(ids.len() < 1_024);
    assert_eq!(seqs(&found), ids);
    let last = found.recent_ids.last().expect("an id");
    assert_eq!((&*last.id, &*last.name, last.room), ("id2000", "bob", r));
    assert_eq!(last.text, store.digests().of(Text::new("text 2000").expect("a text")));
    drop(store);
    let (store, few) = reopen(dir.path(), Start { id_octets: 8_000, ..START });
    assert!(few.recent_ids.len() > 50 && few.recent_ids.len() < 150);
    assert!(ids.ends_with(&seqs(&few)));
    drop(store);
    let shell = Connection::open(dir.path().join("history.db")).expect("opened");
    shell.execute("UPDATE run SET outlived = 0", ()).expect("written");
    drop(shell);
    let (_, wider) = open(dir.path());
    let all: Vec<_> = (1..=2_000).filter(|n| n % 3 != 0).collect();
    assert_eq!(seqs(&wider), all[all.len() - 1_024..], "no more than 1,024 of a name, however it is spelled");
}

#[test]
fn a_file_with_numbers_that_no_server_gives_is_refused_and_brings_nobody_down() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, [1]);
    store.connection.execute("UPDATE messages SET total = ?", (i64::MAX - 9,)).expect("written");
    let mut group = store.begin().expect("a group");
    let refused = group.message(r, &message(2, "text")).expect_err("the sum has no room");
    assert!(matches!(refused, StoreError::Corrupt(_)), "{refused}");
    drop(group);
    store.connection.execute("UPDATE messages SET seq = ?", ((1_i64 << 53) - 1,)).expect("written");
    drop(store);
    let refused = Store::open(dir.path(), START).expect_err("there is no number for the next message");
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
}

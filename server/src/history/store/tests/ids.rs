//! The ids of messages that were deleted: which are kept, for how long, and that a start finds them.

use proptest::prelude::*;
use rusqlite::Connection;

use super::super::schema::{STEPS, migrate};
use super::*;

/// Stores messages of these numbers with the ids "id1" and so on.
pub(super) fn say_with_ids(store: &mut Store, room: RoomId, name: &str, seqs: impl IntoIterator<Item = u64>) {
    let mut group = store.begin().expect("a group");
    for seq in seqs {
        let (id, text) = (format!("id{seq}"), format!("text {seq}"));
        let (id, name) = (Id::new(&id).ok(), Name::new(name).expect("a name"));
        let message = Message { id, name, ..message(seq, &text) };
        group.message(room, &message).expect("a message");
    }
    group.commit().expect("stored");
}

/// The numbers of the messages of a room of which ids are kept, though they were deleted.
pub(super) fn kept_ids(store: &Store, room: RoomId) -> Vec<u64> {
    let mut statement = store.connection.prepare("SELECT seq FROM ids WHERE room = ? ORDER BY n").expect("a statement");
    let rows = statement.query_map((room.0,), |row| row.get::<_, i64>(0)).expect("rows");
    let seqs: Vec<_> = rows.map(|seq| seq.expect("a number").unsigned_abs()).collect();
    let all: i64 = store.connection.query_row("SELECT count(*) FROM ids", (), |row| row.get(0)).expect("a count");
    assert_eq!(store.ids.count, all.unsigned_abs(), "it knows how many there are");
    seqs
}

/// All that is stored so far has outlived its ids.
fn outlive_all(store: &mut Store) {
    let newest = store.newest();
    store.ids_outlived(newest);
}

/// The numbers of the messages that must not be said again after a start.
fn found(dir: &Path) -> Vec<u64> {
    open(dir).1.recent_ids.iter().map(|recent| recent.seq.get()).collect()
}

#[test]
fn the_ids_of_young_messages_outlive_them_and_those_of_old_ones_do_not() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say_with_ids(&mut store, r, "alice", [1, 2]);
    outlive_all(&mut store);
    say_with_ids(&mut store, r, "alice", [3]);
    say(&mut store, r, [4]);
    say_with_ids(&mut store, r, "Bob", [5, 6]);
    for below in [2, 4, 5, 6] {
        trimmed(&mut store, r, seq(below), 9);
    }
    assert_eq!((kept(dir.path(), r), kept_ids(&store, r)), (vec![6], vec![3, 5]));
    let digests = store.digests();
    drop(store);
    let (store, found) = open(dir.path());
    let found: Vec<_> =
        found.recent_ids.iter().map(|recent| (recent.seq.get(), &*recent.name, &*recent.id, recent.text)).collect();
    let digest = |text| digests.of(Text::new(text).expect("a text"));
    assert_eq!(
        found,
        [
            (3, "alice", "id3", digest("text 3")),
            (5, "bob", "id5", digest("text 5")),
            (6, "Bob", "id6", digest("text 6"))
        ]
    );
    assert_eq!(store.digests().of(Text::new("x").expect("a text")), digest("x"), "the key stays");
}

#[test]
fn which_ids_are_outlived_is_known_after_an_end_and_after_a_crash_behind_the_next_group() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say_with_ids(&mut store, r, "alice", 1..=2);
    outlive_all(&mut store);
    assert_eq!(found(crashed(dir.path()).path()), [1, 2], "longer is allowed");
    say_with_ids(&mut store, r, "alice", 3..=4);
    assert_eq!(found(crashed(dir.path()).path()), [3, 4]);
    outlive_all(&mut store);
    store.close().expect("closed");
    assert_eq!(found(dir.path()), [0; 0]);
}

#[test]
fn a_group_that_is_dropped_leaves_the_outlived_ids_to_the_next() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say_with_ids(&mut store, r, "alice", 1..=2);
    outlive_all(&mut store);
    drop(store.begin().expect("a group"));
    say_with_ids(&mut store, r, "alice", [3]);
    assert_eq!(found(crashed(dir.path()).path()), [3]);
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST remember over its own end the ids of the messages that it has stored in a durable history, those that
//# are no longer kept included, as if the time in which it did not run had not passed.
#[test]
fn no_clock_and_no_time_without_a_server_makes_an_id_forgotten() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    let day = 86_400_000;
    for (number, at) in [(1, day), (2, 3 * day), (3, 3 * day), (4, 3 * day + 1)] {
        let (id, at) = (format!("id{number}"), Timestamp::from_millis(at));
        let mut group = store.begin().expect("a group");
        group.message(r, &Message { at, id: Id::new(&id).ok(), ..message(number, "text") }).expect("a message");
        group.commit().expect("stored");
    }
    trimmed(&mut store, r, seq(3), 9);
    drop(store);
    assert_eq!(found(dir.path()), [1, 2, 3, 4]);
}

#[test]
fn the_ids_of_a_room_that_keeps_no_message_are_found_too() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say_with_ids(&mut store, r, "alice", 1..=3);
    trimmed(&mut store, r, seq(4), 9);
    drop(store);
    assert_eq!(found(dir.path()), [1, 2, 3]);
}

#[test]
fn what_was_stored_longer_ago_than_an_id_lives_leaves_none_and_takes_its_ids_along_in_steps() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say_with_ids(&mut store, r, "alice", 1..=7);
    let outlived = store.newest();
    say_with_ids(&mut store, r, "alice", 8..=9);
    trimmed(&mut store, r, seq(6), 9);
    assert!(!store.forget_ids(2).expect("nothing is old"));
    store.ids_outlived(outlived);
    trimmed(&mut store, r, seq(9), 9);
    assert_eq!(kept_ids(&store, r), [1, 2, 3, 4, 5, 8]);
    assert!(store.forget_ids(3).expect("forgotten"));
    assert_eq!(kept_ids(&store, r), [4, 5, 8]);
    assert!(!store.forget_ids(3).expect("forgotten"));
    assert!(!store.forget_ids(3).expect("nothing is left"));
    assert_eq!((kept_ids(&store, r), store.keeps_ids()), (vec![8], true));
    outlive_all(&mut store);
    store.forget_ids(3).expect("forgotten");
    assert!(!store.keeps_ids());
}

#[test]
fn of_a_name_in_a_room_the_last_1024_are_kept_however_it_is_spelled() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let (r, other) = (add_room(&mut store, "#r"), add_room(&mut store, "#other"));
    for first in (1..=1_100).step_by(100) {
        say_with_ids(&mut store, r, "bob", first..first + 50);
        say_with_ids(&mut store, r, "Bob", first + 50..first + 100);
    }
    say_with_ids(&mut store, r, "carol", [1_101]);
    say_with_ids(&mut store, other, "bob", [1]);
    while trimmed(&mut store, r, seq(1_099), 256).more {}
    trimmed(&mut store, other, seq(2), 256);
    assert_eq!(kept_ids(&store, r), (75..=1_098).collect::<Vec<_>>());
    assert_eq!(kept_ids(&store, other), [1]);
    drop(store);
    // With those that are still in messages, there are two more than are remembered.
    let expected: Vec<_> = (77..=1_101).chain([1]).collect();
    assert_eq!(found(dir.path()), expected);
}

#[test]
fn a_room_that_is_removed_takes_its_ids_along_in_steps_before_its_row() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let (r, other) = (add_room(&mut store, "#r"), add_room(&mut store, "#other"));
    say_with_ids(&mut store, r, "alice", 1..=7);
    say_with_ids(&mut store, other, "alice", 1..=2);
    trimmed(&mut store, r, seq(6), 9);
    trimmed(&mut store, other, seq(3), 9);
    let mut removed = || {
        let cut = Cut { room: r, below: seq(8), and_row: true };
        let Trimmed { messages, more, removed } = store.trim(&[cut], 4).expect("trimmed")[0];
        (messages, more, removed, kept_ids(&store, r).len())
    };
    assert_eq!(removed(), (2, true, false, 3));
    assert_eq!(removed(), (0, false, true, 0), "of the last messages no id was kept: nobody held the room");
    assert_eq!(kept_ids(&store, other), [1, 2]);
}

#[test]
fn a_room_of_which_something_was_said_meanwhile_keeps_its_row() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say_with_ids(&mut store, r, "alice", 1..=3);
    trimmed(&mut store, r, seq(3), 9);
    let Trimmed { more, removed, .. } =
        store.trim(&[Cut { room: r, below: seq(3), and_row: true }], 9).expect("trimmed")[0];
    assert!(!more && !removed);
    drop(store);
    assert_eq!(found(dir.path()), [3]);
}

#[test]
fn of_all_rooms_no_more_are_kept_than_a_start_looks_at() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    store.ids.most = 5;
    let rooms = [add_room(&mut store, "#r"), add_room(&mut store, "#other")];
    for room in rooms {
        say_with_ids(&mut store, room, "alice", 1..=4);
        trimmed(&mut store, room, seq(5), 9);
    }
    assert_eq!(rooms.map(|room| kept_ids(&store, room)), [vec![4], vec![1, 2, 3, 4]]);
}

#[test]
fn a_trim_that_fails_leaves_everything_as_it_was() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say_with_ids(&mut store, r, "alice", 1..=3);
    trimmed(&mut store, r, seq(2), 9);
    store.connection.execute_batch("ALTER TABLE run RENAME TO away").expect("renamed");
    store.trim(&[Cut { room: r, below: seq(3), and_row: false }], 9).expect_err("there is no such table");
    store.connection.execute_batch("ALTER TABLE away RENAME TO run").expect("renamed");
    assert_eq!((kept(dir.path(), r), kept_ids(&store, r)), (vec![2, 3], vec![1]));
}

#[test]
fn a_history_of_the_first_version_becomes_one_that_keeps_ids() {
    let dir = dir();
    let path = dir.path().join("history.db");
    let mut connection = Connection::open(&path).expect("opened");
    migrate(&mut connection, &path, &STEPS[..1]).expect("the fixture");
    connection
        .execute_batch(
            "INSERT INTO rooms (id, name, epoch, floor) VALUES (1, '#r', 'e', 1);
             INSERT INTO messages (n, room, seq, at, name, id, text, total)
                VALUES (1, 1, 1, 1000, 'alice', 'id1', 'text 1', 81), (2, 1, 2, 1000, 'alice', 'id2', 'text 2', 162);
             INSERT INTO run (only, boot, synced, clean, spent, deleted) VALUES (1, 'one', 0, 1, 0, 0)",
        )
        .expect("rows");
    drop(connection);
    let (mut store, found) = open(dir.path());
    let version: i64 = store.connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version");
    assert_eq!(version, 2);
    let (r, epoch) = (found.rooms[0].id, &*found.rooms[0].epoch);
    assert_eq!((epoch, found.recent_ids.len(), kept(dir.path(), r)), ("e", 2, vec![1, 2]));
    trimmed(&mut store, r, seq(2), 9);
    assert_eq!(kept_ids(&store, r), [1]);
    let keys: Vec<i64> = (0..2)
        .map(|_| {
            let dir = super::dir();
            let (store, _) = open(dir.path());
            store.digests().of(Text::new("x").expect("a text")).to_stored()
        })
        .collect();
    assert_ne!(keys[0], keys[1], "each history has a key of its own");
}

#[test]
fn a_history_without_the_key_of_its_digests_counts_as_damaged() {
    let dir = dir();
    open(dir.path()).0.close().expect("closed");
    let shell = Connection::open(dir.path().join("history.db")).expect("opened");
    shell.execute("DELETE FROM digests", ()).expect("deleted");
    let refused = Store::open(dir.path(), START).expect_err("damaged");
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
}

/// What is done to a history, in steps: in which room, whether all before has outlived its ids, whether somebody says it with
/// an id, whether and where the room is cut, and whether there is a crash.
type Step = (usize, bool, Option<&'static str>, bool, u64, bool);

proptest! {
    // Most of a case's time is its files'.
    #![proptest_config(ProptestConfig::with_cases(20))]

    //= protocol/SPEC.md#4-7-say
    //= type=test
    //# A server MUST remember over its own end the ids of the messages that it has stored in a durable history, those
    //# that are no longer kept included, as if the time in which it did not run had not passed.
    #[test]
    fn a_start_remembers_what_it_would_if_nothing_had_been_deleted(
        steps in proptest::collection::vec(
            (
                0_usize..3,
                proptest::bool::weighted(0.1),
                proptest::option::weighted(0.7, prop_oneof![Just("alice"), Just("bob"), Just("BOB")]),
                proptest::bool::ANY,
                0_u64..12,
                proptest::bool::weighted(0.1),
            ),
            1..60,
        ),
        most in 1_usize..6,
    ) {
        let (mut dir, twin_dir) = (dir(), dir());
        let (mut store, mut twin) = (open(dir.path()).0, open(twin_dir.path()).0);
        let rooms = ["#a", "#b", "#c"].map(|name| (add_room(&mut store, name), add_room(&mut twin, name)));
        let mut newest = [0; 3];
        let steps: Vec<Step> = steps;
        for (room, is_outlived, name, is_cut, keep, is_restarted) in steps {
            newest[room] += 1;
            let number = newest[room];
            for (store, row) in [(&mut store, rooms[room].0), (&mut twin, rooms[room].1)] {
                if is_outlived {
                    outlive_all(store);
                }
                match name {
                    Some(name) => say_with_ids(store, row, name, [number]),
                    None => say(store, row, [number]),
                }
            }
            if is_cut {
                trimmed(&mut store, rooms[room].0, seq((number + 1).saturating_sub(keep).max(1)), most);
            }
            if is_restarted {
                // In a directory of its own: no process that another test makes meanwhile has a lock on it.
                let machine = crashed(dir.path());
                store = open(machine.path()).0;
                dir = machine;
            }
        }
        let digests = store.digests();
        let (end, twin_end) = (crashed(dir.path()), crashed(twin_dir.path()));
        let remembered = |found: &Found| -> Vec<_> {
            let recent = found.recent_ids.iter();
            recent.map(|recent| (recent.room, recent.seq, recent.name.to_lowercase(), recent.id.clone())).collect()
        };
        let (found, twin) = (open(end.path()).1, open(twin_end.path()).1);
        prop_assert_eq!(remembered(&found), remembered(&twin));
        for recent in &found.recent_ids {
            let text = format!("text {}", recent.seq);
            prop_assert_eq!(recent.text, digests.of(Text::new(&text).expect("a text")));
        }
    }
}

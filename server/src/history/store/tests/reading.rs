//! Reading what was stored.

use proptest::prelude::*;
use rusqlite::Connection;

use super::*;

#[test]
fn a_message_comes_back_as_it_was_said() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    let said = [
        Message { id: Some(Id::new("a-1").expect("an id")), ..message(1, "two\nlines, \u{1f980} and \"quotes\" '") },
        message(2, ""),
        Message { at: Timestamp::from_millis((1 << 53) - 1), ..message((1 << 53) - 1, "the last of all") },
    ];
    let mut group = store.begin().expect("a group");
    for message in &said {
        group.message(r, message).expect("a message");
    }
    group.commit().expect("stored");
    let reader = Reader::open(store.dir()).expect("a reader");
    let read = reader.range(r, Seq::FIRST, seq((1 << 53) - 1), 10, 1_000).expect("read");
    let read: Vec<_> = read.iter().map(|message| message.message(room("#r"))).collect();
    assert_eq!(read, said);
}

fn text(seq: u64) -> String {
    "x".repeat(seq as usize % 17)
}

/// The first of some numbers, up to the one with which their texts have so many octets.
fn until(octets: usize, wanted: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut read = 0;
    let mut first = Vec::new();
    for seq in wanted {
        first.push(seq);
        read += text(seq).len();
        if read >= octets.max(1) {
            break;
        }
    }
    first
}

proptest! {
    // Most of a case's time is its files'.
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn a_range_is_what_a_list_would_give(
        seqs in proptest::collection::btree_set(1_u64..60, 0..40),
        asked in proptest::collection::vec((1_u64..64, 1_u64..64, 0_usize..20, 0_usize..200), 16),
    ) {
        let dir = dir();
        let (mut store, _) = open(dir.path());
        let (r, other) = (add_room(&mut store, "#r"), add_room(&mut store, "#other"));
        let mut group = store.begin().expect("a group");
        for seq in &seqs {
            group.message(other, &message(*seq, "other")).expect("a message");
            group.message(r, &message(*seq, &text(*seq))).expect("a message");
        }
        group.commit().expect("stored");
        let reader = Reader::open(store.dir()).expect("a reader");
        let numbers = |messages: &[StoredMessage]| messages.iter().map(|message| message.seq.get()).collect::<Vec<_>>();

        for (from, to, most, octets) in asked {
            let read = reader.range(r, seq(from), seq(to), most, octets).expect("read");
            let wanted = seqs.iter().copied().filter(|seq| (from..=to).contains(seq)).take(most);
            prop_assert_eq!(numbers(&read), until(octets, wanted));
            prop_assert!(read.iter().all(|message| *message.text == *text(message.seq.get())));

            let asked: Vec<_> = (from..from + 30).rev().map(seq).collect();
            let read = reader.numbers(r, &asked, octets).expect("read");
            let wanted = until(octets, asked.iter().map(|seq| seq.get()).filter(|seq| seqs.contains(seq)));
            prop_assert_eq!(numbers(&read.messages), &*wanted);
            let kept = asked[..read.looked_at].iter().filter(|seq| seqs.contains(&seq.get())).count();
            prop_assert_eq!(kept, wanted.len(), "each that was looked at and is kept is there");
            let full = read.messages.iter().map(|message| message.text.len()).sum::<usize>() >= octets.max(1);
            prop_assert!(full || read.looked_at == asked.len());
        }
    }
}

#[test]
fn a_row_that_no_server_writes_is_an_error_and_not_a_panic() {
    for change in
        ["name = 'not a name'", "id = ''", "text = char(27)", "at = -1", "seq = 0", "text = CAST(x'ff' AS TEXT)"]
    {
        let dir = dir();
        let (mut store, _) = open(dir.path());
        let r = add_room(&mut store, "#r");
        say(&mut store, r, [1]);
        let shell = Connection::open(dir.path().join("history.db")).expect("opened");
        shell.execute(&format!("UPDATE messages SET {change}"), ()).expect("changed");
        let reader = Reader::open(store.dir()).expect("a reader");
        // A number of 0 can't be asked for.
        let read = reader.range(r, Seq::FIRST, seq(9), 9, 9);
        match change {
            "seq = 0" => assert_eq!(read.expect("nothing"), []),
            _ => assert!(matches!(read, Err(StoreError::Corrupt(_))), "{change}: {read:?}"),
        }
    }
}

#[test]
fn a_group_is_seen_when_it_is_committed_and_not_before() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    let mut group = store.begin().expect("a group");
    group.message(r, &message(1, "a")).expect("a message");
    assert!(kept(dir.path(), r).is_empty());
    drop(group);
    assert_eq!((kept(dir.path(), r), store.newest), (vec![], Place(0)));
    say(&mut store, r, [1]);
    assert_eq!((kept(dir.path(), r), store.newest), (vec![1], Place(1)));
}

#[test]
fn a_number_is_given_to_one_message_and_a_name_to_one_room() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, [1]);
    let mut group = store.begin().expect("a group");
    group.message(r, &message(1, "again")).expect_err("it is given");
    group.room(room("#r"), Epoch::new("f").expect("an epoch"), Number::ZERO).expect_err("it is there");
    drop(group);
    say(&mut store, r, [2]);
    assert_eq!(kept(dir.path(), r), [1, 2]);
}

#[test]
fn the_sum_of_a_rooms_octets_goes_on_after_groups_that_were_dropped_and_after_a_restart() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, [1]);
    let mut group = store.begin().expect("a group");
    group.message(r, &message(2, "dropped")).expect("a message");
    drop(group);
    say(&mut store, r, [2]);
    drop(store);
    let (mut store, _) = open(dir.path());
    say(&mut store, r, [3]);
    let shell = Connection::open(dir.path().join("history.db")).expect("opened");
    let mut totals = shell.prepare("SELECT total FROM messages ORDER BY seq").expect("prepared");
    let totals: Vec<i64> =
        totals.query_map((), |row| row.get(0)).expect("rows").collect::<Result<_, _>>().expect("numbers");
    // "Alice" and "text 1".
    let one = integer(5 + 6 + super::super::group::MESSAGE_COST);
    assert_eq!(totals, [one, 2 * one, 3 * one]);
}

#[test]
fn the_writer_makes_no_checkpoint_by_itself() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    let length = || fs::metadata(dir.path().join("history.db")).expect("a file").len();
    let before = length();
    let text = "x".repeat(60_000);
    for seq in 1..=100 {
        let mut group = store.begin().expect("a group");
        group.message(r, &message(seq, &text)).expect("a message");
        group.commit().expect("stored");
    }
    assert_eq!(length(), before);
    Keeper::open(store.dir()).expect("a keeper").checkpoint().expect("a checkpoint");
    assert!(length() > before + 6_000_000);
}

#[test]
fn checkpoints_move_the_log_into_the_file_and_a_reader_delays_but_does_not_break_them() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    let keeper = Keeper::open(store.dir()).expect("a keeper");
    say(&mut store, r, 1..=20);
    let first = keeper.checkpoint().expect("a checkpoint");
    assert!(first.wal_pages > 0 && first.done_pages == first.wal_pages);

    let shell = Connection::open(dir.path().join("history.db")).expect("opened");
    shell.execute_batch("BEGIN; SELECT * FROM messages").expect("reading");
    say(&mut store, r, 21..=40);
    let held = keeper.checkpoint().expect("a checkpoint");
    assert!(held.done_pages < held.wal_pages, "{held:?}");
    assert!(!store.restart_wal().expect("tried"));
    say(&mut store, r, 41..=42);
    shell.execute_batch("COMMIT").expect("read");
    assert!(store.restart_wal().expect("tried"));
    say(&mut store, r, [43]);
    let anew = keeper.checkpoint().expect("a checkpoint");
    assert!(anew.wal_pages < first.wal_pages, "{anew:?}");
    assert_eq!(kept(dir.path(), r).len(), 43);
}

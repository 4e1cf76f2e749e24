//! The index, beside the history that it is derived from.

mod without_spaces;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fanfare_protocol::{Message, Query, Text};
use proptest::prelude::*;
use tempfile::TempDir;

use super::super::tests::{add_room, crashed, dir, message, open as open_store, seq, trimmed};
use super::super::{Place, RoomId, Store};
use super::*;

/// A store of one room with these texts, and their index.
fn indexed(texts: &[&str]) -> (TempDir, Store, RoomId, SearchIndex) {
    let dir = dir();
    let (mut store, _) = open_store(dir.path());
    let room = add_room(&mut store, "#r");
    let (mut index, made) = SearchIndex::open(dir.path()).expect("an index");
    assert_eq!(made, Made::New);
    say(&mut store, room, 1, texts);
    follow(&mut index, &store);
    (dir, store, room, index)
}

/// Stores texts under the numbers from `first` on.
fn say(store: &mut Store, room: RoomId, first: u64, texts: &[&str]) {
    let mut group = store.begin().expect("a group");
    for (number, text) in (first..).zip(texts) {
        group.message(room, &message(number, text)).expect("a message");
    }
    group.commit().expect("stored");
}

fn follow(index: &mut SearchIndex, store: &Store) {
    while index.index(3).expect("indexed") {}
    assert_eq!(index.indexed, store.newest);
}

fn sweep(index: &mut SearchIndex) {
    while index.sweep(2).expect("swept") {}
}

fn find(dir: &Path, room: RoomId, text: &str) -> Vec<u64> {
    let terms = Terms::of(Query::new(text).expect("a query"));
    let found = Searcher::open(dir).expect("a searcher").find(room, &terms, None, 100, || false).expect("found");
    found.expect("nobody stopped it").seqs.iter().map(|seq| seq.get()).collect()
}

/// What is in the index, whether it is still in the history or not.
fn entries(dir: &Path) -> i64 {
    let connection = Connection::open(dir.join("search.db")).expect("opened");
    connection.query_row("SELECT count(*) FROM entries_docsize", (), |row| row.get(0)).expect("counted")
}

#[test]
fn words_are_found_without_regard_to_case_and_diacritics_and_phrases_in_their_order() {
    let texts =
        ["Déjà vu, again", "the deploy failed", "failed: the deploy", "e\u{301}tat", "ÅNGSTRÖM units", "x-ray 42"];
    let (dir, _store, room, _index) = indexed(&texts);
    for (terms, expected) in [
        ("deja", &[1][..]),
        ("DÉJÀ vu", &[1]),
        ("etat", &[4]),
        ("ÉTAT", &[4]),
        ("angstrom", &[5]),
        ("deploy failed", &[2, 3]),
        ("deploy-failed", &[2]),
        ("failed:the:deploy", &[3]),
        ("depl", &[]),
        ("x-ray", &[6]),
        ("ray-x", &[]),
        ("42 ... !", &[6]),
        ("failed\tdeploy", &[2, 3]),
    ] {
        assert_eq!(find(dir.path(), room, terms), expected, "{terms}");
    }
}

#[test]
fn nothing_in_a_search_has_a_meaning_but_its_words() {
    let texts = ["or", "not", "near and far", "text", "room", "a", "ab", "entries rank", "1"];
    let (dir, _store, room, _index) = indexed(&texts);
    for (terms, expected) in [
        ("a OR text", &[][..]),
        ("OR", &[1]),
        ("NOT", &[2]),
        ("near AND far", &[3]),
        ("AND far", &[3]),
        ("NEAR(near far)", &[]),
        ("NEAR(", &[3]),
        ("a*", &[6]),
        ("^text", &[4]),
        ("text^2", &[]),
        ("-a", &[6]),
        ("text:a", &[]),
        ("room:1", &[]),
        ("room:", &[5]),
        ("{room}:\"1\"", &[]),
        ("(a)", &[6]),
        ("\"a\"", &[6]),
        ("a\"\"", &[6]),
        ("a\" OR \"text", &[]),
        ("entries+rank", &[8]),
        ("rank", &[8]),
        ("1", &[9]),
        ("a;DROP", &[]),
        ("a'", &[6]),
        ("\\a", &[6]),
    ] {
        assert_eq!(find(dir.path(), room, terms), expected, "{terms}");
    }
}

#[test]
fn as_many_words_are_looked_for_as_a_query_has() {
    let (dir, _store, room, _index) = indexed(&["a b"]);
    assert_eq!(find(dir.path(), room, &["a", "b"].repeat(64).join(" ")), [1]);
    // What is a letter here and none to FTS5 does no harm.
    assert_eq!(find(dir.path(), room, "a \u{93e}"), [1]);
    assert_eq!(find(dir.path(), room, "\u{93e}"), [0; 0]);
}

#[test]
fn a_search_within_which_nothing_is_found_is_stopped_at_any_time_and_the_next_one_is_not() {
    let texts = ["a b"; 3_000];
    let (dir, _store, room, _index) = indexed(&texts);
    let searcher = Searcher::open(dir.path()).expect("a searcher");
    let search = |terms: &str, stopped_at: usize| {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let stop = move || counted.fetch_add(1, Ordering::Relaxed) + 1 >= stopped_at;
        let terms = Terms::of(Query::new(terms).expect("a query"));
        let found = searcher.find(room, &terms, None, 2, stop).expect("the connection is of use");
        (found.map(|found| found.seqs.len()), asked.load(Ordering::Relaxed))
    };
    // One phrase that is nowhere, of words that are everywhere.
    let phrase = ["a"; 128].join("-");
    let (found, asked) = search(&phrase, usize::MAX);
    assert!(found == Some(0) && asked > 3, "{found:?}, asked {asked} times");
    for stopped_at in 1..asked {
        assert_eq!(search(&phrase, stopped_at).0, None);
        assert_eq!(search("a-b", usize::MAX).0, Some(2));
    }
}

#[test]
fn the_newest_come_and_whether_there_are_more() {
    let (dir, mut store, room, mut index) = indexed(&["a", "b", "a b", "a", "b a"]);
    let other = add_room(&mut store, "#other");
    say(&mut store, other, 1, &["a", "a"]);
    follow(&mut index, &store);
    let searcher = Searcher::open(dir.path()).expect("a searcher");
    let terms = Terms::of(Query::new("a").expect("a query"));
    for (before, last, seqs, more) in [
        (None, 9, &[1, 3, 4, 5][..], false),
        (None, 4, &[1, 3, 4, 5], false),
        (None, 2, &[4, 5], true),
        (Some(5), 2, &[3, 4], true),
        (Some(4), 2, &[1, 3], false),
        (Some(2), 2, &[1], false),
        (Some(1), 2, &[], false),
        (Some(9), 1, &[5], true),
        (None, 0, &[], true),
    ] {
        let found = searcher.find(room, &terms, before.map(seq), last, || false).expect("found");
        let expected = Matches { seqs: seqs.iter().copied().map(seq).collect(), more };
        assert_eq!(found, Some(expected), "before {before:?}, last {last}");
    }
}

#[test]
fn messages_that_are_gone_are_not_found_before_they_are_swept_either() {
    let (dir, mut store, room, mut index) = indexed(&["a"; 7]);
    trimmed(&mut store, room, seq(4), 9);
    // This one by hand.
    store.connection.execute("DELETE FROM messages WHERE seq = 5", ()).expect("deleted");
    assert_eq!((find(dir.path(), room, "a"), entries(dir.path())), (vec![4, 6, 7], 7));
    sweep(&mut index);
    assert_eq!((find(dir.path(), room, "a"), entries(dir.path())), (vec![4, 6, 7], 3));
    trimmed(&mut store, room, seq(8), 9);
    assert_eq!(find(dir.path(), room, "a"), [0; 0]);
    sweep(&mut index);
    assert_eq!(entries(dir.path()), 0);
}

#[test]
fn a_round_over_the_index_begins_when_an_eighth_of_it_is_gone() {
    let (dir, mut store, room, index) = indexed(&["a"; 100]);
    drop(index);
    let open = || SearchIndex::open(dir.path()).expect("an index").0;
    let mut index = open();
    assert!(!index.sweep(10).expect("nothing is gone"));
    trimmed(&mut store, room, seq(13), 99);
    sweep(&mut index);
    assert_eq!(entries(dir.path()), 100, "12 are not worth a round");
    trimmed(&mut store, room, seq(14), 99);
    assert!(index.sweep(10).expect("swept"));
    assert_eq!(entries(dir.path()), 90);
    // What came of a round that was broken off is kept, and the next one begins anew.
    drop(index);
    let mut index = open();
    sweep(&mut index);
    assert_eq!(entries(dir.path()), 87);
    say(&mut store, room, 101, &["a"; 20]);
    follow(&mut index, &store);
    // The store remembers what it has deleted.
    drop(store);
    let (mut store, _) = open_store(dir.path());
    let trim = |store: &mut Store, below| trimmed(store, room, seq(below), 99);
    trim(&mut store, 27);
    sweep(&mut index);
    assert_eq!(entries(dir.path()), 107, "13 of 107 are not worth a round");
    trim(&mut store, 28);
    sweep(&mut index);
    assert_eq!(entries(dir.path()), 93);
    // What is made anew has no entries of deleted messages.
    drop(index);
    fs::remove_file(dir.path().join("search.db")).expect("removed");
    let mut index = open();
    follow(&mut index, &store);
    assert!(!index.sweep(10).expect("nothing is gone"));
}

#[test]
fn an_index_that_is_deleted_is_made_anew_and_one_that_was_only_dropped_goes_on() {
    let (dir, mut store, room, index) = indexed(&["a", "b"]);
    drop(index);
    let (index, made) = SearchIndex::open(dir.path()).expect("an index");
    assert_eq!((made, index.indexed), (Made::Kept, Place(2)));
    drop(index);
    for file in ["search.db", "search.db-wal", "search.db-shm"] {
        // Closed in order, it has no log.
        let removed = fs::remove_file(dir.path().join(file));
        assert!(removed.is_ok() || file != "search.db", "{removed:?}");
    }
    say(&mut store, room, 3, &["a"]);
    let (mut index, made) = SearchIndex::open(dir.path()).expect("an index");
    assert_eq!((made, index.indexed), (Made::New, Place(0)));
    follow(&mut index, &store);
    assert_eq!(find(dir.path(), room, "a"), [1, 3]);
}

#[test]
fn a_process_that_ends_between_the_files_loses_nothing_and_repeats_nothing() {
    let (dir, mut store, room, mut index) = indexed(&["a"]);
    for last in 2..8 {
        say(&mut store, room, last, &["a"]);
        if last % 2 == 0 {
            follow(&mut index, &store);
        }
        let copy = crashed(dir.path());
        let (store, _) = open_store(copy.path());
        let (mut index, made) = SearchIndex::open(copy.path()).expect("an index");
        assert_eq!(made, Made::Kept);
        follow(&mut index, &store);
        assert_eq!(find(copy.path(), room, "a"), (1..=last).collect::<Vec<_>>());
        assert_eq!(entries(copy.path()), last.cast_signed());
    }
}

#[test]
fn an_index_that_was_half_deleted_is_made_anew() {
    let (dir, mut store, room, mut index) = indexed(&["a"]);
    say(&mut store, room, 2, &["a"]);
    follow(&mut index, &store);
    let copy = crashed(dir.path());
    fs::remove_file(copy.path().join("search.db")).expect("removed");
    assert!(copy.path().join("search.db-wal").exists());
    let (store, _) = open_store(copy.path());
    let (mut index, made) = SearchIndex::open(copy.path()).expect("an index");
    assert_eq!((made, index.indexed), (Made::New, Place(0)));
    follow(&mut index, &store);
    assert_eq!((find(copy.path(), room, "a"), entries(copy.path())), (vec![1, 2], 2));
}

/// Puts the history of one directory beside the index of another.
fn mixed(history: &Path, search: &Path) -> TempDir {
    let to = crashed(history);
    for from in fs::read_dir(search).expect("a directory") {
        let from = from.expect("a file");
        let name = from.file_name();
        if name.to_string_lossy().starts_with("search.db") && !name.to_string_lossy().ends_with("-shm") {
            fs::copy(from.path(), to.path().join(name)).expect("copied");
        }
    }
    to
}

#[test]
fn an_older_index_catches_up_and_one_that_knows_more_than_the_history_is_made_anew() {
    let (dir, mut store, room, mut index) = indexed(&["a", "b"]);
    let early = crashed(dir.path());
    say(&mut store, room, 3, &["a"]);
    follow(&mut index, &store);

    let older_index = mixed(dir.path(), early.path());
    let (later, _) = open_store(older_index.path());
    let (mut index, made) = SearchIndex::open(older_index.path()).expect("an index");
    assert_eq!(made, Made::Kept);
    follow(&mut index, &later);
    assert_eq!(find(older_index.path(), room, "a"), [1, 3]);

    let older_history = mixed(early.path(), dir.path());
    let (mut earlier, _) = open_store(older_history.path());
    let (mut index, made) = SearchIndex::open(older_history.path()).expect("an index");
    assert!(matches!(made, Made::Anew(_)), "{made:?}");
    say(&mut earlier, room, 3, &["b"]);
    follow(&mut index, &earlier);
    assert_eq!((find(older_history.path(), room, "a"), find(older_history.path(), room, "b")), (vec![1], vec![2, 3]));

    // The same, but the history has grown in another way before the index is opened.
    let diverged = mixed(early.path(), dir.path());
    let (mut earlier, _) = open_store(diverged.path());
    let at = fanfare_protocol::Timestamp::from_millis(33);
    let mut group = earlier.begin().expect("a group");
    group.message(room, &Message { at, text: Text::new("b").expect("a text"), ..message(3, "") }).expect("a message");
    group.commit().expect("stored");
    let (mut index, made) = SearchIndex::open(diverged.path()).expect("an index");
    assert!(matches!(made, Made::Anew(_)), "{made:?}");
    follow(&mut index, &earlier);
    assert_eq!((find(diverged.path(), room, "a"), find(diverged.path(), room, "b")), (vec![1], vec![2, 3]));
}

#[test]
fn what_a_crash_of_the_machine_cost_the_history_is_not_found_and_its_places_are_not_given_again() {
    let (dir, mut store, room, mut index) = indexed(&["a", "b"]);
    let survived = crashed(dir.path());
    say(&mut store, room, 3, &["a", "a"]);
    follow(&mut index, &store);
    let machine = mixed(survived.path(), dir.path());
    let start = super::super::Start { boot: Some("two"), ..super::super::tests::START };
    let (mut store, _) = Store::open(machine.path(), start).expect("it opens");
    let (mut index, made) = SearchIndex::open(machine.path()).expect("an index");
    assert_eq!(made, Made::Kept, "what it knows of lost messages does no harm");
    assert_eq!(find(machine.path(), room, "a"), [1]);
    say(&mut store, room, 3, &["b", "b"]);
    follow(&mut index, &store);
    assert_eq!((find(machine.path(), room, "a"), find(machine.path(), room, "b")), (vec![1], vec![2, 3, 4]));
    trimmed(&mut store, room, seq(2), 1);
    sweep(&mut index);
    assert_eq!(entries(machine.path()), 3, "and the lost ones go with the next round");
}

#[test]
fn a_file_that_is_damaged_or_of_another_version_is_made_anew() {
    let (dir, store, room, index) = indexed(&["a", "b"]);
    drop(index);
    let path = dir.path().join("search.db");
    let whole = fs::read(&path).expect("read");
    let shell = |sql: &str| Connection::open(&path).expect("opened").execute_batch(sql).expect("done");
    let damages: [(&str, &dyn Fn()); 6] = [
        ("the version in which letters of scripts without spaces were no words", &|| shell("PRAGMA user_version = 1")),
        ("another version", &|| shell("PRAGMA user_version = 99")),
        ("another file", &|| shell("PRAGMA application_id = 7")),
        ("no database", &|| fs::write(&path, "x".repeat(9_000)).expect("written")),
        ("half of it", &|| fs::write(&path, &whole[..whole.len() / 8_192 * 4_096]).expect("written")),
        ("no table", &|| shell("DROP TABLE entries")),
    ];
    for (damage, make) in damages {
        make();
        let (mut index, made) = SearchIndex::open(dir.path()).expect(damage);
        assert!(matches!(made, Made::Anew(_)), "{damage}: {made:?}");
        follow(&mut index, &store);
        assert_eq!(find(dir.path(), room, "a"), [1], "{damage}");
    }
}

#[test]
fn the_history_is_attached_for_reading_whatever_its_directory_is_called() {
    let parent = dir();
    let data = parent.path().join("file:50% ?mode=rw #é\u{20}");
    let (mut store, _) = open_store(&data);
    let room = add_room(&mut store, "#r");
    say(&mut store, room, 1, &["a"]);
    let (mut index, _) = SearchIndex::open(&data).expect("an index");
    follow(&mut index, &store);
    assert_eq!(find(&data, room, "a"), [1]);
    let connection = open(&data, Access::Write, 64).expect("opened");
    connection.execute("DELETE FROM history.messages", ()).expect_err("it can't be written");
}

/// Whether a text has all terms, each a phrase, where words are divided by one character.
fn has(text: &str, terms: &str) -> bool {
    let words: Vec<_> = text.split(' ').collect();
    terms.split(' ').all(|term| {
        let phrase: Vec<_> = term.split('-').collect();
        words.windows(phrase.len()).any(|window| window == phrase)
    })
}

proptest! {
    // Most of a case's time is its files'.
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn a_search_finds_what_looking_at_every_message_would_find(
        said in proptest::collection::vec((0_usize..2, "[ab]( [abc]){0,5}"), 0..40),
        gone in 0_u64..20,
        searches in proptest::collection::vec(("[abc](-[abc]){0,2}( [abc](-[abc]){0,2}){0,2}", 1_u64..25, 0_usize..9), 8),
    ) {
        let dir = dir();
        let (mut store, _) = open_store(dir.path());
        let rooms = [add_room(&mut store, "#one"), add_room(&mut store, "#two")];
        let (mut index, _) = SearchIndex::open(dir.path()).expect("an index");
        let mut kept = [Vec::new(), Vec::new()];
        for (room, text) in &said {
            let number = kept[*room].len() as u64 + 1;
            say(&mut store, rooms[*room], number, &[text]);
            kept[*room].push((number, text));
            if number.is_multiple_of(5) {
                index.index(4).expect("indexed");
            }
        }
        follow(&mut index, &store);
        for room in rooms {
            trimmed(&mut store, room, seq(gone + 1), 99);
        }
        index.sweep(7).expect("swept");
        let searcher = Searcher::open(dir.path()).expect("a searcher");
        for (terms, before, last) in searches {
            for (id, kept) in rooms.iter().zip(&kept) {
                let all: Vec<_> = kept
                    .iter()
                    .filter(|(number, text)| *number > gone && *number < before && has(text, &terms))
                    .map(|(number, _)| seq(*number))
                    .collect();
                let parsed = Terms::of(Query::new(&terms).expect("a query"));
                let found = searcher.find(*id, &parsed, Some(seq(before)), last, || false).expect("found");
                let more = all.len() > last;
                let expected = Matches { seqs: all[all.len().saturating_sub(last)..].to_vec(), more };
                prop_assert_eq!(found, Some(expected), "{} before {}", terms, before);
            }
        }
    }
}

//! What is cut, where, and how it goes.

use proptest::prelude::*;

use super::super::group::MESSAGE_COST;
use super::super::trim::Trimmed;
use super::*;

/// What a message of "Alice" without an id counts.
fn cost(text: usize) -> u64 {
    text as u64 + 5 + MESSAGE_COST
}

/// A message of the model: its number, its time, the length of its text.
type Kept = (u64, u64, usize);

/// Messages whose numbers and times rise, some numbers being missing.
fn history(most: usize) -> impl Strategy<Value = Vec<Kept>> {
    proptest::collection::vec((1_u64..4, 0_u64..3, 0_usize..300), 0..most).prop_map(|steps| {
        let (mut number, mut at) = (0, 1_000);
        let step = |(seqs, millis, text)| {
            (number, at) = (number + seqs, at + millis);
            (number, at, text)
        };
        steps.into_iter().map(step).collect()
    })
}

fn store_all(store: &mut Store, room: RoomId, history: &[Kept]) {
    let mut group = store.begin().expect("a group");
    for &(number, at, text) in history {
        let at = Timestamp::from_millis(at);
        group.message(room, &Message { at, ..message(number, &"x".repeat(text)) }).expect("a message");
    }
    group.commit().expect("stored");
}

fn sizes(history: &[Kept]) -> u64 {
    history.iter().map(|&(.., text)| cost(text)).sum()
}

/// Trims a room wholly, and returns how many steps that took.
fn trim(store: &mut Store, room: RoomId, below: Seq, most: usize) -> u64 {
    for step in 1.. {
        let trimmed = trimmed(store, room, below, most);
        assert!(trimmed.messages <= most as u64);
        if !trimmed.more {
            return step;
        }
    }
    0
}

/// Which of a history are kept, by looking at each.
fn naive(history: &[Kept], retention: &Retention, now: u64) -> Vec<u64> {
    let newest = history.last().map_or(0, |last| last.0);
    let stays = |index: usize| {
        let (number, at, _) = history[index];
        retention.age.is_none_or(|age| at + age >= now)
            && retention.count.is_none_or(|count| newest - number < count)
            && retention.size.is_none_or(|size| sizes(&history[index..]) <= size)
    };
    (0..history.len()).filter(|&index| stays(index)).map(|index| history[index].0).collect()
}

proptest! {
    // Most of a case's time is its files'.
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn what_is_cut_is_what_looking_at_every_message_would_cut(
        history in history(40),
        limits in proptest::collection::vec(
            (
                proptest::option::of(0_u64..60),
                proptest::option::of(0_u64..60),
                proptest::option::of(0_u64..8_000),
                0_u64..40,
            ),
            1..20,
        ),
        most in 1_usize..20,
    ) {
        let dir = dir();
        let (mut store, _) = open(dir.path());
        let (r, other) = (add_room(&mut store, "#r"), add_room(&mut store, "#other"));
        store_all(&mut store, r, &history);
        store_all(&mut store, other, &history);
        let reader = Reader::open(store.dir()).expect("a reader");
        let (newest, last_at) = history.last().map_or((0, 0), |last| (last.0, last.1));
        let mut cut_to = Vec::new();
        for (age, count, size, late) in limits {
            let retention = Retention { age, count, size };
            let now = last_at + late;
            let cut = reader.cut(r, &retention, Timestamp::from_millis(now)).expect("a cut");
            let expected = naive(&history, &retention, now);
            let by_cut: Vec<_> = history.iter().map(|kept| kept.0).filter(|number| *number >= cut.get()).collect();
            prop_assert_eq!(&by_cut, &expected);
            cut_to.push((retention, now, cut, expected));
        }

        let (retention, now, cut, expected) = cut_to.pop().expect("there is a limit");
        trim(&mut store, r, cut, most);
        prop_assert_eq!(kept(dir.path(), r), &*expected);
        prop_assert_eq!(kept(dir.path(), other).len(), history.len());
        let again = reader.cut(r, &retention, Timestamp::from_millis(now)).expect("a cut");
        prop_assert!(again.get() <= expected.first().copied().unwrap_or(newest + 1), "nothing is left to be cut");
        let place = store.newest;
        drop(store);
        let (store, found) = open(dir.path());
        let room = found.rooms.iter().find(|room| room.id == r).expect("it is there");
        prop_assert_eq!((room.newest.get(), room.oldest.get()), (newest, expected.first().copied().unwrap_or(newest + 1)));
        prop_assert_eq!(store.newest, place);
    }

    #[test]
    fn all_rooms_together_are_cut_down_to_what_all_may_keep(
        histories in proptest::collection::vec(history(25), 0..6),
        part in 0_u64..130,
    ) {
        let dir = dir();
        let (mut store, _) = open(dir.path());
        let rooms: Vec<_> = (0..histories.len()).map(|room| add_room(&mut store, &format!("#{room}"))).collect();
        for (room, history) in rooms.iter().zip(&histories) {
            store_all(&mut store, *room, history);
        }
        let all: u64 = histories.iter().map(|history| sizes(history)).sum();
        let total = all * part / 100;
        let reader = Reader::open(store.dir()).expect("a reader");
        let cuts = reader.cuts(total).expect("cuts");
        // What each room keeps, and with the message that it would have to give up last.
        let after: Vec<_> = rooms.iter().zip(&histories).map(|(room, history)| {
            let cut = cuts.iter().find(|(of, _)| of == room).map_or(Seq::FIRST, |(_, cut)| *cut);
            let begin = history.partition_point(|kept| kept.0 < cut.get());
            (sizes(&history[begin..]), sizes(&history[begin.saturating_sub(1)..]), begin > 0)
        }).collect();
        let kept: u64 = after.iter().map(|(kept, ..)| kept).sum();
        prop_assert!(kept <= total);
        prop_assert_eq!(cuts.is_empty(), all <= total);
        let most = after.iter().map(|(kept, ..)| *kept).max().unwrap_or(0);
        prop_assert!(after.iter().all(|(_, with_next, is_cut)| !is_cut || *with_next > most), "{:?}", after);
        let with_next: u64 = after.iter().map(|(_, with_next, _)| with_next).sum();
        prop_assert!(all <= total || with_next + rooms.len() as u64 > total, "no more is cut than has to be");
    }
}

#[test]
fn trimming_goes_in_steps_and_says_what_is_left() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, 1..=10);
    let step = |store: &mut Store, below, most| {
        let Trimmed { messages, more, removed } = trimmed(store, r, seq(below), most);
        assert!(!removed);
        (messages, more)
    };
    assert_eq!(step(&mut store, 8, 4), (4, true));
    assert_eq!(step(&mut store, 8, 3), (3, false));
    assert_eq!(step(&mut store, 8, 3), (0, false));
    assert_eq!(step(&mut store, 99, 3), (3, false));
    say(&mut store, r, [11]);
    assert_eq!(kept(dir.path(), r), [11]);
}

#[test]
fn numbers_and_places_of_deleted_messages_are_not_given_again() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, 1..=3);
    trim(&mut store, r, seq(4), 9);
    drop(store);
    let (mut store, found) = open(dir.path());
    assert_eq!((found.rooms[0].newest, found.rooms[0].oldest), (number(3), seq(4)));
    assert_eq!((store.newest, found.rooms[0].last_at), (Place(3), Timestamp::default()));
    say(&mut store, r, [4]);
    assert_eq!(store.newest, Place(4));
    let retention = Retention { size: Some(cost(6)), ..Retention::default() };
    let reader = Reader::open(store.dir()).expect("a reader");
    assert_eq!(reader.cut(r, &retention, Timestamp::default()).expect("a cut"), seq(4), "its sum began anew");
}

#[test]
fn the_number_of_a_message_that_a_person_deletes_is_not_given_again() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, 1..=3);
    drop(store);
    let shell = rusqlite::Connection::open(dir.path().join("history.db")).expect("opened");
    for (gone, oldest) in [(3, 1), (1, 2), (2, 4)] {
        shell.execute("DELETE FROM messages WHERE seq = ?", (gone,)).expect("deleted");
        let (_, found) = open(dir.path());
        assert_eq!((found.rooms[0].newest, found.rooms[0].oldest), (number(3), seq(oldest)), "without {gone}");
    }
}

#[test]
fn a_room_is_removed_once_it_keeps_no_message_and_its_row_is_never_used_again() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, [1]);
    let cut = |below| Cut { room: r, below: seq(below), and_row: true };
    let removed = |store: &mut Store, below| store.trim(&[cut(below)], |done| 9 - done).expect("trimmed")[0].removed;
    assert!(!removed(&mut store, 1));
    assert!(removed(&mut store, 2));
    assert!(removed(&mut store, 2), "it is gone");
    drop(store);
    let (mut store, found) = open(dir.path());
    assert_eq!(found.rooms, []);
    let again = add_room(&mut store, "#r");
    assert_ne!(again, r);
    say(&mut store, again, [1]);
    assert_eq!((kept(dir.path(), again), kept(dir.path(), r)), (vec![1], vec![]));
}

#[test]
fn pages_are_given_back_in_steps_and_some_stay_for_what_comes() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    let history: Vec<_> = (1..=1_000).map(|number| (number, number, 4_000)).collect();
    store_all(&mut store, r, &history);
    let length = || fs::metadata(dir.path().join("history.db")).expect("a file").len() / 4_096;
    assert!(store.restart_wal().expect("tried"));
    let full = length();
    assert!(!store.give_back(9).expect("nothing is free"));
    trim(&mut store, r, seq(901), 300);
    let mut steps = 0;
    while store.give_back(200).expect("given") {
        steps += 1;
    }
    assert!(store.restart_wal().expect("tried"));
    assert!(steps > 2 && length() < full / 2 && length() > 256, "{full} pages, {steps} steps, {} pages", length());
    assert_eq!(kept(dir.path(), r).len(), 100);
}

#[test]
fn a_file_that_can_give_no_pages_back_says_that_there_are_no_more() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    store_all(&mut store, r, &(1..=500).map(|number| (number, number, 4_000)).collect::<Vec<_>>());
    trim(&mut store, r, seq(499), 999);
    store.close().expect("closed");
    let shell = rusqlite::Connection::open(dir.path().join("history.db")).expect("opened");
    shell.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM").expect("done");
    drop(shell);
    let (mut store, _) = open(dir.path());
    store_all(&mut store, r, &(501..=1_000).map(|number| (number, number, 4_000)).collect::<Vec<_>>());
    trim(&mut store, r, seq(999), 999);
    assert!(!store.give_back(1).expect("none is given"));
}

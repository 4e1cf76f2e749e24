//! The hub without sockets: memberships, numbering, memory.

use std::num::NonZeroUsize;
use std::time::Duration;

use fanfare_protocol::{GapReason, SeqRange};

use super::*;

fn hub(change: impl FnOnce(&mut Options)) -> Hub {
    let mut options = Options { workers: NonZeroUsize::new(2).expect("two"), ..Options::default() };
    change(&mut options);
    Hub::new(&options, None, Digests::random())
}

fn enter(hub: &Hub, name: &str, worker: u8) -> Arc<Person> {
    let home = Home { worker: WorkerId(worker), connection: 0, generation: 0 };
    hub.enter(self::name(name), None, Dialect::Framed, home, Millis(0)).expect("a free name").person
}

fn name(name: &str) -> Name<'_> {
    Name::new(name).expect("a name")
}

fn room(room: &str) -> RoomName<'_> {
    RoomName::new(room).expect("a room")
}

fn text(text: &str) -> Text<'_> {
    Text::new(text).expect("a text")
}

fn seq(seq: u64) -> Seq {
    Seq::new(seq).expect("a number")
}

/// Says something in `#r`, and returns which workers are to be woken.
fn say(hub: &Hub, person: &Arc<Person>, words: &str) -> WorkerSet {
    match hub.say(person, room("#r"), None, text(words), (Millis(0), Timestamp::default())) {
        Ok(Spoken::Said(_, Some((_, effect)))) => effect.wake,
        other => panic!("a member may speak, and it is new: {other:?}"),
    }
}

fn join(hub: &Hub, person: &Arc<Person>, after: Option<(Epoch<'_>, Number)>, last: Option<u32>) -> Membership {
    let joined = hub.join(person, room("#r"), after, last.map(Number::from), Millis(0));
    joined.expect("anyone may join").1
}

/// The rooms behind a name that somebody is in, or was not long ago.
fn held(hub: &Hub, after: &str) -> Vec<Arc<Room>> {
    let (lines, _) = hub.rooms(Some(after), 1_000);
    lines.iter().map(|line| hub.rooms.find(room(&line.name)).flatten().expect("it is held")).collect()
}

#[test]
fn a_worker_is_woken_once_until_it_attends() {
    let hub = hub(|_| {});
    let (alice, bob) = (enter(&hub, "alice", 0), enter(&hub, "bob", 1));
    join(&hub, &alice, None, None);
    join(&hub, &bob, None, None);
    let workers = |set: WorkerSet| set.iter().map(WorkerId::index).collect::<Vec<_>>();
    assert!(workers(say(&hub, &alice, "x")).is_empty());
    let shared = hub.membership(&alice, room("#r")).expect("a member");
    shared.lock().attend(WorkerId(1));
    assert_eq!(workers(say(&hub, &alice, "x")), [1]);
    assert!(workers(say(&hub, &alice, "x")).is_empty());
    hub.leave(&bob, room("#r"), None, Millis(0)).expect("a member");
    shared.lock().attend(WorkerId(1));
    shared.lock().attend(WorkerId(0));
    assert_eq!(workers(say(&hub, &alice, "x")), [0]);
}

#[test]
fn a_worker_whose_last_reader_left_before_its_walk_is_woken_for_the_next_reader() {
    let hub = hub(|_| {});
    let (alice, bob) = (enter(&hub, "alice", 0), enter(&hub, "bob", 0));
    join(&hub, &alice, None, None);
    say(&hub, &alice, "nobody walks");
    hub.leave(&alice, room("#r"), None, Millis(0)).expect("a member");
    let (.., effect) = hub.join(&bob, room("#r"), None, None, Millis(0)).expect("anyone may join");
    assert!(effect.wake.iter().eq([WorkerId(0)]));
}

//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST have a limit for each row of the table below that is marked "server", unless its operator turned it
//# off.
#[test]
fn many_rooms_of_one_message_each_stay_within_the_budget() {
    let hub = hub(|options| {
        options.room_log = 1 << 20;
        options.log_memory = 1 << 20;
    });
    let alice = enter(&hub, "alice", 0);
    let names: Vec<_> = (0..100).map(|n| format!("#r{n}")).collect();
    for name in &names {
        hub.join(&alice, room(name), None, None, Millis(0)).expect("anyone may join");
        let times = (Millis(0), Timestamp::default());
        hub.say(&alice, room(name), None, text(&"x".repeat(31_000)), times).expect("a member may speak");
        hub.leave(&alice, room(name), None, Millis(0)).expect("a member");
        let kept: usize = held(&hub, "").iter().map(|room| room.octets()).sum();
        assert!(kept <= 1 << 20, "{kept}");
    }
    assert!(held(&hub, "").iter().any(|room| room.octets() > 31_000), "nothing is kept");
}

//= protocol/SPEC.md#6-2-where-a-membership-begins
//= type=test
//# A server MUST choose `next` and `reset` as the table above says.
#[test]
fn a_membership_begins_where_the_specification_says() {
    let hub = hub(|_| {});
    let (alice, bob) = (enter(&hub, "alice", 0), enter(&hub, "bob", 0));
    join(&hub, &alice, None, None);
    for _ in 0..5 {
        say(&hub, &alice, "x");
    }
    let shared = hub.membership(&alice, room("#r")).expect("a member");
    let (epoch, other) = (shared.epoch(), Epoch::new("other").expect("an epoch"));
    let gap = |first, last| SeqRange::new(seq(first), seq(last)).map(|range| (range, GapReason::Slow));
    // after, last -> next, reset, gap, the first number that is replayed
    for (after, last, next, reset, missing, from) in [
        (None, None, 6, false, None, 6),
        (None, Some(2), 4, false, None, 4),
        (None, Some(9), 1, false, None, 1),
        (None, Some(0), 6, false, None, 6),
        (Some((epoch, 2)), None, 3, false, None, 3),
        (Some((epoch, 5)), None, 6, false, None, 6),
        (Some((epoch, 0)), Some(2), 1, false, gap(1, 3), 4),
        (Some((epoch, 4)), Some(2), 5, false, None, 5),
        (Some((epoch, 2)), Some(0), 3, false, gap(3, 5), 6),
        (Some((epoch, 6)), None, 6, true, None, 6),
        (Some((other, 2)), None, 6, true, None, 6),
        (Some((other, 2)), Some(1), 5, true, None, 5),
    ] {
        let after = after.map(|(epoch, seq): (_, u32)| (epoch, Number::from(seq)));
        let membership = join(&hub, &bob, after, last);
        assert_eq!(
            (membership.next, membership.reset, membership.gap, membership.cursor.due),
            (seq(next), reset, missing, seq(from)),
            "after {after:?} last {last:?}"
        );
        assert_eq!((membership.newest, membership.members), (5.into(), 2.into()));
        hub.leave(&bob, room("#r"), None, Millis(0)).expect("a member");
    }
}

#[test]
fn what_is_no_longer_kept_is_an_expired_gap() {
    let hub = hub(|options| options.room_log = 64 * 1_024);
    let (alice, bob) = (enter(&hub, "alice", 0), enter(&hub, "bob", 0));
    join(&hub, &alice, None, None);
    let shared = hub.membership(&alice, room("#r")).expect("a member");
    for _ in 0..10 {
        say(&hub, &alice, &"x".repeat(30_000));
    }
    let oldest = shared.lock().oldest().get();
    assert!(oldest > 2);
    let range = |last| SeqRange::new(seq(2), seq(last)).expect("a range");
    let after = Some((shared.epoch(), Number::from(1)));
    assert_eq!(join(&hub, &bob, after, None).gap, Some((range(oldest - 1), GapReason::Expired)));
    hub.leave(&bob, room("#r"), None, Millis(0)).expect("a member");
    assert_eq!(join(&hub, &bob, after, Some(1)).gap, Some((range(9), GapReason::Slow)));
    hub.leave(&bob, room("#r"), None, Millis(0)).expect("a member");
    assert_eq!(join(&hub, &bob, None, Some(100)).next, seq(oldest));
}

//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST drop messages of the log of the room that uses most, when the logs exceed their memory budget.
#[test]
fn the_room_that_keeps_most_gives_way_first() {
    let hub = hub(|options| {
        options.room_log = 1 << 20;
        options.log_memory = 1 << 20;
    });
    let alice = enter(&hub, "alice", 0);
    for name in ["#small", "#large"] {
        hub.join(&alice, room(name), None, None, Millis(0)).expect("anyone may join");
    }
    let times = (Millis(0), Timestamp::default());
    let say = |name, length| {
        hub.say(&alice, room(name), None, text(&"x".repeat(length)), times).expect("a member may speak");
    };
    say("#small", 10_000);
    for _ in 0..100 {
        say("#large", 30_000);
    }
    let keeps = |name| hub.membership(&alice, room(name)).expect("a member").octets();
    assert!(keeps("#small") > 10_000);
    assert!(keeps("#small") + keeps("#large") <= 1 << 20);
    assert_eq!(hub.membership(&alice, room("#small")).expect("a member").lock().oldest(), Seq::FIRST);
}

//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server MUST NOT execute anything of the earlier connection after it accepted the token.
//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST drop messages of the log of the room that uses most, when the logs exceed their memory budget.
#[test]
fn rooms_that_keep_little_keep_it_while_another_keeps_more() {
    let hub = hub(|options| {
        options.room_log = 1 << 20;
        options.log_memory = 1 << 20;
    });
    let alice = enter(&hub, "alice", 0);
    let times = (Millis(0), Timestamp::default());
    for name in (0..300).map(|n| format!("#small{n}")) {
        hub.join(&alice, room(&name), None, None, Millis(0)).expect("anyone may join");
        hub.say(&alice, room(&name), None, text(&"x".repeat(3_000)), times).expect("a member may speak");
        hub.leave(&alice, room(&name), None, Millis(0)).expect("a member");
    }
    // Half of what it keeps is less than what is to be given back.
    join(&hub, &alice, None, None);
    let large = hub.membership(&alice, room("#r")).expect("a member");
    for _ in 0..100 {
        say(&hub, &alice, &"x".repeat(5_000));
        // One chunk each.
        let mut state = large.lock();
        let end = state.end();
        state.read(end);
    }
    assert!(large.lock().oldest() > Seq::FIRST);
    let rooms = held(&hub, "#small");
    assert_eq!(rooms.len(), 300);
    assert!(rooms.iter().all(|room| room.lock().message(Seq::FIRST).is_some()), "a small room gave way");
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server whose memory budget is exhausted MAY forget ids of the room that uses most of it, after it has dropped the
//# log of that room.
#[test]
fn a_room_that_gives_way_forgets_its_log_before_its_ids() {
    let hub = hub(|_| {});
    let alice = enter(&hub, "alice", 0);
    join(&hub, &alice, None, None);
    let times = (Millis(0), Timestamp::default());
    let is_repeat = |id: u32| {
        let id = id.to_string();
        let said = hub.say(&alice, room("#r"), Id::new(&id).ok(), text("x"), times);
        matches!(said.expect("a member may speak"), Spoken::Said(_, None))
    };
    let shared = hub.membership(&alice, room("#r")).expect("a member");
    for id in 0..100 {
        assert!(!is_repeat(id));
        // One chunk each.
        let mut state = shared.lock();
        let end = state.end();
        state.read(end);
    }
    loop {
        let mut state = shared.lock();
        if state.oldest() == state.end().due {
            break;
        }
        assert!(state.give_way());
        drop(state);
        assert!((0..100).all(is_repeat), "an id was forgotten while there was a log");
    }
    assert!(shared.lock().give_way());
    assert!(!is_repeat(0) && is_repeat(99), "now the older half of the ids is forgotten");
}

#[test]
fn nothing_is_done_for_a_person_who_was_replaced() {
    let hub = hub(|_| {});
    let home = |connection| Home { worker: WorkerId(0), connection, generation: 0 };
    let first = hub.enter(name("alice"), None, Dialect::Framed, home(1), Millis(0)).expect("a free name");
    join(&hub, &first.person, None, None);
    let token = first.token.expect("a token");
    let second = hub
        .enter(name("Alice"), Some(&token.to_text()), Dialect::Framed, home(2), Millis(0))
        .expect("the token is right");
    assert_eq!(second.replaced, Some(home(1)));
    assert_eq!(second.effects.len(), 1);
    let old = &first.person;
    assert_eq!(hub.join(old, room("#s"), None, None, Millis(0)).err(), Some(Refusal::Gone));
    assert_eq!(hub.leave(old, room("#r"), None, Millis(0)).err(), Some(Refusal::Gone));
    let times = (Millis(0), Timestamp::default());
    assert_eq!(hub.say(old, room("#r"), None, text("x"), times).err(), Some(Refusal::Gone));
    assert_eq!(hub.tell(old, name("alice"), None, text("x"), times.1).err(), Some(Refusal::Gone));
    assert_eq!(hub.membership(old, room("#r")).err(), Some(Refusal::Gone));
    // Its end takes nothing from the one who came after it.
    hub.depart(old, None, Ending::Clean, Millis(0));
    assert!(hub.tell(&second.person, name("alice"), None, text("x"), times.1).is_ok());
}

//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST give the first message of an epoch the number 1.
//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST NOT change the epoch of a room that has members.
//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST forget a room without members and without durable history no later than 11 minutes after its last
//# member left.
//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST NOT forget a room sooner than 10 minutes after its last member left, unless the server ends.
#[test]
fn an_empty_room_is_forgotten_with_its_numbering_when_its_time_is_over() {
    let hub = hub(|options| options.room_idle = Duration::from_millis(100));
    let alice = enter(&hub, "alice", 0);
    join(&hub, &alice, None, None);
    say(&hub, &alice, "x");
    let epoch = hub.membership(&alice, room("#r")).expect("a member").epoch().as_str().to_owned();
    hub.expire(Millis(1_000));
    assert!(hub.who(room("#r"), None, 1).is_ok(), "a room with members is not forgotten");
    hub.leave(&alice, room("#r"), None, Millis(1_000)).expect("a member");
    hub.expire(Millis(1_099));
    assert!(hub.who(room("#r"), None, 1).is_ok());
    hub.expire(Millis(1_100));
    assert_eq!(hub.who(room("#r"), None, 1).err(), Some(ErrCode::NoSuchRoom));
    let membership = join(&hub, &alice, None, None);
    assert_eq!(membership.next, Seq::FIRST);
    assert_ne!(hub.membership(&alice, room("#r")).expect("a member").epoch().as_str(), epoch);
}

//= protocol/SPEC.md#5-2-msg
//= type=test
//# A server MUST NOT give a message in a room a lower AT than the message before it in the same epoch.
#[test]
fn time_goes_only_forward_in_a_room() {
    let hub = hub(|_| {});
    let alice = enter(&hub, "alice", 0);
    join(&hub, &alice, None, None);
    let shared = hub.membership(&alice, room("#r")).expect("a member");
    for (at, expected) in [(5, 5), (3, 5), (7, 7)] {
        let times = (Millis(0), Timestamp::from_millis(at));
        let said = hub.say(&alice, room("#r"), None, text("x"), times).expect("a member may speak");
        let Spoken::Said(seq, _) = said else { panic!("nothing is stored here") };
        let mut state = shared.lock();
        assert_eq!(decode(state.message(seq).expect("it is kept")).at.millis(), expected);
    }
}

//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST have a limit for each row of the table below that is marked "server", unless its operator turned it
//# off.
#[test]
fn rooms_have_bounds() {
    let hub = hub(|options| {
        options.max_rooms = 3;
        options.max_rooms_per_connection = 2;
    });
    let (alice, bob) = (enter(&hub, "alice", 0), enter(&hub, "bob", 0));
    let join = |person, name| hub.join(person, room(name), None, None, Millis(0)).map(drop);
    let too_many = Err(Refusal::Err(ErrCode::TooManyRooms, None));
    assert_eq!((join(&alice, "#a"), join(&alice, "#b"), join(&alice, "#c")), (Ok(()), Ok(()), too_many));
    assert_eq!((join(&bob, "#c"), join(&bob, "#d")), (Ok(()), too_many));
    assert_eq!(join(&bob, "#a"), Ok(()));
}

/// A hub with a durable history that nobody writes.
fn durable(change: impl FnOnce(&mut Options)) -> Hub {
    let mut options = Options { workers: NonZeroUsize::new(2).expect("two"), ..Options::default() };
    change(&mut options);
    Hub::new(&options, Some(Arc::new(Queue::new())), Digests::random())
}

/// Publishes some messages of `#r`, as if they were stored, the last of which has this number.
fn publish(hub: &Hub, room: &Room, last: u64, words: &str) {
    let first = room.lock().newest().get() + 1;
    let messages = (first..=last).map(|number| Message {
        room: room.name(),
        seq: seq(number),
        at: Timestamp::default(),
        name: name("alice"),
        id: None,
        text: text(words),
    });
    hub.publish(room, RoomId::for_tests(1), messages, Millis(0));
}

#[test]
fn what_was_taken_for_storing_is_not_in_the_log_and_keeps_its_room() {
    let hub = durable(|options| options.room_idle = Duration::ZERO);
    let alice = enter(&hub, "alice", 0);
    join(&hub, &alice, None, None);
    let shared = hub.membership(&alice, room("#r")).expect("a member");
    let taken = hub.say(&alice, room("#r"), None, text("x"), (Millis(0), Timestamp::default()));
    assert!(matches!(taken, Ok(Spoken::Taken(octets)) if octets > 0), "{taken:?}");
    assert_eq!(shared.lock().newest().get(), 0);
    hub.leave(&alice, room("#r"), None, Millis(0)).expect("a member");
    hub.expire(Millis(1));
    assert!(!shared.lock().is_gone(), "it was forgotten while a message of it was stored");
    shared.expected_message_came();
    hub.expire(Millis(2));
    assert!(shared.lock().is_gone());
}

#[test]
fn a_room_that_nobody_holds_is_listed_and_goes_on_in_its_epoch() {
    let hub = durable(|options| options.room_idle = Duration::ZERO);
    let alice = enter(&hub, "alice", 0);
    join(&hub, &alice, None, None);
    let shared = hub.membership(&alice, room("#r")).expect("a member");
    let epoch = shared.epoch().as_str().to_owned();
    publish(&hub, &shared, 3, "x");
    hub.leave(&alice, room("#r"), None, Millis(0)).expect("a member");
    hub.expire(Millis(1));
    assert!(shared.lock().is_gone());
    let line = RoomLine { name: "#r".into(), members: 0.into(), newest: 3.into() };
    assert_eq!(hub.rooms(None, 9), (vec![line], false));
    let (members, page, more) = hub.who(room("#r"), None, 9).expect("it exists");
    assert_eq!((members.get(), page.len(), more), (0, 0, false));
    let after = Epoch::new(&epoch).ok().map(|epoch| (epoch, 1.into()));
    let membership = join(&hub, &alice, after, None);
    assert_eq!((membership.next, membership.newest.get(), membership.reset), (seq(2), 3, false));
    assert_eq!(membership.from_disk, Some(seq(2)));
}

#[test]
fn a_room_of_which_the_store_has_nothing_any_more_goes_on_if_somebody_holds_it() {
    let hub = durable(|options| options.room_idle = Duration::ZERO);
    let row = RoomId::for_tests(1);
    let alice = enter(&hub, "alice", 0);
    join(&hub, &alice, None, None);
    let shared = hub.membership(&alice, room("#r")).expect("a member");
    publish(&hub, &shared, 3, "x");
    hub.keep_from("#r", row, seq(4));
    hub.row_removed("#r", RoomId::for_tests(2));
    assert_eq!(shared.lock().stored().and_then(|stored| stored.row), Some(row), "that was another room's");
    hub.row_removed("#r", row);
    assert_eq!(shared.lock().stored().map(|stored| (stored.row, stored.oldest)), Some((None, seq(4))));
    assert_eq!(shared.lock().newest().get(), 3);
    // A room that nobody holds is gone with its row.
    publish(&hub, &shared, 4, "x");
    hub.leave(&alice, room("#r"), None, Millis(0)).expect("a member");
    hub.expire(Millis(1));
    hub.row_removed("#r", row);
    assert_eq!(hub.rooms(None, 9), (vec![], false));
}

#[test]
fn stored_rooms_are_told_page_by_page_and_those_of_which_nothing_is_stored_are_not() {
    let hub = durable(|options| (options.max_rooms, options.room_idle) = (5, Duration::ZERO));
    let alice = enter(&hub, "alice", 0);
    for (row, name) in (1..).zip(["#a", "#c", "#e"]) {
        let (row, epoch) = (RoomId::for_tests(row), "e".into());
        let dormant = Dormant { row, epoch, oldest: seq(1), newest: 1.into(), last_at: Timestamp::from_millis(7) };
        hub.restore(room(name), dormant);
    }
    hub.join(&alice, room("#b"), None, None, Millis(0)).expect("a member");
    hub.join(&alice, room("#c"), None, None, Millis(0)).expect("a member");
    let page = |after: Option<&str>| {
        let (rooms, more) = hub.stored_rooms(after, 2);
        let rooms: Vec<_> = rooms.iter().map(|room| (room.name.to_string(), room.dormant.is_some())).collect();
        (rooms, more)
    };
    assert_eq!(page(None), (vec![("#a".to_owned(), true)], Some("#b".into())));
    assert_eq!(page(Some("#b")), (vec![("#c".to_owned(), false), ("#e".to_owned(), true)], None));
    // Nine tenths of five are four.
    assert_eq!(hub.crowding(), 0);
    hub.join(&alice, room("#d"), None, None, Millis(0)).expect("a member");
    assert_eq!(hub.crowding(), 1);
}

#[test]
fn what_is_kept_no_longer_on_disk_is_not_replayed_from_memory() {
    let hub = durable(|_| {});
    let (alice, bob) = (enter(&hub, "alice", 0), enter(&hub, "bob", 0));
    join(&hub, &alice, None, None);
    let shared = hub.membership(&alice, room("#r")).expect("a member");
    publish(&hub, &shared, 5, "x");
    hub.keep_from("#r", RoomId::for_tests(1), seq(4));
    let membership = join(&hub, &bob, Some((shared.epoch(), 0.into())), None);
    let gap = SeqRange::new(seq(1), seq(3)).map(|range| (range, GapReason::Expired));
    assert_eq!((membership.next, membership.gap, membership.from_disk), (seq(1), gap, None));
    assert_eq!(membership.cursor.due, seq(4));
}

#[test]
fn the_seam_is_where_the_log_begins_and_ones_own_joining_stands_between_past_and_present() {
    let hub = durable(|options| options.room_log = 64 << 10);
    let (alice, bob, carol) = (enter(&hub, "alice", 0), enter(&hub, "bob", 0), enter(&hub, "carol", 1));
    join(&hub, &alice, None, None);
    let shared = hub.membership(&alice, room("#r")).expect("a member");
    publish(&hub, &shared, 100, &"x".repeat(1_000));
    let oldest = shared.lock().oldest_in_memory();
    assert!(oldest > seq(2) && oldest < seq(100));
    let membership = join(&hub, &bob, Some((shared.epoch(), 0.into())), None);
    assert_eq!((membership.from_disk, membership.told), (Some(seq(1)), true));
    let joined = membership.cursor;
    // The disk up to where the log begins, then the log, with the own joining in its place.
    assert_eq!(shared.lock().seam(seq(1), joined), Seam::Disk(seq(oldest.get() - 1)));
    let Seam::Log { cursor, live_from, skipped } = shared.lock().seam(oldest, joined) else { panic!("not in the log") };
    assert_eq!((cursor.due, live_from, skipped), (oldest, joined.position, 0));
    let present = Seam::Log { cursor: joined, live_from: joined.position, skipped: 0 };
    assert_eq!(shared.lock().seam(seq(101), joined), present);
    // Once the log has left that place, the replay ends before it, and presence is counted that nobody can read any more.
    join(&hub, &carol, None, None);
    publish(&hub, &shared, 300, &"x".repeat(1_000));
    let oldest = shared.lock().oldest_in_memory();
    assert!(oldest > seq(101));
    assert_eq!(shared.lock().seam(seq(50), joined), Seam::Disk(seq(100)));
    assert_eq!(shared.lock().seam(seq(101), joined), Seam::Disk(seq(oldest.get() - 1)));
    let Seam::Log { cursor, live_from, skipped } = shared.lock().seam(oldest, joined) else { panic!("not in the log") };
    assert_eq!((cursor.due, live_from, skipped), (oldest, cursor.position, 2), "bob's joining and carol's");
}

#[test]
fn whoever_asks_for_all_that_is_kept_gets_it_however_full_the_log_is() {
    let hub = hub(|options| options.room_log = 65_536);
    let (alice, bob) = (enter(&hub, "alice", 0), enter(&hub, "bob", 1));
    join(&hub, &alice, None, None);
    let words = "x".repeat(40);
    // Sealing what is open takes a little memory, and so can let the oldest chunk go: at each place once.
    for _ in 0..3_000 {
        say(&hub, &alice, &words);
        let Membership { next, cursor, .. } = join(&hub, &bob, None, Some(u32::MAX));
        assert_eq!(cursor.due, next);
        // What HISTORY decides by.
        let shared = hub.membership(&alice, room("#r")).expect("a member");
        let oldest = shared.lock().oldest_in_memory();
        assert!(shared.lock().message(oldest).is_some());
        hub.leave(&bob, room("#r"), None, Millis(0)).expect("he is in it");
    }
}

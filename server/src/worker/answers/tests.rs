//! What long answers list, and where they end.

use fanfare_protocol::session::Millis;
use fanfare_protocol::{Name, SeqRange, Text, Timestamp};

use super::*;
use crate::hub::{Digests, Home, Person, WorkerId};
use crate::options::Options;

fn room() -> RoomName<'static> {
    RoomName::new("#r").expect("a room")
}

/// Somebody becomes a member of `#r`.
fn comes(hub: &Hub, name: &str) -> Arc<Person> {
    let home = Home { worker: WorkerId(0), connection: 0, generation: 0 };
    let name = Name::new(name).expect("a name");
    let person = hub.enter(name, None, Dialect::Framed, home, Millis(0)).expect("a free name").person;
    hub.join(&person, room(), None, None, Millis(0)).expect("anyone may join");
    person
}

/// The n-th of many, with a name of the longest.
fn nth(n: usize) -> String {
    format!("{n:04}{}", "x".repeat(28))
}

/// The names that are listed, and the last line. The lines are made one by one; `between` is given the last name.
fn list(hub: &Hub, after: Option<&str>, mut between: impl FnMut(&str)) -> (Vec<String>, String) {
    let after = after.map(|name| Name::new(name).expect("a name").key());
    let mut answer = LongAnswer::who(room(), after);
    let mut names = Vec::new();
    for _ in 0..100 {
        let mut outbox = Outbox::default();
        outbox.push(&[b'\n'; ENOUGH - 1]);
        let complete = matches!(answer.fill(hub, Dialect::Framed, &mut outbox), Filled::Complete);
        let lines = String::from_utf8(outbox.octets()[ENOUGH - 1..].to_vec()).expect("UTF-8");
        let listed = lines.lines().filter_map(|line| line.strip_prefix("NAMES #r "));
        names.extend(listed.flat_map(|list| list.split(' ')).map(str::to_owned));
        if complete {
            return (names, lines.lines().last().expect("a last line").to_owned());
        }
        between(names.last().expect("a line has a name"));
    }
    panic!("it has no end");
}

//= protocol/SPEC.md#4-9-who
//= type=test
//# A server MUST NOT list more than 1,000 names in an answer.
//= protocol/SPEC.md#4-9-who
//= type=test
//# A server MUST give the number of all members of the room as `members`.
//= protocol/SPEC.md#4-9-who
//= type=test
//# A server MUST send `more=yes` if and only if members follow the last one listed.
#[test]
fn who_lists_a_thousand_names_and_says_whether_there_are_more() {
    let hub = Hub::new(&Options::default(), None, Digests::random());
    let _people: Vec<_> = (0..1_003).map(|n| comes(&hub, &nth(n))).collect();
    let (names, end) = list(&hub, None, |_| {});
    assert!(names.iter().eq(&(0..1_000).map(nth).collect::<Vec<_>>()));
    assert_eq!(end, "OK members=1003 more=yes");
    let (names, end) = list(&hub, Some(&nth(2)), |_| {});
    assert!(names.iter().eq(&(3..1_003).map(nth).collect::<Vec<_>>()));
    assert_eq!(end, "OK members=1003", "a full last answer has no more");
}

//= protocol/SPEC.md#4-9-who
//= type=test
//# A server MUST list each person who is a member throughout the answer exactly once.
#[test]
fn who_stays_is_listed_once_whoever_comes_and_goes_meanwhile() {
    let hub = Hub::new(&Options::default(), None, Digests::random());
    let people: Vec<_> = (0..500).map(|n| comes(&hub, &nth(n))).collect();
    let mut gone = Vec::new();
    let (names, end) = list(&hub, None, |last| {
        // The last that was listed goes, or one before it, and one behind; others come on both sides.
        let last: usize = last[..4].parse().expect("it begins with its number");
        let listed = if gone.is_empty() { last } else { last - 1 };
        for n in [listed, last + 1] {
            hub.leave(&people[n], room(), None, Millis(0)).expect("a member");
            gone.push(n);
        }
        comes(&hub, &format!("0-{last}"));
        comes(&hub, &format!("z{last}"));
    });
    assert!(gone.len() > 4, "there were few lines");
    for n in (0..500).filter(|n| !gone.contains(n)) {
        assert_eq!(names.iter().filter(|name| **name == nth(n)).count(), 1, "{n}");
    }
    assert!(end.starts_with("OK members="), "{end}");
}

/// The lines of an answer, as they are sent.
fn lines(hub: &Hub, mut answer: LongAnswer, dialect: Dialect) -> Vec<String> {
    let mut octets = Vec::new();
    loop {
        let mut outbox = Outbox::default();
        let complete = matches!(answer.fill(hub, dialect, &mut outbox), Filled::Complete);
        octets.extend_from_slice(outbox.octets());
        if complete {
            return String::from_utf8(octets).expect("UTF-8").lines().map(str::to_owned).collect();
        }
    }
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST split the answer to `/who` into lines of at most 4,096 octets that all have the form of the table.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST bound the answers to `/who`, `/rooms` and `/history` as it bounds those to `WHO`, `ROOMS` and
//# `HISTORY`, from the oldest message on and by the octets that the `PAST` frames would have.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST send the line `* and more` after an answer that such a bound cut short.
#[test]
fn a_thousand_members_are_listed_and_then_that_there_are_more() {
    let hub = Hub::new(&Options::default(), None, Digests::random());
    let names: Vec<_> = (0..1_001).map(|n| format!("{n:04}{}", "x".repeat(28))).collect();
    let _members: Vec<_> = names.iter().map(|name| comes(&hub, name)).collect();
    for (dialect, begin, end) in [
        (Dialect::Plain, "* 1001 members in #r: ", "* and more"),
        (Dialect::Framed, "NAMES #r ", "OK members=1001 more=yes"),
    ] {
        let mut lines = lines(&hub, LongAnswer::who(room(), None), dialect);
        assert_eq!(lines.pop().as_deref(), Some(end));
        let lists = lines.iter().map(|line| line.strip_prefix(begin).expect("a line of names"));
        assert!(lists.flat_map(|list| list.split(' ')).eq(names[..1_000].iter().map(String::as_str)));
        assert!(lines.iter().all(|line| line.len() <= 4_096));
    }
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer `/history` with the line `* 0 messages kept` when none of the messages asked for is kept.
#[test]
fn a_history_of_which_nothing_is_kept_any_more_says_so() {
    let hub = Hub::new(&Options::default(), None, Digests::random());
    let alice = comes(&hub, "alice");
    let times = (Millis(0), Timestamp::default());
    hub.say(&alice, room(), None, Text::new("x").expect("a text"), times).expect("a member may speak");
    let room = hub.membership(&alice, room()).expect("a member");
    let range = SeqRange::new(Seq::FIRST, Seq::FIRST).expect("a range");
    let history = || LongAnswer::history(Arc::clone(&room), range);
    assert_eq!(lines(&hub, history(), Dialect::Plain), ["* 1970-01-01 00:00:00 alice: x"]);
    assert!(room.lock().give_way());
    assert_eq!(lines(&hub, history(), Dialect::Plain), ["* 0 messages kept"]);
}

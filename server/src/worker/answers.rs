//! Answers of many lines, made as they are sent: they never wait in memory.

use std::sync::Arc;

use fanfare_protocol::limits::{MAX_PAGE, MAX_PAGE_OCTETS};
use fanfare_protocol::plain::{Dialect, Reply};
use fanfare_protocol::{Answer, NameKey, Names, Number, RoomName, Seq, SeqRange, ServerMessage};

use super::outbox::Outbox;
use crate::hub::{Hub, Room, decode};

/// While the outbox has more octets than this, no more lines are made.
const ENOUGH: usize = 32 * 1_024;

/// The names of one line: as many of the longest as it takes.
const NAMES_A_LINE: usize = Names::MAX_OCTETS / 33;

/// The rooms that are looked up at a time.
const ROOMS_A_TIME: usize = 100;

/// An answer that is not complete yet.
#[derive(Debug)]
pub(super) enum LongAnswer {
    /// To `WHO`: the room, the last name that was listed, how many more may be.
    Who { room: Box<str>, after: Option<NameKey>, left: usize },
    /// To `ROOMS`: the last room that was listed, how many were.
    Rooms { after: Option<Box<str>>, count: usize },
    /// To `HISTORY`.
    History(History),
}

/// Where an answer to `HISTORY` stands.
#[derive(Debug)]
pub(super) struct History {
    room: Arc<Room>,
    range: SeqRange,
    /// The next number to be looked at.
    next: Seq,
    count: usize,
    octets: usize,
}

impl LongAnswer {
    pub(super) fn who(room: RoomName<'_>, after: Option<NameKey>) -> Self {
        Self::Who { room: room.as_str().into(), after, left: MAX_PAGE }
    }

    pub(super) fn rooms(after: Option<RoomName<'_>>) -> Self {
        Self::Rooms { after: after.map(|room| room.as_str().into()), count: 0 }
    }

    pub(super) fn history(room: Arc<Room>, range: SeqRange) -> Self {
        Self::History(History { room, range, next: range.first(), count: 0, octets: 0 })
    }

    /// Makes lines while there is room for them. Returns whether the answer is complete.
    pub(super) fn fill(&mut self, hub: &Hub, dialect: Dialect, outbox: &mut Outbox) -> bool {
        while outbox.len() < ENOUGH {
            let complete = match self {
                Self::Who { room, after, left } => {
                    let room = RoomName::new(room).expect("it was made of a room's name");
                    who(hub, room, after, left, dialect, outbox)
                }
                Self::Rooms { after, count } => rooms(hub, after, count, dialect, outbox),
                Self::History(history) => history.fill(dialect, outbox),
            };
            if complete {
                return true;
            }
        }
        false
    }
}

/// One `NAMES` line of an answer to `WHO`. SPEC.md, section 4.9.
fn who(
    hub: &Hub,
    room: RoomName<'_>,
    after: &mut Option<NameKey>,
    left: &mut usize,
    dialect: Dialect,
    outbox: &mut Outbox,
) -> bool {
    // A room that was forgotten meanwhile has no members.
    //= protocol/SPEC.md#4-9-who
    //# A server MUST NOT list more than 1,000 names in an answer.
    let (total, page, more) = hub.who(room, *after, NAMES_A_LINE.min(*left)).unwrap_or_default();
    let list = page.iter().map(|person| person.name().as_str()).collect::<Vec<_>>().join(" ");
    //= protocol/SPEC.md#4-9-who
    //# A server MUST put at least one name and at most 3,999 octets of names in each `NAMES` line, the SP between them
    //# counted.
    if let Ok(names) = Names::new(&list) {
        match dialect {
            Dialect::Framed => outbox.encode(dialect, &ServerMessage::Names { room, names }),
            Dialect::Plain => Reply::Members { room, total, names }.encode(outbox.buffer()),
        }
    }
    //= protocol/SPEC.md#4-9-who
    //# A server MUST list each person who is a member throughout the answer exactly once.
    *after = page.last().map(|person| person.key()).or(*after);
    *left -= page.len();
    let complete = !more || *left == 0;
    if complete {
        //= protocol/SPEC.md#4-9-who
        //# A server MUST give the number of all members of the room as `members`.
        //= protocol/SPEC.md#4-9-who
        //# A server MUST send `more=yes` if and only if members follow the last one listed.
        end(dialect, outbox, Answer::Who { members: total, more }, more);
    }
    complete
}

/// Some `ROOM` lines of an answer to `ROOMS`. SPEC.md, section 4.10.
fn rooms(hub: &Hub, after: &mut Option<Box<str>>, count: &mut usize, dialect: Dialect, outbox: &mut Outbox) -> bool {
    //= protocol/SPEC.md#4-10-rooms
    //# A server MUST NOT list more than 1,000 rooms in an answer.
    let (page, more) = hub.rooms(after.as_deref(), ROOMS_A_TIME.min(MAX_PAGE - *count));
    for room in &page {
        let (members, newest) = {
            let state = room.lock();
            (state.members(), state.newest())
        };
        outbox.encode(dialect, &ServerMessage::Room { room: room.name(), members, newest });
    }
    *after = page.last().map(|room| room.name().as_str().into()).or(after.take());
    *count += page.len();
    let complete = !more || *count == MAX_PAGE;
    if complete {
        if dialect == Dialect::Plain && *count == 0 {
            Reply::NoRooms.encode(outbox.buffer());
        }
        //= protocol/SPEC.md#4-10-rooms
        //# A server MUST give the number of `ROOM` lines of the answer as `count`.
        //= protocol/SPEC.md#4-10-rooms
        //# A server MUST send `more=yes` if and only if rooms follow the last one listed.
        end(dialect, outbox, Answer::Rooms { count: Number::saturating(*count as u64), more }, more);
    }
    complete
}

impl History {
    /// Some `PAST` lines of an answer to `HISTORY`. SPEC.md, section 4.11.
    fn fill(&mut self, dialect: Dialect, outbox: &mut Outbox) -> bool {
        let mut state = self.room.lock();
        let last = self.range.last().get().min(state.newest().get());
        self.next = self.next.max(state.oldest().min(self.range.last()));
        let mut full = false;
        //= protocol/SPEC.md#4-11-history
        //# A server MUST send the kept messages whose numbers lie from FIRST to LAST, in rising order, until the page
        //# is full.
        while self.next.get() <= last && outbox.len() < ENOUGH && !full {
            let Some(octets) = state.message(self.next) else {
                self.next = Seq::new(self.next.get() + 1).unwrap_or(self.next);
                continue;
            };
            let before = outbox.len();
            //= protocol/SPEC.md#5-3-past
            //# A server MUST send in a `PAST` the same octets after the verb as in the `MSG` of that number, the form
            //# of the text excepted.
            outbox.encode(dialect, &ServerMessage::Past(decode(octets)));
            self.octets += outbox.len() - before;
            //= protocol/SPEC.md#4-11-history
            //# A server MUST take the page as full after 1,000 `PAST` frames.
            //= protocol/SPEC.md#4-11-history
            //# A server MUST take the page as full before a `PAST` frame that would bring its frames to more than
            //# 1,048,576 octets, unless it is the first.
            full = self.count == MAX_PAGE || (self.count > 0 && self.octets > MAX_PAGE_OCTETS);
            if full {
                outbox.buffer().truncate(before);
            } else {
                self.count += 1;
                self.next = Seq::new(self.next.get() + 1).unwrap_or(self.next);
            }
        }
        if !full && self.next.get() <= last {
            return false;
        }
        //= protocol/SPEC.md#4-11-history
        //# A server MUST give as `next` the number of the first message it did not send because the page was full.
        //= protocol/SPEC.md#4-11-history
        //# A server whose page did not become full MUST give as `next` the greater of FIRST and one more than the
        //# lesser of LAST and `newest`.
        let next = if full { self.next } else { Seq::new(last + 1).unwrap_or(self.next).max(self.range.first()) };
        //= protocol/SPEC.md#4-11-history
        //# A server MUST give the number of `PAST` frames of the answer as `count`.
        let count = Number::saturating(self.count as u64);
        if dialect == Dialect::Plain && self.count == 0 {
            Reply::NothingKept.encode(outbox.buffer());
        }
        end(dialect, outbox, Answer::History { epoch: self.room.epoch(), count, next }, full);
        true
    }
}

/// The last line of an answer.
fn end(dialect: Dialect, outbox: &mut Outbox, answer: Answer<'_>, more: bool) {
    match dialect {
        Dialect::Framed => outbox.encode(dialect, &ServerMessage::Ok(answer)),
        Dialect::Plain if more => Reply::More.encode(outbox.buffer()),
        Dialect::Plain => {}
    }
}

#[cfg(test)]
mod tests {
    use fanfare_protocol::Name;
    use fanfare_protocol::session::Millis;

    use super::*;
    use crate::hub::{Home, Person, WorkerId};
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
            let complete = answer.fill(hub, Dialect::Framed, &mut outbox);
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
        let hub = Hub::new(&Options::default());
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
        let hub = Hub::new(&Options::default());
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
}

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
    //= protocol/SPEC.md#10-2-what-a-person-types
    //# A server MUST split the answer to `/who` into lines of at most 4,096 octets that all have the form of the table.
    let (total, page, more) = hub.who(room, *after, NAMES_A_LINE.min(*left)).unwrap_or_default();
    let list = page.iter().map(|person| person.name().as_str()).collect::<Vec<_>>().join(" ");
    if let Ok(names) = Names::new(&list) {
        match dialect {
            Dialect::Framed => outbox.encode(dialect, &ServerMessage::Names { room, names }),
            Dialect::Plain => Reply::Members { room, total, names }.encode(outbox.buffer()),
        }
    }
    *after = page.last().map(|person| person.key()).or(*after);
    *left -= page.len();
    //= protocol/SPEC.md#10-2-what-a-person-types
    //# A server MUST bound the answers to `/who`, `/rooms` and `/history` as it bounds those to `WHO`, `ROOMS` and
    //# `HISTORY`.
    let complete = !more || *left == 0;
    if complete {
        end(dialect, outbox, Answer::Who { members: total, more }, more);
    }
    complete
}

/// Some `ROOM` lines of an answer to `ROOMS`. SPEC.md, section 4.10.
fn rooms(hub: &Hub, after: &mut Option<Box<str>>, count: &mut usize, dialect: Dialect, outbox: &mut Outbox) -> bool {
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
    //= protocol/SPEC.md#10-2-what-a-person-types
    //# A server MUST bound the answers to `/who`, `/rooms` and `/history` as it bounds those to `WHO`, `ROOMS` and
    //# `HISTORY`.
    let complete = !more || *count == MAX_PAGE;
    if complete {
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
        while self.next.get() <= last && outbox.len() < ENOUGH && !full {
            let Some(octets) = state.message(self.next) else {
                self.next = Seq::new(self.next.get() + 1).unwrap_or(self.next);
                continue;
            };
            let before = outbox.len();
            outbox.encode(dialect, &ServerMessage::Past(decode(octets)));
            self.octets += outbox.len() - before;
            //= protocol/SPEC.md#10-2-what-a-person-types
            //# A server MUST bound the answers to `/who`, `/rooms` and `/history` as it bounds those to `WHO`, `ROOMS`
            //# and `HISTORY`.
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
        let next = if full { self.next } else { Seq::new(last + 1).unwrap_or(self.next).max(self.range.first()) };
        let count = Number::saturating(self.count as u64);
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST answer `/history` with the line `* 0 messages kept` when none of the messages asked for is
        //# kept.
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
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST send the line `* and more` after an answer that such a bound cut short.
        Dialect::Plain if more => Reply::More.encode(outbox.buffer()),
        Dialect::Plain => {}
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use fanfare_protocol::session::Millis;
    use fanfare_protocol::{Name, Text, Timestamp};

    use super::*;
    use crate::hub::{Home, Person, WorkerId};
    use crate::options::Options;

    fn hub() -> Hub {
        Hub::new(&Options { workers: NonZeroUsize::MIN, presence_limit: 0, ..Options::default() })
    }

    fn tea() -> RoomName<'static> {
        RoomName::new("#tea").expect("a room")
    }

    fn member(hub: &Hub, name: &str) -> Arc<Person> {
        let home = Home { worker: WorkerId(0), connection: 0, generation: 0 };
        let name = Name::new(name).expect("a name");
        let person = hub.enter(name, None, Dialect::Plain, home, Millis(0)).expect("a free name").person;
        hub.join(&person, tea(), None, None, Millis(0)).expect("anyone may join");
        person
    }

    /// The lines of an answer, as they are sent.
    fn lines(hub: &Hub, mut answer: LongAnswer, dialect: Dialect) -> Vec<String> {
        let mut octets = Vec::new();
        loop {
            let mut outbox = Outbox::default();
            let complete = answer.fill(hub, dialect, &mut outbox);
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
    //# `HISTORY`.
    //= protocol/SPEC.md#10-2-what-a-person-types
    //= type=test
    //# A server MUST send the line `* and more` after an answer that such a bound cut short.
    #[test]
    fn a_thousand_members_are_listed_and_then_that_there_are_more() {
        let hub = hub();
        let names: Vec<_> = (0..1_001).map(|n| format!("{n:04}{}", "x".repeat(28))).collect();
        let _members: Vec<_> = names.iter().map(|name| member(&hub, name)).collect();
        for (dialect, begin, end) in [
            (Dialect::Plain, "* 1001 members in #tea: ", "* and more"),
            (Dialect::Framed, "NAMES #tea ", "OK members=1001 more=yes"),
        ] {
            let mut lines = lines(&hub, LongAnswer::who(tea(), None), dialect);
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
        let hub = hub();
        let alice = member(&hub, "alice");
        let times = (Millis(0), Timestamp::default());
        hub.say(&alice, tea(), None, Text::new("x").expect("a text"), times).expect("a member may speak");
        let room = hub.membership(&alice, tea()).expect("a member");
        let range = SeqRange::new(Seq::FIRST, Seq::FIRST).expect("a range");
        let history = || LongAnswer::history(Arc::clone(&room), range);
        assert_eq!(lines(&hub, history(), Dialect::Plain), ["* 1970-01-01 00:00:00 alice: x"]);
        assert!(room.lock().give_way());
        assert_eq!(lines(&hub, history(), Dialect::Plain), ["* 0 messages kept"]);
    }
}

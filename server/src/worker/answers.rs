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
    //= protocol/SPEC.md#10-2-what-a-person-types
    //# A server MUST split the answer to `/who` into lines of at most 4,096 octets that all have the form of the table.
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
    //= protocol/SPEC.md#10-2-what-a-person-types
    //# A server MUST bound the answers to `/who`, `/rooms` and `/history` as it bounds those to `WHO`, `ROOMS` and
    //# `HISTORY`, from the oldest message on and by the octets that the `PAST` frames would have.
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
    //= protocol/SPEC.md#10-2-what-a-person-types
    //# A server MUST bound the answers to `/who`, `/rooms` and `/history` as it bounds those to `WHO`, `ROOMS` and
    //# `HISTORY`, from the oldest message on and by the octets that the `PAST` frames would have.
    let complete = !more || *count == MAX_PAGE;
    if complete {
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST answer `/rooms` with the line `* 0 rooms` when there are none.
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
            //# A server MUST take the page as full before a `PAST` frame that would bring its frames, terminators
            //# counted, to more than 1,048,576 octets, unless it is the first.
            //= protocol/SPEC.md#10-2-what-a-person-types
            //# A server MUST bound the answers to `/who`, `/rooms` and `/history` as it bounds those to `WHO`, `ROOMS`
            //# and `HISTORY`, from the oldest message on and by the octets that the `PAST` frames would have.
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
        //# A server that left out no message because the page was full MUST give as `next` the greater of FIRST and one
        //# more than the lesser of LAST and `newest`.
        let next = if full { self.next } else { Seq::new(last + 1).unwrap_or(self.next).max(self.range.first()) };
        //= protocol/SPEC.md#4-11-history
        //# A server MUST give the number of `PAST` frames of the answer as `count`.
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
mod tests;

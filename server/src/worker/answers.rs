//! Answers of many lines, made as they are sent: they never wait in memory.

mod history;
mod search;

use std::sync::Arc;

use fanfare_protocol::limits::MAX_PAGE;
use fanfare_protocol::plain::{Dialect, Reply};
use fanfare_protocol::{Answer, NameKey, Names, Number, RoomName, Seq, SeqRange, ServerMessage};

use self::history::History;
use self::search::Search;
use super::outbox::Outbox;
use crate::history::{Fetch, Fetched, RoomId, Terms};
use crate::hub::{Hub, Room, RoomLine};

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
    /// To `SEARCH`.
    Search(Search),
}

/// What came of making lines.
#[derive(Debug)]
pub(super) enum Filled {
    /// The answer is complete.
    Complete,
    /// There is more, as soon as there is room for it.
    HasMore,
    /// This is to be fetched first.
    Needs(Arc<Room>, RoomId, Fetch),
}

impl Filled {
    fn when(complete: bool) -> Self {
        if complete { Self::Complete } else { Self::HasMore }
    }
}

impl LongAnswer {
    pub(super) fn who(room: RoomName<'_>, after: Option<NameKey>) -> Self {
        Self::Who { room: room.as_str().into(), after, left: MAX_PAGE }
    }

    pub(super) fn rooms(after: Option<RoomName<'_>>) -> Self {
        Self::Rooms { after: after.map(|room| room.as_str().into()), count: 0 }
    }

    pub(super) fn history(room: Arc<Room>, range: SeqRange) -> Self {
        Self::History(History::new(room, range))
    }

    pub(super) fn search(room: Arc<Room>, terms: Terms, before: Option<Seq>, last: usize) -> Self {
        Self::Search(Search::new(room, terms, before, last))
    }

    /// Whether the answer waits for something that was fetched.
    pub(super) fn waits_for(&self, room: &Arc<Room>, fetch: &Fetch) -> bool {
        match self {
            Self::Who { .. } | Self::Rooms { .. } => false,
            Self::History(history) => history.waits_for(room, fetch),
            Self::Search(search) => search.waits_for(room, fetch),
        }
    }

    /// Takes what it waited for. Returns whether the answer can go on.
    pub(super) fn take(&mut self, fetch: &Fetch, fetched: Fetched) -> bool {
        match (self, fetched) {
            (Self::History(history), Fetched::Messages { messages, .. }) => {
                history.take(fetch, messages);
                true
            }
            (Self::Search(search), fetched) => search.take(fetched),
            (Self::Who { .. } | Self::Rooms { .. } | Self::History(_), _) => false,
        }
    }

    /// Makes lines while there is room for them.
    pub(super) fn fill(&mut self, hub: &Hub, dialect: Dialect, outbox: &mut Outbox) -> Filled {
        while outbox.len() < ENOUGH {
            let filled = match self {
                Self::Who { room, after, left } => {
                    let room = RoomName::new(room).expect("it was made of a room's name");
                    Filled::when(who(hub, room, after, left, dialect, outbox))
                }
                Self::Rooms { after, count } => Filled::when(rooms(hub, after, count, dialect, outbox)),
                Self::History(history) => history.fill(dialect, outbox),
                Self::Search(search) => search.fill(dialect, outbox),
            };
            if !matches!(filled, Filled::HasMore) {
                return filled;
            }
        }
        Filled::HasMore
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
    for RoomLine { name, members, newest } in &page {
        let room = RoomName::new(name).expect("it was made of a room's name");
        outbox.encode(dialect, &ServerMessage::Room { room, members: *members, newest: *newest });
    }
    *after = page.last().map(|room| room.name.clone()).or(after.take());
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

/// The last line of an answer.
pub(super) fn end(dialect: Dialect, outbox: &mut Outbox, answer: Answer<'_>, more: bool) {
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

//! The answer to `HISTORY`: from memory what memory has, from the disk what only the disk has. SPEC.md, section 4.11.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::BytesMut;
use fanfare_protocol::limits::{MAX_PAGE, MAX_PAGE_OCTETS};
use fanfare_protocol::plain::{Dialect, Reply};
use fanfare_protocol::{Answer, Message, Number, Seq, SeqRange, ServerMessage};

use super::{ENOUGH, Filled, Outbox, end};
use crate::history::{Fetch, StoredMessage};
use crate::hub::{Room, decode};
use crate::worker::replay::behind;

/// Where an answer stands.
#[derive(Debug)]
pub(in crate::worker) struct History {
    room: Arc<Room>,
    range: SeqRange,
    /// The next number to be looked at.
    next: Seq,
    /// What was fetched of it.
    fetched: VecDeque<StoredMessage>,
    page: Page,
}

/// What was sent of a page.
#[derive(Debug, Default)]
struct Page {
    count: usize,
    octets: usize,
    full: bool,
}

impl History {
    pub(super) fn new(room: Arc<Room>, range: SeqRange) -> Self {
        Self { room, range, next: range.first(), fetched: VecDeque::new(), page: Page::default() }
    }

    pub(super) fn waits_for(&self, room: &Arc<Room>, fetch: &Fetch) -> bool {
        Arc::ptr_eq(&self.room, room) && matches!(fetch, Fetch::Range(range) if range.first() == self.next)
    }

    /// Takes what was fetched. What is not among it is not kept.
    pub(super) fn take(&mut self, fetch: &Fetch, messages: Vec<StoredMessage>) {
        if let (Fetch::Range(range), true) = (fetch, messages.is_empty()) {
            self.next = behind(range.last());
        }
        self.fetched = messages.into();
    }

    /// Some `PAST` lines.
    pub(super) fn fill(&mut self, dialect: Dialect, outbox: &mut Outbox) -> Filled {
        let Self { room, range, next, fetched, page } = self;
        let mut state = room.lock();
        let last = range.last().get().min(state.newest().get());
        *next = (*next).max(state.oldest().min(behind(range.last())));
        //= protocol/SPEC.md#4-11-history
        //# A server MUST send the kept messages whose numbers lie from FIRST to LAST, in rising order, until the page
        //# is full.
        while next.get() <= last && outbox.len() < ENOUGH && !page.full {
            if let Some(stored) = fetched.front() {
                // What was fetched may have become too old since.
                let (seq, wanted) = (stored.seq, stored.seq >= *next);
                if wanted && page.add(stored.message(room.name()), dialect, outbox) {
                    *next = behind(seq);
                }
                if !page.full {
                    fetched.pop_front();
                }
                continue;
            }
            let in_memory = state.oldest_in_memory();
            if *next < in_memory
                && let Some(row) = state.stored().and_then(|stored| stored.row)
            {
                let on_disk = Seq::new(last.min(in_memory.get() - 1)).and_then(|last| SeqRange::new(*next, last));
                let on_disk = on_disk.expect("the next number is on the disk");
                drop(state);
                return Filled::Needs(Arc::clone(room), row, Fetch::Range(on_disk));
            }
            match state.message(*next) {
                Some(octets) if !page.add(decode(octets), dialect, outbox) => {}
                _ => *next = behind(*next),
            }
        }
        drop(state);
        if !page.full && next.get() <= last {
            return Filled::HasMore;
        }
        //= protocol/SPEC.md#4-11-history
        //# A server MUST give as `next` the number of the first message it did not send because the page was full.
        //= protocol/SPEC.md#4-11-history
        //# A server that left out no message because the page was full MUST give as `next` the greater of FIRST and one
        //# more than the lesser of LAST and `newest`.
        let next = if page.full { *next } else { Seq::new(last + 1).unwrap_or(*next).max(range.first()) };
        //= protocol/SPEC.md#4-11-history
        //# A server MUST give the number of `PAST` frames of the answer as `count`.
        let count = Number::saturating(page.count as u64);
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST answer `/history` with the line `* 0 messages kept` when none of the messages asked for is
        //# kept.
        if dialect == Dialect::Plain && page.count == 0 {
            Reply::NothingKept.encode(outbox.buffer());
        }
        end(dialect, outbox, Answer::History { epoch: room.epoch(), count, next }, page.full);
        Filled::Complete
    }
}

impl Page {
    /// Adds a message, unless the page is full before it. Returns whether it was added.
    fn add(&mut self, message: Message<'_>, dialect: Dialect, outbox: &mut Outbox) -> bool {
        let before = outbox.len();
        //= protocol/SPEC.md#5-3-past
        //# A server MUST send in a `PAST` the same octets after the verb as in the `MSG` of that number, the form
        //# of the text excepted.
        outbox.encode(dialect, &ServerMessage::Past(message));
        self.octets += match dialect {
            Dialect::Framed => outbox.len() - before,
            Dialect::Plain => {
                let mut frame = BytesMut::new();
                ServerMessage::Past(message).encode(&mut frame);
                frame.len()
            }
        };
        //= protocol/SPEC.md#4-11-history
        //# A server MUST take the page as full after 1,000 `PAST` frames.
        //= protocol/SPEC.md#4-11-history
        //# A server MUST take the page as full before a `PAST` frame that would bring its frames, terminators
        //# counted, to more than 1,048,576 octets, unless it is the first.
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST bound the answers to `/who`, `/rooms` and `/history` as it bounds those to `WHO`, `ROOMS`
        //# and `HISTORY`, from the oldest message on and by the octets that the `PAST` frames would have.
        self.full = self.count == MAX_PAGE || (self.count > 0 && self.octets > MAX_PAGE_OCTETS);
        if self.full {
            outbox.buffer().truncate(before);
        } else {
            self.count += 1;
        }
        !self.full
    }
}

//! The answer to `SEARCH`: first the numbers of what matches, then these messages, as they are sent. SPEC.md, section 4.15.

use std::collections::VecDeque;
use std::sync::Arc;

use fanfare_protocol::plain::{Dialect, Reply};
use fanfare_protocol::{Answer, Number, Seq, ServerMessage};

use super::{ENOUGH, Filled, Outbox, end};
use crate::history::{Fetch, Fetched, StoredMessage, Terms};
use crate::hub::Room;

/// How many messages are asked for at a time.
const AT_A_TIME: usize = 64;

/// Where an answer stands.
#[derive(Debug)]
pub(in crate::worker) struct Search {
    room: Arc<Room>,
    stage: Stage,
    count: u64,
}

#[derive(Debug)]
enum Stage {
    /// It is to be found out what matches.
    Asking { terms: Terms, before: Option<Seq>, last: usize },
    /// These match and were not sent yet, and older ones too.
    Found { seqs: VecDeque<Seq>, fetched: VecDeque<StoredMessage>, more: bool },
}

impl Search {
    pub(super) fn new(room: Arc<Room>, terms: Terms, before: Option<Seq>, last: usize) -> Self {
        Self { room, stage: Stage::Asking { terms, before, last }, count: 0 }
    }

    pub(super) fn waits_for(&self, room: &Arc<Room>, fetch: &Fetch) -> bool {
        let fits = match (&self.stage, fetch) {
            (Stage::Asking { .. }, Fetch::Search { .. }) => true,
            (Stage::Found { seqs, .. }, Fetch::Numbers(asked)) => seqs.front() == asked.first(),
            _ => false,
        };
        fits && Arc::ptr_eq(&self.room, room)
    }

    /// Takes what was fetched. Returns whether the answer can go on.
    pub(super) fn take(&mut self, came: Fetched) -> bool {
        match (&mut self.stage, came) {
            (Stage::Asking { .. }, Fetched::Matches { seqs, more }) => {
                self.stage = Stage::Found { seqs: seqs.into(), fetched: VecDeque::new(), more };
                true
            }
            (Stage::Found { seqs, fetched, more }, Fetched::Messages { messages, looked_at }) => {
                // What is older than something that is kept no longer is not kept either.
                *more &= messages.len() == looked_at;
                seqs.drain(..looked_at.min(seqs.len()));
                *fetched = messages.into();
                true
            }
            _ => false,
        }
    }

    /// Some `PAST` lines.
    pub(super) fn fill(&mut self, dialect: Dialect, outbox: &mut Outbox) -> Filled {
        let (row, oldest) = {
            let state = self.room.lock();
            (state.stored().and_then(|stored| stored.row), state.oldest())
        };
        // Without a row the room has no message that could match.
        let (Some(row), room) = (row, &self.room) else { return self.finish(false, dialect, outbox) };
        match &mut self.stage {
            Stage::Asking { terms, before, last } => {
                let search = Fetch::Search { terms: terms.clone(), before: *before, last: *last };
                Filled::Needs(Arc::clone(room), row, search)
            }
            Stage::Found { seqs, fetched, more } => {
                //= protocol/SPEC.md#4-15-search
                //# A server MUST send the `PAST` frames of the page in rising order.
                while outbox.len() < ENOUGH
                    && let Some(stored) = fetched.pop_front()
                {
                    // What was found may be kept no longer.
                    if stored.seq < oldest {
                        *more = false;
                        continue;
                    }
                    //= protocol/SPEC.md#5-3-past
                    //# A server MUST send in a `PAST` the same octets after the verb as in the `MSG` of that number, the
                    //# form of the text excepted.
                    outbox.encode(dialect, &ServerMessage::Past(stored.message(room.name())));
                    self.count += 1;
                }
                if !fetched.is_empty() {
                    Filled::HasMore
                } else if seqs.is_empty() {
                    let more = *more;
                    self.finish(more, dialect, outbox)
                } else {
                    let next = seqs.iter().take(AT_A_TIME).copied().collect();
                    Filled::Needs(Arc::clone(room), row, Fetch::Numbers(next))
                }
            }
        }
    }

    fn finish(&self, more: bool, dialect: Dialect, outbox: &mut Outbox) -> Filled {
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST answer `/search` with the line `* 0 messages found` when it finds none.
        if dialect == Dialect::Plain && self.count == 0 {
            Reply::NothingFound.encode(outbox.buffer());
        }
        //= protocol/SPEC.md#4-15-search
        //# A server MUST give the number of `PAST` frames of the answer as `count`.
        let count = Number::saturating(self.count);
        end(dialect, outbox, Answer::Search { epoch: self.room.epoch(), count, more }, more);
        Filled::Complete
    }
}

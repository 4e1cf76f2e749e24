//! The requests that have no answer yet.

use std::collections::VecDeque;

use fanfare_protocol::Message;
use fanfare_protocol::session::Millis;

use crate::ask::{Ask, Position, Said};
use crate::error::Ending;
use crate::owned::OwnedRoom;

/// How many requests are taken before their answers.
const MOST: usize = 256;

/// How many of them are on their way: fewer than a server leaves unanswered (SPEC.md, section 4.1, item 9).
const MOST_SENT: usize = 128;

/// Requests in the order in which they are sent and answered.
#[derive(Default)]
pub(super) struct Pending {
    /// On their way, the oldest first.
    sent: VecDeque<Ask>,
    /// To be sent before the others: what was refused for its time, and the rooms of a lost connection.
    again: VecDeque<Ask>,
    /// How many at the front of `again` were refused since the last one was sent: these were sent before all of `sent`,
    /// what is behind them after it.
    refused: usize,
    unsent: VecDeque<Ask>,
    /// Nothing is sent before.
    hold: Option<Millis>,
    /// A message could not be stored. Until that is over, requests go one at a time, so that none overtakes it.
    one_by_one: bool,
}

impl Pending {
    pub(super) fn push(&mut self, ask: Ask) {
        self.unsent.push_back(ask);
    }

    pub(super) fn has_room(&self) -> bool {
        self.sent.len() + self.again.len() + self.unsent.len() < MOST
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty() && !self.has_unsent()
    }

    pub(super) fn has_unsent(&self) -> bool {
        !self.again.is_empty() || !self.unsent.is_empty()
    }

    /// The next one to send.
    pub(super) fn next(&mut self, now: Millis) -> Option<Ask> {
        let most = if self.one_by_one { 1 } else { MOST_SENT };
        if self.sent.len() >= most || self.hold.is_some_and(|until| now < until) {
            return None;
        }
        self.hold = None;
        self.refused = 0;
        self.again.pop_front().or_else(|| self.unsent.pop_front())
    }

    /// Until when nothing is sent, if that is later than now and there is something.
    pub(super) fn waits_until(&self, now: Millis) -> Option<Millis> {
        self.hold.filter(|&until| until > now && self.has_unsent())
    }

    pub(super) fn sent(&mut self, ask: Ask) {
        self.sent.push_back(ask);
    }

    /// The one that was next can't go yet.
    pub(super) fn not_sent(&mut self, ask: Ask) {
        self.again.push_front(ask);
    }

    /// The one that is being answered.
    pub(super) fn front(&mut self) -> Option<&mut Ask> {
        self.sent.front_mut()
    }

    /// The one that was answered.
    pub(super) fn answered(&mut self) -> Option<Ask> {
        self.sent.pop_front()
    }

    /// This one is sent once more, and nothing before then.
    pub(super) fn again(&mut self, ask: Ask, then: Millis) {
        self.again.insert(self.refused, ask);
        self.refused += 1;
        //= protocol/SPEC.md#7-1-rules
        //# A client MUST NOT repeat by itself a refused request before the milliseconds of its `retry` have passed.
        self.hold = self.hold.max(Some(then));
    }

    /// This message could not be stored: it is sent once more, and nothing before then or before its answer. Whether it is
    /// the first one that could not.
    pub(super) fn not_stored(&mut self, ask: Ask, then: Millis) -> bool {
        self.again(ask, then);
        !std::mem::replace(&mut self.one_by_one, true)
    }

    /// A message had another answer than that it could not be stored.
    pub(super) fn stores(&mut self) {
        self.one_by_one = false;
    }

    /// The rooms to be in again come before all else.
    pub(super) fn rejoin(&mut self, rooms: impl Iterator<Item = (OwnedRoom, Position)>) {
        //= protocol/SPEC.md#6-6-after-a-lost-connection
        //# A client that resumes SHOULD join its rooms before it repeats unanswered `SAY` requests.
        self.again.extend(rooms.map(|(room, after)| Ask::Rejoin { room, after }));
    }

    /// A message of one's own came back, perhaps before its answer. An id belongs to its room, and is good for one text:
    /// what else has the id is another message.
    pub(super) fn heard(&mut self, said: &Message<'_>) {
        let mine = self.sent.iter_mut().find_map(|ask| match ask {
            Ask::Say { room, id, text, heard, .. }
                if said.id == Some(id.get()) && said.room == room.get() && said.text == text.get() =>
            {
                Some(heard)
            }
            _ => None,
        });
        if let Some(heard) = mine {
            *heard = Some(said.seq.get());
        }
    }

    /// The connection was lost: what has no answer is sent once more, unless it is known to be done. The rooms that the
    /// lost connection was leaving.
    pub(super) fn unsend(&mut self) -> Vec<OwnedRoom> {
        let mut left = Vec::new();
        let mut unsent = VecDeque::new();
        let behind = self.again.split_off(std::mem::take(&mut self.refused));
        for mut ask in self.again.drain(..).chain(self.sent.drain(..)).chain(behind) {
            match ask {
                // The rooms are joined anew in any case.
                Ask::Rejoin { .. } => {}
                // A membership ends with its connection, unless something is still to be done in it or to begin it.
                // Nobody may be waiting for it any more.
                Ask::Leave { room, answer, .. } if !unsent.iter().any(|earlier: &Ask| earlier.is_in(&room)) => {
                    left.push(room);
                    let _ = answer.send(Ok(()));
                }
                // It was seen in the room. A server that has forgotten its ids would say it twice.
                Ask::Say { heard: Some(seq), answer, .. } => {
                    let _ = answer.send(Ok(Said { seq, repeat: false }));
                }
                _ => {
                    //= protocol/SPEC.md#4-7-say
                    //# A client that repeats a `SAY` whose answer it did not receive MUST send the same id and the same
                    //# text.
                    ask.forget_parts();
                    unsent.push_back(ask);
                }
            }
        }
        unsent.append(&mut self.unsent);
        self.unsent = unsent;
        left
    }

    /// Nothing of it will be done any more.
    pub(super) fn fail(self, ending: &Ending) {
        for ask in self.again.into_iter().chain(self.sent).chain(self.unsent) {
            ask.fail(ending.clone().into());
        }
    }
}

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
    unsent: VecDeque<Ask>,
    /// Nothing is sent before.
    hold: Option<Millis>,
    delayed: Delayed,
}

/// Messages that could not be stored, and what must not overtake them.
#[derive(Default)]
struct Delayed {
    /// In the order in which it is said.
    asks: VecDeque<Ask>,
    /// How many of these were refused since one was last sent: those that are still on their way come behind them.
    refused: usize,
    /// While nothing can be stored: when the next attempt is.
    until: Option<Millis>,
}

impl Pending {
    pub(super) fn push(&mut self, ask: Ask) {
        self.unsent.push_back(ask);
    }

    pub(super) fn has_room(&self) -> bool {
        self.sent.len() + self.again.len() + self.unsent.len() + self.delayed.asks.len() < MOST
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty() && !self.has_unsent()
    }

    pub(super) fn has_unsent(&self) -> bool {
        !self.again.is_empty() || !self.unsent.is_empty() || !self.delayed.asks.is_empty()
    }

    /// The next one to send.
    pub(super) fn next(&mut self, now: Millis) -> Option<Ask> {
        if self.sent.len() == MOST_SENT || self.hold.is_some_and(|until| now < until) {
            return None;
        }
        self.hold = None;
        if let Some(ask) = self.again.pop_front() {
            return Some(ask);
        }
        let Some(until) = self.delayed.until else { return self.unsent.pop_front() };
        let is_saying = self.sent.iter().any(|ask| matches!(ask, Ask::Say { .. }));
        loop {
            if now >= until && !is_saying && !self.delayed.asks.is_empty() {
                self.delayed.refused = 0;
                return self.delayed.asks.pop_front();
            }
            let ask = self.unsent.pop_front()?;
            if !self.must_wait(&ask) {
                return Some(ask);
            }
            self.delayed.asks.push_back(ask);
        }
    }

    /// Whether a request must not overtake the messages that could not be stored: it says something too, or it ends or
    /// begins a membership in which one of them is to be said.
    fn must_wait(&self, ask: &Ask) -> bool {
        match ask {
            Ask::Say { .. } => true,
            Ask::Join { room, .. } | Ask::Leave { room, .. } => {
                let mut said = self.sent.iter().filter(|ask| matches!(ask, Ask::Say { .. }));
                said.any(|ask| ask.is_in(room)) || self.delayed.asks.iter().any(|ask| ask.is_in(room))
            }
            _ => false,
        }
    }

    /// Until when something is not sent, if that is later than now and there is something.
    pub(super) fn waits_until(&self, now: Millis) -> Option<Millis> {
        let delayed = self.delayed.until.filter(|_| !self.delayed.asks.is_empty());
        self.hold.filter(|_| self.has_unsent()).max(delayed).filter(|&until| until > now)
    }

    pub(super) fn sent(&mut self, ask: Ask) {
        self.sent.push_back(ask);
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
        self.again.push_back(ask);
        //= protocol/SPEC.md#7-1-rules
        //# A client MUST NOT repeat by itself a refused request before the milliseconds of its `retry` have passed.
        self.hold = self.hold.max(Some(then));
    }

    /// This message could not be stored: it is sent once more, then and in its place. Until it is said, messages go one
    /// at a time. Whether it is the first one that could not.
    pub(super) fn not_stored(&mut self, ask: Ask, then: Millis) -> bool {
        self.delayed.asks.insert(self.delayed.refused, ask);
        self.delayed.refused += 1;
        let is_first = self.delayed.until.is_none();
        //= protocol/SPEC.md#7-1-rules
        //# A client MUST NOT repeat by itself a refused request before the milliseconds of its `retry` have passed.
        self.delayed.until = self.delayed.until.max(Some(then));
        is_first
    }

    /// A message had another answer. One that was sent behind those that could not be stored does not end their wait.
    pub(super) fn stores(&mut self, now: Millis) {
        let is_over = self.delayed.asks.is_empty() || self.delayed.until.is_none_or(|until| now >= until);
        if is_over {
            let Delayed { mut asks, .. } = std::mem::take(&mut self.delayed);
            asks.append(&mut self.unsent);
            self.unsent = asks;
        }
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
        let refused = std::mem::take(&mut self.delayed.refused);
        let behind = self.delayed.asks.split_off(refused);
        let refused = self.again.drain(..).chain(self.delayed.asks.drain(..));
        for mut ask in refused.chain(self.sent.drain(..)).chain(behind) {
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
        for ask in self.again.into_iter().chain(self.sent).chain(self.delayed.asks).chain(self.unsent) {
            ask.fail(ending.clone().into());
        }
    }
}

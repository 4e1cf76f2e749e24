//! What a frame that was parsed means to its receiver and to the room.

use fanfare_protocol::{Answer, Message, ServerMessage};

use super::marks::{is_settled, mark, settle};
use super::numbers::Meaning;
use super::receiver::{Order, Receiver};
use super::{End, Notice, Verifier};
use crate::text::Identity;

/// How far ahead of what is known a number can be, when others speak in the room too.
const OTHERS: u64 = 1 << 20;

impl Verifier {
    /// A frame came that is no message of the protocol.
    pub(super) fn unreadable(&mut self, receiver: &mut Receiver) {
        self.tally.corrupt += 1;
        receiver.unplaced();
    }

    pub(super) fn message(
        &mut self,
        receiver: &mut Receiver,
        message: &ServerMessage<'_>,
        frame: &[u8],
        now: u64,
        notices: &mut Vec<Notice>,
    ) -> Result<(), End> {
        match *message {
            ServerMessage::Msg(message) if message.room.as_str() == self.room => {
                self.said(receiver, &message, frame, now);
            }
            ServerMessage::Note { room, seq, .. } if room.as_str() == self.room && self.others_can_have(seq.get()) => {
                self.number(receiver, seq.get(), None, Meaning::Foreign, now);
            }
            ServerMessage::Gap { room, range, .. } if room.as_str() == self.room => {
                self.gap(receiver, range.first().get(), range.last().get());
            }
            // Of a room that nobody joined, or under a number that can't be.
            ServerMessage::Msg(_) | ServerMessage::Note { .. } | ServerMessage::Gap { .. } => self.unreadable(receiver),
            ServerMessage::Joined { .. } | ServerMessage::Left { .. } | ServerMessage::Members { .. } => {
                self.tally.presence += 1;
            }
            ServerMessage::Ping { token } => {
                notices.push(Notice::Ping(token.map(|token| token.as_str().to_owned())));
            }
            ServerMessage::Ok(Answer::Say { seq, .. }) => notices.push(Notice::Accepted(seq.get())),
            ServerMessage::Err { code, .. } => notices.push(Notice::Refused(code.as_str().to_owned())),
            ServerMessage::Bye { code, .. } => return Err(End::Bye(code.as_str().to_owned())),
            _ => {}
        }
        Ok(())
    }

    /// A message of the room, which is parsed: checks it, and makes it a part of the log where it is the next.
    fn said(&mut self, receiver: &mut Receiver, message: &Message<'_>, frame: &[u8], now: u64) {
        let number = message.seq.get();
        let meaning =
            match (self.texts.identify(message.text.as_str()), self.published.publisher(message.name.as_str())) {
                (Identity::Ours(index), Some(publisher)) if self.published.is_of(index, publisher) => {
                    Meaning::Ours(index)
                }
                (Identity::Foreign, None) => Meaning::Foreign,
                // What it says contradicts itself, or names a message that was never published.
                _ => return self.damaged(receiver, number),
            };
        let known = match meaning {
            Meaning::Ours(index) => self.published.number(index),
            _ => None,
        };
        let can_be = if meaning == Meaning::Foreign { self.others_can_have(number) } else { self.can_be(number) };
        if known.is_some_and(|known| known != number) || !can_be {
            return self.damaged(receiver, known.unwrap_or(number));
        }
        if let Some(entry) = self.numbers.get(number)
            && entry.meaning != Meaning::Unknown
        {
            let start = entry.end - u64::from(entry.len);
            let reference = self.log.from(start).and_then(|octets| octets.get(..entry.len as usize));
            // Others read something else under this number.
            if entry.meaning != meaning || reference.is_some_and(|octets| !octets.is_empty() && octets != frame) {
                return self.damaged(receiver, number);
            }
        }
        self.number(receiver, number, Some(frame), meaning, now);
    }

    /// A message came under a number, and is not what it should be.
    fn damaged(&mut self, receiver: &mut Receiver, number: u64) {
        self.tally.corrupt += 1;
        if !self.can_be(number) {
            receiver.unplaced();
        } else if receiver.order(number) == Order::Forward {
            self.skip_to(receiver, number);
            self.pass(number);
            receiver.advance_to(number + 1);
        }
    }

    /// Whether a number can have been given by now.
    fn can_be(&self, number: u64) -> bool {
        let others = if self.others == 0 { 0 } else { OTHERS };
        number < self.numbers.next() || number <= self.published.base() + self.published.count() + others
    }

    /// Whether a number can have been given to others by now. How many they had is not known.
    pub(super) fn others_can_have(&self, number: u64) -> bool {
        self.can_be(number.saturating_sub(OTHERS))
    }

    /// A number came whole. If it is the due one, it is believed: others are held against it, and if it is new, its
    /// `frame` becomes a part of the log.
    fn number(&mut self, receiver: &mut Receiver, number: u64, frame: Option<&[u8]>, meaning: Meaning, now: u64) {
        let is_due = number == receiver.due;
        let order = receiver.order(number);
        match order {
            Order::Repeated => {
                self.tally.repeated += 1;
                return;
            }
            Order::Late => self.tally.reordered += 1,
            Order::Forward => {
                self.skip_to(receiver, number);
                self.numbers.begin_at(number);
                let is_new = number >= self.numbers.next();
                self.numbers.extend_to(number, self.log.end());
                if let (true, true, Some(frame), Some(entry)) = (is_due, is_new, frame, self.numbers.get_mut(number)) {
                    self.log.append(frame);
                    entry.end = self.log.end();
                    entry.len = u32::try_from(frame.len()).expect("a frame has at most 69,638 octets");
                }
                if is_due {
                    self.learn(number, meaning);
                }
                receiver.advance_to(number + 1);
                self.newest = self.newest.max(number);
            }
        }
        let Meaning::Ours(index) = meaning else {
            self.tally.foreign += 1;
            return;
        };
        self.tally.received += 1;
        let nanos = self.published.intended(index).map(|intended| now.saturating_sub(intended));
        if let Some(nanos) = nanos {
            self.latencies.all.saturating_record(nanos);
        }
        let Some(entry) = self.numbers.get_mut(number) else { return };
        if let Some(nanos) = nanos {
            mark(entry, nanos, self.live, &mut self.latencies);
        }
        if order == Order::Forward {
            entry.passed += 1;
            if is_settled(entry, self.live) {
                settle(entry, &mut self.settled);
                self.incomplete += u64::from(entry.received != entry.passed);
            }
        }
    }

    /// What a number stands for, where that was unknown.
    fn learn(&mut self, number: u64, meaning: Meaning) {
        let Some(entry) = self.numbers.get_mut(number).filter(|entry| entry.meaning == Meaning::Unknown) else {
            return;
        };
        entry.meaning = meaning;
        match meaning {
            Meaning::Ours(index) => {
                entry.intended = self.published.intended(index).unwrap_or_default();
                self.published.set_number(index, number);
            }
            _ => self.others += 1,
        }
    }

    fn gap(&mut self, receiver: &mut Receiver, first: u64, last: u64) {
        if first < receiver.due || !self.can_be(last) {
            return self.unreadable(receiver);
        }
        self.skip_to(receiver, first);
        for number in first..=last {
            self.pass(number);
        }
        self.tally.missed += last + 1 - first;
        receiver.advance_to(last + 1);
        self.newest = self.newest.max(last);
    }

    /// Notes that the numbers up to this one did not come when they were due.
    fn skip_to(&mut self, receiver: &mut Receiver, number: u64) {
        for skipped in receiver.due..number {
            self.pass(skipped);
        }
        self.tally.lost += receiver.skip_to(number);
    }

    /// A receiver goes past a number without its message.
    fn pass(&mut self, number: u64) {
        self.numbers.begin_at(number);
        self.numbers.extend_to(number, self.log.end());
        if let Some(entry) = self.numbers.get_mut(number) {
            entry.passed += 1;
            if is_settled(entry, self.live) {
                settle(entry, &mut self.settled);
                self.incomplete += 1;
            }
        }
    }
}

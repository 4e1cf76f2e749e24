//! What a frame that was parsed means to its receiver and to the room.

use super::numbers::{Meaning, UNTIMED};
use super::receiver::{Order, Receiver};
use super::room::Room;
use super::{Account, End, Notice, marks};
use crate::latency::Of;
use crate::text::Identity;
use crate::wire::{Message, Word};

/// How far ahead of what is known a number can be, when others speak in the room too.
const OTHERS: u64 = 1 << 20;

impl Account {
    /// Octets came that are no frame of the protocol, or a frame that can't be.
    pub(super) fn unreadable(&mut self, receiver: &mut Receiver) {
        self.tally.corrupt += 1;
        receiver.unplaced();
    }
}

impl Room {
    pub(super) fn word(
        &mut self,
        account: &mut Account,
        receiver: &mut Receiver,
        word: &Word<'_>,
        frame: &[u8],
        now: u64,
        notices: &mut Vec<Notice>,
    ) -> Result<(), End> {
        match *word {
            Word::Message(message) if message.room == self.name => self.said(account, receiver, &message, frame, now),
            Word::Note { room, number } if room == self.name && self.others_can_have(account, number) => {
                self.number(account, receiver, number, None, Meaning::Foreign, now);
            }
            Word::Gap { room, first, last } if room == self.name => self.gap(account, receiver, first, last),
            // Of a room that nobody joined, or under a number that can't be.
            Word::Message(_) | Word::Note { .. } | Word::Gap { .. } => account.unreadable(receiver),
            Word::Presence => account.tally.presence += 1,
            Word::Ping(token) => notices.push(Notice::Ping(token.map(str::to_owned))),
            Word::Accepted(number) => notices.push(Notice::Accepted(number)),
            Word::Refused(reason) => notices.push(Notice::Refused(reason.to_owned())),
            Word::End(verb, reason) => return Err(End::Said(format!("{verb} {reason}"))),
            Word::Other => {}
        }
        Ok(())
    }

    /// A message of the room, which is parsed: checks it, and makes it a part of the log where it is the next.
    fn said(&mut self, account: &mut Account, receiver: &mut Receiver, message: &Message<'_>, frame: &[u8], now: u64) {
        let identity = account.texts.identify(message.text);
        let Some((number, name)) = message.signed else {
            return self.unsigned(account, receiver, identity, frame, now);
        };
        let meaning = match (identity, account.published.publisher(name)) {
            (Identity::Ours(index), Some(by)) if self.is_said_here(account, index, Some(by)) => Meaning::Ours(index),
            (Identity::Foreign, None) => Meaning::Foreign,
            // What it says contradicts itself, or names a message that was never published.
            _ => return self.damaged(account, receiver, number),
        };
        let known = match meaning {
            Meaning::Ours(index) => account.published.number(index),
            _ => None,
        };
        let can_be = match meaning {
            Meaning::Foreign => self.others_can_have(account, number),
            _ => self.can_be(account, number),
        };
        if known.is_some_and(|known| known != number) || !can_be {
            return self.damaged(account, receiver, known.unwrap_or(number));
        }
        self.checked(account, receiver, number, frame, meaning, now);
    }

    /// A message that bears no number, and does not say who said it: its text says all that there is to know.
    fn unsigned(&mut self, account: &mut Account, receiver: &mut Receiver, identity: Identity, frame: &[u8], now: u64) {
        let index = match identity {
            Identity::Ours(index) if self.is_said_here(account, index, None) => index,
            Identity::Foreign => {
                account.tally.foreign += 1;
                return;
            }
            _ => return account.unreadable(receiver),
        };
        if self.streams.is_some() {
            return self.apart(account, receiver, index, frame, now);
        }
        let number = match self.number_of(account, index) {
            Some(number) => number,
            // Both it and what is due are too long ago to be told apart.
            None if self.numbers.is_gone(receiver.due) => receiver.due,
            None => {
                account.tally.repeated += 1;
                return;
            }
        };
        self.checked(account, receiver, number, frame, Meaning::Ours(index), now);
    }

    /// A message that is as it was published: is it what others read under its number?
    fn checked(
        &mut self,
        account: &mut Account,
        receiver: &mut Receiver,
        number: u64,
        frame: &[u8],
        meaning: Meaning,
        now: u64,
    ) {
        if self.differs(number, frame, meaning) {
            return self.damaged(account, receiver, number);
        }
        self.number(account, receiver, number, Some(frame), meaning, now);
    }

    /// Whether a message is another, or has other octets, than what others read under its number.
    pub(super) fn differs(&self, number: u64, frame: &[u8], meaning: Meaning) -> bool {
        let Some(slot) = self.numbers.slot(number) else { return false };
        let rare = &self.numbers.rare[slot];
        let start = self.numbers.start(number).and_then(|start| self.log.from(start));
        let reference = start.and_then(|octets| octets.get(..rare.len as usize));
        rare.meaning != Meaning::Unknown && (rare.meaning != meaning || reference.is_some_and(|octets| octets != frame))
    }

    /// A message came under a number, and is not what it should be.
    fn damaged(&mut self, account: &mut Account, receiver: &mut Receiver, number: u64) {
        account.tally.corrupt += 1;
        if !self.can_be(account, number) {
            receiver.unplaced();
        } else if self.order(account, receiver, number) == Order::Forward {
            self.skip_to(account, receiver, number);
            self.pass(account, number);
            receiver.advance_to(number + 1);
        }
    }

    /// Whether a number can have been given by now.
    fn can_be(&self, account: &Account, number: u64) -> bool {
        let others = if self.others == 0 { 0 } else { OTHERS };
        number < self.numbers.next() || number <= self.last_possible(account) + others
    }

    /// Whether a number can have been given to others by now. How many they had is not known.
    pub(super) fn others_can_have(&self, account: &Account, number: u64) -> bool {
        self.can_be(account, number.saturating_sub(OTHERS))
    }

    /// A number came whole. If it is the due one, it is believed: others are held against it, and if it is new, its
    /// `frame` becomes a part of the log.
    fn number(
        &mut self,
        account: &mut Account,
        receiver: &mut Receiver,
        number: u64,
        frame: Option<&[u8]>,
        meaning: Meaning,
        now: u64,
    ) {
        let order = self.order(account, receiver, number);
        match order {
            Order::Repeated => {
                account.tally.repeated += 1;
                return;
            }
            Order::Late => account.tally.reordered += 1,
            Order::Forward => {
                let is_due = number == receiver.due;
                self.skip_to(account, receiver, number);
                self.numbers.begin_at(number);
                if is_due && number >= self.numbers.next() {
                    self.enter(number, frame);
                } else {
                    self.numbers.extend_to(number, self.members.live);
                }
                if is_due {
                    self.learn(account, number, meaning);
                }
                receiver.advance_to(number + 1);
                self.newest = self.newest.max(number);
            }
        }
        let Meaning::Ours(index) = meaning else {
            account.tally.foreign += 1;
            return;
        };
        self.delivered(account, Some(number), index, order, now);
    }

    /// A message of the run came whole to somebody who did not have it yet.
    pub(super) fn delivered(&mut self, account: &mut Account, number: Option<u64>, index: u64, order: Order, now: u64) {
        account.tally.received += 1;
        let elapsed = account.published.elapsed(index, now);
        if let Some(elapsed) = elapsed {
            account.latencies.record(Of::All, elapsed);
        }
        let Some(slot) = number.and_then(|number| self.numbers.slot(number)) else { return };
        let meaning = Meaning::Ours(index);
        match order {
            Order::Forward => marks::receive(&mut self.numbers, slot, meaning, elapsed, self.members, account),
            _ => marks::receive_late(&mut self.numbers, slot, meaning, elapsed, self.members, account),
        }
    }

    /// How a number stands to what came to a receiver before.
    fn order(&self, account: &mut Account, receiver: &mut Receiver, number: u64) -> Order {
        let may_lack = self.numbers.slot(number).is_none_or(|slot| self.numbers.rare[slot].without > 0);
        receiver.order(number, may_lack, &mut account.tally.lost)
    }

    /// A new number, which was due to who reads it first.
    pub(super) fn enter(&mut self, number: u64, frame: Option<&[u8]>) {
        let Some(frame) = frame else { return self.numbers.extend_to(number, self.members.live) };
        if number > self.numbers.next() {
            self.numbers.extend_to(number - 1, self.members.live);
        }
        self.log.append(frame);
        let len = u32::try_from(frame.len()).expect("a frame has at most 69,638 octets");
        self.numbers.append(self.log.end(), len, self.members.live);
    }

    /// What a number stands for, where that was unknown.
    pub(super) fn learn(&mut self, account: &mut Account, number: u64, meaning: Meaning) {
        let Some(slot) = self.numbers.slot(number) else { return };
        if self.numbers.rare[slot].meaning != Meaning::Unknown {
            return;
        }
        self.numbers.learn(number, meaning);
        match meaning {
            Meaning::Ours(index) => {
                self.numbers.set_times(slot, account.published.times(index).unwrap_or((UNTIMED, UNTIMED)));
                account.published.set_number(index, number);
            }
            _ => self.others += 1,
        }
    }

    fn gap(&mut self, account: &mut Account, receiver: &mut Receiver, first: u64, last: u64) {
        if first < receiver.due || !self.can_be(account, last) {
            return account.unreadable(receiver);
        }
        self.skip_to(account, receiver, first);
        for number in first..=last {
            self.pass(account, number);
        }
        account.tally.missed += last + 1 - first;
        receiver.advance_to(last + 1);
        self.newest = self.newest.max(last);
    }

    /// Notes that the numbers up to this one did not come when they were due.
    fn skip_to(&mut self, account: &mut Account, receiver: &mut Receiver, number: u64) {
        for skipped in receiver.due..number {
            self.pass(account, skipped);
        }
        receiver.skip_to(number, &mut account.tally.lost);
    }

    /// A receiver goes past a number without its message.
    fn pass(&mut self, account: &mut Account, number: u64) {
        self.numbers.begin_at(number);
        self.numbers.extend_to(number, self.members.live);
        if let Some(slot) = self.numbers.slot(number) {
            marks::pass(&mut self.numbers, slot, self.members, account);
        }
    }
}

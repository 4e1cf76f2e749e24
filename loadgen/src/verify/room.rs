//! One room: its log, its numbers, and those who read along.

use fanfare_protocol::limits::MAX_FRAME;

use super::apart::Streams;
use super::log::Log;
use super::marks::Members;
use super::numbers::{Meaning, Numbers};
use super::receiver::Receiver;
use super::{Account, End, Notice, common, marks};
use crate::latency::{Of, Sending};
use crate::wire::{Next, Word};

/// The most octets of all rooms' messages that are kept for comparing, unless each has its least.
pub(super) const LOG: usize = 4 << 20;

/// The least that a room's log is bounded to: it takes every frame.
const LEAST_LOG: usize = 2 * MAX_FRAME;

const _: () = assert!(LEAST_LOG <= LOG, "the log takes every frame");

#[derive(Debug)]
pub(super) struct Room {
    /// As the wire calls it.
    pub(super) name: String,
    /// Which one it is.
    at: usize,
    pub(super) numbers: Numbers,
    pub(super) log: Log,
    pub(super) members: Members,
    /// The newest number before the first message.
    base: u64,
    /// The highest number that was there before the first message, or was given since.
    pub(super) newest: u64,
    /// How many numbers are known to be of others, since the receivers joined.
    pub(super) others: u64,
    /// How many messages were accepted.
    accepted: u64,
    /// Where those who publish here have no common order: what each member has of each of them.
    pub(super) streams: Option<Streams>,
    /// On a wire without numbers: the last number that was given.
    given: u64,
}

impl Room {
    /// One in which such a part of the run's messages is said, in one order or not.
    pub(super) fn new(name: &str, at: usize, part: f64, sending: Sending, has_one_order: bool) -> Self {
        Self {
            name: name.to_owned(),
            at,
            numbers: Numbers::new(part, sending),
            log: Log::new(((LOG as f64 * part) as usize).max(LEAST_LOG)),
            members: Members::default(),
            base: 0,
            newest: 0,
            others: 0,
            accepted: 0,
            streams: (!has_one_order).then(Streams::default),
            given: 0,
        }
    }

    /// Somebody has joined. It returns which of the members that is, counted from 0.
    pub(super) fn join(&mut self, newest: u64) -> u32 {
        self.streams.iter_mut().for_each(Streams::join);
        self.members.all += 1;
        self.members.live += 1;
        self.newest = self.newest.max(newest);
        self.members.all - 1
    }

    pub(super) fn begin(&mut self) {
        self.base = self.newest;
    }

    pub(super) fn owed(&self) -> u64 {
        self.accepted * u64::from(self.members.all)
    }

    pub(super) fn accepted(&mut self, account: &mut Account, index: u64, number: Option<u64>) {
        self.accepted += 1;
        // Each accepted message has a number; which one is known when somebody reads it.
        let Some(number) = number else {
            self.newest = self.newest.max(self.base + self.accepted);
            return;
        };
        if !self.others_can_have(account, number) {
            account.tally.corrupt += 1;
            return;
        }
        account.published.set_number(index, number);
        self.newest = self.newest.max(number);
    }

    pub(super) fn cut(&mut self, account: &mut Account, receiver: &Receiver) {
        self.members.live = self.members.live.saturating_sub(1);
        for (number, slot) in self.numbers.all() {
            let has_passed = self.has_passed(account, receiver, number, slot);
            marks::cut(&mut self.numbers, slot, has_passed, self.members, account);
        }
    }

    /// The newest number that the run's own messages can have.
    pub(super) fn last_possible(&self, account: &Account) -> u64 {
        self.base + account.published.said_in(self.at)
    }

    /// Whether a message of this index was said here, by somebody of this number where that is known.
    pub(super) fn is_said_here(&self, account: &Account, index: u64, publisher: Option<u64>) -> bool {
        let layout = account.published.layout();
        index < account.published.count()
            && layout.room_of_message(index) == self.at
            && publisher.is_none_or(|known| known == layout.publisher_of(index))
    }

    /// The number of a message that was said here, on a wire without numbers: a new one if nobody has read it yet. `None` if
    /// it was said too long ago to be remembered.
    pub(super) fn number_of(&mut self, account: &mut Account, index: u64) -> Option<u64> {
        let publishers = account.unnumbered.len() as u64;
        let unnumbered = &mut account.unnumbered[account.published.layout().turn(index)];
        while *unnumbered <= index {
            if !account.published.is_refused(*unnumbered) {
                self.given += 1;
                account.published.set_number(*unnumbered, self.given);
            }
            *unnumbered += publishers;
        }
        account.published.number(index)
    }

    pub(super) fn receive(
        &mut self,
        account: &mut Account,
        receiver: &mut Receiver,
        octets: &[u8],
        now: u64,
        notices: &mut Vec<Notice>,
    ) -> Result<usize, End> {
        let mut rest = octets;
        loop {
            rest = &rest[self.compare(account, receiver, rest, now)..];
            if rest.is_empty() {
                return Ok(octets.len());
            }
            match account.wire.next(rest) {
                Next::Incomplete => return Ok(octets.len() - rest.len()),
                Next::Frame(taken, word) => {
                    let (frame, behind) = rest.split_at(taken);
                    if std::mem::take(&mut receiver.counted) && matches!(word, Word::Other | Word::Accepted(_)) {
                        // The rest of a frame can look like a frame that does not matter, such as one of an unknown verb.
                        account.unreadable(receiver);
                    }
                    self.word(account, receiver, &word, frame, now, notices)?;
                    rest = behind;
                }
                Next::Unreadable(taken) => {
                    account.unreadable(receiver);
                    rest = &rest[taken..];
                }
                Next::Broken => {
                    account.tally.corrupt += 1;
                    return Err(End::Broken);
                }
            }
        }
    }

    /// Takes what is equal to the log, up to the end of a frame. It returns how many octets that is.
    fn compare(&mut self, account: &mut Account, receiver: &mut Receiver, octets: &[u8], now: u64) -> usize {
        if self.streams.is_some() {
            return 0;
        }
        let Some(start) = self.numbers.start(receiver.due) else { return 0 };
        let Some(known) = self.log.from(start) else { return 0 };
        let end = start + common::prefix(octets, known) as u64;
        let (taken, deliveries) = self.take(account, receiver, end, now);
        account.tally.compared += deliveries;
        usize::try_from(taken - start).expect("it is a part of the octets")
    }

    pub(super) fn countable(&self, receiver: &Receiver, left: &[u8]) -> usize {
        // Behind a frame that could not be read the stream is further than what is due.
        if self.streams.is_some() || receiver.due < self.numbers.plain() || !receiver.is_placed() {
            return 0;
        }
        let (Some(start), Some(last)) = (self.numbers.start(receiver.due), self.numbers.start(self.numbers.next() - 1))
        else {
            return 0;
        };
        let Some(known) = self.log.from(start).filter(|known| known.starts_with(left)) else { return 0 };
        usize::try_from(last - start).map_or(0, |most| most.min(known.len()).saturating_sub(left.len()))
    }

    /// The receiver's stream came so far beyond where its due frame begins.
    pub(super) fn count(&mut self, account: &mut Account, receiver: &mut Receiver, octets: usize, now: u64) -> &[u8] {
        let start = self.numbers.start(receiver.due).unwrap_or(self.log.end());
        let end = start + octets as u64;
        let (taken, deliveries) = self.take(account, receiver, end, now);
        account.tally.counted += deliveries;
        receiver.counted = true;
        let left = usize::try_from(end - taken).expect("it is a part of a frame");
        self.log.from(taken).and_then(|octets| octets.get(..left)).unwrap_or_default()
    }

    /// What the log has, from a receiver's due number up to a position, came to it. It returns where the last whole frame of
    /// that ends, and how many there are.
    fn take(&mut self, account: &mut Account, receiver: &mut Receiver, end: u64, now: u64) -> (u64, u64) {
        let from = receiver.due;
        // Of one or two numbers there is nothing to be done at once.
        let is_run = from >= self.numbers.plain() && self.numbers.end(from + 2).is_some_and(|third| third <= end);
        let (to, others) = if is_run {
            let to = self.numbers.first_behind(from, end);
            marks::received(&mut self.numbers, (from, to), now, self.members, account);
            (to, 0)
        } else {
            self.take_one_by_one(account, from, end, now)
        };
        if to > from {
            account.tally.received += to - from - others;
            account.tally.foreign += others;
            receiver.advance_to(to);
            (self.numbers.end(to - 1).unwrap_or(end), to - from)
        } else {
            (self.numbers.start(from).unwrap_or(end), 0)
        }
    }

    /// The same where not all numbers are the run's own and in the log. It returns what is due then, and how many of those
    /// before it are of others.
    fn take_one_by_one(&mut self, account: &mut Account, from: u64, end: u64, now: u64) -> (u64, u64) {
        let (mut number, mut others) = (from, 0);
        while self.numbers.end(number).is_some_and(|its| its <= end)
            && let Some(slot) = self.numbers.slot(number)
        {
            number += 1;
            let meaning = self.numbers.rare[slot].meaning;
            if meaning == Meaning::Foreign {
                others += 1;
                continue;
            }
            let elapsed = self.numbers.elapsed(slot, now);
            if let Some(elapsed) = elapsed {
                account.latencies.record(Of::All, elapsed);
            }
            marks::receive(&mut self.numbers, slot, meaning, elapsed, self.members, account);
        }
        (number, others)
    }
}

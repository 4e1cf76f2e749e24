//! Is what came what was sent? Without sockets and clocks: octets and times are arguments.
//!
//! A server sends the octets of a message equally to everybody in its room (SPEC.md, section 5.1, item 2). So whichever
//! receiver is ahead has its frames parsed and checked against what was published, and they become the reference
//! log; every other receiver's octets are only compared with it, from its own place on, as fast as memory can be
//! compared. So each octet of each delivery is verified. Where a stream differs from the log (an `OK`, a `PING`, presence,
//! a `GAP`, and everything that should not be), that receiver's frames are parsed one by one until it is in step again.

mod common;
mod log;
mod numbers;
mod receiver;
mod tally;

use fanfare_protocol::limits::MAX_FRAME;
use fanfare_protocol::{Answer, FrameError, Framed, Framer, Message, MessageError, ServerMessage};

use self::log::Log;
use self::numbers::{Entry, Meaning, Numbers};
use self::receiver::Order;
pub use self::receiver::Receiver;
pub use self::tally::Tally;
use crate::latency::{Latencies, Run};
use crate::published::Published;
use crate::text::{Identity, Texts};

/// The most octets of the room's messages that are kept for comparing.
const LOG: usize = 4 << 20;

const _: () = assert!(2 * MAX_FRAME <= LOG, "the log takes every frame");

/// The most octets of an unfinished frame that [`Verifier::receive`] leaves. An empty line's CR can stand before it.
pub const MOST_LEFT: usize = MAX_FRAME + 1;

/// How far ahead of what is known a number can be, when others speak in the room too.
const OTHERS: u64 = 1 << 20;

/// What a receiver's stream says besides messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A `PING`: its token goes back in a `PONG`.
    Ping(Option<String>),
    /// The oldest unanswered message was accepted under this number.
    Accepted(u64),
    /// The oldest unanswered message was refused, with this code.
    Refused(String),
}

/// Why nothing more can come from a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The server said `BYE` with this code.
    Bye(String),
    /// Where the next frame begins can't be known.
    Broken,
}

/// Everything that is known of the room's stream, and the account of all its receivers.
#[derive(Debug)]
pub struct Verifier {
    room: String,
    texts: Texts,
    published: Published,
    numbers: Numbers,
    log: Log,
    /// Receivers whose connections stand.
    live: u32,
    /// The highest number that was there before the first message, or was given since.
    newest: u64,
    /// How many numbers are known to be of others, since the receivers joined.
    others: u64,
    settled: u64,
    /// Messages that everybody passed, and that somebody did not receive.
    incomplete: u64,
    tally: Tally,
    latencies: Latencies,
}

impl Verifier {
    /// One for a room, in which nobody is yet.
    pub fn new(room: &str, texts: Texts, published: Published) -> Self {
        Self {
            room: room.to_owned(),
            texts,
            published,
            numbers: Numbers::new(),
            log: Log::new(LOG),
            live: 0,
            newest: 0,
            others: 0,
            settled: 0,
            incomplete: 0,
            tally: Tally::default(),
            latencies: Latencies::default(),
        }
    }

    /// Somebody has joined, and its numbers begin behind `newest`. All receivers join before the first message.
    pub fn join(&mut self, newest: u64) -> Receiver {
        self.live += 1;
        self.newest = self.newest.max(newest);
        Receiver::new(newest + 1)
    }

    /// The messages that were published.
    pub fn published(&mut self) -> &mut Published {
        &mut self.published
    }

    /// How many messages everybody has, or never will have.
    pub fn settled(&self) -> u64 {
        self.settled
    }

    /// How many messages were settled and had not reached everybody.
    pub fn incomplete(&self) -> u64 {
        self.incomplete
    }

    /// The highest number that is known of.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// What became of the deliveries so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// How long they took.
    pub fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// The server accepted a message, under a number.
    pub fn accepted(&mut self, index: u64, number: u64) {
        self.published.set_number(index, number);
        self.newest = self.newest.max(number);
    }

    /// A receiver's connection has ended. What it has not got it never will.
    pub fn cut(&mut self, receiver: &Receiver) {
        self.live = self.live.saturating_sub(1);
        for (number, entry) in self.numbers.iter_mut() {
            if receiver.has_passed(number) {
                entry.gone += 1;
            } else if is_settled(entry, self.live) && entry.passed > 0 {
                settle(entry, &mut self.settled);
                self.incomplete += 1;
            }
        }
    }

    /// Nothing more comes to a receiver: enters what it has not got. `cut` says whether its connection had ended.
    pub fn finish(&mut self, receiver: &mut Receiver, cut: bool) {
        let (skipped, owed) = receiver.finish(self.newest);
        self.tally.lost += skipped;
        *(if cut { &mut self.tally.cut } else { &mut self.tally.lost }) += owed;
    }

    /// Enters what came to a receiver, at a time in nanoseconds: `octets`, with what the last call left before them. It
    /// returns how many octets it has dealt with; the rest, at most [`MOST_LEFT`], must stand before what comes next.
    ///
    /// # Errors
    ///
    /// Nothing more can come.
    pub fn receive(
        &mut self,
        receiver: &mut Receiver,
        octets: &[u8],
        now: u64,
        notices: &mut Vec<Notice>,
    ) -> Result<usize, End> {
        let mut rest = octets;
        loop {
            rest = &rest[self.compare(receiver, rest, now)..];
            while let [b'\n', tail @ ..] | [b'\r', b'\n', tail @ ..] = rest {
                rest = tail;
            }
            if rest.is_empty() {
                return Ok(octets.len());
            }
            let mut input = rest;
            let framed = Framer::new().next(&mut input);
            let frame = &rest[..rest.len() - input.len()];
            match framed {
                // The framer may have taken a part of an over-long line, which it alone would remember.
                Ok(Framed::Incomplete) => return Ok(octets.len() - rest.len()),
                Ok(Framed::Frame(parts)) => match ServerMessage::parse(&parts) {
                    Ok(message) => self.message(receiver, &message, frame, now, notices)?,
                    Err(MessageError::UnknownVerb) => {}
                    Err(_) => self.unreadable(receiver),
                },
                Err(FrameError::Frame(_)) => self.unreadable(receiver),
                Err(FrameError::Stream(_)) => {
                    self.tally.corrupt += 1;
                    return Err(End::Broken);
                }
            }
            rest = input;
        }
    }

    /// Octets were read, whatever they are.
    pub fn count_octets(&mut self, octets: usize) {
        self.tally.octets += octets as u64;
    }

    /// Takes what is equal to the log, up to the end of a frame. It returns how many octets that is.
    fn compare(&mut self, receiver: &mut Receiver, octets: &[u8], now: u64) -> usize {
        let Some(due) = self.numbers.get(receiver.due).filter(|entry| entry.len > 0) else { return 0 };
        let start = due.end - u64::from(due.len);
        let Some(known) = self.log.from(start) else { return 0 };
        let end = start + common::prefix(octets, known) as u64;
        let (mut taken, mut number, mut run, mut others) = (start, receiver.due, Run::default(), 0);
        while let Some(entry) = self.numbers.get_mut(number).filter(|entry| entry.len > 0 && entry.end <= end) {
            taken = entry.end;
            number += 1;
            entry.passed += 1;
            if entry.meaning == Meaning::Foreign {
                others += 1;
                continue;
            }
            let nanos = now.saturating_sub(entry.intended);
            run.add(nanos, &mut self.latencies.all);
            mark(entry, nanos, self.live, &mut self.latencies);
            if is_settled(entry, self.live) {
                settle(entry, &mut self.settled);
                self.incomplete += u64::from(entry.received != entry.passed);
            }
        }
        if number > receiver.due {
            run.end(&mut self.latencies.all);
            self.tally.compared += number - receiver.due;
            self.tally.received += number - receiver.due - others;
            self.tally.foreign += others;
            receiver.advance_to(number);
        }
        usize::try_from(taken - start).expect("it is a part of the octets")
    }

    /// A frame came that is no message of the protocol.
    fn unreadable(&mut self, receiver: &mut Receiver) {
        self.tally.corrupt += 1;
        receiver.unplaced();
    }

    fn message(
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
            ServerMessage::Note { room, seq, .. } if room.as_str() == self.room => {
                self.number(receiver, seq.get(), None, Meaning::Foreign, now);
            }
            ServerMessage::Gap { room, range, .. } if room.as_str() == self.room => {
                self.gap(receiver, range.first().get(), range.last().get());
            }
            // Of a room that nobody joined.
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
        let bound = if meaning == Meaning::Foreign { OTHERS } else { 0 };
        if known.is_some_and(|known| known != number) || !self.can_be(number.saturating_sub(bound)) {
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

/// Enters a delivery of a message among the first, the median and the last ones.
fn mark(entry: &mut Entry, nanos: u64, live: u32, latencies: &mut Latencies) {
    entry.received += 1;
    let all = live + entry.gone;
    if entry.received == 1 {
        latencies.first.saturating_record(nanos);
    }
    if entry.received == all.div_ceil(2) {
        latencies.median.saturating_record(nanos);
    }
    if entry.received == all {
        latencies.last.saturating_record(nanos);
    }
}

/// Whether everybody has passed a number.
fn is_settled(entry: &Entry, live: u32) -> bool {
    entry.passed == live + entry.gone
}

/// Counts a number that everybody has passed; one that nobody has read counts as a message of the run.
fn settle(entry: &Entry, settled: &mut u64) {
    *settled += u64::from(entry.meaning != Meaning::Foreign);
}

#[cfg(test)]
mod tests;

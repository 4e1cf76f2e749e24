//! Is what came what was sent? Without sockets and clocks: octets and times are arguments.
//!
//! A server sends the octets of a message equally to everybody in its room (SPEC.md, section 5.1, item 2). So whichever
//! receiver is ahead has its frames parsed and checked against what was published, and they become the reference
//! log; every other receiver's octets are only compared with it, from its own place on, as fast as memory can be
//! compared. So each octet of each delivery is verified. Where a stream differs from the log (an `OK`, a `PING`, presence,
//! a `GAP`, and everything that should not be), that receiver's frames are parsed one by one until it is in step again.

mod common;
mod log;
mod marks;
mod numbers;
mod parsed;
mod receiver;
mod tally;

use fanfare_protocol::limits::MAX_FRAME;
use fanfare_protocol::{FrameError, Framed, Framer, MessageError, ServerMessage};

use self::log::Log;
use self::marks::{is_settled, mark, settle};
use self::numbers::{Meaning, Numbers};
pub use self::receiver::Receiver;
pub use self::tally::Tally;
use crate::latency::{Latencies, Run};
use crate::published::Published;
use crate::text::Texts;

/// The most octets of the room's messages that are kept for comparing.
const LOG: usize = 4 << 20;

const _: () = assert!(2 * MAX_FRAME <= LOG, "the log takes every frame");

/// The most octets of an unfinished frame that [`Verifier::receive`] leaves. An empty line's CR can stand before it.
pub const MOST_LEFT: usize = MAX_FRAME + 1;

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
        if !self.others_can_have(number) {
            self.tally.corrupt += 1;
            return;
        }
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
}

#[cfg(test)]
mod tests;

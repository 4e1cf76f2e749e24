//! One member's account: what became of each message. Without sockets and clocks.
//!
//! It is not held against the log of the receivers, as its stream can lack anything at all; each frame is parsed, and its
//! text says which message it is.

use std::collections::BTreeMap;

use crate::beside::Deliveries;
use crate::layout::Layout;
use crate::published::Published;
use crate::text::{Identity, Texts};
use crate::verify::{Order, Receiver, Verifier};
use crate::wire::{Message, Next, Wire, Word};

/// How far ahead of what was said a number can be, as others speak in the room too.
const OTHERS: u64 = 1 << 20;

/// What is known of all messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'k> {
    pub(super) wire: Wire,
    pub(super) texts: &'k Texts,
    pub(super) verifier: &'k Verifier,
    /// How many messages were refused of each who speaks, by turn.
    pub(super) refused: &'k BTreeMap<u64, u64>,
}

/// From where on somebody is owed the messages of its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// From the first message of the run on, behind this number where there are numbers.
    Start(u64),
    /// From behind this number on or, without one, from the first one that comes.
    Now(u64),
}

/// What came besides messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The server said so, for this reason.
    Said(String),
    /// Where the next frame begins can't be known.
    Broken,
}

/// The account of one who is in a room.
#[derive(Debug)]
pub(super) struct Account {
    room: usize,
    from: From,
    /// Where numbers are, what has come of them; elsewhere, what has come of the messages of each who speaks, by
    /// turn.
    streams: BTreeMap<u64, Receiver>,
    /// Corrupt frames that stand for a message of which the number is not known.
    unplaced: u64,
    deliveries: Deliveries,
}

/// Where there are numbers, all messages of a room are one stream.
const NUMBERED: u64 = 0;

impl Known<'_> {
    fn published(&self) -> &Published {
        self.verifier.said()
    }

    fn layout(&self) -> &Layout {
        self.published().layout()
    }

    /// The turns of those who speak in a room.
    fn turns_of(&self, room: usize) -> impl Iterator<Item = u64> {
        (0..self.layout().publishers() as u64).filter(move |turn| self.layout().room_of_message(*turn) == room)
    }

    /// How many messages were said by the one who has a turn, and how many of these were refused.
    fn said(&self, turn: u64) -> (u64, u64) {
        let publishers = self.layout().publishers() as u64;
        let said = (self.published().count() + publishers - 1 - turn) / publishers;
        (said, self.refused.get(&turn).copied().unwrap_or_default())
    }

    /// Whether a message was said in a room, by somebody of this number where that is known.
    fn is_said_in(&self, room: usize, index: u64, publisher: Option<u64>) -> bool {
        let layout = self.layout();
        index < self.published().count()
            && layout.room_of_message(index) == room
            && publisher.is_none_or(|known| known == layout.publisher_of(index))
    }
}

impl Account {
    pub(super) fn new(room: usize, from: From) -> Self {
        Self { room, from, streams: BTreeMap::new(), unplaced: 0, deliveries: Deliveries::default() }
    }

    /// Enters what came, with what the last call left before it, and answers what is asked. It returns how many octets it
    /// has dealt with.
    ///
    /// # Errors
    ///
    /// Nothing more can come.
    pub(super) fn receive(&mut self, octets: &[u8], known: &Known<'_>, out: &mut Vec<u8>) -> Result<usize, Ended> {
        let mut rest = octets;
        while !rest.is_empty() {
            match known.wire.next(rest) {
                Next::Incomplete => break,
                Next::Frame(taken, word) => {
                    self.word(&word, known, out)?;
                    rest = &rest[taken..];
                }
                Next::Unreadable(taken) => {
                    self.unreadable();
                    rest = &rest[taken..];
                }
                Next::Broken => {
                    self.unreadable();
                    return Err(Ended::Broken);
                }
            }
        }
        Ok(octets.len() - rest.len())
    }

    /// Octets were read, whatever they are.
    pub(super) fn count_octets(&mut self, octets: usize) {
        self.deliveries.octets += octets as u64;
    }

    fn word(&mut self, word: &Word<'_>, known: &Known<'_>, out: &mut Vec<u8>) -> Result<(), Ended> {
        let here = |room: &str| known.verifier.place(self.room) == room;
        match *word {
            Word::Message(message) if here(message.room) => self.message(&message, known),
            Word::Note { room, number } if here(room) && self.can_be(number, OTHERS, known) => {
                self.take(NUMBERED, number);
            }
            Word::Gap { room, first, last } if here(room) && self.can_be(last, OTHERS, known) => self.gap(first, last),
            Word::Message(_) | Word::Note { .. } | Word::Gap { .. } => self.unreadable(),
            Word::Ping(token) => known.wire.pong(token, out),
            Word::End(verb, reason) => return Err(Ended::Said(format!("{verb} {reason}"))),
            Word::Presence | Word::Accepted(_) | Word::Refused(_) | Word::Other => {}
        }
        Ok(())
    }

    fn message(&mut self, message: &Message<'_>, known: &Known<'_>) {
        let identity = known.texts.identify(message.text);
        let (stream, number, is_ours) = match message.signed {
            Some((number, name)) => match (identity, known.published().publisher(name)) {
                (_, by) if !self.can_be(number, if by.is_some() { 0 } else { OTHERS }, known) => {
                    return self.unreadable();
                }
                (Identity::Ours(index), Some(by))
                    if known.is_said_in(self.room, index, Some(by))
                        && known.published().number(index).is_none_or(|known| known == number) =>
                {
                    (NUMBERED, number, true)
                }
                (Identity::Foreign, None) => (NUMBERED, number, false),
                _ => {
                    // It stands for its number, unless another has come under that.
                    self.deliveries.corrupt += 1;
                    self.take(NUMBERED, number);
                    return;
                }
            },
            None => match identity {
                Identity::Ours(index) if known.is_said_in(self.room, index, None) => {
                    let number = index / known.layout().publishers() as u64 + 1;
                    (known.layout().turn(index) as u64, number, true)
                }
                Identity::Foreign => {
                    self.deliveries.foreign += 1;
                    return;
                }
                _ => return self.unreadable(),
            },
        };
        match self.take(stream, number) {
            Order::Repeated => {
                self.deliveries.repeated += 1;
                return;
            }
            Order::Late => self.deliveries.reordered += 1,
            Order::Forward => {}
        }
        *(if is_ours { &mut self.deliveries.received } else { &mut self.deliveries.foreign }) += 1;
    }

    /// A number of a stream came.
    fn take(&mut self, stream: u64, number: u64) -> Order {
        let stream = stream_of(&mut self.streams, self.from, stream, number);
        let order = stream.order(number, true, &mut self.deliveries.lost);
        if order == Order::Forward {
            stream.skip_to(number, &mut self.deliveries.lost);
            stream.advance_to(number + 1);
        }
        order
    }

    fn gap(&mut self, first: u64, last: u64) {
        let stream = stream_of(&mut self.streams, self.from, NUMBERED, first);
        if first < stream.due() {
            return self.unreadable();
        }
        stream.skip_to(first, &mut self.deliveries.lost);
        stream.advance_to(last + 1);
        self.deliveries.missed += last + 1 - first;
    }

    fn unreadable(&mut self) {
        self.deliveries.corrupt += 1;
        self.unplaced += 1;
    }

    /// Whether a number can have been given by now, where others had at most so many that nobody knows of.
    fn can_be(&self, number: u64, others: u64, known: &Known<'_>) -> bool {
        let (From::Start(newest) | From::Now(newest)) = self.from;
        number <= newest.max(known.verifier.newest(self.room)) + known.published().count() + others
    }

    /// Whether everything that is known to have been said has come, or stands for something that has.
    pub(super) fn has_everything(&self, known: &Known<'_>) -> bool {
        let mut owed = 0;
        self.each_stream(known, |due, last, _| owed += (last + 1).saturating_sub(due));
        owed <= self.unplaced
    }

    /// Calls with what is due next in each stream, the last that there is, and how many of those before were refused.
    fn each_stream(&self, known: &Known<'_>, mut each: impl FnMut(u64, u64, u64)) {
        if known.wire.has_numbers() {
            let From::Start(newest) = self.from else { return };
            let due = self.streams.get(&NUMBERED).map_or(newest + 1, Receiver::due);
            return each(due, known.verifier.newest(self.room), 0);
        }
        for turn in known.turns_of(self.room) {
            let (said, refused) = known.said(turn);
            each(self.streams.get(&turn).map_or(1, Receiver::due), said, refused);
        }
    }

    /// Nothing more comes: enters what never came to somebody who was there from the start until the end. `cut` says whether its
    /// connection had ended, and `flows` whether more would have come if it had been waited for.
    pub(super) fn finish(mut self, known: &Known<'_>, cut: bool, flows: bool) -> Deliveries {
        let (mut tail, mut refused) = (0, 0);
        self.each_stream(known, |due, last, never| {
            tail += (last + 1).saturating_sub(due);
            refused += never;
        });
        let skipped = self.skipped();
        let deliveries = &mut self.deliveries;
        // What was refused never comes, and what came corrupt stands for something that did not.
        let mut excused = refused + self.unplaced;
        let lost = (deliveries.lost + skipped).saturating_sub(excused);
        excused = excused.saturating_sub(deliveries.lost + skipped);
        tail = u64::saturating_sub(tail, excused);
        deliveries.lost = lost;
        *(match (cut, flows) {
            (true, _) => &mut deliveries.cut,
            (false, true) => &mut deliveries.unread,
            (false, false) => &mut deliveries.lost,
        }) += tail;
        self.deliveries
    }

    /// It has gone of its own accord: enters what did not come and had something behind it that did.
    pub(super) fn leave(mut self) -> Deliveries {
        self.deliveries.lost = (self.deliveries.lost + self.skipped()).saturating_sub(self.unplaced);
        self.deliveries
    }

    /// How many were skipped and never came.
    fn skipped(&mut self) -> u64 {
        self.streams.values_mut().map(|stream| stream.finish(0).0).sum()
    }
}

/// A stream of an account, which begins with this number if it began nowhere else.
fn stream_of(streams: &mut BTreeMap<u64, Receiver>, from: From, stream: u64, number: u64) -> &mut Receiver {
    streams.entry(stream).or_insert_with(|| {
        let first = match from {
            From::Start(newest) => newest + 1,
            From::Now(0) => number,
            From::Now(newest) => newest + 1,
        };
        Receiver::new(0, first)
    })
}

#[cfg(test)]
mod tests;

//! Sending what is due.

use std::collections::{BTreeMap, VecDeque};

use hdrhistogram::Histogram;

use super::Engine;
use crate::latency::distribution;
use crate::layout::Layout;
use crate::text::Texts;
use crate::wire::Said;

/// How much unsent a publisher may have before it waits, in octets.
const MOST_UNSENT: usize = 1 << 20;

/// How many messages are put together at most before they are handed over and the clock is read again.
const TOGETHER: u64 = 64;

/// The same in octets; it may be one message more.
const TOGETHER_OCTETS: usize = 64 << 10;

/// What the publishers have said, and what became of it.
pub(super) struct Speech {
    texts: Texts,
    /// The text that was written last.
    text: String,
    /// The publishers, by turn.
    speakers: Vec<Speaker>,
    /// How many these are, of publishers whose connections stand.
    pub(super) awaited: usize,
    /// Whether a publisher's connection has ended.
    pub(super) speechless: bool,
    pub(super) accepted: u64,
    /// Refused messages, by code.
    pub(super) refused: BTreeMap<String, u64>,
    pub(super) refusals: u64,
    pub(super) lateness: Histogram<u64>,
    /// How many messages had to wait for the server.
    pub(super) held: u64,
    /// Whether the next one has to, and until when earlier ones had.
    pub(super) holding: bool,
    held_until: u64,
    /// How many were due and could never be sent.
    pub(super) unsent: u64,
}

/// One who publishes.
struct Speaker {
    name: String,
    /// The messages that it has said and that have no answer.
    unanswered: VecDeque<u64>,
}

impl Speech {
    pub(super) fn new(layout: &Layout, prefix: &str, texts: Texts) -> Self {
        let here = if layout.speaker(0).is_some() { layout.publishers() } else { 0 };
        let name = |turn: usize| format!("{prefix}{}", layout.publisher_of(turn as u64));
        Self {
            texts,
            text: String::new(),
            speakers: (0..here).map(|turn| Speaker { name: name(turn), unanswered: VecDeque::new() }).collect(),
            awaited: 0,
            speechless: false,
            accepted: 0,
            refused: BTreeMap::new(),
            refusals: 0,
            lateness: distribution(),
            held: 0,
            holding: false,
            held_until: 0,
            unsent: 0,
        }
    }

    /// A publisher got an answer: which message it is for.
    pub(super) fn answered(&mut self, turn: usize) -> Option<u64> {
        let index = self.speakers.get_mut(turn)?.unanswered.pop_front()?;
        self.awaited -= 1;
        Some(index)
    }

    /// A publisher's connection has ended: its messages will have no answers.
    pub(super) fn ended(&mut self, turn: usize) {
        if let Some(speaker) = self.speakers.get(turn) {
            self.awaited -= speaker.unanswered.len();
            self.speechless = true;
        }
    }
}

impl Engine<'_> {
    /// Sends what is due by now, as the clock has it.
    pub(super) fn publish_due(&mut self) {
        if self.schedule.is_some() {
            let now = self.clock.now();
            self.mark_time(now);
            self.publish(now);
        }
    }

    /// Sends what is due by a time.
    pub(super) fn publish(&mut self, now: u64) {
        if self.plan.follows.is_some() {
            return self.follow(now);
        }
        if self.speech.speechless {
            return;
        }
        let wire = self.plan.wire;
        // Those from here on are put together, and are sent at that time.
        let (mut first, mut octets, mut sent) = (self.verifier.published().count(), 0, now);
        loop {
            let count = self.verifier.published().count();
            if count - first >= TOGETHER || octets >= TOGETHER_OCTETS {
                self.hand_over(first);
                (first, octets, sent) = (count, 0, self.clock.now());
                self.mark_time(sent);
            }
            let in_flight = (count - self.speech.refusals).saturating_sub(self.verifier.settled());
            // What becomes due only now waits until it was looked at what has come.
            let Some(due) = self.schedule.as_ref().and_then(|schedule| schedule.due(now, in_flight)) else { break };
            let intended = if self.plan.load.is_open() { due } else { sent };
            let turn = self.layout.turn(count);
            let Some(at) = self.layout.speaker(turn) else { break };
            if self.clients[at].out.len() >= MOST_UNSENT && !self.speech.holding {
                // It may be this loop that has not asked the socket yet.
                self.flush(at);
            }
            let (client, speaker) = (&mut self.clients[at], &mut self.speech.speakers[turn]);
            if client.out.len() >= MOST_UNSENT || speaker.unanswered.len() >= wire.most_unanswered() {
                // The server does not take more: that is no fault of the generator.
                self.speech.holding = true;
                break;
            }
            if std::mem::take(&mut self.speech.holding) {
                self.speech.held_until = sent;
            }
            if intended < self.speech.held_until {
                self.speech.held += 1;
            } else if self.plan.load.is_open() {
                self.speech.lateness.saturating_record(sent - intended);
            }
            let index = self.verifier.published().say(intended, sent);
            self.speech.texts.write(index, &mut self.speech.text);
            let number = self.verifier.published().said_in(self.layout.room_of_message(index));
            let (room, text) = (self.verifier.place(at), &*self.speech.text);
            let before = client.out.len();
            wire.publish(&Said { room, number, name: &speaker.name, text }, &mut client.out);
            octets += client.out.len() - before;
            if wire.answers() {
                speaker.unanswered.push_back(index);
                self.speech.awaited += 1;
            } else {
                self.verifier.accepted(index, wire.has_numbers().then_some(number));
                self.speech.accepted += 1;
            }
            if let Some(schedule) = &mut self.schedule {
                schedule.sent();
            }
        }
        self.hand_over(first);
    }

    /// Hands the messages from an index on over to the sockets, as far as these take them.
    fn hand_over(&mut self, first: u64) {
        let new = self.verifier.published().count() - first;
        for index in first..first + new.min(self.layout.publishers() as u64) {
            if let Some(speaker) = self.layout.speaker(self.layout.turn(index)) {
                self.flush(speaker);
            }
        }
    }
}

//! Sending what is due.

use std::collections::{BTreeMap, VecDeque};

use hdrhistogram::Histogram;

use super::Engine;
use crate::latency::distribution;
use crate::plan::{Load, Plan};
use crate::text::Texts;
use crate::wire::Said;

/// How much unsent a publisher may have before it waits, in octets.
const MOST_UNSENT: usize = 1 << 20;

/// What the publishers have said, and what became of it.
pub(super) struct Speech {
    texts: Texts,
    /// The text that was written last.
    text: String,
    /// The publishers: the first of the clients.
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
    pub(super) fn new(plan: &Plan, texts: Texts) -> Self {
        Self {
            texts,
            text: String::new(),
            speakers: (0..plan.publishers)
                .map(|at| Speaker { name: format!("{}{at}", plan.name_prefix()), unanswered: VecDeque::new() })
                .collect(),
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
    pub(super) fn answered(&mut self, at: usize) -> Option<u64> {
        let index = self.speakers.get_mut(at)?.unanswered.pop_front()?;
        self.awaited -= 1;
        Some(index)
    }

    /// A connection has ended. If it was a publisher's, its messages will have no answers.
    pub(super) fn ended(&mut self, at: usize) {
        if let Some(speaker) = self.speakers.get(at) {
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
        let Some(schedule) = self.schedule.as_mut().filter(|_| !self.speech.speechless) else { return };
        let first = self.verifier.published().count();
        let in_flight = (first - self.speech.refusals).saturating_sub(self.verifier.settled());
        if schedule.due(now, in_flight).is_none() {
            return;
        }
        let publishers = u64::from(self.plan.publishers);
        let (wire, rooms) = (self.plan.wire, u64::from(self.plan.rooms));
        loop {
            let count = self.verifier.published().count();
            let in_flight = (count - self.speech.refusals).saturating_sub(self.verifier.settled());
            let Some(intended) = schedule.due(now, in_flight) else { break };
            let at = usize::try_from(count % publishers).expect("it is a client");
            let (client, speaker) = (&mut self.clients[at], &mut self.speech.speakers[at]);
            if client.out.len() >= MOST_UNSENT || speaker.unanswered.len() >= wire.most_unanswered() {
                // The server does not take more: that is no fault of the generator.
                self.speech.holding = true;
                break;
            }
            if std::mem::take(&mut self.speech.holding) {
                self.speech.held_until = now;
            }
            if intended < self.speech.held_until {
                self.speech.held += 1;
            } else if let Load::Rate(_) = self.plan.load {
                self.speech.lateness.saturating_record(now - intended);
            }
            let index = self.verifier.published().say(intended, now);
            self.speech.texts.write(index, &mut self.speech.text);
            // Publishers are a multiple of the rooms, so each room has one message in so many.
            let number = index / rooms + 1;
            let (room, text) = (self.verifier.place(at), &*self.speech.text);
            wire.publish(&Said { room, number, name: &speaker.name, text }, &mut client.out);
            if wire.answers() {
                speaker.unanswered.push_back(index);
                self.speech.awaited += 1;
            } else {
                self.verifier.accepted(index, wire.has_numbers().then_some(number));
                self.speech.accepted += 1;
            }
            schedule.sent();
        }
        let new = self.verifier.published().count() - first;
        for speaker in (first..first + new.min(publishers)).map(|index| index % publishers) {
            let speaker = usize::try_from(speaker).expect("it is a client");
            self.flush(speaker);
        }
    }
}

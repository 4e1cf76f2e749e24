//! Sending what is due.

use fanfare_protocol::limits::MAX_PIPELINE;
use fanfare_protocol::{ClientMessage, RoomName, Text};

use super::Engine;
use super::client::Client;
use crate::plan::Load;

/// How much unsent a publisher may have before it waits, in octets.
const MOST_UNSENT: usize = 1 << 20;

impl Engine<'_> {
    /// Sends what is due by now, as the clock has it.
    pub(super) fn publish_due(&mut self) {
        if self.schedule.is_some() {
            self.publish(self.clock.now());
        }
    }

    /// Sends what is due by a time.
    pub(super) fn publish(&mut self, now: u64) {
        let Some(schedule) = &mut self.schedule else { return };
        let first = self.verifier.published().count();
        let in_flight = (first - self.refusals).saturating_sub(self.verifier.settled());
        if schedule.due(now, in_flight).is_none() {
            return;
        }
        let publishers = u64::from(self.plan.publishers);
        let room = RoomName::new(&self.plan.room).expect("the plan was checked");
        loop {
            let count = self.verifier.published().count();
            let in_flight = (count - self.refusals).saturating_sub(self.verifier.settled());
            let Some(intended) = schedule.due(now, in_flight) else { break };
            let speaker = usize::try_from(count % publishers).expect("it is a client");
            let (client, unanswered) = (&mut self.clients[speaker], &mut self.unanswered[speaker]);
            if client.out.len() >= MOST_UNSENT || unanswered.len() >= MAX_PIPELINE {
                // The server does not take more: that is no fault of the generator.
                self.holding = true;
                break;
            }
            if std::mem::take(&mut self.holding) {
                self.held_until = now;
            }
            if intended < self.held_until {
                self.held += 1;
            } else if let Load::Rate(_) = self.plan.load {
                self.lateness.saturating_record(now - intended);
            }
            let index = self.verifier.published().say(intended);
            self.texts.write(index, &mut self.text);
            let text = Text::new(&self.text).expect("printable ASCII");
            ClientMessage::Say { room, id: None, text }.encode(&mut client.out);
            unanswered.push_back(index);
            schedule.sent();
        }
        let new = self.verifier.published().count() - first;
        for speaker in (first..first + new.min(publishers)).map(|index| index % publishers) {
            let speaker = usize::try_from(speaker).expect("it is a client");
            // A broken connection shows when it is read.
            let _ = self.clients[speaker].flush();
        }
    }

    /// Whether everybody who has something to say can say it.
    pub(super) fn publishers_stand(&self) -> bool {
        self.clients[..self.plan.publishers as usize].iter().all(Client::is_connected)
    }
}

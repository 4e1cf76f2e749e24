//! What silent clients say so that the server does not ask them whether they are still there: where octets are only
//! counted, a question among them could not be told from a fault.

use std::time::Duration;

use super::Engine;
use super::client::State;
use crate::clock::nanos;

/// What is said, and when next.
#[derive(Debug)]
pub(super) struct Idle {
    octets: &'static [u8],
    every: u64,
    next: u64,
}

impl Idle {
    pub(super) fn new(octets: &'static [u8], every: Duration) -> Self {
        Self { octets, every: nanos(every), next: 0 }
    }
}

impl Engine<'_> {
    /// Lets all who have joined be heard, if it is time.
    pub(super) fn say_idle(&mut self) {
        // Before all have joined, each has just said something or answers what it is asked.
        if self.joined < self.plan.connections() {
            return;
        }
        let now = self.clock.now();
        let Some(idle) = self.idle.as_mut().filter(|idle| idle.next <= now) else { return };
        idle.next = now + idle.every;
        let octets = idle.octets;
        for at in 0..self.clients.len() {
            let client = &mut self.clients[at];
            if client.out.is_empty() && client.socket.is_some() && matches!(client.state, State::Member(_)) {
                client.out.extend_from_slice(octets);
                self.flush(at);
            }
        }
    }
}

//! The ramp: everybody connects and joins, so many at a time.

use std::io;

use mio::{Events, Interest, Token};

use super::client::{Client, State};
use super::{EVENTS, Engine, Phase};
use crate::clock::nanos;
use crate::error::RunError;
use crate::layout::Layout;
use crate::plan::Plan;
use crate::sources::Width;
use crate::verify::{MOST_LEFT, Verifier};
use crate::wire::{Opener, Turned};

impl Engine<'_> {
    /// Returns how long it took, in nanoseconds.
    pub(super) fn ramp(&mut self) -> Result<u64, RunError> {
        self.controls.progress.set_phase(Phase::Ramp);
        let start = self.clock.now();
        let (mut progress, mut joined) = (start, 0);
        let mut events = Events::with_capacity(EVENTS);
        let connections = self.plan.connections();
        let ramp = self.plan.ramp.min(self.plan.wire.most_opening());
        while self.joined < connections {
            while self.clients.len() < connections as usize && self.clients.len() < (self.joined + ramp) as usize {
                self.connect()?;
            }
            let now = self.clock.now();
            if self.joined > joined {
                (joined, progress) = (self.joined, now);
            }
            let deadline = progress.saturating_add(nanos(self.plan.patience));
            if self.controls.is_stopped() {
                return Err(RunError::Interrupted);
            }
            if now >= deadline && joined == 0 {
                return Err(self.cannot_open(0, io::ErrorKind::TimedOut.into()));
            }
            if now >= deadline {
                let seconds = self.plan.patience.as_secs();
                return Err(RunError::RampStalled { joined, clients: connections, seconds });
            }
            self.turn(deadline, &mut events)?;
        }
        Ok(self.clock.now() - start)
    }

    /// Begins a connection. What it will say first is ready; a socket that is not connected yet does not take it.
    fn connect(&mut self) -> Result<(), RunError> {
        let at = self.clients.len();
        let socket = self.sources.connect(self.plan.address, Width::Usual);
        let mut socket = socket.map_err(|error| self.cannot_open(at, error))?;
        let registered = self.poll.registry().register(&mut socket, Token(at), Interest::READABLE | Interest::WRITABLE);
        registered.map_err(|source| RunError::System { what: "to register a socket", source })?;
        let mut out = Vec::new();
        let name = self.verifier.published().name(self.layout.person(at));
        let place = place(self.plan, &self.layout, &self.verifier, at);
        let opener = Opener { name: &name, place, login: &self.plan.login };
        let opening = self.plan.wire.open(&opener, &mut out);
        self.clients.push(Client {
            socket: Some(socket),
            closing: false,
            left: Vec::new(),
            out,
            state: State::Opening(opening),
            uncompared: u32::try_from(at).expect("there are at most a million clients") % self.plan.compare_every,
        });
        Ok(())
    }

    /// Goes on with a client that has not joined. It returns how many octets that took; once it has joined, the rest is
    /// the verifier's.
    pub(super) fn open(&mut self, at: usize, octets: &[u8]) -> Result<usize, RunError> {
        let client = &mut self.clients[at];
        let State::Opening(opening) = &mut client.state else { return Ok(0) };
        let opened = opening.receive(octets, self.plan, &mut client.out);
        let (taken, joined) = opened.map_err(|turned| match turned {
            Turned::Otherwise(fault) => {
                RunError::SpeaksOtherwise { address: self.plan.address, expected: self.plan.wire.server(), fault }
            }
            Turned::Away(reason) => self.cannot_join(at, reason),
            Turned::Limited(error) => error,
        })?;
        if joined.is_none() && octets.len() - taken > MOST_LEFT {
            let fault = format!("it sent {} octets that do not end before a client had joined", octets.len() - taken);
            let (address, expected) = (self.plan.address, self.plan.wire.server());
            return Err(RunError::SpeaksOtherwise { address, expected, fault });
        }
        if let Some(joined) = joined {
            self.joined += 1;
            self.clients[at].state = if self.layout.is_client(at) {
                self.live += 1;
                State::Member(self.verifier.join(at, joined.newest))
            } else {
                State::Apart
            };
        }
        Ok(taken)
    }

    /// A connection could not be made, or broke before its client had joined.
    pub(super) fn cannot_open(&self, at: usize, error: io::Error) -> RunError {
        if self.joined == 0 {
            let address = self.plan.address;
            RunError::NoServer { address, source: error, remedy: self.plan.wire.start(address) }
        } else {
            self.cannot_join(at, error.to_string())
        }
    }

    pub(super) fn cannot_join(&self, at: usize, reason: String) -> RunError {
        let remedy = self.plan.wire.remedy(&reason);
        RunError::CannotJoin { client: at + 1, clients: self.plan.connections(), reason, remedy }
    }
}

/// What a connection joins, as the wire calls it. Who only publishes joins nothing if it need not.
fn place<'v>(plan: &Plan, layout: &Layout, verifier: &'v Verifier, at: usize) -> Option<&'v str> {
    (layout.is_client(at) || plan.wire.must_join_to_publish()).then(|| verifier.place(at))
}

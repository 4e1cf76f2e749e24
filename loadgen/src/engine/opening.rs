//! The ramp: everybody connects and joins, so many at a time.

use std::io;

use mio::{Events, Interest, Token};

use super::client::{Client, State};
use super::{EVENTS, Engine, Phase};
use crate::clock::nanos;
use crate::error::RunError;
use crate::sources::Width;
use crate::wire::Turned;

impl Engine<'_> {
    /// Returns how long it took, in nanoseconds.
    pub(super) fn ramp(&mut self) -> Result<u64, RunError> {
        self.controls.progress.set_phase(Phase::Ramp);
        let start = self.clock.now();
        let (mut progress, mut joined) = (start, 0);
        let mut events = Events::with_capacity(EVENTS);
        while self.joined < self.plan.clients {
            while self.clients.len() < self.plan.clients as usize
                && self.clients.len() < (self.joined + self.plan.ramp) as usize
            {
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
                return Err(RunError::RampStalled { joined, clients: self.plan.clients, seconds });
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
        let name = self.verifier.published().name(at as u64);
        let opening = self.plan.wire.open(&name, self.verifier.place(at), &mut out);
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
        let opened = opening.receive(octets, self.verifier.place(at), self.plan, &mut client.out);
        let (taken, joined) = opened.map_err(|turned| match turned {
            Turned::Otherwise(fault) => {
                RunError::SpeaksOtherwise { address: self.plan.address, expected: self.plan.wire.server(), fault }
            }
            Turned::Away(reason) => self.cannot_join(at, reason),
            Turned::Limited(error) => error,
        })?;
        if let Some(joined) = joined {
            self.joined += 1;
            self.live += 1;
            self.clients[at].state = State::Member(self.verifier.join(at, joined.newest));
        }
        Ok(taken)
    }

    /// A connection could not be made, or broke before its client had joined.
    pub(super) fn cannot_open(&self, at: usize, error: io::Error) -> RunError {
        if self.joined == 0 {
            RunError::NoServer { address: self.plan.address, source: error }
        } else {
            self.cannot_join(at, error.to_string())
        }
    }

    pub(super) fn cannot_join(&self, at: usize, reason: String) -> RunError {
        let remedy = remedy(&reason);
        RunError::CannotJoin { client: at + 1, clients: self.plan.clients, reason, remedy }
    }
}

/// What to do about one that can't join, if that is known.
pub(super) fn remedy(reason: &str) -> &'static str {
    if reason.contains("too-many-connections") {
        "; start the server with a higher --max-connections (and --max-connections-per-address)"
    } else if reason.contains("name-taken") {
        "; another run with the same names is going on"
    } else {
        ""
    }
}

//! The ramp: everybody connects and joins, so many at a time.

use std::io;

use fanfare_protocol::session::{ClientEvent, ClientSession, Millis, Request};
use fanfare_protocol::{Answer, ClientMessage, Name, Number, RoomName, Welcome};
use mio::net::TcpStream;
use mio::{Events, Interest, Token};

use super::client::{Client, State};
use super::{EVENTS, Engine, Phase};
use crate::clock::nanos;
use crate::error::RunError;
use crate::plan::Load;

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
        let mut socket = TcpStream::connect(self.plan.address).map_err(|error| self.cannot_open(at, error))?;
        let registered = self.poll.registry().register(&mut socket, Token(at), Interest::READABLE | Interest::WRITABLE);
        registered.map_err(|source| RunError::System { what: "to register a socket", source })?;
        let (mut session, mut out) = (ClientSession::new(), Vec::new());
        let name = self.verifier.published().name(at as u64);
        let hello = ClientMessage::Hello { name: Name::new(&name).expect("letters, digits and -"), token: None };
        let room = RoomName::new(&self.plan.room).expect("the plan was checked");
        for message in [hello, ClientMessage::Join { room, after: None, last: None }] {
            session.send(&message, &mut out).expect("two requests can be unanswered");
        }
        self.clients.push(Client {
            socket: Some(socket),
            closing: false,
            left: Vec::new(),
            out,
            state: State::Opening(Box::new(session)),
        });
        Ok(())
    }

    /// Goes on with a client that has not joined. It returns how many octets that took; once it has joined, the rest is
    /// the verifier's.
    pub(super) fn open(&mut self, at: usize, octets: &[u8]) -> Result<usize, RunError> {
        let State::Opening(session) = &mut self.clients[at].state else { return Ok(0) };
        let mut session = std::mem::take(session);
        let mut input = octets;
        let mut out = Vec::new();
        let joined = loop {
            let event = session
                .receive(Millis(0), &mut input, &mut out)
                .map_err(|fault| RunError::NotFanfare { address: self.plan.address, fault: fault.to_string() })?;
            match event {
                None => break None,
                Some(ClientEvent::Welcome(welcome)) => self.look_at(&welcome)?,
                Some(ClientEvent::Done(done)) if done.request == Request::Join => {
                    let Answer::Join { newest, .. } = done.answer else { continue };
                    break Some(newest.get());
                }
                Some(ClientEvent::Refused { code, .. }) => {
                    return Err(self.cannot_join(at, format!("the server refused it with {}", code.as_str())));
                }
                Some(ClientEvent::Bye { code, .. }) => {
                    return Err(self.cannot_join(at, format!("the server said BYE {}", code.as_str())));
                }
                Some(_) => {}
            }
        };
        let client = &mut self.clients[at];
        client.out.extend_from_slice(&out);
        client.state = match joined {
            None => State::Opening(session),
            Some(newest) => {
                self.joined += 1;
                self.live += 1;
                State::Member(self.verifier.join(newest))
            }
        };
        Ok(octets.len() - input.len())
    }

    /// Whether what the server allows is enough for the plan.
    fn look_at(&self, welcome: &Welcome<'_>) -> Result<(), RunError> {
        let (allowed, size) = (welcome.text_limit.get(), self.plan.size);
        if size as u64 > allowed {
            return Err(RunError::TextTooLong { allowed, size });
        }
        let Some(allowed) = welcome.rate.map(Number::get) else { return Ok(()) };
        match self.plan.load {
            Load::InFlight(_) => Err(RunError::WindowLimited { allowed }),
            Load::Rate(rate) if rate > allowed as f64 * f64::from(self.plan.publishers) => Err(RunError::RateLimited {
                allowed,
                wanted: (rate / f64::from(self.plan.publishers)).ceil() as u64,
                publishers: (rate / allowed as f64).ceil() as u64,
            }),
            Load::Rate(_) => Ok(()),
        }
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
        let remedy = if reason.contains("too-many-connections") {
            "; start the server with a higher --max-connections (and --max-connections-per-address)"
        } else if reason.contains("name-taken") {
            "; another run with the same names is going on"
        } else {
            ""
        };
        RunError::CannotJoin { client: at + 1, clients: self.plan.clients, reason, remedy }
    }
}

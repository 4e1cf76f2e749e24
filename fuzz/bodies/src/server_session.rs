//! A server's session, whatever is done with it: from a script.

use fanfare_protocol::limits::MAX_LINE;
use fanfare_protocol::session::{Millis, SessionLimits};
use fanfare_protocol::ErrCode;

use crate::script::{Script, Step};
use crate::watch::{Heard, Server};

/// A script's octets, times, refusals and ends, in any order: the session hears what SPEC.md says, with its answers.
pub fn server_session(data: &[u8]) {
    let script = Script::read(data);
    let mut alone = Alone::new();
    for step in &script.steps {
        match step {
            Step::Piece(piece) => alone.receive(&script.octets[piece.clone()]),
            Step::Deadline => alone.deadline(),
            Step::Second => alone.wait(1_000),
            Step::Refuse => alone.refuses = true,
            Step::End | Step::Close => alone.server.close(),
        }
    }
}

/// A server's session without a client, and with the least of a host: it accepts each name unless it is told not to.
pub(crate) struct Alone {
    pub(crate) server: Server,
    now: Millis,
    /// The next name is refused.
    pub(crate) refuses: bool,
}

impl Alone {
    pub(crate) fn new() -> Self {
        // Smaller than what SPEC.md recommends, so that they are met.
        let limits = SessionLimits { handshake: 10_000, ping: 3_000, text: MAX_LINE as u32 };
        Self { server: Server::new(limits), now: Millis(0), refuses: false }
    }

    pub(crate) fn receive(&mut self, octets: &[u8]) {
        self.server.receive(self.now, octets);
        while let Some(heard) = self.server.hear() {
            if let Heard::Request(octets) = heard {
                self.request(&octets);
            }
        }
    }

    fn request(&mut self, octets: &[u8]) {
        match octets {
            [b'H', b'E', ..] if std::mem::take(&mut self.refuses) => drop(self.server.refuse(ErrCode::NameTaken)),
            [b'H', b'E', ..] => self.server.welcome(self.now),
            [b'A', ..] if !self.server.is_welcome() => drop(self.server.refuse(ErrCode::NotAllowed)),
            [b'B', ..] => self.server.close(),
            _ => {}
        }
    }

    pub(crate) fn wait(&mut self, millis: u64) {
        self.now = self.now + millis;
        self.server.expire(self.now);
    }

    pub(crate) fn deadline(&mut self) {
        self.now = self.server.deadline().unwrap_or(self.now).max(self.now);
        self.server.expire(self.now);
    }
}

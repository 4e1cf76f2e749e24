//! Reading: every octet that comes goes through one buffer.

use std::io::{ErrorKind, Read};

use fanfare_protocol::{ClientMessage, Token};

use super::Engine;
use super::client::State;
use crate::error::RunError;
use crate::verify::{End, MOST_LEFT, Notice};

/// The most octets of one read.
const MOST_READ: usize = 64 << 10;

/// What all clients read into: before what comes there is room for what was left of the last read.
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    pub(super) fn new() -> Self {
        Self(vec![0; MOST_LEFT + MOST_READ])
    }
}

impl Engine<'_> {
    /// Reads what a socket has, at most one buffer full, and deals with it.
    pub(super) fn read(&mut self, at: usize) -> Result<(), RunError> {
        let client = &mut self.clients[at];
        let Some(socket) = &mut client.socket else { return Ok(()) };
        let left = client.left.len();
        let room = &mut self.buffer.0[..left + MOST_READ];
        room[..left].copy_from_slice(&client.left);
        let read = loop {
            match socket.read(&mut room[left..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        match read {
            Ok(0) => self.broken(at, ErrorKind::BrokenPipe.into()),
            Ok(read) => {
                // A shorter read has emptied the socket, and the poll tells when more comes.
                if read == MOST_READ || client.closing {
                    self.again.push(at);
                }
                let now = self.clock.now();
                let buffer = std::mem::replace(&mut self.buffer, Buffer(Vec::new()));
                let heard = self.heard(at, &buffer.0[..left + read], read, now);
                self.buffer = buffer;
                heard?;
                self.publish_due();
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => Ok(()),
            Err(error) => self.broken(at, error),
        }
    }

    /// Octets came to a client; the last of them are new.
    fn heard(&mut self, at: usize, octets: &[u8], new: usize, now: u64) -> Result<(), RunError> {
        let mut taken = 0;
        if let State::Opening(_) = self.clients[at].state {
            taken = self.open(at, octets)?;
        }
        if let State::Member(receiver) = &mut self.clients[at].state {
            self.reads += 1;
            self.verifier.count_octets(new);
            let before = self.verifier.tally().received;
            let received = self.verifier.receive(receiver, &octets[taken..], now, &mut self.notices);
            if self.verifier.tally().received > before {
                self.last_delivery = now;
            }
            if !self.notices.is_empty() {
                self.notices(at);
            }
            match received {
                Ok(more) => taken += more,
                Err(End::Bye(code)) => {
                    self.end(at, &format!("BYE {code}"));
                    return Ok(());
                }
                Err(End::Broken) => {
                    self.end(at, "broken stream");
                    return Ok(());
                }
            }
        }
        self.clients[at].keep(&octets[taken..]);
        if !self.clients[at].out.is_empty() {
            self.flush(at);
        }
        Ok(())
    }

    /// Answers a client's pings, and matches the server's answers to what it has said, in their order.
    fn notices(&mut self, at: usize) {
        for notice in std::mem::take(&mut self.notices) {
            match notice {
                Notice::Ping(token) => {
                    let token = token.as_deref().and_then(|token| Token::new(token).ok());
                    ClientMessage::Pong { token }.encode(&mut self.clients[at].out);
                }
                Notice::Accepted(number) => {
                    if let Some(index) = self.speech.answered(at) {
                        self.verifier.accepted(index, number);
                        self.speech.accepted += 1;
                    }
                }
                Notice::Refused(code) => {
                    self.speech.refusals += u64::from(self.speech.answered(at).is_some());
                    *self.speech.refused.entry(code).or_default() += 1;
                }
            }
        }
    }
}

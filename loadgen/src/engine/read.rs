//! Reading: every octet that comes goes through one buffer.

use std::io::{ErrorKind, Read};

use rustix::net::{RecvFlags, recv};

use super::Engine;
use super::client::State;
use crate::error::RunError;
use crate::verify::{End, MOST_LEFT, Notice};

/// The most octets of one read.
const MOST_READ: usize = 64 << 10;

/// The fewest octets that are counted. To count them is a system call of its own: fewer are compared sooner.
const LEAST_COUNTED: usize = 16 << 10;

/// What all clients read into: before what comes there is room for what was left of the last read.
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    pub(super) fn new() -> Self {
        Self(vec![0; MOST_LEFT + MOST_READ])
    }
}

impl Engine<'_> {
    /// Takes what a socket has, at most one buffer full, and deals with it.
    pub(super) fn read(&mut self, at: usize) -> Result<(), RunError> {
        if self.is_only_counted(at) && !self.count(at)? {
            return Ok(());
        }
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
                self.mark_time(now);
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

    /// Whether what the log has is not compared this time. At which one of so many reads it is differs from client to client,
    /// so that not all have their turn in the same walk.
    fn is_only_counted(&mut self, at: usize) -> bool {
        // In the drain all is compared. Answers among the messages can't be counted.
        if self.plan.compare_every == 1 || self.schedule.is_none() {
            return false;
        }
        if self.plan.wire.answers() && self.layout.turn_of(at).is_some() {
            return false;
        }
        let Some(uncompared) = self.clients[at].uncompared.checked_sub(1) else {
            self.clients[at].uncompared = self.plan.compare_every - 1;
            return false;
        };
        self.clients[at].uncompared = uncompared;
        true
    }

    /// Takes from a socket, without reading it, what the log has beyond its client. It returns whether there can be more.
    fn count(&mut self, at: usize) -> Result<bool, RunError> {
        let client = &mut self.clients[at];
        let (Some(socket), State::Member(receiver)) = (&client.socket, &mut client.state) else { return Ok(true) };
        let most = self.verifier.countable(receiver, &client.left).min(self.buffer.0.len());
        if most < LEAST_COUNTED {
            return Ok(true);
        }
        // TCP throws away what is received with this flag: nothing is copied.
        let counted = loop {
            match recv(socket, &mut self.buffer.0[..most], RecvFlags::TRUNC) {
                Err(rustix::io::Errno::INTR) => {}
                counted => break counted,
            }
        };
        match counted {
            // What it is has its place in reading.
            Ok((_, 0)) | Err(_) => Ok(true),
            Ok((_, counted)) => {
                self.reads += 1;
                let now = self.clock.now();
                let before = self.verifier.tally().received;
                let left = self.verifier.count(receiver, client.left.len(), counted, now);
                client.left.clear();
                client.left.extend_from_slice(left);
                if self.verifier.tally().received > before {
                    self.last_delivery = now;
                }
                self.publish_due();
                Ok(counted == most || self.clients[at].closing)
            }
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
                Err(end) => {
                    self.ended(at, &end);
                    return Ok(());
                }
            }
        }
        if let State::Apart = self.clients[at].state {
            match self.heard_apart(&octets[taken..]) {
                Ok(more) => taken += more,
                Err(end) => {
                    self.ended(at, &end);
                    return Ok(());
                }
            }
            if !self.notices.is_empty() {
                self.notices(at);
            }
        }
        self.clients[at].keep(&octets[taken..]);
        if !self.clients[at].out.is_empty() {
            self.flush(at);
        }
        Ok(())
    }

    /// Nothing more can come to a client.
    fn ended(&mut self, at: usize, end: &End) {
        match end {
            End::Said(reason) => self.end(at, reason),
            End::Broken => self.end(at, "broken stream"),
        }
    }

    /// Answers a client's pings, and matches the server's answers to what it has said, in their order.
    fn notices(&mut self, at: usize) {
        for notice in std::mem::take(&mut self.notices) {
            match notice {
                Notice::Ping(token) => {
                    self.plan.wire.pong(token.as_deref(), &mut self.clients[at].out);
                }
                Notice::Accepted(number) => {
                    if let Some(index) = self.layout.turn_of(at).and_then(|turn| self.speech.answered(turn)) {
                        self.verifier.accepted(index, number);
                        self.speech.accepted += 1;
                    }
                }
                Notice::Refused(code) => {
                    if let Some(index) = self.layout.turn_of(at).and_then(|turn| self.speech.answered(turn)) {
                        self.verifier.refused(index);
                        self.refused_beside(index);
                        self.speech.refusals += 1;
                    }
                    *self.speech.refused.entry(code).or_default() += 1;
                }
            }
        }
    }
}

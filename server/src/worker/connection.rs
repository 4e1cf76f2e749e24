//! One connection, as its worker has it.

use std::io::{self, IoSlice, Read};
use std::net::SocketAddr;
use std::sync::Arc;

use fanfare_protocol::ServerMessage;
use fanfare_protocol::plain::Dialect;
use fanfare_protocol::session::{Millis, ServerSession};
use mio::net::TcpStream;
use rustix::io::retry_on_intr;
use rustix::net::{SendAncillaryBuffer, SendFlags, send, sendmsg};

use super::answers::LongAnswer;
use super::outbox::Outbox;
use super::sockets::Noted;
use crate::admission::Ticket;
use crate::hub::Person;
use crate::rate::Bucket;

/// A connection and everything that is its own.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) socket: TcpStream,
    /// Tells the connection from an earlier one with the same number.
    pub(super) generation: u32,
    pub(super) session: ServerSession,
    pub(super) person: Option<Arc<Person>>,
    /// The rooms that the person is in.
    pub(super) seats: Vec<Seat>,
    /// What came and could not be used yet: half a frame, or requests that wait for their turn.
    pub(super) kept: Vec<u8>,
    pub(super) outbox: Outbox,
    /// An answer that is made as it is sent. No request is looked at before it is complete.
    pub(super) answer: Option<LongAnswer>,
    /// Octets in the outbox that are taken from the person's share.
    pub(super) private: usize,
    pub(super) requests: Option<Bucket>,
    pub(super) octets: Option<Bucket>,
    /// Nothing is read before this time, because too much came at once.
    pub(super) paused_until: Option<Millis>,
    /// The socket has taken octets since the peer's silence was last looked at.
    pub(super) took: bool,
    /// The time of the connection's entry among the worker's timers.
    pub(super) timer: Option<Millis>,
    pub(super) stage: Stage,
    /// The socket takes nothing more for now.
    pub(super) blocked: bool,
    /// The socket was blocked and has room now.
    pub(super) has_room: bool,
    /// The socket may have octets.
    pub(super) readable: bool,
    /// The socket has an end behind the octets that are there.
    pub(super) hung_up: bool,
    /// The peer sends nothing more.
    pub(super) end_of_input: bool,
    /// The connection is on the list of those to be looked at.
    pub(super) noted: bool,
    /// The connection is on the list of those to be flushed.
    pub(super) listed: bool,
    pub(super) ticket: Ticket,
}

/// A person's place in a room, as the worker's table of rooms numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) room: usize,
    pub(super) member: usize,
}

/// How far a connection's life has come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// Requests are served.
    Open,
    /// The `BYE` is in the outbox.
    Closing { until: Millis },
    /// The `BYE` is sent, and our direction has ended. What comes is discarded, up to `left` octets. SPEC.md, section 9.1.
    Lingering { until: Millis, left: usize },
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// So many octets; if they are fewer than were offered, the socket is blocked.
    Octets(usize),
    /// The connection is broken.
    Broken,
}

/// What became of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    Octets(usize),
    Nothing,
    End,
    Broken,
}

impl Connection {
    /// How the connection is spoken to; as long as nobody knows, in frames.
    pub(super) fn dialect(&self) -> Dialect {
        self.session.dialect().unwrap_or(Dialect::Framed)
    }

    /// Where the connection comes from.
    pub(super) fn peer(&self) -> SocketAddr {
        self.ticket.peer()
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open)
    }

    /// Puts a message into the outbox, in the connection's dialect.
    pub(super) fn tell(&mut self, message: &ServerMessage<'_>) {
        let dialect = self.dialect();
        self.outbox.encode(dialect, message);
    }

    /// Whether the next request may be looked at: its answer has room.
    pub(super) fn may_execute(&self, outbox_limit: usize) -> bool {
        self.is_open() && self.answer.is_none() && self.outbox.len() < outbox_limit
    }

    /// What was noted of the socket.
    pub(super) fn note(&mut self, noted: Noted) {
        self.readable |= noted.readable;
        self.hung_up |= noted.hung_up;
        self.has_room |= self.blocked && noted.writable;
    }

    /// Offers octets to the socket. When it does not take them all, it is noted as soon as it takes more.
    pub(super) fn write(&mut self, slices: &[IoSlice<'_>]) -> Written {
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        let written = retry_on_intr(|| match slices {
            [slice] => send(&self.socket, slice, SendFlags::NOSIGNAL),
            slices => sendmsg(&self.socket, slices, &mut SendAncillaryBuffer::default(), SendFlags::NOSIGNAL),
        });
        let count = match written {
            Ok(count) => count,
            Err(rustix::io::Errno::AGAIN) => 0,
            Err(_) => return Written::Broken,
        };
        self.took |= count > 0;
        self.blocked = count < offered;
        Written::Octets(count)
    }

    /// Reads what is there. When nothing is, the socket is noted as soon as something comes.
    pub(super) fn read(&mut self, scratch: &mut [u8]) -> Arrived {
        while self.readable {
            match self.socket.read(scratch) {
                Ok(0) => return Arrived::End,
                Ok(count) => {
                    // A shorter read has emptied the socket: this saves one that finds nothing.
                    self.readable = count == scratch.len() || self.hung_up;
                    return Arrived::Octets(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Arrived::Broken,
            }
        }
        Arrived::Nothing
    }

    /// So many octets of the outbox were sent.
    pub(super) fn sent(&mut self, count: usize) {
        self.outbox.sent(count);
        // What is still in the outbox may be private; what is not in it has been sent.
        let still = self.private.min(self.outbox.len());
        if still < self.private {
            if let Some(person) = &self.person {
                person.release(self.private - still);
            }
            self.private = still;
        }
    }

    /// When the worker has to look at the connection, if nothing else happens.
    pub(super) fn deadline(&self) -> Option<Millis> {
        match self.stage {
            Stage::Open => self.session.deadline(),
            Stage::Closing { until } | Stage::Lingering { until, .. } => Some(until),
        }
    }
}

//! One connection, as its worker has it.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use fanfare_protocol::ServerMessage;
use fanfare_protocol::plain::Dialect;
use fanfare_protocol::session::{Millis, ServerSession};
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::answers::LongAnswer;
use super::outbox::Outbox;
use super::ready::Bell;
use crate::admission::Ticket;
use crate::hub::Person;
use crate::rate::Bucket;

/// A connection and everything that is its own.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) socket: TcpStream,
    pub(super) bell: Bell,
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
    /// The peer sends nothing more.
    pub(super) end_of_input: bool,
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

    /// Offers octets to the socket. When it does not take them all, the connection is noted as soon as it takes more.
    pub(super) fn write(&mut self, slices: &[IoSlice<'_>]) -> Written {
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        let written = match slices {
            [slice] => self.socket.try_write(slice),
            slices => self.socket.try_write_vectored(slices),
        };
        let count = match written {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(_) => return Written::Broken,
        };
        self.took |= count > 0;
        if count < offered {
            if count > 0 {
                // The socket is full, which tokio can't know: this says so without a system call.
                let _ =
                    self.socket.try_io(Interest::WRITABLE, || io::Result::<()>::Err(io::ErrorKind::WouldBlock.into()));
            }
            self.blocked = true;
            if self.has_room() {
                // It has just got room: its turn comes like that of all others.
                self.bell.waker.wake_by_ref();
            }
        }
        Written::Octets(count)
    }

    /// Looks whether a blocked socket takes octets again; if not, the connection is noted as soon as it does.
    pub(super) fn has_room(&mut self) -> bool {
        if self.blocked {
            self.blocked = self.socket.poll_write_ready(&mut Context::from_waker(&self.bell.waker)).is_pending();
        }
        !self.blocked
    }

    /// Reads what is there. When nothing is, the connection is noted as soon as something comes.
    pub(super) fn read(&mut self, scratch: &mut [u8]) -> Arrived {
        loop {
            match self.socket.poll_read_ready(&mut Context::from_waker(&self.bell.waker)) {
                Poll::Pending => return Arrived::Nothing,
                Poll::Ready(Err(_)) => return Arrived::Broken,
                Poll::Ready(Ok(())) => {}
            }
            match self.socket.try_read(scratch) {
                Ok(0) => return Arrived::End,
                Ok(count) => {
                    if count < scratch.len() {
                        // The socket is empty, which tokio can't know: this saves a read that finds nothing.
                        let _ = self
                            .socket
                            .try_io(Interest::READABLE, || io::Result::<()>::Err(io::ErrorKind::WouldBlock.into()));
                    }
                    return Arrived::Octets(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Arrived::Broken,
            }
        }
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

//! A worker's sockets: what it sleeps on, and which of them there is something to do for.
//!
//! Each socket is registered once, for both directions, and is told of when something changes: that octets have come,
//! that a full socket has room. What it was told of stays true until a read or a write finds out otherwise, so that an
//! idle or a willing socket costs no system call.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};

/// How many sockets one look tells of.
const EVENTS: usize = 1_024;

const LETTERS: Token = Token(usize::MAX);

/// What a worker sleeps on.
#[derive(Debug)]
pub(crate) struct Sockets {
    poll: Poll,
    events: Events,
}

/// A socket for which there is something to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noted {
    pub(super) connection: usize,
    /// Octets have come, or the peer has ended or broken the connection.
    pub(super) readable: bool,
    /// The peer sends nothing more: what is there is read up to the end.
    pub(super) hung_up: bool,
    /// There is room for octets.
    pub(super) writable: bool,
}

impl Sockets {
    /// No sockets, and what wakes the worker that sleeps on them.
    pub(crate) fn new() -> io::Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), LETTERS)?;
        Ok((Self { poll, events: Events::with_capacity(EVENTS) }, Arc::new(waker)))
    }

    /// Adds the socket of a connection. It is told of at once, as it has room.
    pub(super) fn add(&self, socket: &mut TcpStream, connection: usize) -> io::Result<()> {
        self.poll.registry().register(socket, Token(connection), Interest::READABLE | Interest::WRITABLE)
    }

    /// Sleeps until there is something to do for a socket, the waker is used, or the time is over; no time is for ever.
    /// What was noted is passed on to `note`.
    pub(super) fn wait(&mut self, time: Option<Duration>, mut note: impl FnMut(Noted)) {
        match self.poll.poll(&mut self.events, time) {
            Ok(()) => {}
            // A signal: the next wait goes on.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return,
            Err(error) => panic!("the poll is open and its arguments are valid: {error}"),
        }
        for event in self.events.iter().filter(|event| event.token() != LETTERS) {
            let hung_up = event.is_read_closed() || event.is_error();
            note(Noted {
                connection: event.token().0,
                readable: event.is_readable() || hung_up,
                hung_up,
                writable: event.is_writable() || event.is_write_closed() || event.is_error(),
            });
        }
    }
}

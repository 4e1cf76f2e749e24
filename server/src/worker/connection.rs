//! One connection, as its worker has it.

use std::net::SocketAddr;
use std::sync::Arc;

use fanfare_protocol::limits::MAX_PIPELINE;
use fanfare_protocol::plain::Dialect;
use fanfare_protocol::session::{Millis, ServerSession};
use fanfare_protocol::{ByeCode, ErrCode, ServerMessage};
use smallvec::SmallVec;

use super::answers::LongAnswer;
use super::outbox::Outbox;
use super::replay::Replays;
use super::socket::Socket;
use crate::admission::Ticket;
use crate::hub::Person;
use crate::rate::Bucket;

/// A connection and everything that is its own.
///
/// The order of its fields is that of their use: a delivery that meets no obstacle touches the first cache line only.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Connection {
    pub(super) socket: Socket,
    /// The peer sends nothing more.
    pub(super) end_of_input: bool,
    /// The connection is on the list of those to be looked at.
    pub(super) noted: bool,
    /// The connection is on the list of those to be flushed.
    pub(super) listed: bool,
    pub(super) outbox: Outbox,
    /// Octets in the outbox that are taken from the person's share.
    pub(super) private: usize,
    /// An answer that is made as it is sent. No request is looked at before it is complete.
    pub(super) answer: Option<Box<LongAnswer>>,
    /// What is to be done once all that waits for the disk is.
    pub(super) held: Option<Box<Held>>,
    /// The rooms of which the disk has what is to be replayed.
    pub(super) replays: Option<Box<Replays>>,
    pub(super) person: Option<Arc<Person>>,
    /// The rooms that the person is in.
    pub(super) seats: SmallVec<[Seat; 1]>,
    pub(super) session: ServerSession,
    /// What came and could not be used yet: half a frame, or requests that wait for their turn.
    pub(super) kept: Vec<u8>,
    pub(super) requests: Bucket,
    pub(super) octets: Bucket,
    /// Nothing is read before this time, because too much came at once.
    pub(super) paused_until: Option<Millis>,
    /// The time of the connection's entry among the worker's timers.
    pub(super) timer: Option<Millis>,
    /// The connection is among those that wait until what was said before is stored.
    pub(super) held_back: bool,
    /// Something is being fetched from the disk for it.
    pub(super) fetching: bool,
    /// How many of its messages are not stored yet. Their answers come in their order, and before all others.
    pub(super) awaited: u16,
    pub(super) stage: Stage,
    /// Tells the connection from an earlier one with the same number.
    pub(super) generation: u32,
    pub(super) ticket: Ticket,
}

// In debug builds mio's sockets are larger.
#[cfg(not(debug_assertions))]
const _: () = assert!(std::mem::offset_of!(Connection, answer) < 64, "what a delivery touches is in one cache line");

/// A person's place in a room, as the worker's table of rooms numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) room: usize,
    pub(super) member: usize,
}

/// What a connection is told behind what waits for the disk.
#[derive(Debug)]
pub(super) enum Held {
    /// That it does not get what it asked for.
    Refusal(ErrCode<'static>, Option<u32>),
    /// Goodbye; `until` is what it still gets of its rooms, once that is known.
    Goodbye { goodbye: Goodbye, until: Option<Vec<Until>> },
}

/// The end of a log when a connection had nothing else to wait for before its goodbye: what comes later is not for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Until {
    /// The worker's number for the room.
    pub(super) room: usize,
    pub(super) position: u64,
}

/// Why a connection is to end.
#[derive(Debug)]
pub(super) enum Goodbye {
    /// Because of a fault.
    Fault(ByeCode<'static>),
    /// Because it said so, with its reason.
    Bye(Option<Box<str>>),
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

impl Connection {
    /// How the connection is spoken to; as long as nobody knows, in frames.
    pub(super) fn dialect(&self) -> Dialect {
        //= protocol/SPEC.md#3-2-the-first-line-of-a-client
        //# A server MUST send a `BYE` that comes before the mode is fixed in the form of framed mode.
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

    /// Whether the next request may be looked at, of which `next` are the first octets as far as they are known: its answer
    /// has room, and its turn.
    pub(super) fn may_execute(&self, outbox_limit: usize, next: &[u8]) -> bool {
        //= protocol/SPEC.md#4-1-rules-for-all-requests
        //# A server MUST send `OK`, `ERR` and `WELCOME` in the order in which the requests came.
        //= protocol/SPEC.md#4-1-rules-for-all-requests
        //# A server MUST send the `NAMES`, `ROOM` and `PAST` lines of an answer directly before its `OK`, with nothing
        //# between them but events and `PONG`.
        //= protocol/SPEC.md#4-1-rules-for-all-requests
        //# A server MUST bound what it holds unsent for a connection, by not reading on from it while the bound is
        //# exceeded.
        let has_room = self.is_open() && self.answer.is_none() && self.outbox.len() < outbox_limit;
        //= protocol/SPEC.md#4-1-rules-for-all-requests
        //# A server MUST NOT read on from a connection on which 256 requests are unanswered.
        let in_turn = self.awaited == 0 || usize::from(self.awaited) < MAX_PIPELINE && self.session.may_be_said(next);
        has_room && self.held.is_none() && !self.held_back && in_turn
    }

    /// Whether something could be sent, as far as neither the socket nor the disk has to do something first.
    pub(super) fn could_go_on(&self) -> bool {
        self.is_open() && !self.socket.is_blocked() && self.awaited == 0 && !self.fetching
    }

    /// Whether nothing waits for the disk.
    pub(super) fn is_settled(&self) -> bool {
        self.awaited == 0 && self.held.is_none() && self.replays.is_none()
    }

    /// So many octets of the outbox were sent.
    pub(super) fn sent(&mut self, count: usize) {
        if count == 0 {
            return;
        }
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

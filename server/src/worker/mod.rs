//! A worker: one thread, its connections, and their part of the fan-out.
//!
//! A worker sleeps on its sockets. In each turn it opens its letters, looks at the connections that were noted, does what
//! the time calls for, walks over the rooms in which there is something to read, and flushes what the walks have left. It
//! owns all that it works on, so that it needs no lock but the hub's.

mod answers;
mod commands;
mod connection;
mod disk;
mod endings;
mod fanout;
mod input;
mod mailbox;
mod outbox;
mod replay;
mod requests;
mod seating;
mod sender;
mod services;
mod socket;
mod sockets;
mod timers;
#[cfg(target_os = "linux")]
mod uring;

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::TcpStream as StdTcpStream;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use fanfare_protocol::session::{Millis, ServerSession, SessionLimits};
use fanfare_protocol::{ByeCode, Greeting, Number, Timestamp};
use mio::net::TcpStream;
use slab::Slab;
use smallvec::SmallVec;
use socket2::{SockRef, TcpKeepalive};
use tracing::{debug, warn};

use self::connection::{Connection, Stage};
pub(crate) use self::mailbox::{Letter, Mailbox};
use self::outbox::Outbox;
use self::seating::Seating;
use self::sender::Sender;
use self::socket::Socket;
pub(crate) use self::sockets::Sockets;
use self::timers::Timers;
use crate::admission::Ticket;
use crate::clock::{Clock, millis};
use crate::history::History;
use crate::hub::{Hub, Room, WorkerId};
use crate::options::Options;
use crate::rate::Bucket;

/// How many letters and flushes a turn takes on, so that each kind of work gets its turn soon. Reads are bounded by their
/// octets, walks by members.
const TURN: usize = 1_024;

/// How many times in a row a worker looks for more to read before it delivers what it has read. Whatever comes while it
/// reads then goes out in the same writes, which are what a delivery costs.
const GATHERINGS: u32 = 4;

/// How much it reads at most before it delivers, in octets.
const GATHER: usize = 256 * 1_024;

/// What a message's place in the log has that its request had not, in octets: a number, a time, a name, an entry.
const MESSAGE: usize = 64;

/// What the kernel may hold unsent for one connection, in octets. More would only make a stopped reader dearer.
const UNSENT: u32 = 16_384;

/// When a silent person's connection is probed, and how often: plain mode has no `PING`. SPEC.md, section 10.7.
const PROBE_AFTER: Duration = Duration::from_secs(60);
const PROBE_EVERY: Duration = Duration::from_secs(20);

/// How long sent octets may stay unacknowledged before the peer counts as dead.
const UNACKNOWLEDGED: Duration = Duration::from_secs(300);

/// What all workers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) hub: Hub,
    pub(crate) clock: Clock,
    pub(crate) options: Options,
    pub(crate) mailboxes: Vec<Mailbox>,
    /// The durable history, if there is one.
    pub(crate) history: Option<History>,
}

/// The options, in the form in which a worker needs them.
#[derive(Clone, Copy, Debug)]
struct Limits {
    session: SessionLimits,
    outbox: usize,
    /// What is read at most before it is delivered, in octets: a quarter of what a room's log holds, so that readers who are
    /// not slow don't miss what this worker has read too quickly.
    gather: usize,
    ping_seconds: Number,
    text: Number,
    request_rate: Option<NonZeroU32>,
    octet_rate: Option<NonZeroU32>,
    presence: Number,
}

impl Limits {
    fn of(options: &Options) -> Self {
        // What is announced is whole seconds, and what is announced is kept.
        let ping_seconds = millis(options.ping_interval).div_ceil(1_000);
        Self {
            session: SessionLimits {
                handshake: millis(options.handshake_timeout),
                //= protocol/SPEC.md#11-limits
                //# A server MUST keep the limits that it announces in `WELCOME`.
                ping: ping_seconds * 1_000,
                text: options.max_text,
            },
            outbox: options.outbox,
            gather: GATHER.min(options.room_log / 4),
            ping_seconds: Number::saturating(ping_seconds),
            text: options.max_text.into(),
            request_rate: options.rate_limit,
            octet_rate: options.octet_rate,
            presence: options.presence_limit.into(),
        }
    }
}

/// One thread's share of the server.
pub(crate) struct Worker {
    id: WorkerId,
    shared: Arc<Shared>,
    limits: Limits,
    sockets: Sockets,
    mailbox: Mailbox,
    /// The letters that were taken from the mailbox and not opened yet.
    letters: VecDeque<Letter>,
    connections: Slab<Connection>,
    generation: u32,
    seating: Seating,
    sender: Sender,
    /// The connections that were noted and not looked at yet.
    noted: VecDeque<usize>,
    /// What of that was read, since all of it was last delivered.
    gathered: usize,
    /// What was said and is not stored yet, in octets of memory. It may be as much.
    taken: usize,
    /// The connections that have more to say, and are not looked at until some of it is stored.
    held_back: Vec<usize>,
    /// Once that is as much as may be: the walks that are to end before more is read.
    owed: Option<usize>,
    /// How often it was looked for more to read since the last walk.
    gatherings: u32,
    /// The rooms in which a walk is due.
    dirty: VecDeque<usize>,
    /// The connections that have something in their outbox.
    to_flush: VecDeque<usize>,
    timers: Timers<Timer>,
    /// What is read, before it is looked at: all connections share it.
    scratch: Box<[u8]>,
    /// The time of this turn, by both clocks.
    now: Millis,
    wall: Timestamp,
    /// The server ends, at the latest then.
    shutdown: Option<Millis>,
}

/// Something to be done at a certain time.
#[derive(Debug)]
enum Timer {
    /// Look at a connection's deadline, unless another timer has been set for it since.
    Connection { number: usize, generation: u32, at: Millis },
    /// Read again from a connection that was paused until then.
    Unpause { number: usize, generation: u32, at: Millis },
    /// Send a room's `MEMBERS`.
    Members(Arc<Room>),
    /// Give up what has not drained.
    Shutdown,
}

impl Worker {
    /// A worker that sleeps on `sockets`, as which its mailbox wakes it.
    pub(crate) fn new(id: WorkerId, shared: Arc<Shared>, sockets: Sockets) -> Self {
        Self {
            id,
            limits: Limits::of(&shared.options),
            sockets,
            mailbox: shared.mailboxes[id.index()].clone(),
            letters: VecDeque::new(),
            connections: Slab::new(),
            generation: 0,
            seating: Seating::default(),
            sender: Sender::Each,
            noted: VecDeque::new(),
            gathered: 0,
            taken: 0,
            held_back: Vec::new(),
            owed: None,
            gatherings: 0,
            dirty: VecDeque::new(),
            to_flush: VecDeque::new(),
            timers: Timers::new(),
            scratch: vec![0; input::SCRATCH].into(),
            now: shared.clock.now(),
            wall: shared.clock.wall(),
            shutdown: None,
            shared,
        }
    }

    /// Serves until the server has shut down.
    pub(crate) fn run(mut self) {
        // A ring belongs to the thread that makes it.
        self.sender = Sender::new(self.shared.options.io_uring);
        while self.shutdown.is_none() || !self.connections.is_empty() {
            self.turn();
        }
        self.mailbox.close();
    }

    fn turn(&mut self) {
        self.wait();
        (self.now, self.wall) = (self.shared.clock.now(), self.shared.clock.wall());
        self.open_letters();
        let came = self.look_at_noted();
        self.do_what_is_due();
        if self.gathered < self.limits.gather {
            if came && self.gatherings < GATHERINGS {
                self.gatherings += 1;
                return;
            }
        } else if self.owed.is_none() {
            self.owed = Some(self.dirty.len());
        }
        self.gatherings = 0;
        self.walk();
        // Not only when no walk is due: other workers may see to it that one always is.
        if self.dirty.is_empty() || self.owed == Some(0) {
            (self.gathered, self.owed) = (0, None);
        }
        self.flush_listed();
    }

    /// Notes the connections for whose sockets there is something to do. Sleeps until there is one, if there is nothing
    /// else to do.
    fn wait(&mut self) {
        self.mailbox.take(&mut self.letters);
        // Whatever a turn has left or made for another is done in the next.
        let busy = !self.letters.is_empty()
            || !self.noted.is_empty()
            || !self.dirty.is_empty()
            || !self.to_flush.is_empty()
            || !self.mailbox.may_sleep();
        let time = if busy { Some(Duration::ZERO) } else { self.timers.next().map(|at| self.shared.clock.until(at)) };
        let Self { sockets, connections, noted, .. } = self;
        sockets.wait(time, |event| {
            if let Some(connection) = connections.get_mut(event.connection) {
                connection.socket.note(event);
                if !std::mem::replace(&mut connection.noted, true) {
                    noted.push_back(event.connection);
                }
            }
        });
        // What has woken the worker; and from now on nobody takes it for asleep.
        self.mailbox.take(&mut self.letters);
    }

    fn open_letters(&mut self) {
        for _ in 0..TURN {
            let Some(letter) = self.letters.pop_front() else { break };
            match letter {
                Letter::Connection(socket, ticket) => {
                    if let Err(error) = self.welcome_socket(socket, ticket) {
                        debug!(%error, "connection lost before it was served");
                    }
                }
                Letter::Wake(room) => self.wake(&room),
                Letter::Told(home, octets) => self.told(home, &octets),
                Letter::Stored(news) => self.stored(news),
                Letter::Fetched(errand, fetched) => self.fetched(&errand, fetched),
                Letter::Replaced(home) => self.replaced(home),
                Letter::Shutdown(until) => self.shut_down(until),
            }
        }
    }

    fn do_what_is_due(&mut self) {
        while let Some(timer) = self.timers.pop(self.now) {
            match timer {
                Timer::Connection { number, generation, at } => {
                    if let Some(connection) = self.connections.get_mut(number)
                        && connection.generation == generation
                        && connection.timer == Some(at)
                    {
                        connection.timer = None;
                        self.expire(number);
                    }
                }
                Timer::Unpause { number, generation, at } => {
                    if let Some(connection) = self.connections.get_mut(number)
                        && connection.generation == generation
                        && connection.paused_until == Some(at)
                    {
                        connection.paused_until = None;
                        self.note(number);
                    }
                }
                Timer::Members(room) => {
                    let effect = self.shared.hub.tell_members(&room, self.now);
                    self.spread([(room, effect)]);
                }
                Timer::Shutdown => self.give_up(),
            }
        }
    }

    fn flush_listed(&mut self) {
        for _ in 0..self.to_flush.len().min(TURN) {
            let Some(number) = self.to_flush.pop_front() else { break };
            if let Some(connection) = self.connections.get_mut(number) {
                connection.listed = false;
                self.flush(number);
            }
        }
    }

    /// Sees to it that a connection's outbox is flushed in this turn or the next.
    fn list(&mut self, number: usize) {
        if let Some(connection) = self.connections.get_mut(number)
            && !connection.listed
        {
            connection.listed = true;
            self.to_flush.push_back(number);
        }
    }

    fn welcome_socket(&mut self, socket: StdTcpStream, ticket: Ticket) -> io::Result<()> {
        if self.shutdown.is_some() {
            return Ok(());
        }
        let settings = SockRef::from(&socket);
        settings.set_tcp_nodelay(true)?;
        //= protocol/SPEC.md#10-7-no-keep-alive
        //# A server SHOULD find dead peers in plain mode by the means of its transport, such as TCP keep-alive and a
        //# limit on the time that sent octets stay unacknowledged.
        settings.set_tcp_keepalive(&TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY))?;
        #[cfg(target_os = "linux")]
        {
            settings.set_tcp_notsent_lowat(UNSENT)?;
            //= protocol/SPEC.md#10-7-no-keep-alive
            //# A server SHOULD find dead peers in plain mode by the means of its transport, such as TCP keep-alive and
            //# a limit on the time that sent octets stay unacknowledged.
            settings.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
        }
        // A new socket takes it at once.
        //= protocol/SPEC.md#3-1-greeting
        //# A server MUST send the greeting as its first line, without waiting for the client.
        (&socket).write_all(Greeting::LINE.as_bytes())?;
        let mut socket = TcpStream::from_std(socket);
        debug!(peer = %ticket.peer(), "connection");
        let entry = self.connections.vacant_entry();
        let number = entry.key();
        self.sockets.add(&mut socket, number)?;
        self.generation = self.generation.wrapping_add(1);
        entry.insert(Connection {
            socket: Socket::new(socket),
            end_of_input: false,
            noted: false,
            listed: false,
            held_back: false,
            fetching: false,
            awaited: 0,
            outbox: Outbox::default(),
            private: 0,
            answer: None,
            held: None,
            replays: None,
            person: None,
            seats: SmallVec::new(),
            session: ServerSession::new(self.now, self.limits.session),
            kept: Vec::new(),
            requests: Bucket::full(self.limits.request_rate.unwrap_or(NonZeroU32::MIN), self.now),
            octets: Bucket::full(self.limits.octet_rate.unwrap_or(NonZeroU32::MIN), self.now),
            paused_until: None,
            timer: None,
            stage: Stage::Open,
            generation: self.generation,
            ticket,
        });
        self.schedule(number);
        Ok(())
    }

    /// Nothing is read any more; who has everything is told goodbye. SPEC.md, section 9.3.
    fn shut_down(&mut self, until: Millis) {
        if self.shutdown.is_some() {
            return;
        }
        self.shutdown = Some(until);
        //= protocol/SPEC.md#11-limits
        //# A server MUST have a limit for each row of the table below that is marked "server", unless its operator
        //# turned it off.
        self.timers.add(until, Timer::Shutdown);
        let numbers: Vec<_> = self.connections.iter().map(|(number, _)| number).collect();
        for number in numbers {
            self.flush(number);
        }
    }

    /// The time for draining is over.
    fn give_up(&mut self) {
        let numbers: Vec<_> = self.connections.iter().map(|(number, _)| number).collect();
        let open = numbers.iter().filter(|&&number| self.connections[number].is_open()).count();
        if open > 0 {
            warn!(connections = open, "not everything could be delivered before the end");
        }
        for number in numbers {
            //= protocol/SPEC.md#9-3-the-server-s-end
            //# A server that shuts down MUST close every connection at the end of the drain time.
            self.end(number, ByeCode::Shutdown, None);
            self.remove(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= protocol/SPEC.md#11-limits
    //= type=test
    //# A server MUST keep the limits that it announces in `WELCOME`.
    #[test]
    fn the_interval_that_is_announced_is_the_one_that_is_kept() {
        for (interval, announced) in [(1_000, 1), (1_001, 2), (1_500, 2), (30_000, 30)] {
            let options = Options { ping_interval: Duration::from_millis(interval), ..Options::default() };
            let limits = Limits::of(&options);
            assert_eq!((limits.ping_seconds.get(), limits.session.ping), (announced, announced * 1_000));
        }
    }
}

//! A worker: one thread, its connections, and their part of the fan-out.
//!
//! A worker is one task on a runtime of its own. In each turn it opens its letters, looks at the connections that were
//! noted, does what the time calls for, walks over the rooms in which there is something to read, and flushes what the
//! walks have left. It owns all that it works on, so that it needs no lock but the hub's.

mod answers;
mod commands;
mod connection;
mod endings;
mod fanout;
mod input;
mod mailbox;
mod outbox;
mod ready;
mod requests;
mod seating;
mod services;
mod timers;

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::net::TcpStream as StdTcpStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use fanfare_protocol::session::{Millis, ServerSession, SessionLimits};
use fanfare_protocol::{ByeCode, Greeting, Number};
use slab::Slab;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};
use tracing::{debug, warn};

use self::connection::{Connection, Stage};
pub(crate) use self::mailbox::{Letter, Mailbox};
use self::outbox::Outbox;
use self::ready::Ready;
use self::seating::Seating;
use self::timers::Timers;
use crate::admission::Ticket;
use crate::clock::{Clock, millis};
use crate::hub::{Hub, Room, WorkerId};
use crate::options::Options;
use crate::rate::Bucket;

/// How many letters, connections and flushes a turn takes on, so that each kind of work gets its turn soon.
const TURN: usize = 1_024;

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
}

/// The options, in the form in which a worker needs them.
#[derive(Clone, Copy, Debug)]
struct Limits {
    session: SessionLimits,
    outbox: usize,
    ping_seconds: Number,
    text: Number,
    rate: Option<Number>,
    presence: Number,
}

/// One thread's share of the server.
pub(crate) struct Worker {
    id: WorkerId,
    shared: Arc<Shared>,
    limits: Limits,
    letters: mpsc::UnboundedReceiver<Letter>,
    connections: Slab<Connection>,
    generation: u32,
    seating: Seating,
    ready: Arc<Ready>,
    /// The connections that were noted and not looked at yet.
    noted: Vec<usize>,
    /// The rooms in which a walk is due.
    dirty: VecDeque<usize>,
    /// The connections that have something in their outbox.
    to_flush: VecDeque<usize>,
    timers: Timers<Timer>,
    sleep: Pin<Box<Sleep>>,
    /// What is read, before it is looked at: all connections share it.
    scratch: Box<[u8]>,
    /// The time of this turn.
    now: Millis,
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
    /// A worker that gets its letters by `letters`. To be made inside its runtime.
    pub(crate) fn new(id: WorkerId, shared: Arc<Shared>, letters: mpsc::UnboundedReceiver<Letter>) -> Self {
        let options = &shared.options;
        let limits = Limits {
            session: SessionLimits {
                handshake: millis(options.handshake_timeout),
                ping: millis(options.ping_interval),
                text: options.max_text,
            },
            outbox: options.outbox,
            ping_seconds: Number::saturating(millis(options.ping_interval).div_ceil(1_000)),
            text: options.max_text.into(),
            rate: options.rate_limit.map(|rate| rate.get().into()),
            presence: options.presence_limit.into(),
        };
        Self {
            id,
            limits,
            letters,
            connections: Slab::new(),
            generation: 0,
            seating: Seating::default(),
            ready: Arc::default(),
            noted: Vec::new(),
            dirty: VecDeque::new(),
            to_flush: VecDeque::new(),
            timers: Timers::new(),
            sleep: Box::pin(sleep_until(Instant::now())),
            scratch: vec![0; input::SCRATCH].into(),
            now: shared.clock.now(),
            shutdown: None,
            shared,
        }
    }

    /// Serves until the server has shut down.
    pub(crate) async fn run(mut self) {
        // The worker divides its time among its connections itself.
        tokio::task::unconstrained(poll_fn(|cx| self.turn(cx))).await;
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.now = self.shared.clock.now();
        self.ready.register(cx.waker());
        let letters = self.open_letters(cx);
        self.look_at_noted();
        self.do_what_is_due();
        self.walk();
        self.flush_listed();
        if self.shutdown.is_some() && self.connections.is_empty() {
            return Poll::Ready(());
        }
        // Whatever any of these has left or made for another is done in the next turn.
        let more = letters || !self.noted.is_empty() || !self.dirty.is_empty() || !self.to_flush.is_empty();
        if more || self.alarm(cx) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn open_letters(&mut self, cx: &mut Context<'_>) -> bool {
        for _ in 0..TURN {
            let Poll::Ready(letter) = self.letters.poll_recv(cx) else { return false };
            match letter {
                Some(Letter::Connection(socket, ticket)) => {
                    if let Err(error) = self.welcome_socket(socket, ticket) {
                        debug!(%error, "connection lost before it was served");
                    }
                }
                Some(Letter::Wake(room)) => self.wake(&room),
                Some(Letter::Told(home, octets)) => self.told(home, &octets),
                Some(Letter::Replaced(home)) => self.replaced(home),
                Some(Letter::Shutdown(until)) => self.shut_down(until),
                // Whoever could write letters is gone.
                None => {
                    self.shut_down(self.now);
                    return false;
                }
            }
        }
        true
    }

    fn look_at_noted(&mut self) {
        // Taken in every turn, also while some are left from the last: only then does the next one that is noted wake us.
        let mut noted = std::mem::take(&mut self.noted);
        if noted.is_empty() {
            self.ready.take(&mut noted);
        } else {
            let mut fresh = Vec::new();
            self.ready.take(&mut fresh);
            noted.append(&mut fresh);
        }
        let rest = noted.split_off(noted.len().min(TURN));
        for &number in &noted {
            self.look(number);
        }
        self.noted = rest;
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
                        self.receive(number);
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

    /// Sets the alarm for the next timer, and tells whether it has rung already.
    fn alarm(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(at) = self.timers.next() else { return false };
        let at = Instant::from_std(self.shared.clock.instant(at));
        if self.sleep.deadline() != at {
            self.sleep.as_mut().reset(at);
        }
        self.sleep.as_mut().poll(cx).is_ready()
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
        settings.set_tcp_keepalive(&TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY))?;
        #[cfg(target_os = "linux")]
        {
            settings.set_tcp_notsent_lowat(UNSENT)?;
            settings.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
        }
        // A new socket takes it at once, before tokio knows that it would.
        (&socket).write_all(Greeting::LINE.as_bytes())?;
        let socket = TcpStream::from_std(socket)?;
        debug!(peer = %ticket.peer(), "connection");
        let options = &self.shared.options;
        let entry = self.connections.vacant_entry();
        let number = entry.key();
        self.generation = self.generation.wrapping_add(1);
        entry.insert(Connection {
            socket,
            bell: self.ready.bell(number),
            generation: self.generation,
            session: ServerSession::new(self.now, self.limits.session),
            person: None,
            seats: Vec::new(),
            kept: Vec::new(),
            outbox: Outbox::default(),
            answer: None,
            private: 0,
            requests: options.rate_limit.map(|rate| Bucket::new(rate, self.now)),
            octets: options.octet_rate.map(|rate| Bucket::new(rate, self.now)),
            paused_until: None,
            took: false,
            timer: None,
            stage: Stage::Open,
            blocked: false,
            end_of_input: false,
            listed: false,
            ticket,
        });
        self.schedule(number);
        self.receive(number);
        Ok(())
    }

    /// Nothing is read any more; who has everything is told goodbye. SPEC.md, section 9.3.
    fn shut_down(&mut self, until: Millis) {
        if self.shutdown.is_some() {
            return;
        }
        self.shutdown = Some(until);
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
            self.end(number, ByeCode::Shutdown, None);
            self.remove(number);
        }
    }
}

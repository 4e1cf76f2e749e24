//! The one thread that connects, publishes and reads.
//!
//! It waits in one poll for all sockets and a timer. While it walks over the sockets that have something, it looks at
//! the clock after each read, and a message that became due is sent before the next one is read.

mod beside;
mod client;
mod controls;
mod drain;
mod idle;
mod measured;
mod opening;
mod publish;
mod read;
mod timer;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::time::Duration;

use mio::{Events, Poll, Token};

use self::beside::Besiders;
use self::client::{Client, State};
pub use self::controls::{Controls, Phase, Progress};
use self::drain::STOPPED;
use self::idle::Idle;
pub use self::measured::{Measured, ServerUsage};
use self::publish::Speech;
use self::read::Buffer;
use self::timer::Timer;
use crate::beside::BesideMeasured;
use crate::clock::{Clock, nanos};
use crate::error::RunError;
use crate::plan::Plan;
use crate::published::Published;
use crate::schedule::Schedule;
use crate::sources::Sources;
use crate::text::Texts;
use crate::usage::Usage;
use crate::verify::{Notice, Verifier};

const TIMER: Token = Token(usize::MAX);

/// How many sockets one poll returns at most.
const EVENTS: usize = 1_024;

/// How often it is looked whether the run was told to stop, and whether all is delivered, in nanoseconds.
const TICK: u64 = 50_000_000;

/// Makes a run.
///
/// # Errors
///
/// There is nothing that could be measured. Losses and the like are no errors but figures.
pub fn run(plan: &Plan, controls: &Controls) -> Result<Measured, RunError> {
    plan.check()?;
    crate::resources::secure(plan)?;
    let memory_before = plan.server.and_then(Usage::of);
    let mut engine = Engine::new(plan, controls)?;
    let ramp = engine.ramp()?;
    engine.join_beside()?;
    engine.settle()?;
    let joined = plan.server.and_then(Usage::of);
    let own = Usage::of_this_thread();
    let start = engine.load()?;
    let sent = engine.clock.now();
    let generator = Usage::of_this_thread().zip(own).map(|(now, before)| now.since(before));
    engine.drain()?;
    let at_end = plan.server.and_then(Usage::of);
    let beside = engine.drain_beside()?;
    let server = match (plan.server, memory_before, joined, at_end) {
        (Some(pid), Some(before), Some(joined), Some(at_end)) => Some(ServerUsage {
            pid,
            cpu: at_end.since(joined).cpu,
            memory_before: before.memory,
            memory_joined: joined.memory,
        }),
        _ => None,
    };
    Ok(engine.finish(&Times { ramp, start, sent }, generator.unwrap_or_default(), server, beside))
}

/// When the parts of a run were.
struct Times {
    /// How long the ramp took.
    ramp: u64,
    /// When the first message was meant to be sent.
    start: u64,
    /// When the last one was sent.
    sent: u64,
}

struct Engine<'r> {
    plan: &'r Plan,
    controls: &'r Controls,
    clock: Clock,
    poll: Poll,
    timer: Timer,
    clients: Vec<Client>,
    verifier: Verifier,
    buffer: Buffer,
    notices: Vec<Notice>,
    /// Sockets of which not everything was read.
    again: Vec<usize>,
    /// Set while messages are sent.
    schedule: Option<Schedule>,
    joined: u32,
    /// Connections that stand.
    live: u32,
    speech: Speech,
    /// Where nobody may be asked whether it is still there.
    idle: Option<Idle>,
    /// Where connections come from.
    sources: Sources,
    /// Those who are no receivers, if there are any.
    beside: Option<Box<Besiders<'r>>>,
    /// Connections that ended, by reason.
    disconnected: BTreeMap<String, u64>,
    reads: u64,
    last_delivery: u64,
}

impl<'r> Engine<'r> {
    fn new(plan: &'r Plan, controls: &'r Controls) -> Result<Self, RunError> {
        let system = |what| move |source| RunError::System { what, source };
        let poll = Poll::new().map_err(system("a poll"))?;
        let timer = Timer::new(poll.registry(), TIMER).map_err(system("a timer"))?;
        let texts = Texts::new(plan.run, plan.size);
        let published = Published::new(&plan.name_prefix(), plan.publishers.into());
        Ok(Self {
            plan,
            controls,
            clock: Clock::start(),
            poll,
            timer,
            clients: Vec::with_capacity(plan.clients as usize),
            verifier: Verifier::new(plan.wire, &plan.room_names(), texts.clone(), published),
            buffer: Buffer::new(),
            notices: Vec::new(),
            again: Vec::new(),
            schedule: None,
            joined: 0,
            live: 0,
            sources: Sources::new(&plan.sources),
            beside: Besiders::new(plan, &texts),
            speech: Speech::new(plan, texts),
            idle: plan.wire.idle().filter(|_| plan.compare_every > 1).map(|(octets, every)| Idle::new(octets, every)),
            disconnected: BTreeMap::new(),
            reads: 0,
            last_delivery: 0,
        })
    }

    /// Lets the server come to rest after the ramp.
    fn settle(&mut self) -> Result<(), RunError> {
        self.controls.progress.set_phase(Phase::Settle);
        let until = self.clock.now().saturating_add(nanos(self.plan.settle));
        let mut events = Events::with_capacity(EVENTS);
        while self.clock.now() < until {
            if self.controls.is_stopped() {
                return Err(RunError::Interrupted);
            }
            self.turn(until, &mut events)?;
        }
        self.reads = 0;
        Ok(())
    }

    /// Sends the messages. It returns when the first was meant to be sent.
    fn load(&mut self) -> Result<u64, RunError> {
        self.controls.progress.set_phase(Phase::Load);
        self.verifier.begin();
        let start = self.clock.now();
        self.last_delivery = start;
        self.schedule = Some(Schedule::new(self.plan.load, start, self.plan.duration));
        self.begin_beside(start);
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let now = self.clock.now();
            self.publish(now);
            let Some(schedule) = &self.schedule else { break };
            if schedule.is_over(now) || self.controls.is_stopped() || self.speech.speechless {
                break;
            }
            // What waits for the server goes on when something comes from it.
            let until = if self.speech.holding { u64::MAX } else { schedule.next().unwrap_or(u64::MAX) };
            let deadline = start.saturating_add(nanos(self.plan.duration)).saturating_add(nanos(self.plan.drain));
            if self.speech.holding && now > deadline {
                break;
            }
            self.turn(until, &mut events)?;
        }
        if let Some(total) = self.schedule.take().and_then(|schedule| schedule.total())
            && !self.controls.is_stopped()
        {
            self.speech.unsent = total.saturating_sub(self.verifier.published().count());
        }
        self.end_beside();
        Ok(start)
    }

    /// Waits for something, until a time at most, and deals with it.
    fn turn(&mut self, until: u64, events: &mut Events) -> Result<(), RunError> {
        let (now, until) = (self.clock.now(), until.min(self.beside_next()));
        let timeout = if self.again.is_empty() && until > now {
            let set = self.timer.set(alarm(until, now), now);
            set.map_err(|source| RunError::System { what: "to set a timer", source })?;
            None
        } else {
            Some(Duration::ZERO)
        };
        match self.poll.poll(events, timeout) {
            Ok(()) => {}
            // A signal: whoever waits for it looks whether to stop.
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            Err(source) => return Err(RunError::System { what: "to poll", source }),
        }
        for at in std::mem::take(&mut self.again) {
            self.read(at)?;
        }
        for event in events.iter() {
            if event.token() == TIMER {
                self.timer.gone_off();
                self.publish_due();
                continue;
            }
            let Token(at) = event.token();
            if at >= beside::FIRST {
                self.ready_beside(at)?;
                continue;
            }
            self.clients[at].closing |= event.is_read_closed();
            // What the server has said, why it goes away perhaps, counts before what it does not take any more.
            if event.is_readable() || event.is_error() || event.is_read_closed() {
                self.read(at)?;
            }
            if event.is_writable() {
                self.flush(at);
            }
        }
        self.step_beside()?;
        let (published, deliveries) = (self.verifier.published().count(), self.verifier.tally().received);
        self.controls.progress.set(self.joined.into(), published, deliveries);
        self.say_idle();
        Ok(())
    }

    /// Sends what a client has to say. If its connection is broken, reading tells, behind all that came before.
    fn flush(&mut self, at: usize) {
        if self.clients[at].flush().is_err() {
            self.clients[at].closing = true;
            self.again.push(at);
        }
    }

    /// A connection broke.
    fn broken(&mut self, at: usize, error: io::Error) -> Result<(), RunError> {
        if let State::Opening(_) = self.clients[at].state {
            return Err(self.cannot_open(at, error));
        }
        self.end(at, &reason(&error));
        Ok(())
    }

    /// A member's connection has ended.
    fn end(&mut self, at: usize, reason: &str) {
        let client = &mut self.clients[at];
        if client.socket.take().is_none() {
            return;
        }
        *self.disconnected.entry(reason.to_owned()).or_default() += 1;
        self.live -= 1;
        self.speech.ended(at);
        if let State::Member(receiver) = &client.state {
            self.verifier.cut(receiver);
        }
    }

    /// Enters what never came, and puts the figures together.
    fn finish(
        mut self,
        times: &Times,
        generator: Usage,
        server: Option<ServerUsage>,
        beside: BesideMeasured,
    ) -> Measured {
        for client in &mut self.clients {
            if let State::Member(receiver) = &mut client.state {
                self.verifier.finish(receiver, client.socket.is_none());
            }
        }
        let published = self.verifier.published().count();
        let settled = self.verifier.settled();
        Measured {
            plan: self.plan.clone(),
            interrupted: self.controls.is_stopped(),
            ramp: times.ramp,
            window: self.last_delivery - times.start,
            sending: times.sent - times.start,
            published,
            accepted: self.speech.accepted,
            owed: self.verifier.owed(),
            refused: self.speech.refused,
            held: self.speech.held,
            unsent: self.speech.unsent,
            incomplete: self.verifier.incomplete() + (published - self.speech.refusals).saturating_sub(settled),
            tally: *self.verifier.tally(),
            latencies: self.verifier.latencies().clone(),
            lateness: self.speech.lateness,
            disconnected: self.disconnected,
            reads: self.reads,
            generator,
            server,
            beside,
        }
    }
}

/// When to wake up at the latest, in order to be in time for `until` and to look around every tick or two. Rounded up to
/// the tick, so that a timer that need not go off sooner need not be set again.
fn alarm(until: u64, now: u64) -> u64 {
    until.min(now / TICK * TICK + 2 * TICK)
}

/// Why a connection broke, in a word or two.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionReset => "reset".to_owned(),
        ErrorKind::BrokenPipe => "closed".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_due_is_slept_through() {
        for now in [0, 1, TICK - 1, TICK, 7 * TICK + 3] {
            for wait in [1, TICK / 2, TICK, TICK + 1, 2 * TICK - 1, 2 * TICK, 100 * TICK] {
                let at = alarm(now + wait, now);
                assert!(now < at && at <= now + wait && at <= now + 2 * TICK, "{at} at {now} for {wait}");
            }
        }
    }
}

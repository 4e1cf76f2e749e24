//! The one thread that connects, publishes and reads.
//!
//! It waits in one poll for all sockets and a timer. While it walks over the sockets that have something, it looks at
//! the clock after each read, and a message that became due is sent before the next one is read.

mod apart;
mod beside;
mod client;
mod controls;
mod counts;
mod drain;
mod follow;
mod idle;
mod measured;
mod moments;
mod opening;
mod publish;
mod read;
mod start;
mod tell;
mod timer;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mio::{Events, Poll, Token};
use rustix::thread::gettid;

use self::beside::Besiders;
use self::client::{Client, State};
pub use self::controls::{Controls, Phase, Progress};
pub use self::counts::{Count, Counts};
use self::drain::STOPPED;
use self::idle::Idle;
pub use self::measured::{Measured, ServerUsage};
use self::publish::Speech;
use self::read::Buffer;
use self::timer::Timer;
use crate::beside::BesideMeasured;
use crate::clock::{Clock, nanos};
use crate::error::RunError;
use crate::layout::Layout;
use crate::plan::Plan;
use crate::published::Published;
use crate::schedule::Schedule;
use crate::series::Recorder;
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
    controls.progress.set_thread(gettid().as_raw_nonzero().get().unsigned_abs());
    let mut engine = Engine::new(plan, controls)?;
    let ramp = engine.ramp()?;
    engine.join_beside()?;
    engine.settle()?;
    let moment = engine.agree()?;
    let joined = plan.server.and_then(Usage::of);
    let start = engine.wait_for(moment)?;
    let own = Usage::of_this_thread();
    let started = SystemTime::now();
    engine.load(start)?;
    let sent = engine.clock.now();
    let generator = engine.drain()?.zip(own).map(|(now, before)| now.since(before));
    let at_end = plan.server.and_then(Usage::of);
    let beside = engine.drain_beside()?;
    engine.part();
    let server = match (plan.server, memory_before, joined, at_end) {
        (Some(pid), Some(before), Some(joined), Some(at_end)) => Some(ServerUsage {
            pid,
            cpu: at_end.since(joined).cpu,
            memory_before: before.memory,
            memory_joined: joined.memory,
        }),
        _ => None,
    };
    Ok(engine.finish(&Times { ramp, started, start, sent }, generator.unwrap_or_default(), server, beside))
}

/// When the parts of a run were.
struct Times {
    /// How long the ramp took.
    ramp: u64,
    /// When the first message was meant to be sent, by the clock of the machine, and by the run's own.
    started: SystemTime,
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
    layout: Arc<Layout>,
    /// All connections, as the layout has them.
    clients: Vec<Client>,
    verifier: Verifier,
    buffer: Buffer,
    notices: Vec<Notice>,
    /// Sockets of which not everything was read.
    again: Vec<usize>,
    /// Set while messages are sent.
    schedule: Option<Schedule>,
    joined: u32,
    /// Receivers whose connections stand.
    live: u32,
    speech: Speech,
    /// Messages that came to those who only publish.
    unverified: u64,
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
    /// When it is told again how long the deliveries take.
    next_spread: u64,
    /// From the first message on.
    recorder: Option<Recorder>,
}

impl<'r> Engine<'r> {
    fn new(plan: &'r Plan, controls: &'r Controls) -> Result<Self, RunError> {
        let system = |what| move |source| RunError::System { what, source };
        let poll = Poll::new().map_err(system("a poll"))?;
        let timer = Timer::new(poll.registry(), TIMER).map_err(system("a timer"))?;
        let texts = Texts::new(plan.run, plan.size);
        let layout = Arc::new(plan.layout());
        let published = Published::new(&plan.name_prefix(), layout.clone(), plan.sending());
        let mut verifier = Verifier::new(plan.wire, &plan.room_names(), texts.clone(), published);
        if plan.completions {
            verifier.keep_completions();
        }
        Ok(Self {
            plan,
            controls,
            clock: Clock::start(),
            poll,
            timer,
            clients: Vec::with_capacity(layout.connections()),
            verifier,
            buffer: Buffer::new(),
            notices: Vec::new(),
            again: Vec::new(),
            schedule: None,
            joined: 0,
            live: 0,
            sources: Sources::new(&plan.sources),
            beside: Besiders::new(plan, &layout, &texts),
            speech: Speech::new(&layout, &plan.name_prefix(), texts),
            layout,
            unverified: 0,
            idle: plan.wire.idle().filter(|_| plan.compare_every > 1).map(|(octets, every)| Idle::new(octets, every)),
            disconnected: BTreeMap::new(),
            reads: 0,
            last_delivery: 0,
            next_spread: 0,
            recorder: None,
        })
    }

    /// Lets the server come to rest after the ramp.
    fn settle(&mut self) -> Result<(), RunError> {
        self.controls.progress.set_phase(Phase::Settle);
        let until = self.clock.now().saturating_add(nanos(self.plan.settle));
        self.rest(|engine| (engine.clock.now() < until).then_some(until))
    }

    /// Sends the messages, of which the first is meant to be sent at a time.
    fn load(&mut self, start: u64) -> Result<(), RunError> {
        self.controls.progress.set_phase(Phase::Load);
        self.verifier.begin();
        self.reads = 0;
        self.last_delivery = start;
        self.recorder = Some(Recorder::new(start, self.plan.duration));
        self.schedule = Some(Schedule::new(self.plan.load, start, self.plan.duration));
        self.begin_beside(start);
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let now = self.clock.now();
            self.publish(now);
            let is_behind = self.is_behind();
            let Some(schedule) = &self.schedule else { break };
            if schedule.is_over(now) && !is_behind || self.controls.is_stopped() || self.speech.speechless {
                break;
            }
            // What waits for the server goes on when it takes something or something comes from it.
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
        Ok(())
    }

    /// Waits for something, until a time at most, and deals with it.
    fn turn(&mut self, until: u64, events: &mut Events) -> Result<(), RunError> {
        let now = self.clock.now();
        let until = until.min(self.next_mark()).min(self.beside_next());
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
        self.mark_time(self.clock.now());
        if self.plan.follows.is_some() {
            // What comes next can have become due meanwhile.
            self.publish_due();
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
                if self.speech.holding {
                    // There may be room for what waits.
                    self.publish_due();
                }
            }
        }
        self.step_beside()?;
        self.tell();
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

    /// The connection of one who had joined has ended.
    fn end(&mut self, at: usize, reason: &str) {
        let client = &mut self.clients[at];
        if client.socket.take().is_none() {
            return;
        }
        *self.disconnected.entry(reason.to_owned()).or_default() += 1;
        if let State::Member(receiver) = &client.state {
            self.live -= 1;
            self.verifier.cut(receiver);
        }
        if let Some(turn) = self.layout.turn_of(at) {
            self.speech.ended(turn);
        }
    }

    /// Says farewell to whom there is a connection, as far as the sockets take it: the server need not wonder.
    fn part(&mut self) {
        for client in &mut self.clients {
            client.out.extend_from_slice(self.plan.wire.farewell());
            // What is measured is over.
            let _ = client.flush();
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
        let end = self.clock.now();
        for client in &mut self.clients {
            if let State::Member(receiver) = &mut client.state {
                self.verifier.finish(receiver, client.socket.is_none());
            }
        }
        let published = self.published();
        self.tell_all();
        self.controls.progress.set_phase(Phase::Over);
        let recorder = self.recorder.take();
        let (series, spreads) =
            recorder.map(|recorder| recorder.finish(end, &self.totals(published))).unwrap_or_default();
        let settled = self.verifier.settled();
        Measured {
            plan: self.plan.clone(),
            started: times.started,
            interrupted: self.controls.is_stopped(),
            ramp: times.ramp,
            window: self.last_delivery.saturating_sub(times.start),
            sending: times.sent.saturating_sub(times.start),
            published,
            accepted: self.speech.accepted,
            owed: self.verifier.owed(),
            refused: self.speech.refused,
            held: self.speech.held,
            unsent: self.speech.unsent,
            incomplete: self.verifier.incomplete() + (published - self.speech.refusals).saturating_sub(settled),
            tally: *self.verifier.tally(),
            unverified: self.unverified,
            latencies: self.verifier.latencies(),
            completions: self.verifier.take_completions(),
            lateness: self.speech.lateness,
            disconnected: self.disconnected,
            reads: self.reads,
            generator,
            server,
            series,
            spreads,
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

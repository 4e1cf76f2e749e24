//! The coordinator's part of a run that several processes make.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::link::{Event, Link};
use super::message::{Done, FromWorker, ToWorker};
use super::offset::Offset;
use super::{ALIVE, Crew, Job, TICK, Worker, WorkersError};
use crate::completions::Completions;
use crate::engine::{Controls, Measured, Phase};
use crate::error::RunError;
use crate::report::Report;

/// How far ahead the start is agreed: who follows has to know it a second before.
const AHEAD: Duration = Duration::from_secs(2);

/// How often each worker is asked what time it is. The answer that took least time counts.
const PINGS: u32 = 8;

/// How long an answer to that may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What all processes of a run have measured.
#[derive(Debug)]
pub struct Conducted {
    /// The coordinator's own part.
    pub own: Measured,
    /// The workers', in the order of their clients.
    pub parts: Vec<Part>,
}

/// What a worker has measured.
#[derive(Debug)]
pub struct Part {
    /// Which.
    pub worker: Worker,
    /// Its report, by its own clock.
    pub report: Report,
    /// When each message had reached everybody there.
    pub completions: Completions,
}

struct Conductor<'c> {
    crew: Crew,
    members: Vec<Member>,
    controls: &'c Controls,
    /// Whether the workers were told to stop.
    stopped: bool,
    own_run_is_over: bool,
    alive: Instant,
}

/// What is known of a worker.
#[derive(Default)]
struct Member {
    ready: bool,
    offset: Option<Offset>,
    /// When it said last what time it is, and what it said.
    pong: Option<(u64, SystemTime)>,
    done: Option<Box<Done>>,
    /// Why it has none.
    failed: Option<String>,
}

impl Member {
    fn is_over(&self) -> bool {
        self.done.is_some() || self.failed.is_some()
    }
}

impl Crew {
    /// Has the workers do their jobs while the own run is made, which has the same controls and an [agreed](crate::Start::Agreed)
    /// start.
    ///
    /// # Errors
    ///
    /// A worker failed or has gone, or the own run could not be made. Then all others are told that the run is over, and
    /// the own one is stopped.
    pub fn conduct(
        self,
        jobs: Vec<Job>,
        controls: &Controls,
        own: impl FnOnce() -> Result<Measured, RunError>,
    ) -> Result<Conducted, WorkersError> {
        let events = self.sender.clone();
        let conductor = Conductor {
            members: jobs.iter().map(|_| Member::default()).collect(),
            crew: self,
            controls,
            stopped: false,
            own_run_is_over: false,
            alive: Instant::now(),
        };
        let (own, parts) = thread::scope(|scope| {
            let conducting = scope.spawn(move || conductor.conduct(jobs));
            let own = own();
            // Where nobody hears it, the other side has ended with an error.
            let _ = events.send(Event::OwnRun { well: own.is_ok() });
            (own, conducting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        match parts? {
            Some(parts) => Ok(Conducted { own: own?, parts }),
            None => Err(own.err().unwrap_or(RunError::Interrupted).into()),
        }
    }
}

impl Conductor<'_> {
    /// Returns nothing where the own run was not made, and says why itself.
    fn conduct(mut self, jobs: Vec<Job>) -> Result<Option<Vec<Part>>, WorkersError> {
        let conducted = self.all(&jobs);
        if let Ok(true) = conducted {
            let parts = self.members.into_iter().zip(&self.crew.links).zip(jobs).filter_map(|((member, link), job)| {
                let (done, offset) = (member.done?, member.offset?);
                let worker = Worker {
                    name: link.name.clone(),
                    clients: job.workload.clients.unwrap_or_default(),
                    clock_offset_ns: offset.nanos,
                    clock_error_ns: offset.error,
                };
                Some(Part { worker, report: done.report, completions: done.completions })
            });
            return Ok(Some(parts.collect()));
        }
        self.controls.stop.store(true, Ordering::Relaxed);
        let reason =
            conducted.as_ref().err().map_or("the coordinator's own part failed".to_owned(), ToString::to_string);
        // Who is gone too does not want to know.
        self.crew.links.iter().for_each(|link| drop(link.tell(&ToWorker::Over(reason.clone()))));
        conducted.map(|_| None)
    }

    /// Everything in its order. Returns whether the own run was made.
    fn all(&mut self, jobs: &[Job]) -> Result<bool, WorkersError> {
        // Until the own run has looked at the server's memory, nobody connects to it.
        if !self.wait_until(|own| own.controls.progress.thread().is_some())? {
            return Ok(false);
        }
        for (link, job) in self.crew.links.iter().zip(jobs) {
            link.tell(&ToWorker::Job(Box::new(job.clone())))?;
        }
        let ready =
            |own: &Self| own.controls.progress.phase() == Phase::Ready && own.members.iter().all(|member| member.ready);
        if !self.wait_until(ready)? {
            return Ok(false);
        }
        for at in 0..self.members.len() {
            if !self.ask_the_time(at)? {
                return Ok(false);
            }
        }
        let start = SystemTime::now() + AHEAD;
        for (link, member) in self.crew.links.iter().zip(&self.members) {
            link.expect_report();
            let offset = member.offset.expect("each was asked the time");
            link.tell(&ToWorker::Start(offset.theirs(start)))?;
        }
        // Nobody else sets it.
        let _ = self.controls.start.set(start);
        if !self.wait_until(|own| own.own_run_is_over && own.members.iter().all(Member::is_over))? {
            return Ok(false);
        }
        let failed = self.crew.links.iter().zip(&self.members).find_map(|(link, member)| {
            Some(WorkersError::WorkerFailed { name: link.name.clone(), reason: member.failed.clone()? })
        });
        failed.map_or(Ok(true), Err)
    }

    /// Lets things happen until something is so. Returns whether it became so: it does not where the own run has failed.
    fn wait_until(&mut self, is_so: impl Fn(&Self) -> bool) -> Result<bool, WorkersError> {
        while !is_so(self) {
            if !self.turn()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Asks a worker what time it is.
    fn ask_the_time(&mut self, at: usize) -> Result<bool, WorkersError> {
        for _ in 0..PINGS {
            let (before, deadline) = (SystemTime::now(), Instant::now() + PATIENCE);
            self.crew.links[at].tell(&ToWorker::Ping)?;
            let (theirs, after) = loop {
                if let Some(pong) = self.members[at].pong.take() {
                    break pong;
                }
                if Instant::now() > deadline {
                    let reason = "it does not say what time it is".to_owned();
                    return Err(WorkersError::WorkerGone { name: self.crew.links[at].name.clone(), reason });
                }
                if !self.turn()? {
                    return Ok(false);
                }
            };
            let offset = Offset::between(before, theirs, after);
            let member = &mut self.members[at];
            if member.offset.is_none_or(|best| offset.error < best.error) {
                member.offset = Some(offset);
            }
        }
        Ok(true)
    }

    /// Deals with what comes next, or with nothing. Returns whether the own run has not failed.
    fn turn(&mut self) -> Result<bool, WorkersError> {
        if Instant::now() >= self.alive {
            self.alive = Instant::now() + ALIVE;
            self.tell_all(&ToWorker::Alive)?;
        }
        // Who follows stops when nothing more is said, and not before: what it has not waited for would not be owed.
        let is_saying = self.controls.progress.phase() == Phase::Load;
        if self.controls.stop.load(Ordering::Relaxed) && !is_saying && !self.stopped {
            self.stopped = true;
            self.tell_all(&ToWorker::Stop)?;
        }
        match self.crew.events.recv_timeout(TICK) {
            Ok(Event::Said { id, message, at }) => {
                if let Some(member) = self.crew.links.iter().position(|link| link.id == id) {
                    self.hear(member, message, at)?;
                }
            }
            Ok(Event::Gone { id, reason }) => {
                let gone = self.crew.links.iter().zip(&self.members).find(|(link, _)| link.id == id);
                if let Some((Link { name, .. }, member)) = gone
                    && !member.is_over()
                {
                    return Err(WorkersError::WorkerGone { name: name.clone(), reason });
                }
            }
            Ok(Event::OwnRun { well }) => {
                self.own_run_is_over = true;
                return Ok(well);
            }
            Ok(Event::Came(link)) => drop(link.tell(&ToWorker::Over("all its workers are there already".to_owned()))),
            Ok(Event::Refused { .. }) | Err(_) => {}
        }
        Ok(true)
    }

    fn hear(&mut self, at: usize, message: FromWorker, when: SystemTime) -> Result<(), WorkersError> {
        let (member, link) = (&mut self.members[at], &self.crew.links[at]);
        match message {
            FromWorker::Ready => member.ready = true,
            FromWorker::Pong(theirs) => member.pong = Some((theirs, when)),
            FromWorker::Done(done) => {
                member.done = Some(done);
                // If it has gone, its report is here all the same.
                let _ = link.tell(&ToWorker::Received);
            }
            // It was told to stop. So was the own run, which mostly ends in the same way, and says so.
            FromWorker::Failed(reason) if self.stopped => member.failed = Some(reason),
            FromWorker::Failed(reason) => {
                return Err(WorkersError::WorkerFailed { name: link.name.clone(), reason });
            }
            FromWorker::Worker(..) | FromWorker::Alive => {}
        }
        Ok(())
    }

    fn tell_all(&self, message: &ToWorker) -> Result<(), WorkersError> {
        let mut working = self.crew.links.iter().zip(&self.members).filter(|(_, member)| !member.is_over());
        working.try_for_each(|(link, _)| link.tell(message))
    }
}

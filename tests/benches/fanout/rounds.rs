//! Rounds: the same task to several subjects in turn, or to two at the same time.

use std::io::{self, Write as _};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use fanfare_loadgen::{Controls, Load, Measured, Plan, Rooms, RunError, run};

use super::processors::Processors;
use super::series::Series;
use super::subject::{Running, StartError, Subject};

/// What all cells share.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) processors: Processors,
    /// In the place of each cell's own number.
    pub(crate) rounds: Option<usize>,
    /// In the place of each cell's own time.
    pub(crate) seconds: Option<u64>,
}

/// What a subject has to do in a round.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) clients: u32,
    /// As many as the subject may have.
    pub(crate) publishers: u32,
    pub(crate) load: Load,
    pub(crate) size: usize,
    pub(crate) rooms: u32,
    pub(crate) compare_every: u32,
    pub(crate) seconds: u64,
}

/// Why a cell has no figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A server does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is nothing that could be measured.
    #[error("{subject}: {source}")]
    Run { subject: String, source: RunError },
    /// The bench's own connections.
    #[error("a connection of the bench's own: {0}")]
    Person(String),
    /// The system.
    #[error("the system refuses it: {0}")]
    System(#[from] io::Error),
}

impl Task {
    /// One room, one publisher, texts of 64 octets, everything compared.
    pub(crate) fn new(clients: u32, load: Load, seconds: u64) -> Self {
        Self { clients, publishers: 1, load, size: 64, rooms: 1, compare_every: 1, seconds }
    }

    /// The plan of a run against a server that has just started.
    pub(crate) fn plan(&self, subject: &Subject, server: &Running) -> Plan {
        Plan {
            server: Some(server.pid()),
            wire: subject.wire(),
            rooms: Rooms::even(self.rooms),
            clients: self.clients,
            publishers: subject.publishers(self.publishers),
            size: self.size,
            load: self.load,
            duration: Duration::from_secs(self.seconds),
            settle: subject.settle(),
            drain: Duration::from_secs(10),
            compare_every: self.compare_every,
            ..Plan::new(server.address)
        }
    }
}

impl Bench {
    /// How many rounds a cell makes that makes so many by itself.
    pub(crate) fn rounds(&self, own: usize) -> usize {
        self.rounds.unwrap_or(own)
    }

    /// How long a round of a cell lasts that lasts so long by itself, in seconds.
    pub(crate) fn seconds(&self, own: u64) -> u64 {
        self.seconds.unwrap_or(own)
    }

    /// The same bench on all processors.
    pub(crate) fn free(&self) -> Self {
        Self { processors: self.processors.free(), rounds: self.rounds, seconds: self.seconds }
    }

    /// Starts a subject, and gives it a task.
    pub(crate) fn measure(&self, subject: &Subject, task: &Task) -> Result<Measured, Failure> {
        let server = subject.start(&self.processors)?;
        run_plan(subject, &task.plan(subject, &server), &Controls::default())
    }

    /// Gives each subject its task, in turn. One that is not installed is left out.
    pub(crate) fn interleaved(&self, tasks: &[(Subject, Task)], rounds: usize) -> Result<Vec<Series>, Failure> {
        let names = tasks.iter().map(|(subject, _)| subject.name()).collect();
        self.in_turn(names, rounds, |at, _| self.measure(&tasks[at].0, &tasks[at].1))
    }

    /// Measures several things once in each round, in an order that is reversed each time, so that none is always the
    /// one that finds the machine as another left it.
    pub(crate) fn in_turn(
        &self,
        names: Vec<String>,
        rounds: usize,
        mut measure: impl FnMut(usize, usize) -> Result<Measured, Failure>,
    ) -> Result<Vec<Series>, Failure> {
        let mut all: Vec<_> = names.into_iter().map(Series::new).collect();
        let mut order: Vec<_> = (0..all.len()).collect();
        for round in 0..rounds {
            for &at in &order {
                if all[at].absent.is_some() {
                    continue;
                }
                match measure(at, round) {
                    Ok(measured) => {
                        all[at].add(measured);
                        progress(&format!("{} of {rounds}: {}", round + 1, all[at].newest()));
                    }
                    Err(Failure::Start(absent @ StartError::Absent { .. })) => {
                        all[at].absent = Some(absent.to_string());
                    }
                    Err(failure) => return Err(failure),
                }
            }
            order.reverse();
        }
        Ok(all)
    }

    /// Gives two subjects the same task at the same time. Pinned, both servers share one processor, and both generators
    /// the other: whatever the machine's speed is at a moment, it is that of both.
    pub(crate) fn at_once(&self, pair: &[Subject; 2], task: &Task, rounds: usize) -> Result<[Series; 2], Failure> {
        let mut both = [Series::new(pair[0].name()), Series::new(pair[1].name())];
        for round in 0..rounds {
            let servers = [pair[0].start(&self.processors)?, pair[1].start(&self.processors)?];
            let barrier = Barrier::new(2);
            let generate = |at: usize| {
                barrier.wait();
                run_plan(&pair[at], &task.plan(&pair[at], &servers[at]), &Controls::default())
            };
            let measured = thread::scope(|scope| {
                let other = scope.spawn(|| generate(1));
                // A panic goes on as one.
                [generate(0), other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))]
            });
            for (series, measured) in both.iter_mut().zip(measured) {
                series.add(measured?);
                progress(&format!("{} of {rounds}: {}", round + 1, series.newest()));
            }
        }
        Ok(both)
    }
}

/// Makes a run.
pub(crate) fn run_plan(subject: &Subject, plan: &Plan, controls: &Controls) -> Result<Measured, Failure> {
    run(plan, controls).map_err(|source| Failure::Run { subject: subject.name(), source })
}

/// A line on standard error.
pub(crate) fn progress(line: &str) {
    // Whoever has closed it does not want to know.
    let _ = writeln!(io::stderr(), "fanout: {line}");
}

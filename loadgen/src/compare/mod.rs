//! The same workload against several targets, interleaved, in rounds.
//!
//! A machine is not equally fast at all times. So every target runs once in each round, in an order that rotates, and what
//! is compared is the ratio of two targets within a round: its median over all rounds, and its range.

mod statistics;
mod table;

use std::fmt;
use std::time::SystemTime;

use serde::Serialize;

pub use self::statistics::Summary;
pub use self::table::{markdown, table};
use crate::assertion::Assertion;
use crate::exit;
use crate::report::{Machine, Report, Unit, figures};
use crate::workload::Workload;

/// The version of the JSON form: it changes when a reader of an older one would go wrong.
pub const VERSION: u32 = 1;

/// The figures that are compared, as assertions name them.
pub const COMPARED: [&str; 8] =
    ["connects.rate", "rate", "p50", "p99", "last.p50", "last.p99", "server.cpu", "server.memory"];

/// The counts that are added up over the rounds: every one of them but `missed` is a fault.
pub const COUNTED: [&str; 10] =
    ["lost", "missed", "cut", "repeated", "reordered", "corrupt", "refused", "unanswered", "unsent", "disconnected"];

/// A comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// [`VERSION`].
    pub version: u32,
    /// What it was made on.
    pub machine: Machine,
    /// When it began, in UTC, as RFC 3339 has it.
    pub started: String,
    /// The command line that makes it again.
    pub command: String,
    /// What each run was to do.
    pub workload: Workload,
    /// How many rounds there were to be.
    pub rounds: usize,
    /// Whether it was stopped before its time. The run that was going on then is left out.
    pub interrupted: bool,
    /// Each target, in the order of the command line.
    pub targets: Vec<Compared>,
}

/// A target.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// As the command line names it.
    pub target: String,
    /// What the server says that it is, where it says so.
    pub server: Option<String>,
    /// Each of [`COMPARED`].
    pub figures: Vec<Line>,
    /// Each of [`COUNTED`], of all rounds together.
    pub counts: Vec<Total>,
    /// Each round.
    pub rounds: Vec<Round>,
}

/// A figure of a target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Its name.
    pub name: &'static str,
    /// Over its rounds; `None` where it is not known.
    pub value: Option<Summary>,
    /// To that of the first target, within each round.
    pub ratio: Option<Summary>,
}

/// A count of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Its name.
    pub name: &'static str,
    /// Over all rounds.
    pub count: u64,
}

/// A run of a target.
#[derive(Clone, Debug, Serialize)]
pub struct Round {
    /// Which, from 1.
    pub round: usize,
    /// What is to be known about it, if it is not as it should be, or not to be compared without that: words for a person.
    pub remarks: Vec<String>,
    /// The run; `None` where there was none.
    pub report: Option<Report>,
}

/// What a comparison is told before it begins.
#[derive(Clone, Debug)]
pub struct Setting {
    /// How the command line names the targets.
    pub targets: Vec<String>,
    /// How many rounds; at least 1.
    pub rounds: usize,
    /// What each run is to do.
    pub workload: Workload,
    /// The command line.
    pub command: String,
}

/// Runs each target once in each round: `run` is told which target and which round, each from 0, and says `None` if it
/// was interrupted. It also says what server it was.
///
/// # Errors
///
/// A target can't be run in the first round. In a later one that is a remark, and the others go on.
pub fn compare<E: fmt::Display>(
    setting: Setting,
    mut run: impl FnMut(usize, usize) -> Result<Option<(Report, Option<String>)>, E>,
) -> Result<Comparison, E> {
    let named = |target| Compared { target, server: None, figures: Vec::new(), counts: Vec::new(), rounds: Vec::new() };
    let assertions = setting.workload.assert.clone();
    let mut comparison = Comparison {
        version: VERSION,
        machine: Machine::this(),
        started: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        command: setting.command,
        workload: setting.workload,
        rounds: setting.rounds,
        interrupted: false,
        targets: setting.targets.into_iter().map(named).collect(),
    };
    let count = comparison.targets.len();
    'rounds: for round in 0..setting.rounds {
        for turn in 0..count {
            // None is always the one that finds the machine as another left it.
            let at = (round + turn) % count;
            let target = &mut comparison.targets[at];
            match run(at, round) {
                Ok(Some((report, server))) => {
                    target.server = server.or(target.server.take());
                    let remarks = remarks(&report, &assertions);
                    target.rounds.push(Round { round: round + 1, remarks, report: Some(report) });
                }
                Ok(None) => {
                    comparison.interrupted = true;
                    break 'rounds;
                }
                Err(error) if round == 0 => return Err(error),
                Err(error) => {
                    let remarks = vec![format!("no run: {error}")];
                    target.rounds.push(Round { round: round + 1, remarks, report: None });
                }
            }
        }
    }
    comparison.sum_up();
    Ok(comparison)
}

impl Comparison {
    /// What the program exits with. The worst of all rounds counts; worse than any is one that did not run.
    pub fn code(&self) -> u8 {
        let rounds = || self.targets.iter().flat_map(|target| &target.rounds);
        if rounds().next().is_none() {
            return exit::INTERRUPTED;
        }
        let fails = |report: &Report| self.workload.assert.iter().any(|assertion| assertion.check(report).is_err());
        let any = |wrong: fn(&Report) -> bool| rounds().filter_map(|round| round.report.as_ref()).any(wrong);
        match () {
            () if rounds().any(|round| round.report.is_none()) => exit::NO_RUN,
            () if any(|report| !report.clean) => exit::NOT_CLEAN,
            () if any(|report| !report.valid) => exit::INVALID,
            () if rounds().filter_map(|round| round.report.as_ref()).any(fails) => exit::ASSERTION,
            () => 0,
        }
    }

    fn sum_up(&mut self) {
        let of = |name: &str, target: &Compared, rounds| -> Vec<_> {
            (1..=rounds).map(|round| target.figure(name, round)).collect()
        };
        let first = self.targets.first().cloned();
        for target in &mut self.targets {
            target.figures = COMPARED
                .into_iter()
                .map(|name| {
                    let own = of(name, target, self.rounds);
                    let firsts = first.as_ref().map(|first| of(name, first, self.rounds)).unwrap_or_default();
                    let value = Summary::of(own.iter().flatten().copied());
                    Line { name, value, ratio: Summary::of_ratio(&own, &firsts) }
                })
                .collect();
            let total = |name| {
                let each = of(name, target, self.rounds);
                Total { name, count: each.iter().flatten().sum::<f64>() as u64 }
            };
            target.counts = COUNTED.into_iter().map(total).collect();
        }
    }
}

impl Compared {
    /// A figure of a round, from 1.
    fn figure(&self, name: &str, round: usize) -> Option<f64> {
        let report = self.rounds.iter().find(|own| own.round == round)?.report.as_ref()?;
        figures(report).into_iter().find(|figure| figure.name == name)?.value
    }
}

/// What a figure counts.
fn unit(name: &str) -> Unit {
    figures(&Report::default()).into_iter().find(|figure| figure.name == name).map_or(Unit::Count, |figure| figure.unit)
}

/// What is not as it should be about a run.
fn remarks(report: &Report, assertions: &[Assertion]) -> Vec<String> {
    let unclean = (!report.clean).then(|| format!("NOT CLEAN: {}", report.faults().join(", ")));
    let invalid = report.invalid.iter().map(|doubt| format!("INVALID: {doubt}"));
    let failed = assertions.iter().filter_map(|assertion| assertion.check(report).err());
    let missed = report.deliveries.tally.missed;
    // No fault, but without it these latencies are not to be compared with those of a server that leaves nothing out.
    let missed = (missed > 0).then(|| {
        let missed = Unit::Count.show(missed as f64);
        format!("{missed} missed (GAP): the server left them out for slow readers, and they are in no latency")
    });
    let failed = failed.map(|failure| failure.to_string());
    unclean.into_iter().chain(invalid).chain(failed).chain(missed).collect()
}

#[cfg(test)]
mod tests;

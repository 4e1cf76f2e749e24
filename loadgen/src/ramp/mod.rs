//! The highest rate that a server sustains: step by step upwards until one does not hold, and two steps between the last
//! that does and the first that does not.

mod table;

use std::fmt;

use serde::Serialize;

use crate::assertion::Assertion;
use crate::exit;
use crate::report::Report;
use crate::workload::{Step, Workload};

pub use table::{table, verdict_line};

/// The version of the JSON form: it changes when a reader of an older one would go wrong.
pub const VERSION: u32 = 1;

/// What must hold at each step if nobody says anything else: everybody has a message soon enough for a conversation, and
/// nobody's reader was too slow.
const USUAL: [&str; 2] = ["last.p99<100ms", "missed==0"];

/// How often the gap between the last rate that holds and the first that does not is halved.
const HALVINGS: u32 = 2;

/// Which rates are tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ramp {
    /// The first, in messages a second. Above 0.
    pub from: f64,
    /// How the others follow.
    pub step: Step,
    /// The last. At least `from`.
    pub to: f64,
}

/// What a step amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that must hold does.
    Held,
    /// An assertion does not hold.
    Failed,
    /// Something was lost, repeated and the like.
    NotClean,
    /// The generator was the limit, whatever the server would have done.
    Invalid,
    /// There was no run at this rate.
    NotRun,
}

/// A step.
#[derive(Clone, Debug, Serialize)]
pub struct Stage {
    /// Messages a second.
    pub rate: f64,
    /// What it amounts to.
    pub verdict: Verdict,
    /// Why it does not hold: words for a person.
    pub why: Vec<String>,
    /// The run; `None` if there was none.
    pub report: Option<Report>,
}

/// What a ramp has found.
#[derive(Clone, Debug, Serialize)]
pub struct Ramped {
    /// [`VERSION`].
    pub version: u32,
    /// The steps' workload; each step had its own rate.
    pub workload: Workload,
    /// The highest rate that held; `None` if not even the first did.
    pub sustained: Option<f64>,
    /// Whether that is the server's limit, and not merely where the ramp, the generator or the user ended it.
    pub limit: bool,
    /// Whether it was stopped before its time.
    pub interrupted: bool,
    /// Each step, in the order in which they were made.
    pub steps: Vec<Stage>,
}

/// What must hold at each step: what was asked for, or the usual if that is nothing.
pub fn assertions(asked: &[Assertion]) -> Vec<Assertion> {
    if asked.is_empty() {
        USUAL.iter().map(|text| text.parse().expect("the usual assertions are some")).collect()
    } else {
        asked.to_vec()
    }
}

/// Finds the highest rate. `run` makes a run at a rate; `None` says that it was interrupted.
///
/// # Errors
///
/// There was no run at the first rate. Where there is none at a later one, that is the end of the ramp.
pub fn search<E: fmt::Display>(
    ramp: &Ramp,
    workload: Workload,
    assertions: &[Assertion],
    mut run: impl FnMut(f64) -> Result<Option<Report>, E>,
) -> Result<Ramped, E> {
    let mut found =
        Ramped { version: VERSION, workload, sustained: None, limit: false, interrupted: false, steps: Vec::new() };
    let mut rate = ramp.from;
    while found.step(rate, assertions, &mut run)? && rate < ramp.to {
        rate = ramp.step.after(rate).min(ramp.to);
    }
    for _ in 0..HALVINGS {
        let (Some(held), Some(failed)) = (found.sustained, found.lowest_that_failed()) else { break };
        if found.interrupted {
            break;
        }
        found.step(ramp.step.between(held, failed.rate), assertions, &mut run)?;
    }
    found.limit =
        found.lowest_that_failed().is_some_and(|stage| matches!(stage.verdict, Verdict::Failed | Verdict::NotClean));
    Ok(found)
}

impl Ramped {
    /// What the program exits with: how a ramp ends is no failure if it has found a rate.
    pub fn code(&self) -> u8 {
        match (self.sustained, self.lowest_that_failed().map(|stage| stage.verdict)) {
            (_, Some(Verdict::Invalid)) => exit::INVALID,
            (Some(_), _) => 0,
            (None, Some(Verdict::NotClean)) => exit::NOT_CLEAN,
            (None, Some(Verdict::NotRun)) => exit::NO_RUN,
            (None, Some(_)) => exit::ASSERTION,
            (None, None) => exit::INTERRUPTED,
        }
    }

    /// The step of the lowest rate above the highest that held; of two at one rate, the second.
    pub fn lowest_that_failed(&self) -> Option<&Stage> {
        let above = |stage: &&Stage| self.sustained.is_none_or(|held| stage.rate > held);
        let failed = self.steps.iter().rev().filter(above).filter(|stage| stage.verdict != Verdict::Held);
        failed.min_by(|one, other| one.rate.total_cmp(&other.rate))
    }

    /// Makes a step, once more if it was invalid, as that can be a moment's doing; says whether it holds.
    fn step<E: fmt::Display>(
        &mut self,
        rate: f64,
        assertions: &[Assertion],
        run: &mut impl FnMut(f64) -> Result<Option<Report>, E>,
    ) -> Result<bool, E> {
        let held = self.attempt(rate, assertions, run)?;
        let doubted = self.steps.last().is_some_and(|stage| stage.rate == rate && stage.verdict == Verdict::Invalid);
        if doubted && !self.interrupted { self.attempt(rate, assertions, run) } else { Ok(held) }
    }

    fn attempt<E: fmt::Display>(
        &mut self,
        rate: f64,
        assertions: &[Assertion],
        run: &mut impl FnMut(f64) -> Result<Option<Report>, E>,
    ) -> Result<bool, E> {
        let stage = match run(rate) {
            Ok(Some(report)) => judged(rate, report, assertions),
            Ok(None) => {
                self.interrupted = true;
                return Ok(false);
            }
            Err(error) if self.steps.is_empty() => return Err(error),
            Err(error) => Stage { rate, verdict: Verdict::NotRun, why: vec![error.to_string()], report: None },
        };
        let held = stage.verdict == Verdict::Held;
        if held {
            self.sustained = Some(rate);
        }
        self.steps.push(stage);
        Ok(held)
    }
}

fn judged(rate: f64, report: Report, assertions: &[Assertion]) -> Stage {
    let (verdict, why) = if !report.clean {
        (Verdict::NotClean, report.faults())
    } else if !report.valid {
        (Verdict::Invalid, report.invalid.clone())
    } else {
        let failed = assertions.iter().filter_map(|assertion| assertion.check(&report).err());
        let failed: Vec<_> = failed.map(|failure| failure.to_string()).collect();
        (if failed.is_empty() { Verdict::Held } else { Verdict::Failed }, failed)
    };
    Stage { rate, verdict, why, report: Some(report) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOUBLING: Ramp = Ramp { from: 10.0, step: Step::Times(2.0), to: 1_000.0 };

    /// A server that is fast up to a limit; above it, the last receiver waits for a second.
    fn limited(limit: f64) -> impl FnMut(f64) -> Result<Option<Report>, String> {
        move |rate| {
            let mut report = Report { clean: true, valid: true, ..Report::default() };
            report.latency.last.count = 1;
            report.latency.last.p99_ns = if rate > limit { 1_000_000_000 } else { 1_000_000 };
            Ok(Some(report))
        }
    }

    fn find(ramp: &Ramp, run: impl FnMut(f64) -> Result<Option<Report>, String>) -> Ramped {
        search(ramp, Workload::default(), &assertions(&[]), run).expect("the first step runs")
    }

    fn rates(found: &Ramped) -> Vec<f64> {
        found.steps.iter().map(|stage| stage.rate).collect()
    }

    #[test]
    fn the_limit_is_bounded_from_both_sides() {
        let found = find(&DOUBLING, limited(100.0));
        assert_eq!(rates(&found)[..5], [10.0, 20.0, 40.0, 80.0, 160.0]);
        // The middle of 80 and 160 is 113.1, that of 80 and 113.1 is 95.1.
        assert_eq!(found.sustained.map(f64::floor), Some(95.0));
        assert_eq!(found.lowest_that_failed().map(|stage| stage.rate.floor()), Some(113.0));
        assert!(found.limit && found.steps.len() == 7);
        assert!(found.lowest_that_failed().expect("it failed").why[0].contains("last.p99"), "{found:?}");
        assert_eq!(found.code(), 0);
    }

    #[test]
    fn a_server_without_a_limit_is_tried_up_to_the_end() {
        let found = find(&Ramp { step: Step::Add(400.0), ..DOUBLING }, limited(1e9));
        assert_eq!(rates(&found), [10.0, 410.0, 810.0, 1_000.0]);
        assert_eq!((found.sustained, found.limit, found.code()), (Some(1_000.0), false, 0));
    }

    #[test]
    fn a_server_that_fails_at_once_sustains_nothing() {
        let found = find(&DOUBLING, limited(1.0));
        assert_eq!((rates(&found), found.sustained, found.code()), (vec![10.0], None, exit::ASSERTION));
        let unclean = find(&DOUBLING, |_| Ok(Some(Report { valid: true, ..Report::default() })));
        assert_eq!((unclean.sustained, unclean.code()), (None, exit::NOT_CLEAN));
    }

    #[test]
    fn a_generator_that_is_the_limit_is_not_taken_for_the_server() {
        let mut server = limited(1e9);
        let found = find(&DOUBLING, |rate| {
            let report = server(rate)?;
            Ok(report.map(|report| Report { valid: rate < 30.0, ..report }))
        });
        assert_eq!(found.lowest_that_failed().map(|stage| stage.verdict), Some(Verdict::Invalid));
        assert!(!found.limit && found.sustained >= Some(20.0));
        assert_eq!(found.code(), exit::INVALID);
        assert_eq!(rates(&found)[2..4], [40.0, 40.0]);
    }

    #[test]
    fn a_step_that_was_invalid_is_made_once_more() {
        let (mut server, mut runs) = (limited(100.0), 0);
        let found = find(&DOUBLING, |rate| {
            runs += 1;
            let report = server(rate)?;
            Ok(report.map(|report| Report { valid: runs % 2 == 0, ..report }))
        });
        assert_eq!(rates(&found)[..4], [10.0, 10.0, 20.0, 20.0]);
        assert_eq!((found.sustained.map(f64::floor), found.limit, found.code()), (Some(95.0), true, 0));
    }

    #[test]
    fn an_interrupted_ramp_keeps_what_it_has_found() {
        let mut server = limited(1e9);
        let found = find(&DOUBLING, |rate| if rate > 20.0 { Ok(None) } else { server(rate) });
        assert_eq!((found.sustained, found.interrupted, found.code()), (Some(20.0), true, 0));
        assert_eq!(find(&DOUBLING, |_| Ok(None)).code(), exit::INTERRUPTED);
    }

    #[test]
    fn where_there_is_no_run_the_ramp_ends() {
        let mut server = limited(1e9);
        let found = find(&DOUBLING, |rate| if rate > 20.0 { Err("no".to_owned()) } else { server(rate) });
        assert_eq!(found.lowest_that_failed().map(|stage| stage.verdict), Some(Verdict::NotRun));
        assert_eq!((found.code(), found.limit), (0, false));
        assert!(search(&DOUBLING, Workload::default(), &[], |_| Err::<Option<Report>, _>("no")).is_err());
    }
}

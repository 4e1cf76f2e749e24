//! What does a second worker bring, and what does it cost?

use fanfare_loadgen::Load;

use crate::program::outcome::{Aim, Form, Outcome};
use crate::program::rounds::{Bench, Failure, Task};
use crate::program::series::Series;
use crate::program::statistics::Summary;
use crate::program::subject::Subject;

/// From so many processors on, two workers and the generator have one each.
const ENOUGH: u32 = 4;

pub(super) fn run(bench: &Bench) -> Result<Outcome, Failure> {
    let bench = bench.free();
    let task = Task::new(1_000, Load::Rate(20.0), bench.seconds(5));
    let tasks = [1, 2].map(|workers| (Subject::ChatServer { workers }, task.clone()));
    let both = bench.interleaved(&tasks, bench.rounds(8))?;
    let mut outcome = Outcome::of(&both);
    let p50 = |series: &Series| series.last().value_at_quantile(0.5) as f64;
    let enough = bench.processors.count() >= ENOUGH;
    let most = if enough { 0.65 } else { 1.0 };
    let what = "last receiver p50 with two workers ÷ with one, of all rounds";
    outcome.times(what, p50(&both[1]) / p50(&both[0]), Some(Aim::AtMost(most)));
    let each = |series: &Series| -> Vec<f64> {
        series.reports.iter().map(|report| report.latency.last.p50_ns as f64).collect()
    };
    let ratio = Summary::of_ratio(&each(&both[1]), &each(&both[0]));
    outcome.summary("the same, round by round", Form::Times, ratio, None);
    let ratio = Summary::of_ratio(&both[1].cpu(), &both[0].cpu());
    outcome.summary("CPU a delivery with two workers ÷ with one", Form::Times, ratio, None);
    if !enough {
        outcome.notes.push(format!(
            "with {} processors the two workers and the generator share them; on {ENOUGH} or more the aim is 0.65",
            bench.processors.count()
        ));
    }
    Ok(outcome)
}

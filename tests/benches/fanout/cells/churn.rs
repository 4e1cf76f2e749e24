//! Do those who come and go hold up those who speak?

use fanfare_loadgen::Load;
use fanfare_loadgen::report::Unit;

use crate::program::beside::Beside;
use crate::program::churn::{Churned, churn};
use crate::program::outcome::{Aim, Form, Outcome};
use crate::program::rounds::{Bench, Failure, Task};
use crate::program::series::Series;
use crate::program::statistics::Summary;
use crate::program::subject::Subject;

/// Joins and leaves a second, together.
const CHURN: u32 = 2_000;

pub(super) fn run(bench: &Bench) -> Result<Outcome, Failure> {
    let subject = Subject::ChatServer { workers: 1 };
    let task = Task::new(5_000, Load::Rate(4.0), bench.seconds(5));
    let mut churns: Vec<Churned> = Vec::new();
    let names = ["quiet", "with churn"].map(str::to_owned);
    let both = bench.in_turn(names.to_vec(), bench.rounds(7), |at, _| {
        let server = subject.start(&bench.processors)?;
        let plan = task.plan(&subject, &server);
        let (measured, churned) = Beside::default().run(&subject, &plan, |beside| match at {
            0 => Ok(None),
            _ => churn(server.address, &plan.room, CHURN, beside).map(Some),
        })?;
        churns.extend(churned.map_err(Failure::Person)?);
        Ok(measured)
    })?;
    let mut outcome = Outcome::of(&both);
    let p99 = |series: &Series| series.each().value_at_quantile(0.99) as f64;
    let what = "p99 with churn ÷ without, of all rounds";
    outcome.times(what, p99(&both[1]) / p99(&both[0]), Some(Aim::AtMost(1.5)));
    let each = |series: &Series| -> Vec<f64> {
        series.reports.iter().map(|report| report.latency.all.p99_ns as f64).collect()
    };
    outcome.summary("the same, round by round", Form::Times, Summary::of_ratio(&each(&both[1]), &each(&both[0])), None);
    let rates: Vec<_> = churns.iter().map(Churned::per_second).collect();
    outcome.summary("joins and leaves", Form::Of(Unit::Rate), Summary::of(&rates), None);
    outcome.notes.push(
        "the CPU a delivery has the joins and leaves in it; those who come and go are on the generator's processor"
            .to_owned(),
    );
    Ok(outcome)
}

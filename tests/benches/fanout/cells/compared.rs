//! One room against the floors, and against the servers that are known.

use fanfare_loadgen::Load;
use fanfare_loadgen::report::Unit;

use crate::program::outcome::{Aim, Form, Outcome};
use crate::program::rounds::{Bench, Failure, Task};
use crate::program::series::Series;
use crate::program::statistics::Summary;
use crate::program::subject::Subject;

/// A publisher of a chat-server has so many unanswered messages at most: a window has as many as it needs. More would cut
/// it into smaller batches than the floor's, which has one.
const PIPELINE: u32 = 256;

/// As fast as it goes, comparing each octet would make the generator the limit.
const COMPARE_EVERY: u32 = 16;

const SERVER: Subject = Subject::ChatServer { workers: 1 };

pub(super) fn steady_20(bench: &Bench) -> Result<Outcome, Failure> {
    let task = Task::new(1_000, Load::Rate(20.0), bench.seconds(5));
    let pair = bench.at_once(&[SERVER, Subject::FloorWrite], &task, bench.rounds(12))?;
    let alone = bench.interleaved(&[(SERVER, task.clone()), (Subject::FloorWrite, task)], bench.rounds(8))?;
    let mut outcome = Outcome::of(&pair);
    outcome.add(&alone);
    let ratio = Summary::of_ratio(&pair[0].cpu(), &pair[1].cpu());
    let what = "CPU a delivery ÷ floor-write, at the same time";
    outcome.summary(what, Form::Times, ratio, Some(Aim::AtMost(1.05)));
    completion(&mut outcome, &alone);
    outcome
        .notes
        .push("the first two rows of figures are of both at the same time, the others of one alone".to_owned());
    Ok(outcome)
}

pub(super) fn steady_100(bench: &Bench) -> Result<Outcome, Failure> {
    let task = Task::new(1_000, Load::Rate(100.0), bench.seconds(2));
    let both = bench.interleaved(&[(SERVER, task.clone()), (Subject::FloorWrite, task)], bench.rounds(30))?;
    let mut outcome = Outcome::of(&both);
    cpu(&mut outcome, &both, 1.05);
    completion(&mut outcome, &both);
    Ok(outcome)
}

pub(super) fn window_64(bench: &Bench) -> Result<Outcome, Failure> {
    window(bench, 1_000, 64, 1.05, &[])
}

pub(super) fn window_1024(bench: &Bench) -> Result<Outcome, Failure> {
    window(bench, 1_000, 1_024, 1.05, &[Subject::Nats, Subject::Redis])
}

pub(super) fn window_64_of_100(bench: &Bench) -> Result<Outcome, Failure> {
    window(bench, 100, 64, 1.15, &[])
}

pub(super) fn window_1024_of_100(bench: &Bench) -> Result<Outcome, Failure> {
    window(bench, 100, 1_024, 1.15, &[])
}

fn window(bench: &Bench, clients: u32, in_flight: u32, most: f64, peers: &[Subject]) -> Result<Outcome, Failure> {
    let task = Task {
        publishers: in_flight.div_ceil(PIPELINE),
        compare_every: COMPARE_EVERY,
        ..Task::new(clients, Load::InFlight(in_flight), bench.seconds(1))
    };
    let subjects = [SERVER, Subject::FloorRing].into_iter().chain(peers.iter().cloned());
    let tasks: Vec<_> = subjects.map(|subject| (subject, task.clone())).collect();
    let all = bench.interleaved(&tasks, bench.rounds(16))?;
    let mut outcome = Outcome::of(&all);
    cpu(&mut outcome, &all, most);
    for peer in &all[2..] {
        let ratio = Summary::of_ratio(&all[0].per_second(), &peer.per_second());
        outcome.summary(format!("deliveries/s ÷ {}", peer.name), Form::Times, ratio, Some(Aim::AtLeast(7.0)));
    }
    Ok(outcome)
}

pub(super) fn io_uring(bench: &Bench) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let loads = [("50 messages a second", Load::Rate(50.0)), ("64 in flight", Load::InFlight(64))];
    for (what, load) in loads {
        let task = Task::new(1_000, load, bench.seconds(2));
        let both = bench.interleaved(&[(SERVER, task.clone()), (Subject::WithoutUring, task)], bench.rounds(12))?;
        outcome.add(&both);
        let ratio = Summary::of_ratio(&both[0].cpu(), &both[1].cpu());
        outcome.summary(format!("CPU a delivery with ÷ without, {what}"), Form::Times, ratio, None);
    }
    Ok(outcome)
}

/// The processor time for a delivery, of the first as a multiple of the second.
fn cpu(outcome: &mut Outcome, both: &[Series], most: f64) {
    let ratio = Summary::of_ratio(&both[0].cpu(), &both[1].cpu());
    outcome.summary(format!("CPU a delivery ÷ {}", both[1].name), Form::Times, ratio, Some(Aim::AtMost(most)));
}

/// When the last receiver has a message, of the first as a multiple of the second.
fn completion(outcome: &mut Outcome, both: &[Series]) {
    let p99 = |series: &Series| series.last().value_at_quantile(0.99) as f64;
    outcome.value(format!("last receiver p99, {}", both[0].name), Unit::Time, p99(&both[0]), None);
    let what = format!("last receiver p99 ÷ {}, of all rounds", both[1].name);
    outcome.times(what, p99(&both[0]) / p99(&both[1]), Some(Aim::AtMost(1.1)));
    let each = |series: &Series| -> Vec<f64> {
        series.reports.iter().map(|report| report.latency.last.p99_ns as f64).collect()
    };
    let ratio = Summary::of_ratio(&each(&both[0]), &each(&both[1]));
    outcome.summary(format!("last receiver p99 ÷ {}, round by round", both[1].name), Form::Times, ratio, None);
}

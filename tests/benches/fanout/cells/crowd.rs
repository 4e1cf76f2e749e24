//! Does a delivery cost more where there are many members?

use fanfare_loadgen::Load;
use fanfare_loadgen::report::Unit;

use crate::program::outcome::{Aim, Form, Outcome};
use crate::program::rounds::{Bench, Failure, Task};
use crate::program::statistics::Summary;
use crate::program::subject::Subject;

const MEMBERS: [u32; 4] = [10, 100, 1_000, 10_000];

/// Deliveries a second, in all.
const DELIVERIES: f64 = 20_000.0;

pub(super) fn run(bench: &Bench) -> Result<Outcome, Failure> {
    let (mut names, mut tasks) = (Vec::new(), Vec::new());
    for subject in [Subject::ChatServer { workers: 1 }, Subject::FloorWrite] {
        for members in MEMBERS {
            names.push(format!("{}, {}", subject.name(), Unit::Count.show(members.into())));
            let task = Task::new(members, Load::Rate(DELIVERIES / f64::from(members)), bench.seconds(4));
            tasks.push((subject.clone(), task));
        }
    }
    let measure = |at: usize, _| bench.measure(&tasks[at].0, &tasks[at].1);
    let all = bench.in_turn(names, bench.rounds(6), measure)?;
    let (server, floor) = all.split_at(MEMBERS.len());
    let mut outcome = Outcome::of(&all);
    let ratio = Summary::of_ratio(&server[3].cpu(), &server[1].cpu());
    outcome.summary("CPU a delivery at 10,000 ÷ at 100", Form::Times, ratio, Some(Aim::AtMost(1.3)));
    let ratio = Summary::of_ratio(&floor[3].cpu(), &floor[1].cpu());
    outcome.summary("the same of floor-write", Form::Times, ratio, None);
    for ((server, floor), members) in server.iter().zip(floor).zip(MEMBERS) {
        let ratio = Summary::of_ratio(&server.cpu(), &floor.cpu());
        let what = format!("CPU a delivery ÷ floor-write, {} members", Unit::Count.show(members.into()));
        outcome.summary(what, Form::Times, ratio, None);
    }
    Ok(outcome)
}

//! Does a delivery cost more where there are many rooms?

use fanfare_loadgen::Load;

use crate::program::outcome::{Aim, Form, Outcome};
use crate::program::rounds::{Bench, Failure, Task};
use crate::program::statistics::Summary;
use crate::program::subject::Subject;

pub(super) fn run(bench: &Bench) -> Result<Outcome, Failure> {
    let subject = Subject::ChatServer { workers: 1 };
    let seconds = bench.seconds(4);
    let tasks = [
        Task { rooms: 1_000, publishers: 1_000, ..Task::new(10_000, Load::Rate(2_000.0), seconds) },
        Task::new(10_000, Load::Rate(2.0), seconds),
        Task::new(1_000, Load::Rate(20.0), seconds),
    ];
    let names = ["1,000 rooms of 10", "one room of 10,000", "one room of 1,000"].map(str::to_owned);
    let all = bench.in_turn(names.to_vec(), bench.rounds(6), |at, _| bench.measure(&subject, &tasks[at]))?;
    let mut outcome = Outcome::of(&all);
    let ratio = Summary::of_ratio(&all[0].cpu(), &all[1].cpu());
    let what = "CPU a delivery in 1,000 rooms of 10 ÷ in one of 10,000";
    outcome.summary(what, Form::Times, ratio, Some(Aim::AtMost(1.3)));
    let ratio = Summary::of_ratio(&all[0].cpu(), &all[2].cpu());
    outcome.summary("CPU a delivery in 1,000 rooms of 10 ÷ in one of 1,000", Form::Times, ratio, None);
    outcome.notes.push(
        "each message of a room of 10 also has its share of reading, parsing, numbering and answering, which 10 deliveries \
         bear instead of 10,000"
            .to_owned(),
    );
    Ok(outcome)
}

//! How fast can everybody come?

use fanfare_loadgen::Load;
use fanfare_loadgen::report::Unit;

use crate::program::outcome::{Aim, Form, Outcome};
use crate::program::rounds::{Bench, Failure, Task};
use crate::program::statistics::Summary;
use crate::program::subject::Subject;

pub(super) fn run(bench: &Bench) -> Result<Outcome, Failure> {
    let task = Task::new(10_000, Load::Rate(1.0), 1);
    let subjects = [Subject::ChatServer { workers: 1 }, Subject::FloorWrite];
    let tasks = subjects.map(|subject| (subject, task.clone()));
    let both = bench.interleaved(&tasks, bench.rounds(7))?;
    let mut outcome = Outcome::default();
    both.iter().for_each(|series| outcome.add_rounds(series));
    let connects = Summary::of(&both[0].connects());
    let what = "connections that have registered and joined";
    outcome.summary(what, Form::Of(Unit::Rate), connects, Some(Aim::AtLeast(10_000.0)));
    let bare = Summary::of(&both[1].connects());
    outcome.summary("connections to floor-write", Form::Of(Unit::Rate), bare, None);
    Ok(outcome)
}

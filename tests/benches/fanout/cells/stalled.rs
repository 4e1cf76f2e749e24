//! Do those who have stopped reading cost anybody else anything, and do they learn what they missed?

use fanfare_loadgen::report::Unit;
use fanfare_loadgen::usage::Usage;
use fanfare_loadgen::{Load, Measured, Plan};

use crate::program::beside::Beside;
use crate::program::kernel::SocketMemory;
use crate::program::outcome::{Aim, Form, Outcome};
use crate::program::person::Person;
use crate::program::rounds::{Bench, Failure, Task};
use crate::program::series::Series;
use crate::program::statistics::Summary;
use crate::program::subject::{Running, Subject};

const STALLED: usize = 1_000;

/// The octets of a text where the rate is given, and before a run: 100 of them a second are 1 MB/s.
const TEXT: usize = 10_000;

/// So many of these texts are said before a run: the sockets of who does not read are full then, and a run measures
/// what those cost who have stopped, and not how they come to a stop.
const FILL: usize = 400;

/// What a room's log of a chat-server keeps by default, in octets.
const ROOM_LOG: f64 = 1_048_576.0;

/// What a frame has besides its text, at most, in octets.
const HEAD: f64 = 80.0;

/// The most that the kernel may keep for sending to one of them, in octets.
const MOST_PINNED: f64 = 32.0 * 1_024.0;

/// What those who had stopped cost, and what became of them.
struct Stalled {
    /// How much the server grew while their sockets were filled and while messages were sent, in octets.
    grown: f64,
    /// What the kernel kept for sending to each, in octets.
    pinned: f64,
    missed: u64,
    unaccounted: u64,
}

pub(super) fn run(bench: &Bench) -> Result<Outcome, Failure> {
    let paced = Task { size: TEXT, ..Task::new(1_000, Load::Rate(100.0), bench.seconds(4)) };
    let tasks = [
        (0, paced.clone()),
        (STALLED, paced),
        (STALLED, Task { publishers: 8, ..Task::new(10, Load::InFlight(1_024), bench.seconds(4)) }),
    ];
    let mut costs: [Vec<Stalled>; 3] = Default::default();
    let names = ["1,000 read", "1,000 read, 1,000 don't", "10 read at full speed, 1,000 don't"].map(str::to_owned);
    let all = bench.in_turn(names.to_vec(), bench.rounds(6), |at, _| {
        let (stalled, task) = &tasks[at];
        let (measured, cost) = round(bench, task, *stalled)?;
        costs[at].push(cost);
        Ok(measured)
    })?;
    let mut outcome = Outcome::of(&all);
    let p99 = |series: &Series| series.each().value_at_quantile(0.99) as f64;
    let what = "readers' p99 with 1,000 stalled ÷ with none, of all rounds";
    outcome.times(what, p99(&all[1]) / p99(&all[0]), Some(Aim::AtMost(1.2)));
    let each = |series: &Series| -> Vec<f64> {
        series.reports.iter().map(|report| report.latency.all.p99_ns as f64).collect()
    };
    outcome.summary("the same, round by round", Form::Times, Summary::of_ratio(&each(&all[1]), &each(&all[0])), None);
    for at in [1, 2] {
        let (name, costs) = (&all[at].name, &costs[at]);
        let figures = |of: fn(&Stalled) -> f64| Summary::of(&costs.iter().map(of).collect::<Vec<_>>());
        let most = ROOM_LOG + STALLED as f64 * (TEXT as f64 + HEAD) / 2.0;
        let grown = figures(|cost| cost.grown);
        let what = format!("growth of the server under load, {name}");
        outcome.summary(what, Form::Of(Unit::Size), grown, Some(Aim::AtMost(most)));
        let pinned = figures(|cost| cost.pinned);
        let what = format!("kernel memory for sending to a stalled reader, {name}");
        outcome.summary(what, Form::Of(Unit::Size), pinned, Some(Aim::AtMost(MOST_PINNED)));
        let unaccounted: u64 = costs.iter().map(|cost| cost.unaccounted).sum();
        let what = format!("numbers unaccounted for, {name}");
        outcome.value(what, Unit::Count, unaccounted as f64, Some(Aim::AtMost(0.0)));
        if unaccounted > 0 {
            outcome.faults.push(format!("{name}: {unaccounted} numbers came neither as a message nor in a GAP"));
        }
        let missed: u64 = costs.iter().map(|cost| cost.missed).sum();
        outcome.notes.push(format!("{name}: {} numbers came in a GAP", Unit::Count.show(missed as f64)));
    }
    Ok(outcome)
}

/// Lets some people join and stop reading, makes a run beside them, and lets them read again.
fn round(bench: &Bench, task: &Task, stalled: usize) -> Result<(Measured, Stalled), Failure> {
    let subject = Subject::ChatServer { workers: 1 };
    let server = subject.start(&bench.processors)?;
    let plan = task.plan(&subject, &server);
    let join = |number| Person::join(server.address, &format!("stalled-{number}"), &plan.room);
    let mut people = (0..stalled).map(join).collect::<Result<Vec<_>, _>>().map_err(Failure::Person)?;
    let before = memory(&server);
    if stalled > 0 {
        fill(&server, &plan).map_err(Failure::Person)?;
    }
    let filled = memory(&server);
    let (measured, most) = Beside::default().run(&subject, &plan, |beside| beside.most_memory(server.pid()))?;
    let joined = measured.server.map_or(0, |server| server.memory_joined);
    // The run's own connections have ended: those that stand are of who has stopped.
    let kernel = SocketMemory::of_port(server.address.port())?;
    let (missed, unaccounted) = catch_up(&server, &plan, &mut people).map_err(Failure::Person)?;
    let pinned = kernel.sending as f64 / stalled.max(1) as f64;
    let grown = (filled.saturating_sub(before) + most.saturating_sub(joined)) as f64;
    Ok((measured, Stalled { grown, pinned, missed, unaccounted }))
}

fn memory(server: &Running) -> u64 {
    Usage::of(server.pid()).map_or(0, |usage| usage.memory)
}

/// Says so much that the sockets of all who don't read are full.
fn fill(server: &Running, plan: &Plan) -> Result<(), String> {
    let (mut person, text) = (Person::join(server.address, "filling", &plan.room)?, "x".repeat(TEXT));
    (0..FILL).try_for_each(|_| person.say(&text))
}

/// Lets those who have stopped read everything. It returns how many numbers were named in a `GAP`, and how many never
/// came.
fn catch_up(server: &Running, plan: &Plan, people: &mut [Person]) -> Result<(u64, u64), String> {
    let newest = Person::join(server.address, "late", &plan.room)?.newest;
    let (mut missed, mut unaccounted) = (0, 0);
    for person in people {
        let owed = newest - person.newest;
        unaccounted += person.catch_up(newest)?;
        missed += person.missed;
        if person.messages + person.missed < owed {
            unaccounted += owed - person.messages - person.missed;
        }
    }
    Ok((missed, unaccounted))
}

//! One round, from the making of its directory to the judgement.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde::Serialize;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::check::{Violation, check};
use super::course::{Account, Course, Phase, Tide};
use super::disk::Disk;
use super::faults::Stage;
use super::finale;
use super::founding::found;
use super::library::Reader;
use super::network::Network;
use super::person::Person;
use super::plain::Plain;
use super::plan::{Fault, FaultKind, Plan};
use super::process::{Process, ProcessError};
use super::record::{Mishap, Record};
use super::script::Way;
use super::tally::Tally;

/// How long nothing may be said when the faults are over and somebody still has something to do.
const SETTLING: Duration = Duration::from_secs(40);

/// How long everybody may take to read the rest.
const READING: Duration = Duration::from_secs(40);

/// Takes the seeds of the rounds of one seed far away from those of the next: 2^64 divided by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// What rounds are made with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server.
    pub server: PathBuf,
    /// What is done to it and to the network.
    pub faults: Vec<FaultKind>,
    /// Where the histories, logs and traces of rounds with violations are kept.
    pub keep: Option<PathBuf>,
}

/// How a round came out.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The seed of all rounds.
    pub seed: u64,
    /// The number of this one.
    pub round: u64,
    /// What was planned, for people to read.
    pub plan: String,
    /// What was done.
    pub tally: Tally,
    /// What is wrong; nothing, if the server kept its promises.
    pub violations: Vec<Violation>,
}

/// Why there was no round.
#[derive(Debug, thiserror::Error)]
#[error("can't make a round: {what}: {source}")]
pub struct NoRound {
    what: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// Makes rounds, so many at a time, in the order of their numbers. Each outcome is handed over as soon as it is there; if
/// that returns that it is enough, no further round is begun.
///
/// # Errors
///
/// As [`round`].
pub async fn rounds(
    settings: Settings,
    seed: u64,
    numbers: impl IntoIterator<Item = u64>,
    jobs: usize,
    mut goes_on: impl FnMut(Outcome) -> bool,
) -> Result<(), NoRound> {
    let settings = Arc::new(settings);
    let mut waiting = numbers.into_iter();
    let mut playing = JoinSet::new();
    let mut is_enough = false;
    loop {
        while playing.len() < jobs.max(1) && !is_enough {
            let Some(number) = waiting.next() else { break };
            let settings = Arc::clone(&settings);
            playing.spawn(async move { round(&settings, seed, number).await });
        }
        let Some(outcome) = playing.join_next().await else { return Ok(()) };
        let outcome = outcome.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        is_enough |= !goes_on(outcome);
    }
}

/// Makes the round of this number, of all those that a seed has.
///
/// # Errors
///
/// If the server can't be started at all, or the system refuses something. What the server does wrong is in the outcome.
pub async fn round(settings: &Settings, seed: u64, round: u64) -> Result<Outcome, NoRound> {
    // Rounds of neighbouring numbers have nothing in common.
    let own_seed = Rng::with_seed(seed.wrapping_mul(STEP).wrapping_add(round)).u64(..);
    let plan = Plan::new(own_seed, &settings.faults);
    let directory = tempfile::tempdir().map_err(no("can't make a directory"))?;
    let data = directory.path().join("data");
    std::fs::create_dir(&data).map_err(no("can't make a directory"))?;
    let is_full = plan.faults.iter().any(|(_, fault)| matches!(fault, Fault::Full(_)));
    let disk = if is_full { Disk::to_be_filled(data).await } else { Ok(Disk::Large(data)) };
    let tide = Arc::new(Tide::new(plan.rooms.iter().cloned()));
    let mut stage = Stage {
        process: Process::new(settings.server.clone(), plan.flags.clone(), directory.path().join("server.log")),
        disk: disk.map_err(no("can't make a small disk"))?,
        network: Network::start(plan.weather, own_seed).await.map_err(no("can't listen"))?,
        tide: Arc::clone(&tide),
        read: plan.rooms[0].clone(),
        account: Account::default(),
        probed: Vec::new(),
        kills: 0,
        stops: 0,
    };
    stage.start().await.map_err(no("the server does not start"))?;
    let server = stage.network.server().ok_or("it listens nowhere").map_err(no("the server does not start"))?;
    let founder = found(server, &plan.rooms, &tide).await.map_err(no("nothing can be said to begin with"))?;
    let record = Record { rules: plan.rules, publishers: vec![founder], ..Record::default() };
    let (record, tally, traces) = play(&plan, &mut stage, tide, record).await;
    let violations = check(&record);
    if let (Some(keep), false) = (&settings.keep, violations.is_empty()) {
        let kept = keep.join(format!("round-{seed}-{round}"));
        keep_all(&kept, directory.path(), &plan, &traces, &violations).map_err(no("can't keep what is left"))?;
    }
    Ok(Outcome { seed, round, plan: plan.to_string(), tally, violations })
}

async fn play(
    plan: &Plan,
    stage: &mut Stage,
    tide: Arc<Tide>,
    mut record: Record,
) -> (Record, Tally, Vec<(String, Account)>) {
    let (phase, watched) = watch::channel(Phase::Running);
    let (idle, mut idlers) = mpsc::unbounded_channel();
    let address = stage.network.address();
    let course = Course { address, tide: Arc::clone(&tide), phase: watched, idle, begin: Instant::now() };
    let mut people = JoinSet::new();
    for role in plan.roles.clone() {
        let (course, name) = (course.clone(), role.name.clone());
        people.spawn(async move {
            let account = match role.way {
                Way::Frames => Person::new(course, role).run().await,
                Way::Library => Reader::new(course, role).run().await,
                Way::Plain => Plain::new(course, role).run().await,
            };
            (name, account)
        });
    }
    let mut ended = do_faults(plan, stage).await;
    stage.network.calm();
    let is_settled = ended.is_ok() && settle(plan.roles.len(), &mut idlers, &tide).await;
    let until = if is_settled { Instant::now() + READING } else { Instant::now() };
    phase.send_replace(Phase::Ending { due: Arc::new(tide.all()), until });
    let mut accounts = people.join_all().await;
    for (_, account) in &mut accounts {
        record.publishers.append(&mut account.publishers);
        record.memberships.append(&mut account.memberships);
        record.readings.append(&mut account.readings);
        record.pages.append(&mut account.pages);
        record.searches.append(&mut account.searches);
    }
    for probed in &mut stage.probed {
        record.publishers.push(std::mem::take(&mut probed.publisher));
        record.memberships.append(&mut probed.memberships);
        record.pages.append(&mut probed.pages);
        record.searches.append(&mut probed.searches);
        record.full.push(std::mem::take(&mut probed.full));
    }
    if ended.is_ok() {
        ended = end(plan, stage, &mut record).await;
    }
    if let Err(error) = ended {
        stage.account.odd(error.to_string());
    }
    if stage.process.has_panicked() {
        stage.account.odd(format!("the server panicked: {}", stage.process.tail()));
    }
    accounts.push(("faults".to_owned(), std::mem::take(&mut stage.account)));
    record.mishaps.extend(accounts.iter().flat_map(|(_, account)| account.mishaps.iter().cloned()));
    let tally = tally(plan, stage, &record, &accounts);
    (record, tally, accounts)
}

/// Waits until everybody is idle, as long as something is said meanwhile. Whoever is not idle then says so itself.
async fn settle(people: usize, idlers: &mut mpsc::UnboundedReceiver<()>, tide: &Tide) -> bool {
    let (mut left, mut highest) = (people, tide.all());
    while left > 0 {
        match timeout(SETTLING, idlers.recv()).await {
            Ok(Some(())) => left -= 1,
            Ok(None) => return false,
            // A slow machine is no hang.
            Err(_) if tide.all() != highest => highest = tide.all(),
            Err(_) => return false,
        }
    }
    true
}

async fn do_faults(plan: &Plan, stage: &mut Stage) -> Result<(), ProcessError> {
    for (wait, fault) in &plan.faults {
        sleep(*wait).await;
        stage.apply(fault).await?;
    }
    Ok(())
}

/// The last start, what the server has then, and its last end.
async fn end(plan: &Plan, stage: &mut Stage, record: &mut Record) -> Result<(), ProcessError> {
    if plan.is_killed_last {
        stage.kill().await?;
    } else {
        stage.stop().await?;
    }
    // No side of a connection is gone any more: whoever is silent now is on a slow machine.
    stage.process.has_patience();
    stage.start().await?;
    if let Some(server) = stage.network.server()
        && let Err(error) = finale::read(server, &plan.rooms, record).await
    {
        let in_vain = error.kind() == io::ErrorKind::TimedOut;
        record.mishaps.push(Mishap { in_vain, what: format!("the final reader came to an end: {error}") });
    }
    stage.stop().await
}

fn tally(plan: &Plan, stage: &Stage, record: &Record, accounts: &[(String, Account)]) -> Tally {
    let mut tally = Tally::of(record);
    for (_, fault) in &plan.faults {
        tally.rounds_by_fault.insert(fault.kind(), 1);
    }
    if plan.rules.kept.is_some() {
        tally.rounds_by_fault.insert(FaultKind::Expire, 1);
    }
    tally.disks.extend(stage.disk.kind().map(|kind| (kind.to_owned(), 1)));
    (tally.kills, tally.stops) = (stage.kills, stage.stops);
    let happened = stage.network.happened();
    tally.connections = happened.connections.load(Ordering::Relaxed);
    tally.cuts = happened.cuts.load(Ordering::Relaxed);
    tally.half_open = happened.half_open.load(Ordering::Relaxed);
    tally.reconnects = accounts.iter().map(|(_, account)| account.reconnects).sum();
    tally
}

/// Copies what the server left, and writes down what went by.
fn keep_all(
    to: &Path,
    from: &Path,
    plan: &Plan,
    traces: &[(String, Account)],
    violations: &[Violation],
) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    std::fs::write(to.join("plan.txt"), plan.to_string())?;
    let violations: Vec<_> = violations.iter().map(ToString::to_string).collect();
    std::fs::write(to.join("violations.txt"), violations.join("\n"))?;
    for (name, account) in traces {
        std::fs::write(to.join(format!("{name}.txt")), account.trace.lines().join("\n"))?;
    }
    for directory in [from.to_owned(), from.join("data")] {
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                std::fs::copy(entry.path(), to.join(entry.file_name()))?;
            }
        }
    }
    Ok(())
}

fn no<E: Into<Box<dyn std::error::Error + Send + Sync>>>(what: &str) -> impl FnOnce(E) -> NoRound {
    move |source| NoRound { what: what.to_owned(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_server_makes_no_round() {
        for program in ["/bin/sh", "/nowhere/chat-server"] {
            let settings = Settings { server: program.into(), faults: Vec::new(), keep: None };
            let error = round(&settings, 1, 1).await.expect_err("it is no server").to_string();
            assert!(error.starts_with("can't make a round: the server does not start: "), "{error}");
        }
    }
}

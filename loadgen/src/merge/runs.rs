//! Saved runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::{MergeError, name, parts};
use crate::plan::Load;
use crate::report::{
    self, Beside, Connects, Deliveries, Generator, Messages, Report, Run, Server, VERSION, histograms::Histograms,
    per_second, ratio,
};
use crate::verify::Tally;
use crate::workload::Workload;

/// Runs that several loadgens made at the same time, with their files, as one.
///
/// Their clients, publishers and loads are added. It is valid, and clean, if all are. What the generators used is that of
/// the busiest. The server is known if all measured the same process of one machine.
///
/// # Errors
///
/// There is none, or two don't go together.
pub fn runs(runs: &[(PathBuf, Report)]) -> Result<Report, MergeError> {
    let [(one, first), others @ ..] = runs else { return Err(MergeError::Nothing) };
    for (other, report) in others {
        check((one, first), (other, report))?;
    }
    let all = || runs.iter().map(|(_, report)| report);
    let beside = beside(runs)?;
    let started_ms = all().map(|report| report.run.started_ms).min().unwrap_or_default();
    let histograms = histograms(all());
    let (series, spreads) = parts::parts(all());
    let sum = |of: fn(&Report) -> u64| all().map(of).sum::<u64>();
    let longest = |of: fn(&Report) -> u64| all().map(of).max().unwrap_or_default();
    let clients = u32::try_from(sum(|report| report.run.clients.into())).unwrap_or(u32::MAX);
    let ramp = longest(|report| report.connects.elapsed_ns);
    let joined = sum(|report| report.connects.count.into());
    let deliveries = deliveries(runs, started_ms);
    let run = Run {
        target: first.run.target.clone(),
        server: first.run.server.clone().filter(|_| all().all(|report| report.run.server == first.run.server)),
        room: different(all().map(|report| &report.run.room)),
        clients,
        publishers: u32::try_from(sum(|report| report.run.publishers.into())).unwrap_or(u32::MAX),
        size: first.run.size,
        load: load(all().filter_map(|report| report.run.load)),
        duration_ns: first.run.duration_ns,
        label: Some(different(all().filter_map(|report| report.run.label.as_ref()))).filter(|all| !all.is_empty()),
        started_ms,
        processes: u32::try_from(sum(|report| report.run.processes.into())).unwrap_or(u32::MAX),
        loadgen: different(all().map(|report| &report.run.loadgen)),
        workers: all().flat_map(|report| report.run.workers.clone()).collect(),
        machine: first.run.machine.clone().filter(|_| all().all(|report| report.run.machine == first.run.machine)),
    };
    Ok(Report {
        version: VERSION,
        workload: workload(&first.workload, &run),
        run,
        beside,
        valid: all().all(|report| report.valid),
        invalid: runs
            .iter()
            .flat_map(|(file, report)| report.invalid.iter().map(move |doubt| format!("{}: {doubt}", name(file))))
            .collect(),
        clean: all().all(|report| report.clean),
        interrupted: all().any(|report| report.interrupted),
        connects: Connects {
            count: u32::try_from(joined).unwrap_or(u32::MAX),
            elapsed_ns: ramp,
            per_second: per_second(joined, ramp),
        },
        messages: Messages {
            published: sum(|report| report.messages.published),
            accepted: sum(|report| report.messages.accepted),
            refused: counts(all().map(|report| &report.messages.refused)),
            unanswered: sum(|report| report.messages.unanswered),
            held: sum(|report| report.messages.held),
            unsent: sum(|report| report.messages.unsent),
            incomplete: sum(|report| report.messages.incomplete),
        },
        latency: (&histograms.corrected).into(),
        uncorrected: (&histograms.uncorrected).into(),
        lateness: (&histograms.late.0).into(),
        generator: Generator {
            cpu_ns: sum(|report| report.generator.cpu_ns),
            cpu_share: all().map(|report| report.generator.cpu_share).fold(0.0, f64::max),
            waited_share: all().map(|report| report.generator.waited_share).fold(0.0, f64::max),
        },
        server: server(all(), deliveries.tally.received, joined),
        deliveries,
        disconnected: counts(all().map(|report| &report.disconnected)),
        series,
        histograms: Histograms { parts: spreads, ..histograms },
    })
}

/// Whether two were made in the same way and at the same time.
fn check((one, first): (&PathBuf, &Report), (other, second): (&PathBuf, &Report)) -> Result<(), MergeError> {
    let duration = |report: &Report| Duration::from_nanos(report.run.duration_ns);
    let written = |report: &Report| humantime::format_duration(duration(report)).to_string();
    for (what, first, second) in [
        ("protocol", first.run.protocol().to_owned(), second.run.protocol().to_owned()),
        ("size", first.run.size.to_string(), second.run.size.to_string()),
        ("load", report::load(first.run.load), report::load(second.run.load)),
        ("duration", written(first), written(second)),
    ] {
        if first != second {
            return Err(MergeError::Differ { one: one.clone(), other: other.clone(), what, first, second });
        }
    }
    let apart = Duration::from_millis(first.run.started_ms.abs_diff(second.run.started_ms));
    if apart >= duration(first) {
        let (one, other) = (one.clone(), other.clone());
        return Err(MergeError::Apart { one, other, apart, duration: duration(first) });
    }
    Ok(())
}

/// The account of those beside the receivers, which one process has at most.
fn beside(runs: &[(PathBuf, Report)]) -> Result<Beside, MergeError> {
    let mut having = runs.iter().filter(|(_, report)| report.beside != Beside::default());
    match (having.next(), having.next()) {
        (Some((one, _)), Some((other, _))) => Err(MergeError::Beside { one: one.clone(), other: other.clone() }),
        (Some((_, report)), None) => Ok(report.beside.clone()),
        (None, _) => Ok(Beside::default()),
    }
}

/// All loads together.
fn load(mut loads: impl Iterator<Item = Load>) -> Option<Load> {
    let first = loads.next()?;
    Some(loads.fold(first, |sum, load| match (sum, load) {
        (Load::Rate(sum), Load::Rate(rate)) => Load::Rate(sum + rate),
        (Load::Burst { messages: sum, every }, Load::Burst { messages, .. }) => {
            Load::Burst { messages: sum.saturating_add(messages), every }
        }
        (Load::InFlight(sum), Load::InFlight(window)) => Load::InFlight(sum.saturating_add(window)),
        (sum, _) => sum,
    }))
}

/// What each was to do, but for what is added.
fn workload(of_one: &Workload, run: &Run) -> Workload {
    let mut all = Workload { clients: Some(run.clients), publishers: Some(run.publishers), ..of_one.clone() };
    match run.load {
        Some(Load::Rate(rate)) => all.rate = Some(rate),
        Some(Load::Burst { messages, .. }) => all.burst = Some(messages),
        Some(Load::InFlight(window)) => all.in_flight = Some(window),
        Some(Load::Idle) | None => {}
    }
    all
}

/// The different ones of some words, in their order.
fn different<'r>(words: impl Iterator<Item = &'r String>) -> String {
    let mut all: Vec<&str> = Vec::new();
    for word in words {
        if !all.contains(&&**word) {
            all.push(word);
        }
    }
    all.join(", ")
}

fn counts<'r>(all: impl Iterator<Item = &'r BTreeMap<String, u64>>) -> BTreeMap<String, u64> {
    let mut sum = BTreeMap::new();
    for (name, count) in all.flatten() {
        *sum.entry(name.clone()).or_default() += count;
    }
    sum
}

fn histograms<'r>(reports: impl Iterator<Item = &'r Report>) -> Histograms {
    let mut sum = Histograms::default();
    for report in reports {
        // The parts need the time.
        let Histograms { corrected, uncorrected, late, parts: _ } = &report.histograms;
        sum.corrected.add(corrected);
        sum.uncorrected.add(uncorrected);
        sum.late.add(late);
    }
    sum
}

fn deliveries(runs: &[(PathBuf, Report)], started_ms: u64) -> Deliveries {
    let (mut tally, mut owed, mut unverified, mut elapsed_ns, mut reads) = (Tally::default(), 0, 0, 0, 0.0);
    for (_, report) in runs {
        let own = &report.deliveries;
        tally += own.tally;
        owed += own.owed;
        unverified += own.unverified;
        elapsed_ns = elapsed_ns.max((report.run.started_ms - started_ms).saturating_mul(1_000_000) + own.elapsed_ns);
        if own.per_read > 0.0 {
            reads += own.tally.received as f64 / own.per_read;
        }
    }
    let per_read = if reads > 0.0 { tally.received as f64 / reads } else { 0.0 };
    Deliveries { owed, tally, elapsed_ns, per_second: per_second(tally.received, elapsed_ns), per_read, unverified }
}

/// What all have measured of one process. Each measured nearly the same time of it: their figures are not added.
fn server<'r>(reports: impl Iterator<Item = &'r Report> + Clone, received: u64, connections: u64) -> Option<Server> {
    let machine = reports.clone().next()?.run.machine.as_ref()?;
    let of_it = |report: &'r Report| report.server.as_ref().filter(|_| report.run.machine.as_ref() == Some(machine));
    let servers: Vec<&Server> = reports.map(of_it).collect::<Option<_>>()?;
    let pid = servers.first()?.pid;
    if servers.iter().any(|server| server.pid != pid) {
        return None;
    }
    let cpu_ns = servers.iter().map(|server| server.cpu_ns).max()?;
    let memory_before = servers.iter().map(|server| server.memory_before).min()?;
    let memory_joined = servers.iter().map(|server| server.memory_joined).max()?;
    Some(Server {
        pid,
        cpu_ns,
        cpu_per_delivery_ns: ratio(cpu_ns, received),
        memory_before,
        memory_joined,
        memory_per_connection: ratio(memory_joined.saturating_sub(memory_before), connections),
    })
}

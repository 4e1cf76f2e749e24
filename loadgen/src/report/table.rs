//! The report for people.

use std::fmt::Write;
use std::time::Duration;

use super::figures::percentiles;
use super::{Distribution, Report, Unit};
use crate::plan::Load;
use crate::workers::Worker;

/// How wide the first column is, each of the percentiles', and each of those beside them. Together they fit into 80 columns.
const LABEL: usize = 16;
const COLUMN: usize = 9;
const NARROW: usize = 8;

/// Between the times from when messages were meant to be sent, and those from when they were.
const BETWEEN: &str = " |";

/// The report as aligned lines.
pub fn table(report: &Report) -> String {
    let mut text = heading(report);
    let mut line = |label: &str, rest: String| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", format!("{label:<LABEL$}{rest}").trim_end());
    };
    let (messages, deliveries, tally) = (&report.messages, &report.deliveries, &report.deliveries.tally);
    let time = |nanos: u64| Unit::Time.show(nanos as f64);
    line("", String::new());
    let connects = &report.connects;
    line(
        "connects",
        format!(
            "{} in {}, {}",
            count(connects.count.into()),
            time(connects.elapsed_ns),
            Unit::Rate.show(connects.per_second)
        ),
    );
    line(
        "messages",
        listed(
            &[("sent", messages.published), ("accepted", messages.accepted)],
            &[
                ("unanswered", messages.unanswered),
                ("held up by the server", messages.held),
                ("never sent", messages.unsent),
                ("not to everybody", messages.incomplete),
            ],
        ),
    );
    for (code, refused) in &messages.refused {
        line("", format!("{} refused with {code}", count(*refused)));
    }
    line(
        "deliveries",
        format!(
            "{} of {} in {}, {}",
            count(tally.received),
            count(deliveries.owed),
            time(deliveries.elapsed_ns),
            Unit::Rate.show(deliveries.per_second)
        ),
    );
    let counted = if tally.counted > 0 { format!(", {} only counted", count(tally.counted)) } else { String::new() };
    line(
        "",
        format!("{:.1} to a read; {} compared{counted}, the others parsed", deliveries.per_read, count(tally.compared)),
    );
    if deliveries.unverified > 0 {
        line("", format!("{} more came to those who only publish, not verified", count(deliveries.unverified)));
    }
    line(
        "faults",
        listed(
            &[
                ("lost", tally.lost),
                ("repeated", tally.repeated),
                ("reordered", tally.reordered),
                ("corrupt", tally.corrupt),
            ],
            &[("missed (GAP)", tally.missed), ("cut off", tally.cut), ("of others", tally.foreign)],
        ),
    );
    for (reason, connections) in &report.disconnected {
        line("", format!("{} connections ended: {reason}", count(*connections)));
    }
    for (label, rest) in super::beside::lines(&report.beside) {
        line(label, rest);
    }
    line("", String::new());
    let (latency, uncorrected) = (&report.latency, &report.uncorrected);
    let meant = columns(&percentiles(&latency.all), COLUMN, |name, _| name.to_owned());
    line(
        "latency",
        format!("{:<width$}{BETWEEN}when it was sent", "  from when it was meant to be sent", width = meant.len()),
    );
    line("", meant + BETWEEN + &columns(&beside(&latency.all), NARROW, |name, _| name.to_owned()));
    let refused: u64 = messages.refused.values().sum();
    let not_refused = count(messages.published.saturating_sub(refused));
    // A message that did not reach everybody has no last receiver.
    let some =
        (messages.incomplete > 0).then(|| format!("  of {} of {not_refused} messages", count(latency.last.count)));
    for (label, meant, sent, note) in [
        ("each delivery", &latency.all, Some(&uncorrected.all), None),
        ("first receiver", &latency.first, Some(&uncorrected.first), None),
        ("median receiver", &latency.median, Some(&uncorrected.median), None),
        ("last receiver", &latency.last, Some(&uncorrected.last), some),
        ("sent too late", &report.lateness, None, None),
    ] {
        let cell = |times: &Distribution, nanos| if times.count == 0 { "-".to_owned() } else { time(nanos) };
        let values = columns(&percentiles(meant), COLUMN, |_, nanos| cell(meant, nanos));
        let others = sent.map(|sent| columns(&beside(sent), NARROW, |_, nanos| cell(sent, nanos)));
        line(label, values + BETWEEN + &others.unwrap_or_default());
        if let Some(note) = note {
            line("", note);
        }
    }
    line("", String::new());
    let generator = &report.generator;
    line(
        "generator",
        format!(
            "{} of a core; waited for a core {}",
            Unit::Share.show(generator.cpu_share),
            Unit::Share.show(generator.waited_share)
        ),
    );
    line(
        "server",
        match &report.server {
            Some(server) if tally.received == 0 => format!(
                "{} of processor time in all, {} a connection (process {})",
                time(server.cpu_ns),
                Unit::Size.show(server.memory_per_connection),
                server.pid
            ),
            Some(server) => format!(
                "{} of processor time a delivery, {} a connection (process {})",
                Unit::Time.show(server.cpu_per_delivery_ns),
                Unit::Size.show(server.memory_per_connection),
                server.pid
            ),
            None => "not on this machine, or its process is not to be seen".to_owned(),
        },
    );
    let interrupted = if report.interrupted { " (interrupted)" } else { "" };
    let verdict = if report.clean { report.came() } else { "NOT CLEAN: see above".to_owned() };
    line("verdict", format!("{verdict}{interrupted}"));
    for (label, rest) in processes(report) {
        line(label, rest);
    }
    for doubt in &report.invalid {
        line("INVALID", doubt.clone());
    }
    text
}

/// What the processes are that made the run, if they are several, and what is of each by itself.
fn processes(report: &Report) -> Vec<(&'static str, String)> {
    let run = &report.run;
    if run.processes <= 1 {
        return Vec::new();
    }
    // Where shared runs were merged, nobody knows when a message had reached everybody.
    if run.workers.is_empty() || run.processes as usize != run.workers.len() + 1 {
        let merged = format!("from {} processes: a message's receivers are those of its own process", run.processes);
        return vec![("merged", merged)];
    }
    let of_all = format!(
        "from {} processes: the last receiver is that of all, of {} messages; the first and the median are those of each process",
        run.processes,
        count(report.latency.last.count)
    );
    let sent = "times from when it was sent are those of this process's receivers, which alone knows when that was";
    let worker = |worker: &Worker| {
        let sign = if worker.clock_offset_ns < 0 { "behind" } else { "ahead" };
        let offset = Unit::Time.show(worker.clock_offset_ns.unsigned_abs() as f64);
        let error = Unit::Time.show(worker.clock_error_ns as f64);
        format!(
            "{}: {} clients; its clock was {offset} {sign}, give or take {error}",
            worker.name,
            count(worker.clients.into())
        )
    };
    let mut lines = vec![("merged", of_all), ("", sent.to_owned())];
    lines.extend(run.workers.iter().map(|one| ("worker", worker(one))));
    lines
}

/// The percentiles of a distribution with their names, in one line.
pub(crate) fn line(times: &Distribution) -> String {
    let named = |(name, nanos): (&str, u64)| format!("{name} {}", Unit::Time.show(nanos as f64));
    format!("{} times: {}", count(times.count), percentiles(times).map(named).join(", "))
}

/// The percentiles that are shown of a time beside another: more would not fit into a terminal of 80 columns.
fn beside(times: &Distribution) -> [(&'static str, u64); 2] {
    [("p50", times.p50_ns), ("p99", times.p99_ns)]
}

/// A cell for each percentile.
fn columns(percentiles: &[(&'static str, u64)], width: usize, cell: impl Fn(&str, u64) -> String) -> String {
    percentiles.iter().map(|(name, nanos)| format!("{:>width$}", cell(name, *nanos))).collect()
}

fn heading(report: &Report) -> String {
    let run = &report.run;
    let load = load(run.load);
    format!(
        "{}: {} clients in {}, {} publishing, texts of {} octets, {load} for {}\n",
        run.target,
        count(run.clients.into()),
        run.room,
        count(run.publishers.into()),
        count(run.size as u64),
        humantime::format_duration(Duration::from_nanos(run.duration_ns))
    )
}

/// What a load is; nothing where there is none.
pub(crate) fn load(load: Option<Load>) -> String {
    match load {
        Some(Load::Rate(rate)) if rate.fract() == 0.0 => format!("{} messages/s", Unit::Count.show(rate)),
        Some(Load::Rate(rate)) => format!("{rate} messages/s"),
        Some(Load::Burst { messages, every }) => {
            format!("bursts of {} messages every {}", count(messages.into()), humantime::format_duration(every))
        }
        Some(Load::InFlight(window)) => format!("at most {} messages in flight", count(window.into())),
        Some(Load::Idle) => "no messages".to_owned(),
        None => String::new(),
    }
}

/// Counts with their names: those that always count, and the others where there are any.
pub(super) fn listed(always: &[(&str, u64)], if_any: &[(&str, u64)]) -> String {
    let shown = always.iter().chain(if_any.iter().filter(|(_, number)| *number > 0));
    shown.map(|(name, number)| format!("{} {name}", count(*number))).collect::<Vec<_>>().join(", ")
}

fn count(number: u64) -> String {
    Unit::Count.show(number as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_processes_are_named_with_what_is_of_each_by_itself() {
        let mut report = Report::default();
        report.run.processes = 2;
        assert!(table(&report).contains("a message's receivers are those of its own process"));
        let worker = |name: &str, clock_offset_ns| Worker {
            name: name.to_owned(),
            clients: 10,
            clock_offset_ns,
            clock_error_ns: 50_000,
        };
        report.run.workers = vec![worker("one", -5_000_000)];
        report.latency.last.count = 70;
        let text = table(&report);
        assert!(text.contains("from 2 processes: the last receiver is that of all, of 70 messages"), "{text}");
        let clock = "one: 10 clients; its clock was 5.00 ms behind, give or take 50.0 µs";
        assert!(text.contains(clock), "{text}");
        // Two such runs, merged: what had reached everybody of both nobody knows.
        (report.run.processes, report.run.workers) = (4, vec![worker("one", 7), worker("two", 7)]);
        assert!(table(&report).contains("a message's receivers are those of its own process"));
    }

    #[test]
    fn the_times_fit_into_a_terminal_of_80_columns() {
        // As long as times are written.
        let times = Distribution {
            count: 7,
            p50_ns: 999_600,
            p90_ns: 123_000_000,
            p99_ns: 99_900,
            p999_ns: 1_230_000,
            max_ns: 3_599_000_000_000,
            mean_ns: 1.0,
        };
        let latency =
            super::super::Latency { all: times.clone(), first: times.clone(), median: times.clone(), last: times };
        let report = Report { latency: latency.clone(), uncorrected: latency, ..Report::default() };
        let shown = table(&report);
        let block: Vec<_> = shown.lines().skip_while(|line| !line.starts_with("latency")).take(7).collect();
        assert!(block[1].contains("p99.9") && block[5].starts_with("last receiver"), "{shown}");
        for line in block {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

//! The report for people.

use std::fmt::Write;
use std::time::Duration;

use super::figures::percentiles;
use super::{Distribution, Report, Unit};
use crate::plan::Load;

/// How wide the first column is, and each of the percentiles'.
const LABEL: usize = 18;
const COLUMN: usize = 10;

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
    line("latency", percentiles(&Distribution::default()).map(|(name, _)| format!("{name:>COLUMN$}")).concat());
    let latency = &report.latency;
    for (label, times) in [
        ("  each delivery", &latency.all),
        ("  first receiver", &latency.first),
        ("  median receiver", &latency.median),
        ("  last receiver", &latency.last),
        ("  sent too late", &report.lateness),
    ] {
        let value = |nanos: u64| if times.count == 0 { "-".to_owned() } else { time(nanos) };
        line(label, percentiles(times).map(|(_, nanos)| format!("{:>COLUMN$}", value(nanos))).concat());
    }
    line("", String::new());
    let generator = &report.generator;
    line(
        "generator",
        format!(
            "{} of a core while sending; waited for a core {}",
            Unit::Share.show(generator.cpu_share),
            Unit::Share.show(generator.waited_share)
        ),
    );
    line(
        "server",
        match &report.server {
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
    let verdict = if report.clean { "everything owed came once and in order" } else { "NOT CLEAN: see above" };
    line("verdict", format!("{verdict}{interrupted}"));
    for doubt in &report.invalid {
        line("INVALID", doubt.clone());
    }
    text
}

fn heading(report: &Report) -> String {
    let run = &report.run;
    let load = match run.load {
        Some(Load::Rate(rate)) => format!("{rate} messages/s"),
        Some(Load::InFlight(window)) => format!("at most {} messages in flight", count(window.into())),
        None => String::new(),
    };
    format!(
        "{}: {} clients in {}, {} publishing, texts of {} octets, {load} for {}\n",
        run.address,
        count(run.clients.into()),
        run.room,
        count(run.publishers.into()),
        count(run.size as u64),
        humantime::format_duration(Duration::from_nanos(run.duration_ns))
    )
}

/// Counts with their names: those that always count, and the others where there are any.
pub(super) fn listed(always: &[(&str, u64)], if_any: &[(&str, u64)]) -> String {
    let shown = always.iter().chain(if_any.iter().filter(|(_, number)| *number > 0));
    shown.map(|(name, number)| format!("{} {name}", count(*number))).collect::<Vec<_>>().join(", ")
}

fn count(number: u64) -> String {
    Unit::Count.show(number as f64)
}

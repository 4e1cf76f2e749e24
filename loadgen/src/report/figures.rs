//! The figures of a report by name, for assertions.

use super::{Distribution, Report};
use crate::report::Unit;

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// What it counts.
    pub unit: Unit,
    /// Its value; `None` where it is not known.
    pub value: Option<f64>,
}

/// Every figure of a report.
pub fn figures(report: &Report) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut add = |name: &str, unit, value| figures.push(Figure { name: name.to_owned(), unit, value });
    let (latency, uncorrected) = (&report.latency, &report.uncorrected);
    for (prefix, times) in [
        ("", &latency.all),
        ("first.", &latency.first),
        ("median.", &latency.median),
        ("last.", &latency.last),
        ("uncorrected.", &uncorrected.all),
        ("uncorrected.first.", &uncorrected.first),
        ("uncorrected.median.", &uncorrected.median),
        ("uncorrected.last.", &uncorrected.last),
        ("late.", &report.lateness),
    ] {
        for (name, nanos) in percentiles(times) {
            // Of nothing there are no percentiles.
            add(&format!("{prefix}{name}"), Unit::Time, (times.count > 0).then_some(nanos as f64));
        }
    }
    let (messages, deliveries, tally) = (&report.messages, &report.deliveries, &report.deliveries.tally);
    for (name, count) in [
        ("messages", messages.published),
        ("accepted", messages.accepted),
        ("refused", messages.refused.values().sum()),
        ("unanswered", messages.unanswered),
        ("held", messages.held),
        ("unsent", messages.unsent),
        ("incomplete", messages.incomplete),
        ("deliveries", tally.received),
        ("lost", tally.lost),
        ("missed", tally.missed),
        ("cut", tally.cut),
        ("repeated", tally.repeated),
        ("reordered", tally.reordered),
        ("corrupt", tally.corrupt),
        ("foreign", tally.foreign),
        ("unverified", deliveries.unverified),
        ("disconnected", report.disconnected.values().sum()),
    ] {
        add(name, Unit::Count, Some(count as f64));
    }
    let server = report.server.as_ref();
    add("rate", Unit::Rate, Some(deliveries.per_second));
    add("deliveries.per-read", Unit::Count, Some(deliveries.per_read));
    add("connects.rate", Unit::Rate, Some(report.connects.per_second));
    add("generator.cpu", Unit::Share, Some(report.generator.cpu_share));
    add("generator.waited", Unit::Share, Some(report.generator.waited_share));
    // Without deliveries there is none to divide by.
    let divided = server.filter(|_| tally.received > 0);
    add("server.cpu", Unit::Time, divided.map(|server| server.cpu_per_delivery_ns));
    add("server.memory", Unit::Size, server.map(|server| server.memory_per_connection));
    figures
}

/// The percentiles that are shown, with their names.
pub(crate) fn percentiles(times: &Distribution) -> [(&'static str, u64); 5] {
    [
        ("p50", times.p50_ns),
        ("p90", times.p90_ns),
        ("p99", times.p99_ns),
        ("p99.9", times.p999_ns),
        ("max", times.max_ns),
    ]
}

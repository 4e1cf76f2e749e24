//! What became of those beside the receivers, in figures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::figures::percentiles;
use super::table::listed;
use super::{Distribution, Unit};
use crate::beside::{BesideMeasured, Churned, Deliveries, Garbled, Readers};

/// What became of those beside the receivers; `null` of a kind that the run did not have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// Those who read slowly.
    pub slow: Option<Readers>,
    /// Those who read nothing while messages were sent.
    pub stalled: Option<Readers>,
    /// Those who came and went.
    pub churn: Option<Churn>,
    /// Those who sent garbage.
    pub garbage: Option<Garbled>,
}

/// What became of those who came and went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the field of that name of `Churned`")]
pub struct Churn {
    pub attempts: u64,
    pub joined: u64,
    pub refused: BTreeMap<String, u64>,
    pub failed: BTreeMap<String, u64>,
    pub unfinished: u64,
    pub unbegun: u64,
    pub most_open: u32,
    pub left: u64,
    pub dropped: u64,
    pub stuck: u64,
    pub disconnected: BTreeMap<String, u64>,
    pub deliveries: Deliveries,
    /// From when each should have connected to when it had joined.
    pub joining: Distribution,
}

impl From<&BesideMeasured> for Beside {
    fn from(measured: &BesideMeasured) -> Self {
        Self {
            slow: measured.slow.clone(),
            stalled: measured.stalled.clone(),
            churn: measured.churn.as_ref().map(Churn::from),
            garbage: measured.garbage.clone(),
        }
    }
}

impl From<&Churned> for Churn {
    fn from(churned: &Churned) -> Self {
        let Churned { attempts, joined, unfinished, unbegun, most_open, left, dropped, stuck, .. } = *churned;
        Self {
            attempts,
            joined,
            refused: churned.refused.clone(),
            failed: churned.failed.clone(),
            unfinished,
            unbegun,
            most_open,
            left,
            dropped,
            stuck,
            disconnected: churned.disconnected.clone(),
            deliveries: churned.deliveries,
            joining: (&*churned.times).into(),
        }
    }
}

/// Adds each figure by its name; those of a kind that the run did not have are not known.
pub(super) fn figures(beside: &Beside, add: &mut dyn FnMut(&str, Unit, Option<f64>)) {
    let mut counts = |prefix: &str, known: bool, counts: &[(&str, u64)]| {
        for (name, count) in counts {
            add(&format!("{prefix}.{name}"), Unit::Count, known.then_some(*count as f64));
        }
    };
    for (prefix, readers) in [("slow", &beside.slow), ("stalled", &beside.stalled)] {
        let known = readers.clone().unwrap_or_default();
        counts(prefix, readers.is_some(), &of_deliveries(&known.deliveries));
        let others = [
            ("cut", known.deliveries.cut),
            ("unread", known.deliveries.unread),
            ("complete", known.complete.into()),
            ("disconnected", sum(&known.disconnected)),
        ];
        counts(prefix, readers.is_some(), &others);
    }
    let known = beside.churn.clone().unwrap_or_default();
    counts("churn", beside.churn.is_some(), &of_deliveries(&known.deliveries));
    let others = [
        ("attempts", known.attempts),
        ("joins", known.joined),
        ("refused", sum(&known.refused)),
        ("failed", sum(&known.failed)),
        ("unfinished", known.unfinished),
        ("unbegun", known.unbegun),
        ("stuck", known.stuck),
        ("disconnected", sum(&known.disconnected)),
    ];
    counts("churn", beside.churn.is_some(), &others);
    let known_garbage = beside.garbage.clone().unwrap_or_default();
    let all = &known_garbage.all;
    let others = [
        ("connections", all.connections),
        ("cut", all.cut),
        ("kept", all.kept),
        ("answered", all.answered),
        ("open", all.open),
        ("refused", sum(&known_garbage.refused)),
    ];
    counts("garbage", beside.garbage.is_some(), &others);
    add("garbage.octets", Unit::Size, beside.garbage.is_some().then_some(all.octets as f64));
    for (name, nanos) in percentiles(&known.joining) {
        add(&format!("churn.{name}"), Unit::Time, (known.joining.count > 0).then_some(nanos as f64));
    }
}

/// The lines of the table: a label, and what stands behind it. None without anybody beside.
pub(super) fn lines(beside: &Beside) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for (label, readers) in [("slow readers", &beside.slow), ("stalled readers", &beside.stalled)] {
        let Some(readers) = readers else { continue };
        let of = &readers.deliveries;
        let always = [("received", of.received), ("missed (GAP)", of.missed), ("lost", of.lost)];
        let words = listed(&always, &[&faults(of)[..], &[("cut off", of.cut), ("still coming", of.unread)]].concat());
        let (count, complete) = (count(readers.count.into()), count(readers.complete.into()));
        let octets = Unit::Size.show(of.octets as f64);
        lines.push((label, format!("{count}, of which {complete} complete; {words}; {octets} read")));
        lines.extend(ended(&readers.disconnected));
    }
    if let Some(churn) = &beside.churn {
        let always = [("joined", churn.joined)];
        let if_any = [("not begun", churn.unbegun), ("not joined at the end", churn.unfinished)];
        lines.push(("churn", format!("{} came; {}", count(churn.attempts), listed(&always, &if_any))));
        for (reason, number) in &churn.refused {
            lines.push(("", format!("{} refused: {reason}", count(*number))));
        }
        for (reason, number) in &churn.failed {
            lines.push(("", format!("{} failed: {reason}", count(*number))));
        }
        if churn.joining.count > 0 {
            let times = percentiles(&churn.joining).map(|(name, nanos)| format!("{name} {}", time(nanos)));
            lines.push(("", format!("joined within {}", times.join(", "))));
        }
        let gone = [("left", churn.left), ("dropped", churn.dropped)];
        lines.push(("", listed(&gone, &[("not let go", churn.stuck)])));
        lines.extend(ended(&churn.disconnected));
        let of = &churn.deliveries;
        let always = [("messages came", of.received), ("lost", of.lost)];
        lines.push(("", listed(&always, &[&[("missed (GAP)", of.missed)], &faults(of)[..]].concat())));
    }
    if let Some(garbage) = &beside.garbage {
        let all = &garbage.all;
        let always = [("cut by the server", all.cut), ("kept", all.kept)];
        let if_any = [("open at the end", all.open), ("closed at once", all.closed)];
        let octets = Unit::Size.show(all.octets as f64);
        let connections = count(all.connections);
        lines.push(("garbage", format!("{connections} connections, {octets}; {}", listed(&always, &if_any))));
        if all.kept > 0 {
            lines.push(("", format!("{} of those kept were answered with an error", count(all.answered))));
        }
        for (reason, number) in &garbage.refused {
            lines.push(("", format!("{} could not connect: {reason}", count(*number))));
        }
    }
    lines
}

fn of_deliveries(of: &Deliveries) -> [(&'static str, u64); 6] {
    let [repeated, reordered, corrupt] = faults(of);
    [("received", of.received), ("missed", of.missed), ("lost", of.lost), repeated, reordered, corrupt]
}

fn faults(of: &Deliveries) -> [(&'static str, u64); 3] {
    [("repeated", of.repeated), ("reordered", of.reordered), ("corrupt", of.corrupt)]
}

fn ended(reasons: &BTreeMap<String, u64>) -> impl Iterator<Item = (&'static str, String)> {
    reasons.iter().map(|(reason, number)| ("", format!("{} connections ended: {reason}", count(*number))))
}

fn sum(reasons: &BTreeMap<String, u64>) -> u64 {
    reasons.values().sum()
}

fn count(number: u64) -> String {
    Unit::Count.show(number as f64)
}

fn time(nanos: u64) -> String {
    Unit::Time.show(nanos as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assertion::Assertion;
    use crate::report::{Report, table};

    fn report() -> Report {
        let deliveries = Deliveries { received: 7, missed: 2, lost: 1, octets: 2_048, ..Deliveries::default() };
        let disconnected = BTreeMap::from([("BYE slow".to_owned(), 3)]);
        let readers = Readers { count: 5, deliveries, complete: 2, disconnected };
        let mut churned = Churned { attempts: 9, joined: 8, ..Churned::default() };
        churned.failed.insert("timed out".to_owned(), 1);
        churned.times.saturating_record(4_000_000);
        let mut garbage = Garbled::default();
        (garbage.all.connections, garbage.all.cut, garbage.all.octets) = (6, 5, 1_024);
        let (slow, churn, garbage) = (Some(readers), Some(churned), Some(garbage));
        let measured = BesideMeasured { slow, stalled: None, churn, garbage };
        Report { beside: (&measured).into(), ..Report::default() }
    }

    #[test]
    fn each_kind_has_figures_where_the_run_had_it() {
        for (assertion, holds) in [
            ("slow.received == 7", true),
            ("slow.missed == 2", true),
            ("slow.lost == 1", true),
            ("slow.complete == 2", true),
            ("slow.disconnected == 3", true),
            ("stalled.lost == 0", false),
            ("churn.joins == 8", true),
            ("churn.failed < 2", true),
            ("churn.p99 < 5ms", true),
            ("churn.p99 < 3ms", false),
            ("garbage.cut == 5", true),
            ("garbage.octets == 1KiB", true),
        ] {
            let parsed: Assertion = assertion.parse().unwrap_or_else(|error| panic!("{assertion}: {error}"));
            assert_eq!(parsed.check(&report()).is_ok(), holds, "{assertion}");
        }
    }

    #[test]
    fn the_table_has_lines_for_each_kind_and_none_without_any() {
        let shown = table(&report());
        for part in [
            "slow readers    5, of which 2 complete; 7 received, 2 missed (GAP), 1 lost; 2.00 KiB read",
            "3 connections ended: BYE slow",
            "churn           9 came; 8 joined",
            "1 failed: timed out",
            "joined within p50 4.00 ms",
            "garbage         6 connections, 1.00 KiB; 5 cut by the server, 0 kept",
        ] {
            assert!(shown.contains(part), "no {part:?} in {shown}");
        }
        assert!(!shown.contains("stalled"), "{shown}");
        let without = table(&Report::default());
        assert!(!without.contains("churn") && !without.contains("garbage"), "{without}");
    }
}

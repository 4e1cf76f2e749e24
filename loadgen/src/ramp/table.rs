//! A ramp for people.

use std::fmt::Write;

use super::{Ramped, Stage, Verdict};
use crate::report::{Report, Unit};

/// How wide a column is.
const COLUMN: usize = 14;

/// The steps as aligned lines, what was found, and why it ended.
pub fn table(found: &Ramped) -> String {
    let mut text = String::new();
    let heads = ["messages/s", "deliveries/s", "p50", "p99", "last p50", "last p99"];
    // Writing to a string does not fail.
    let _ = writeln!(text, "{}  verdict", heads.map(|head| format!("{head:>COLUMN$}")).concat());
    for stage in &found.steps {
        let cells = cells(stage.report.as_ref()).map(|cell| format!("{cell:>COLUMN$}")).concat();
        let _ = writeln!(text, "{:>COLUMN$}{cells}  {}", Unit::Count.show(stage.rate), verdict_line(stage));
    }
    let _ = writeln!(text, "\n{:<14}{}", "sustained", sustained(found));
    let _ = writeln!(text, "{:<14}{}", "ended", ended(found));
    text
}

/// What a step amounts to, in a line.
pub fn verdict_line(stage: &Stage) -> String {
    let word = match stage.verdict {
        Verdict::Held => return "held".to_owned(),
        Verdict::Failed => "failed",
        Verdict::NotClean => "NOT CLEAN",
        Verdict::Invalid => "INVALID",
        Verdict::NotRun => "no run",
    };
    format!("{word}: {}", stage.why.join("; "))
}

fn cells(report: Option<&Report>) -> [String; 5] {
    let Some(report) = report else { return [const { String::new() }; 5] };
    let (all, last) = (&report.latency.all, &report.latency.last);
    let time = |nanos: u64| Unit::Time.show(nanos as f64);
    let rate = Unit::Count.show(report.deliveries.per_second);
    [rate, time(all.p50_ns), time(all.p99_ns), time(last.p50_ns), time(last.p99_ns)]
}

fn sustained(found: &Ramped) -> String {
    let Some(rate) = found.sustained else { return "no rate: not even the first step held".to_owned() };
    let held = found.steps.iter().find(|stage| stage.verdict == Verdict::Held && stage.rate == rate);
    let deliveries = held.and_then(|stage| stage.report.as_ref()).map(|report| report.deliveries.per_second);
    let least = if found.limit { "" } else { "at least " };
    format!(
        "{least}{} messages/s, {} deliveries",
        Unit::Count.show(rate),
        Unit::Rate.show(deliveries.unwrap_or_default())
    )
}

fn ended(found: &Ramped) -> String {
    let Some(stage) = found.lowest_that_failed() else {
        let why = if found.interrupted { "it was interrupted" } else { "the last step, --ramp-to, holds too" };
        return format!("{why}; the server's limit is not known");
    };
    let at = Unit::Count.show(stage.rate);
    match stage.verdict {
        Verdict::Held => String::new(),
        Verdict::Failed | Verdict::NotClean => format!("the server did not keep up at {at} messages/s"),
        Verdict::Invalid => {
            format!("the generator was the limit at {at} messages/s, not the server: give it more cores, or less to do")
        }
        Verdict::NotRun => format!("there was no run at {at} messages/s: {}", stage.why.join("; ")),
    }
}

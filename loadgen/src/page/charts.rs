//! Which charts runs have.
//!
//! Of one run, each chart shows its kinds of receivers or of percentiles; of several, each shows one kind, and the runs lie
//! over each other.

use super::chart::{Chart, Line};
use super::ink::Ink;
use super::scale::Scale;
use super::tail;
use crate::report::Report;
use crate::report::histograms::{Set, Stored};
use crate::series::{Brief, Moment, Series};

/// How many messages a part of the time has at least in a chart of rates, on average: of fewer, a rate jumps between a few
/// values.
const LEAST_MESSAGES: u64 = 10;

/// How many parts there are at least, however few messages.
const LEAST_PARTS: usize = 20;

const DOT: &str =
    "A line ends at its highest value, marked by a dot, as one value of so many tells no further percentile.";
const PARTS: &str = "Each point is one part of the time; a part in which nothing came has none.";

/// One distribution of a set, with its name.
type Kind = (&'static str, fn(&Set) -> &Stored);

/// The kinds, the most important one first.
const KINDS: [Kind; 4] = [
    ("last receiver", |set| &set.last),
    ("each delivery", |set| &set.all),
    ("median receiver", |set| &set.median),
    ("first receiver", |set| &set.first),
];

/// What a moment tells of one kind, with its name.
type Told = (&'static str, fn(&Moment) -> Brief);

const TOLD: [Told; 2] = [("last receiver", |moment| moment.last), ("each delivery", |moment| moment.all)];

/// What is shown of a brief, with its name.
type Part = (&'static str, fn(Brief) -> u64);

const BRIEF: [Part; 3] = [("max", |brief| brief.max_ns), ("p99", |brief| brief.p99_ns), ("p50", |brief| brief.p50_ns)];

/// What is counted in each part: the title of its chart, its name, and the count.
type Counted = (&'static str, &'static str, fn(&Moment) -> u64);

const COUNTED: [Counted; 2] = [
    ("Deliveries over time", "deliveries", |moment| moment.deliveries),
    ("Messages over time", "messages", |moment| moment.published),
];

/// All charts that have something to show.
pub(super) fn charts(runs: &[Report], names: &[String]) -> Vec<Chart> {
    let mut charts = percentiles(runs, names);
    charts.extend(over_time(runs, names));
    charts.extend(rates(runs, names));
    charts.retain(|chart| !chart.lines.is_empty());
    charts
}

/// The lines of one chart: of each run that has points, one.
fn overlaid(runs: &[Report], names: &[String], points: impl Fn(&Report) -> Vec<(f64, f64)>) -> Vec<Line> {
    let lines = runs.iter().zip(names).enumerate().map(|(at, (report, name))| Line {
        name: name.clone(),
        ink: Ink::of_many(at),
        points: points(report),
    });
    lines.filter(|line| !line.points.is_empty()).collect()
}

fn percentiles(runs: &[Report], names: &[String]) -> Vec<Chart> {
    let chart = |title: String, lines: Vec<Line>| {
        let ends = lines.iter().filter_map(|line| line.points.last());
        // Up to 99 % at least, and a little beyond the last dot.
        let end = ends.map(|(at, _)| *at).fold(2.0, f64::max) + 0.1;
        Chart {
            title,
            note: DOT.to_owned(),
            across: "percentile (logarithmic towards 100)",
            x: Scale::Tail(end),
            y: times(&lines),
            lines,
            faults: Vec::new(),
            dots: true,
        }
    };
    if let [report] = runs {
        let set = &report.histograms.corrected;
        let lines = KINDS.iter().enumerate().map(|(at, (name, of))| Line {
            name: (*name).to_owned(),
            ink: Ink::of_many(at),
            points: tail::points(&of(set).0),
        });
        let lines = lines.filter(|line| !line.points.is_empty()).collect();
        return vec![chart("Latency by percentile".to_owned(), lines)];
    }
    let kinds = KINDS.iter().take(TOLD.len()).map(|(name, of)| {
        let lines = overlaid(runs, names, |report| tail::points(&of(&report.histograms.corrected).0));
        chart(format!("Latency by percentile, {name}"), lines)
    });
    kinds.collect()
}

fn over_time(runs: &[Report], names: &[String]) -> Vec<Chart> {
    let points = |series: &Series, of: fn(&Moment) -> Brief, part: fn(Brief) -> u64| -> Vec<(f64, f64)> {
        let told = series.moments.iter().map(|moment| (middle(series, moment), of(moment)));
        told.filter(|(_, brief)| brief.count > 0).map(|(at, brief)| (at, part(brief) as f64)).collect()
    };
    let chart = |title: String, lines: Vec<Line>| Chart {
        title,
        note: PARTS.to_owned(),
        across: "time since the first message",
        x: whole(runs),
        y: times(&lines),
        lines,
        faults: Vec::new(),
        dots: false,
    };
    let kinds = TOLD.iter().flat_map(|(name, of)| match runs {
        [report] => {
            let parts = BRIEF.iter().enumerate().map(|(at, (name, part))| Line {
                name: (*name).to_owned(),
                ink: Ink::of_many(at),
                points: points(&report.series, *of, *part),
            });
            let lines = parts.filter(|line| !line.points.is_empty()).collect();
            vec![chart(format!("Latency over time, {name}"), lines)]
        }
        several => {
            let chart = |(part, value): &Part| {
                let lines = overlaid(several, names, |report| points(&report.series, *of, *value));
                chart(format!("Latency over time, {name}, {part}"), lines)
            };
            // The median and the tail; the highest value of each part is noise where runs lie over each other.
            BRIEF[1..].iter().map(chart).collect()
        }
    });
    kinds.collect()
}

fn rates(runs: &[Report], names: &[String]) -> Vec<Chart> {
    let single = [String::new()];
    let charts = COUNTED.iter().map(|(title, what, of)| {
        let names = if runs.len() == 1 { &single[..] } else { names };
        let mut lines = overlaid(runs, names, |report| rate(&report.series, *of));
        if let ([_], [line]) = (runs, &mut lines[..]) {
            line.name = (*what).to_owned();
        }
        let faults: Vec<f64> = runs.iter().flat_map(|report| faults(&report.series)).collect();
        let marked = if faults.is_empty() { "" } else { " A triangle marks a part in which something went wrong." };
        Chart {
            title: (*title).to_owned(),
            note: format!("How many {what} a second there were in each part of the time.{marked}"),
            across: "time since the first message",
            x: whole(runs),
            y: Scale::Rate(lines.iter().flat_map(|line| &line.points).map(|(_, y)| *y).fold(0.0, f64::max)),
            lines,
            faults,
            dots: false,
        }
    });
    charts.collect()
}

/// An axis for the times of lines.
fn times(lines: &[Line]) -> Scale {
    Scale::times(lines.iter().flat_map(|line| &line.points).map(|(_, y)| *y))
}

/// An axis for the whole time of all runs.
fn whole(runs: &[Report]) -> Scale {
    let ends = runs.iter().filter_map(|report| report.series.moments.last());
    Scale::Elapsed(ends.map(|moment| moment.at_ns as f64).fold(0.0, f64::max))
}

/// The middle of a part.
fn middle(series: &Series, moment: &Moment) -> f64 {
    (moment.at_ns as f64 - series.interval_ns as f64 / 2.0).max(0.0)
}

/// How many parts are one, so that each has a rate that tells something.
fn together(series: &Series) -> usize {
    let published: u64 = series.moments.iter().map(|moment| moment.published).sum();
    let parts = series.moments.len();
    let wanted = (LEAST_MESSAGES * parts as u64).div_ceil(published.max(1)) as usize;
    wanted.clamp(1, (parts / LEAST_PARTS).max(1))
}

/// How many a second there were.
fn rate(series: &Series, of: fn(&Moment) -> u64) -> Vec<(f64, f64)> {
    let point = |part: &[Moment]| {
        let at = part.iter().map(|moment| middle(series, moment)).sum::<f64>() / part.len() as f64;
        let count: u64 = part.iter().map(of).sum();
        let seconds = series.interval_ns as f64 * part.len() as f64 / 1e9;
        (at, count as f64 / seconds)
    };
    if series.interval_ns == 0 { Vec::new() } else { series.moments.chunks(together(series)).map(point).collect() }
}

/// When something went wrong.
fn faults(series: &Series) -> Vec<f64> {
    let wrong = series.moments.iter().filter(|moment| moment.errors > 0);
    wrong.map(|moment| middle(series, moment)).collect()
}

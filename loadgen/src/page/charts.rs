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

/// How many messages a part of the time has on average, where that can be: of fewer there are hardly percentiles, and a rate
/// jumps between a few values.
const ENOUGH_MESSAGES: u64 = 10;

/// How many parts are enough to see how a run went on.
const ENOUGH_PARTS: usize = 50;

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

/// A run as the charts see it.
struct Seen<'r> {
    report: &'r Report,
    name: &'r str,
    /// How it went on, in parts that are not too short.
    series: Series,
}

/// All charts that have something to show.
pub(super) fn charts(runs: &[Report], names: &[String]) -> Vec<Chart> {
    let seen = |(report, name): (_, _)| Seen { report, name, series: coarse(report) };
    let runs: Vec<_> = runs.iter().zip(names.iter().map(String::as_str)).map(seen).collect();
    let mut charts = percentiles(&runs);
    charts.extend(over_time(&runs));
    charts.extend(rates(&runs));
    charts.retain(|chart| !chart.lines.is_empty());
    charts
}

/// How a run went on, in longer parts where those that it has are of few messages each.
fn coarse(report: &Report) -> Series {
    let mut series = report.series.clone();
    let published: u64 = series.moments.iter().map(|moment| moment.published).sum();
    let mut spreads = report.histograms.parts.clone();
    while spreads.len() == series.moments.len()
        && series.moments.len() >= 2 * ENOUGH_PARTS
        && published < ENOUGH_MESSAGES * series.moments.len() as u64
    {
        series.halve(&mut spreads);
    }
    series
}

/// Those of them that have points.
fn drawn(lines: impl IntoIterator<Item = Line>) -> Vec<Line> {
    lines.into_iter().filter(|line| !line.points.is_empty()).collect()
}

/// One line of each run.
fn overlaid(runs: &[Seen<'_>], points: impl Fn(&Seen<'_>) -> Vec<(f64, f64)>) -> Vec<Line> {
    let line =
        |(at, run): (usize, &Seen<'_>)| Line { name: run.name.to_owned(), ink: Ink::of_many(at), points: points(run) };
    drawn(runs.iter().enumerate().map(line))
}

fn percentiles(runs: &[Seen<'_>]) -> Vec<Chart> {
    let [run] = runs else {
        let kinds = KINDS.iter().take(TOLD.len()).map(|(name, of)| {
            let lines = overlaid(runs, |run| tail::points(&of(&run.report.histograms.corrected).0));
            by_percentile(format!("Latency by percentile, {name}"), lines, DOT.to_owned())
        });
        return kinds.collect();
    };
    let histograms = &run.report.histograms;
    let lines = KINDS.iter().enumerate().map(|(at, (name, of))| Line {
        name: (*name).to_owned(),
        ink: Ink::of_many(at),
        points: tail::points(&of(&histograms.corrected).0),
    });
    let mut charts = vec![by_percentile("Latency by percentile".to_owned(), drawn(lines), DOT.to_owned())];
    if differ(run.report) {
        let lines = KINDS.iter().take(TOLD.len()).enumerate().flat_map(|(at, (name, of))| {
            [("", &histograms.corrected), (", uncorrected", &histograms.uncorrected)].into_iter().enumerate().map(
                move |(dash, (which, set))| Line {
                    name: format!("{name}{which}"),
                    ink: Ink::new(at, dash),
                    points: tail::points(&of(set).0),
                },
            )
        });
        let note = "Uncorrected times are from when a message was sent: what held it up before is not in them, as in many \
                    other tools. Where both lines are apart, messages had to wait before they could be sent.";
        charts.push(by_percentile(
            "Latency by percentile, corrected and uncorrected".to_owned(),
            drawn(lines),
            note.to_owned(),
        ));
    }
    charts
}

/// Whether a run's uncorrected times are there, and are others than the corrected ones.
pub(super) fn differ(report: &Report) -> bool {
    let (corrected, uncorrected) = (&report.histograms.corrected, &report.histograms.uncorrected);
    !uncorrected.all.0.is_empty() && corrected != uncorrected
}

fn by_percentile(title: String, lines: Vec<Line>, note: String) -> Chart {
    let ends = lines.iter().filter_map(|line| line.points.last());
    // Up to 99 % at least, and a little beyond the last dot.
    let end = ends.map(|(at, _)| *at).fold(2.0, f64::max) + 0.1;
    Chart {
        title,
        note,
        across: "percentile (logarithmic towards 100)",
        x: Scale::Tail(end),
        y: times(&lines),
        lines,
        faults: Vec::new(),
        dots: true,
    }
}

fn over_time(runs: &[Seen<'_>]) -> Vec<Chart> {
    let points = |series: &Series, of: fn(&Moment) -> Brief, part: fn(Brief) -> u64| -> Vec<(f64, f64)> {
        let told = parts(series).map(|(from, moment)| (middle(from, moment), of(moment)));
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
        [run] => {
            let parts = BRIEF.iter().enumerate().map(|(at, (name, part))| Line {
                name: (*name).to_owned(),
                ink: Ink::of_many(at),
                points: points(&run.series, *of, *part),
            });
            vec![chart(format!("Latency over time, {name}"), drawn(parts))]
        }
        several => {
            let chart = |(part, value): &Part| {
                let lines = overlaid(several, |run| points(&run.series, *of, *value));
                chart(format!("Latency over time, {name}, {part}"), lines)
            };
            // The median and the tail; the highest value of each part is noise where runs lie over each other.
            BRIEF[1..].iter().map(chart).collect()
        }
    });
    kinds.collect()
}

fn rates(runs: &[Seen<'_>]) -> Vec<Chart> {
    let charts = COUNTED.iter().map(|(title, what, of)| {
        let mut lines = overlaid(runs, |run| rate(&run.series, *of));
        if let ([_], [line]) = (runs, &mut lines[..]) {
            line.name = (*what).to_owned();
        }
        let faults: Vec<f64> = runs.iter().flat_map(|run| faults(&run.series)).collect();
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
fn whole(runs: &[Seen<'_>]) -> Scale {
    let ends = runs.iter().filter_map(|run| run.series.moments.last());
    Scale::Elapsed(ends.map(|moment| moment.at_ns as f64).fold(0.0, f64::max))
}

/// The parts of a run's time, each with when it began.
fn parts(series: &Series) -> impl Iterator<Item = (u64, &Moment)> {
    let begins = std::iter::once(0).chain(series.moments.iter().map(|moment| moment.at_ns));
    begins.zip(&series.moments)
}

fn middle(from: u64, moment: &Moment) -> f64 {
    (from as f64 + moment.at_ns as f64) / 2.0
}

/// How many a second there were. The last part can be short; then it counts with the one before, as a rate of few is chance.
fn rate(series: &Series, of: fn(&Moment) -> u64) -> Vec<(f64, f64)> {
    let mut counts: Vec<_> = parts(series).map(|(from, moment)| (from, moment.at_ns, of(moment))).collect();
    if let [.., before, (from, to, count)] = &mut counts[..]
        && (*to - *from) * 2 < series.interval_ns
    {
        (before.1, before.2) = (*to, before.2 + *count);
        counts.pop();
    }
    let point = |(from, to, count): (u64, u64, u64)| {
        ((from as f64 + to as f64) / 2.0, count as f64 * 1e9 / (to - from).max(1) as f64)
    };
    counts.into_iter().map(point).collect()
}

/// When something went wrong.
fn faults(series: &Series) -> Vec<f64> {
    parts(series).filter(|(_, moment)| moment.errors > 0).map(|(from, moment)| middle(from, moment)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::Packer;
    use crate::series::Spread;

    /// Parts of a tenth of a second, each with so many messages, whose times grow.
    fn run(parts: u64, messages: u64) -> Report {
        let mut report = Report::default();
        report.series.interval_ns = 100_000_000;
        for part in 1..=parts {
            let mut times = crate::latency::distribution();
            times.saturating_record_n(part * 1_000, messages);
            let packed = |times| Packer::default().pack(times);
            report.histograms.parts.push(Spread { all: packed(&times), last: packed(&times) });
            let brief = Brief::from(&times);
            let at_ns = part * report.series.interval_ns;
            let moment = Moment {
                at_ns,
                published: messages,
                deliveries: messages,
                all: brief,
                last: brief,
                ..Moment::default()
            };
            report.series.moments.push(moment);
        }
        report
    }

    #[test]
    fn parts_of_few_messages_are_put_together_with_their_true_percentiles() {
        let series = coarse(&run(400, 2));
        assert_eq!(series.moments.len(), 50);
        assert_eq!(series.moments[0].published, 16);
        let distance = series.moments[0].last.max_ns.abs_diff(8_000);
        assert!(distance < 10, "the highest of the first eight parts: {distance}");
        assert_eq!(coarse(&run(400, 10)).moments.len(), 400);
        assert_eq!(coarse(&run(99, 1)).moments.len(), 99, "few parts stay as they are");
    }

    #[test]
    fn a_short_last_part_counts_with_the_one_before() {
        let mut series = run(3, 10).series;
        assert_eq!(rate(&series, |moment| moment.published), [(5e7, 100.0), (1.5e8, 100.0), (2.5e8, 100.0)]);
        series.moments[2].at_ns = 201_000_000;
        let rates = rate(&series, |moment| moment.published);
        assert_eq!(rates.len(), 2);
        assert!((rates[1].1 - 198.0).abs() < 1.0, "{rates:?}");
    }
}

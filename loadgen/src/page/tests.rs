//! Pages of made-up runs.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html, Selector};

use super::ink::{FAULT, Ink, hex};
use super::{MOST_RUNS, PageError, page};
use crate::plan::Load;
use crate::report::{Report, Run, Server, Unit, VERSION};
use crate::series::{Brief, Moment, Series};

/// How many parts the time of a made-up run has.
const PARTS: u64 = 100;

/// A run of so many messages to each of 100 receivers, whose times grow towards the tail and with `slow`.
pub(crate) fn made_up(messages: u64, slow: f64) -> Report {
    let mut report = Report { version: VERSION, valid: true, clean: true, ..Report::default() };
    report.run = Run {
        target: "fanfare://127.0.0.1:15151".to_owned(),
        room: "#tea".to_owned(),
        clients: 100,
        publishers: 2,
        size: 64,
        load: Some(Load::Rate(messages as f64 / 10.0)),
        duration_ns: 10_000_000_000,
        ..Run::default()
    };
    report.server = Some(Server { pid: 4_242, cpu_ns: 1_234_567_890, ..Server::default() });
    (report.messages.published, report.messages.accepted) = (messages, messages);
    (report.deliveries.owed, report.deliveries.tally.received) = (messages * 100, messages * 100);
    (report.deliveries.elapsed_ns, report.deliveries.per_second) = (10_000_000_000, messages as f64 * 10.0);
    let set = &mut report.histograms.corrected;
    for at in 0..messages {
        // A part in so many takes that much longer.
        let tail = messages as f64 / (at as f64 + 0.5);
        let nanos = |factor: f64| (factor * slow * (100_000.0 + 60_000.0 * tail.powf(0.6))) as u64;
        set.first.0.saturating_record(nanos(0.3));
        set.median.0.saturating_record(nanos(0.7));
        set.last.0.saturating_record(nanos(1.6));
        for receiver in 0..100 {
            set.all.0.saturating_record(nanos(0.3 + 1.3 * f64::from(receiver) / 100.0));
        }
        report.histograms.late.0.saturating_record(5_000 + at % 77);
    }
    report.latency.first = (&set.first.0).into();
    report.latency.median = (&set.median.0).into();
    report.latency.last = (&set.last.0).into();
    report.latency.all = (&set.all.0).into();
    report.lateness = (&report.histograms.late.0).into();
    report.series = series(messages, slow);
    report
}

fn series(messages: u64, slow: f64) -> Series {
    let interval_ns = 10_000_000_000 / PARTS;
    let moment = |part: u64| {
        let published = messages * (part + 1) / PARTS - messages * part / PARTS;
        let brief = |count, factor: f64| {
            let wave = factor * slow * (1.0 + 0.3 * (part as f64 / 5.0).sin());
            let of = |nanos: f64| if count == 0 { 0 } else { (nanos * wave) as u64 };
            Brief { count, p50_ns: of(200e3), p99_ns: of(600e3), max_ns: of(if part == 40 { 30e6 } else { 900e3 }) }
        };
        Moment {
            at_ns: (part + 1) * interval_ns,
            published,
            deliveries: published * 100,
            errors: u64::from(part == 41),
            connected: 100,
            all: brief(published * 100, 1.0),
            last: brief(published, 1.8),
        }
    };
    Series { interval_ns, moments: (0..PARTS).map(moment).collect() }
}

/// The page, read by a parser that minds each fault.
fn read(runs: &[Report]) -> Html {
    let text = page(runs).expect("there is a page");
    let read = Html::parse_document(&text);
    assert!(read.errors.is_empty(), "{:?}", read.errors);
    read
}

fn all<'h>(html: &'h Html, selector: &str) -> Vec<ElementRef<'h>> {
    html.select(&Selector::parse(selector).expect("a selector")).collect()
}

fn text(element: &ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn texts(html: &Html, selector: &str) -> Vec<String> {
    all(html, selector).iter().map(text).collect()
}

/// For each chart its title and how many lines of data it has, in one of its sizes.
fn charts(html: &Html, size: &str) -> BTreeMap<String, usize> {
    let title = Selector::parse("h3").expect("a selector");
    let lines = Selector::parse(&format!("svg.{size} polyline")).expect("a selector");
    let inks: Vec<_> = Ink::all().iter().map(Ink::hex).collect();
    let charts = all(html, "figure.chart").into_iter().map(|figure| {
        let data = figure
            .select(&lines)
            .filter(|line| line.value().attr("stroke").is_some_and(|stroke| inks.iter().any(|ink| ink == stroke)));
        (text(&figure.select(&title).next().expect("a title")), data.count())
    });
    charts.collect()
}

fn expected(charts: &[(&str, usize)]) -> BTreeMap<String, usize> {
    charts.iter().map(|(title, lines)| ((*title).to_owned(), *lines)).collect()
}

#[test]
fn one_run_has_a_line_for_each_kind() {
    let html = read(&[made_up(1_000, 1.0)]);
    let expected = expected(&[
        ("Latency by percentile", 4),
        ("Latency over time, last receiver", 3),
        ("Latency over time, each delivery", 3),
        ("Deliveries over time", 1),
        ("Messages over time", 1),
    ]);
    assert_eq!(charts(&html, "wide"), expected);
    assert_eq!(charts(&html, "narrow"), expected);
}

#[test]
fn uncorrected_times_are_dashed_lines_and_rows_of_their_own() {
    let mut report = made_up(1_000, 2.0);
    report.histograms.uncorrected = made_up(1_000, 1.0).histograms.uncorrected;
    let html = read(std::slice::from_ref(&report));
    assert!(!charts(&html, "wide").contains_key("Latency by percentile, corrected and uncorrected"), "there are none");
    let other = made_up(1_000, 1.0);
    (report.histograms.uncorrected, report.uncorrected) = (other.histograms.corrected, other.latency);
    let html = read(std::slice::from_ref(&report));
    assert_eq!(charts(&html, "wide")["Latency by percentile, corrected and uncorrected"], 4);
    for colour in [0, 1] {
        let lines = |dash| all(&html, &format!("svg.wide polyline[stroke='{}']", Ink::new(colour, dash).hex())).len();
        assert!(lines(0) > 0 && lines(1) > 0, "of each colour one with dashes and one without");
    }
    let row = texts(&html, "table.main tbody tr:nth-child(2) > *");
    assert_eq!(row[..2], ["— uncorrected".to_owned(), Unit::Time.show(report.uncorrected.last.p50_ns as f64)]);
    (report.histograms.uncorrected, report.uncorrected) = (report.histograms.corrected.clone(), report.latency.clone());
    let html = read(&[report]);
    assert!(!texts(&html, "table.main th").concat().contains("uncorrected"), "the same is not shown twice");
}

#[test]
fn twenty_runs_lie_over_each_other_and_look_different() {
    let runs: Vec<_> = (0..20).map(|at| made_up(200, 1.0 + f64::from(at) / 10.0)).collect();
    let html = read(&runs);
    let expected = expected(&[
        ("Latency by percentile, last receiver", 20),
        ("Latency by percentile, each delivery", 20),
        ("Latency over time, last receiver, p99", 20),
        ("Latency over time, last receiver, p50", 20),
        ("Latency over time, each delivery, p99", 20),
        ("Latency over time, each delivery, p50", 20),
        ("Deliveries over time", 20),
        ("Messages over time", 20),
    ]);
    assert_eq!(charts(&html, "wide"), expected);
    let legend = all(&html, "figure:first-of-type .legend line");
    let strokes: std::collections::BTreeSet<_> = legend.iter().filter_map(|line| line.value().attr("stroke")).collect();
    assert_eq!(strokes.len(), 20);
    assert_eq!(all(&html, "table.compare tbody tr").len(), 20);
}

#[test]
fn each_chart_is_told_to_whoever_does_not_see_it() {
    let html = read(&[made_up(1_000, 1.0)]);
    let drawings = all(&html, "figure > svg");
    assert_eq!(drawings.len(), 10);
    for drawing in drawings {
        assert_eq!(drawing.value().attr("role"), Some("img"));
        for id in drawing.value().attr("aria-labelledby").expect("it has a label").split(' ') {
            let named = all(&html, &format!("[id='{id}']"));
            assert_eq!(named.len(), 1, "{id}");
            assert!(!text(&named[0]).is_empty(), "{id}");
        }
    }
    assert!(texts(&html, "desc")[0].contains("last receiver: at most"), "{:?}", texts(&html, "desc"));
}

#[test]
fn the_numbers_are_those_of_the_report() {
    let report = made_up(1_000, 1.0);
    let html = read(std::slice::from_ref(&report));
    let last = &report.latency.last;
    let time = |nanos: u64| Unit::Time.show(nanos as f64);
    let values = [last.p50_ns, last.p90_ns, last.p99_ns, last.p999_ns, last.max_ns].map(time);
    let mut row = vec!["last receiver".to_owned()];
    row.extend(values);
    row.push("1,000".to_owned());
    assert_eq!(texts(&html, "table.main tbody tr:first-child > *"), row);
    let cells = texts(&html, "table.list td");
    for value in ["100,000", "10,000/s", "1.23 s", "4242"] {
        assert!(cells.iter().any(|cell| cell == value), "no {value} in {cells:?}");
    }
}

#[test]
fn a_percentile_of_too_few_values_is_marked() {
    let html = read(&[made_up(999, 1.0)]);
    let row = texts(&html, "table.main tbody tr:first-child td");
    assert!(row[3].ends_with('†') && !row[2].ends_with('†'), "{row:?}");
    let html = read(&[made_up(1_000, 1.0)]);
    assert!(!texts(&html, "table.main td").concat().contains('†'));
}

#[test]
fn several_runs_are_compared_with_the_first() {
    let runs = [made_up(1_000, 1.0), made_up(1_000, 2.0)];
    let html = read(&runs);
    assert_eq!(texts(&html, "table.compare tbody th"), ["Run 1", "Run 2"]);
    let cell = |run: usize| texts(&html, &format!("table.compare tbody tr:nth-child({run}) td:nth-child(4)"));
    let p99 = |report: &Report| Unit::Time.show(report.latency.last.p99_ns as f64);
    assert_eq!(cell(1), [p99(&runs[0])]);
    assert_eq!(cell(2), [format!("{} ×2.00", p99(&runs[1]))]);
}

#[test]
fn the_verdict_is_shown_with_its_reasons() {
    assert_eq!(texts(&read(&[made_up(100, 1.0)]), ".badge.good"), ["✓ clean", "✓ valid"]);
    let mut report = made_up(100, 1.0);
    (report.clean, report.valid, report.interrupted) = (false, false, true);
    report.invalid = vec!["the generator was the limit".to_owned()];
    report.deliveries.tally.lost = 3;
    report.disconnected.insert("slow".to_owned(), 2);
    let html = read(&[report]);
    assert_eq!(texts(&html, ".badge"), ["✗ not clean", "✗ invalid", "! interrupted"]);
    let reasons = texts(&html, ".reasons li");
    assert_eq!(reasons[0], "Not clean: 3 lost, 2 connections ended: slow.");
    assert_eq!(reasons[1], "Invalid: the generator was the limit.");
    assert_eq!(texts(&html, "tr.wrong th"), ["lost", "connections ended: slow"]);
}

#[test]
fn what_went_wrong_is_marked_where_it_happened() {
    let html = read(&[made_up(1_000, 1.0)]);
    let marks = all(&html, &format!("svg.wide polygon[fill='{}']", hex(FAULT)));
    assert_eq!(marks.len(), 2, "one in each chart of a rate");
    let mut report = made_up(1_000, 1.0);
    report.series.moments.iter_mut().for_each(|moment| moment.errors = 0);
    assert!(all(&read(&[report]), "polygon").is_empty());
}

#[test]
fn what_comes_from_a_report_is_text() {
    let evil = "</title><script>alert(1)</script><b title=\"x\">&amp;";
    let mut report = made_up(100, 1.0);
    report.run.room = evil.to_owned();
    report.run.target = evil.to_owned();
    report.invalid = vec![evil.to_owned()];
    report.disconnected.insert(evil.to_owned(), 1);
    report.messages.refused.insert(evil.to_owned(), 1);
    report.clean = false;
    for runs in [vec![report.clone()], vec![made_up(100, 1.0), report]] {
        let html = read(&runs);
        assert!(all(&html, "script, b").is_empty());
        assert!(texts(&html, "p, li, th, td").iter().any(|text| text.contains(evil)), "it is shown as it is");
    }
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let text = page(&[made_up(1_000, 1.0), made_up(1_000, 1.1)]).expect("there is a page");
    // The name of SVG's elements is no address that is asked, nor is where the server was.
    let text = text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "").replace("fanfare://", "");
    for outward in ["http:", "https:", "//", "src=", "href=", "url(", "@import", "<script", "<link"] {
        assert!(!text.contains(outward), "{outward}");
    }
    assert!(text.contains("default-src 'none'"));
}

#[test]
fn without_deliveries_the_page_says_why_there_are_no_charts() {
    let idle = read(&[Report::default()]);
    assert!(all(&idle, "figure").is_empty());
    assert!(texts(&idle, ".missing")[0].contains("sent no message"));
    let mut unheard = Report::default();
    unheard.messages.published = 5;
    let unheard = read(&[unheard]);
    assert!(all(&unheard, "figure").is_empty());
    assert!(texts(&unheard, ".missing")[0].contains("5 messages, and none was delivered"));
}

#[test]
fn a_run_without_parts_of_time_has_its_percentiles_and_says_so() {
    let mut report = made_up(100, 1.0);
    report.series = Series::default();
    let html = read(&[report]);
    assert_eq!(charts(&html, "wide"), expected(&[("Latency by percentile", 4)]));
    assert!(texts(&html, ".missing")[0].contains("how it went on"));
}

#[test]
fn no_runs_and_too_many_are_errors() {
    assert!(matches!(page(&[]), Err(PageError::NoRuns)));
    let many = vec![Report::default(); MOST_RUNS + 1];
    assert!(matches!(page(&many), Err(PageError::TooManyRuns(33))));
    assert!(page(&many[1..]).is_ok());
}

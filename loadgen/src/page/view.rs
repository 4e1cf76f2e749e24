//! What the template is filled with.

use askama::Template;
use serde_json::Value;

use super::PageError;
use super::chart::{Chart, SIZES};
use super::charts::charts;
use super::flat::flat;
use super::ink::{self, Ink};
use super::names::{names, sentence};
use super::tables::{Row, Table, accounts, comparison, count, latency};
use crate::report::Report;

/// The page.
#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct Page {
    title: &'static str,
    version: &'static str,
    inks: Vec<Ink>,
    fixed: [(&'static str, String); 4],
    comparison: Option<Table>,
    charts: Vec<Figure>,
    notes: Vec<String>,
    runs: Vec<View>,
}

/// A chart in the page.
struct Figure {
    /// Which of the page's it is.
    number: usize,
    chart: Chart,
    description: String,
    /// The same in each size.
    drawings: Vec<Drawing>,
}

struct Drawing {
    size: &'static str,
    width: u32,
    height: u32,
    svg: String,
}

/// A run in the page.
struct View {
    name: String,
    sentence: String,
    badges: Vec<Badge>,
    reasons: Vec<String>,
    latency: Table,
    accounts: Vec<Table>,
    parameters: Table,
    everything: Table,
}

/// A word about a run.
struct Badge {
    /// `good`, `bad` or `odd`, for the style.
    kind: &'static str,
    /// For whom the colour tells nothing.
    sign: &'static str,
    word: &'static str,
}

impl Page {
    /// The page of one or several runs.
    pub(super) fn of(runs: &[Report]) -> Result<Self, PageError> {
        let names = names(runs);
        let figure = |(number, chart): (usize, Chart)| {
            let drawing = |size| {
                chart.draw(size).map(|svg| Drawing { size: size.name, width: size.width, height: size.height, svg })
            };
            let drawings = SIZES.iter().map(drawing).collect::<Result<_, _>>()?;
            Ok(Figure { number, description: chart.description(), chart, drawings })
        };
        Ok(Self {
            title: if runs.len() == 1 { "A loadgen run" } else { "loadgen runs compared" },
            version: env!("CARGO_PKG_VERSION"),
            inks: Ink::all(),
            fixed: [("text", ink::TEXT), ("grid", ink::GRID), ("axis", ink::AXIS), ("fault", ink::FAULT)]
                .map(|(name, colour)| (name, ink::hex(colour))),
            comparison: (runs.len() > 1).then(|| comparison(runs)),
            charts: charts(runs, &names).into_iter().enumerate().map(figure).collect::<Result<_, PageError>>()?,
            notes: runs.iter().zip(&names).filter_map(|(report, name)| missing(report, name)).collect(),
            runs: runs.iter().zip(names).map(|(report, name)| view(report, name)).collect::<Result<_, _>>()?,
        })
    }
}

/// Why charts of a run are not there.
fn missing(report: &Report, name: &str) -> Option<String> {
    let (published, received) = (report.messages.published, report.deliveries.tally.received);
    if published == 0 {
        Some(format!("{name} sent no message: there is no latency and no rate that a chart could show."))
    } else if received == 0 {
        Some(format!("{name} sent {} messages, and none was delivered: there is no latency to show.", count(published)))
    } else if report.series.moments.is_empty() {
        Some(format!("The report of {name} does not say how it went on: there are no charts over time."))
    } else {
        None
    }
}

fn view(report: &Report, name: String) -> Result<View, PageError> {
    let mut value = serde_json::to_value(report)?;
    if let Value::Object(fields) = &mut value {
        // These are what the charts show.
        fields.remove("histograms");
        fields.remove("series");
    }
    let run = value.get("run").map(flat).unwrap_or_default();
    Ok(View {
        name,
        sentence: sentence(&report.run),
        badges: badges(report),
        reasons: reasons(report),
        latency: latency(report),
        accounts: accounts(report),
        parameters: listed("Parameters", run),
        everything: listed("Every figure of the report", flat(&value)),
    })
}

fn listed(caption: &str, values: Vec<(String, String)>) -> Table {
    let rows = values.into_iter().map(|(name, value)| Row::of(name, value)).collect();
    Table { caption: caption.to_owned(), rows, ..Table::default() }
}

fn badges(report: &Report) -> Vec<Badge> {
    let good = |word| Badge { kind: "good", sign: "✓", word };
    let bad = |word| Badge { kind: "bad", sign: "✗", word };
    let mut badges = vec![
        if report.clean { good("clean") } else { bad("not clean") },
        if report.valid { good("valid") } else { bad("invalid") },
    ];
    if report.interrupted {
        badges.push(Badge { kind: "odd", sign: "!", word: "interrupted" });
    }
    badges
}

/// What the verdict is made of.
fn reasons(report: &Report) -> Vec<String> {
    let mut reasons = Vec::new();
    if report.clean {
        reasons.push(format!("Clean: {}.", report.came()));
    } else {
        let tables = accounts(report);
        let wrong = tables.iter().flat_map(|table| &table.rows).filter(|row| row.wrong);
        let wrong: Vec<_> = wrong.map(|row| format!("{} {}", row.cells[0].value, row.name)).collect();
        reasons.push(format!("Not clean: {}.", wrong.join(", ")));
    }
    reasons.extend(report.invalid.iter().map(|doubt| format!("Invalid: {doubt}.")));
    if report.interrupted {
        reasons.push("Interrupted: the figures are of what was until then.".to_owned());
    }
    reasons
}

//! What was found, for people.

use std::fmt::Write as _;

use fanfare_loadgen::report::Unit;

use super::cells::Cell;
use super::outcome::{Figures, Outcome, Row};
use super::statistics::Summary;

/// A cell as text.
pub(crate) fn text(cell: &Cell, outcome: &Outcome) -> String {
    let mut text = format!("{}: {}\n\n", cell.name, cell.about);
    if !outcome.figures.is_empty() {
        let head = [
            "subject",
            "rounds",
            "CPU a delivery (range)",
            "deliveries/s (range)",
            "p50",
            "p99",
            "p99.9",
            "last p50",
            "last p99",
            "generator",
        ];
        text.push_str(&columns(&head, &outcome.figures.iter().map(figures).collect::<Vec<_>>()));
        text.push('\n');
    }
    text.push_str(&columns(&["", "measured", "aim", "met"], &outcome.rows.iter().map(row).collect::<Vec<_>>()));
    for note in &outcome.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    for fault in &outcome.faults {
        let _ = writeln!(text, "  FAULT: {fault}");
    }
    text
}

/// All cells as a table of Markdown, with what should be known of them below.
pub(crate) fn markdown(machine: &[(&'static str, String)], found: &[(&Cell, Outcome)]) -> String {
    let mut text = String::new();
    for (what, value) in machine {
        let _ = writeln!(text, "- {what}: {value}");
    }
    text.push_str("\n| cell | what | aim | measured | met |\n| --- | --- | --- | --- | --- |\n");
    for (cell, outcome) in found {
        for found in &outcome.rows {
            let [what, measured, aim, met] = row(found);
            let _ = writeln!(text, "| `{}` | {what} | {aim} | {measured} | {met} |", cell.name);
        }
    }
    for (cell, outcome) in found {
        let _ = writeln!(text, "\n`{}`: {}.", cell.name, cell.about);
        for note in &outcome.notes {
            let _ = writeln!(text, "- {note}");
        }
        for fault in &outcome.faults {
            let _ = writeln!(text, "- **{fault}**");
        }
    }
    text
}

fn figures(of: &Figures) -> [String; 10] {
    let time = |nanos: u64| Unit::Time.show(nanos as f64);
    [
        of.subject.clone(),
        of.rounds.to_string(),
        range(of.cpu, Unit::Time),
        range(of.per_second, Unit::Count),
        time(of.p50),
        time(of.p99),
        time(of.p999),
        time(of.last_p50),
        time(of.last_p99),
        of.generator.map_or_else(String::new, |share| Unit::Share.show(share)),
    ]
}

fn range(summary: Option<Summary>, unit: Unit) -> String {
    summary.map_or_else(String::new, |of| {
        format!("{} ({} to {})", unit.show(of.median), unit.show(of.least), unit.show(of.most))
    })
}

fn row(of: &Row) -> [String; 4] {
    [
        of.what.clone(),
        of.measured(),
        of.aim.map_or_else(String::new, |aim| aim.show(of.form)),
        of.verdict.map_or_else(String::new, |verdict| verdict.word().to_owned()),
    ]
}

/// Rows below a head, each column as wide as it must be.
fn columns<const N: usize>(head: &[&str; N], rows: &[[String; N]]) -> String {
    let head = head.map(str::to_owned);
    let wide = |at: usize| rows.iter().chain([&head]).map(|row| row[at].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(wide);
    let mut text = String::new();
    for row in std::iter::once(&head).chain(rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "  {cell:width$}");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

//! A comparison for people.

use std::fmt::Write;

use super::{Comparison, Summary, unit};
use crate::report::Unit;

/// What each column is.
const HEADS: [&str; 6] = ["figure", "target", "median", "min to max", "ratio", "min to max"];

/// As aligned lines, with what is to be known below them.
pub fn table(comparison: &Comparison) -> String {
    let rows = rows(comparison);
    let all = || std::iter::once(HEADS.map(str::to_owned)).chain(rows.iter().cloned());
    let widths: Vec<_> =
        (0..HEADS.len()).map(|at| all().map(|row| row[at].chars().count()).max().unwrap_or_default()).collect();
    let mut text = heading(comparison).join("\n") + "\n\n";
    for row in all() {
        let [figure, target, numbers @ ..] = &row;
        let mut line = format!("{figure:<0$}  {target:<1$}", widths[0], widths[1]);
        for (cell, width) in numbers.iter().zip(&widths[2..]) {
            // Writing to a string does not fail.
            let _ = write!(line, "  {cell:>width$}");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let _ = write!(text, "\n{}", footing(comparison).join("\n"));
    text.push('\n');
    text
}

/// As Markdown.
pub fn markdown(comparison: &Comparison) -> String {
    // Nothing in a cell may end it.
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | ").replace(" | | ", " |  | "));
    let mut text: String = heading(comparison).iter().map(|line| format!("- {line}\n")).collect();
    text.push('\n');
    text.push_str(&line(&HEADS.map(str::to_owned)));
    text.push_str("| --- | --- | ---: | ---: | ---: | ---: |\n");
    for row in rows(comparison) {
        text.push_str(&line(&row.map(|cell| cell.replace('|', "\\|").replace('*', "\\*"))));
    }
    text.push('\n');
    for note in footing(comparison) {
        let inner = note.trim_start();
        let _ = writeln!(text, "{}- {}", &note[..note.len() - inner.len()], inner.replace('*', "\\*"));
    }
    text
}

fn heading(comparison: &Comparison) -> Vec<String> {
    let servers = comparison.targets.iter().enumerate().map(|(which, target)| {
        let server = target.server.as_deref().unwrap_or("a server that does not say its version");
        format!("{}: {server}", label(comparison, which))
    });
    let workload = toml::to_string(&comparison.workload).unwrap_or_default();
    [
        format!("machine: {} processors, {}", comparison.machine.processors, comparison.machine.kernel),
        format!("date: {}", comparison.started),
        format!("command: {}", comparison.command),
        format!("workload: {}", workload.trim_end().replace('\n', ", ")),
    ]
    .into_iter()
    .chain(servers)
    .collect()
}

/// For each figure, each target; and of the counts those that any target has.
fn rows(comparison: &Comparison) -> Vec<[String; 6]> {
    let mut rows = Vec::new();
    for (at, name) in super::COMPARED.into_iter().enumerate() {
        let unit = unit(name);
        for (which, target) in comparison.targets.iter().enumerate() {
            let line = &target.figures[at];
            let [median, range] = shown(line.value, |value| unit.show(value));
            let [ratio, ratios] = if which == 0 {
                [if line.value.is_some() { "1" } else { "" }.to_owned(), String::new()]
            } else {
                shown(line.ratio, significant)
            };
            rows.push([head(name, which), marked(comparison, which), median, range, ratio, ratios]);
        }
    }
    for (at, name) in super::COUNTED.into_iter().enumerate() {
        if comparison.targets.iter().all(|target| target.counts[at].count == 0) {
            continue;
        }
        for (which, target) in comparison.targets.iter().enumerate() {
            let count = Unit::Count.show(target.counts[at].count as f64);
            let name = format!("{name} (all rounds)");
            rows.push([
                head(&name, which),
                marked(comparison, which),
                count,
                String::new(),
                String::new(),
                String::new(),
            ]);
        }
    }
    rows
}

/// A figure is named once.
fn head(name: &str, which: usize) -> String {
    if which == 0 { name.to_owned() } else { String::new() }
}

fn shown(summary: Option<Summary>, show: impl Fn(f64) -> String) -> [String; 2] {
    match summary {
        Some(Summary { median, least, most }) => [show(median), format!("{} to {}", show(least), show(most))],
        None => ["-".to_owned(), String::new()],
    }
}

/// A ratio with three significant digits, so that a small one is not 0.
fn significant(ratio: f64) -> String {
    if ratio <= 0.0 {
        return "0".to_owned();
    }
    let before = ratio.log10().floor() as i32;
    format!("{ratio:.0$}", usize::try_from(2 - before).unwrap_or_default())
}

/// The name of a target, with a mark if something below the table is about it.
fn marked(comparison: &Comparison, which: usize) -> String {
    let remarked = comparison.targets[which].rounds.iter().any(|round| !round.remarks.is_empty());
    format!("{}{}", label(comparison, which), if remarked { " *" } else { "" })
}

/// The name of a target, and its place if there are several of that name.
fn label(comparison: &Comparison, which: usize) -> String {
    let name = &comparison.targets[which].target;
    let namesakes = comparison.targets.iter().filter(|target| target.target == *name).count();
    if namesakes > 1 { format!("{name} ({})", which + 1) } else { name.clone() }
}

/// How many rounds there were, and what is to be known about them.
fn footing(comparison: &Comparison) -> Vec<String> {
    let made = comparison.targets.iter().map(|target| target.rounds.len()).min().unwrap_or_default();
    let ended = if comparison.interrupted { ", as it was interrupted" } else { "" };
    let mut notes = vec![format!(
        "{made} of {} rounds{ended}; ratios are to {}, within each round",
        comparison.rounds,
        label(comparison, 0)
    )];
    for (which, target) in comparison.targets.iter().enumerate() {
        let remarked: Vec<_> = target.rounds.iter().filter(|round| !round.remarks.is_empty()).collect();
        if remarked.is_empty() {
            continue;
        }
        notes.push(format!(
            "* {}: rounds that are not as they should be: {} of {}; they are part of the figures above",
            label(comparison, which),
            remarked.len(),
            target.rounds.len()
        ));
        for round in remarked {
            notes.push(format!("  round {}: {}", round.round, round.remarks.join("; ")));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_has_three_significant_digits_however_small_it_is() {
        for (ratio, text) in
            [(0.0, "0"), (0.000_042_3, "0.0000423"), (0.004, "0.00400"), (0.5, "0.500"), (1.0, "1.00"), (12.34, "12.3")]
        {
            assert_eq!(significant(ratio), text);
        }
        assert_eq!(significant(1234.4), "1234");
    }
}

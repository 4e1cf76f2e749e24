//! What the runs of a page are called: by what they differ in.

use super::tables::count;
use crate::report::{Report, Run, load};

/// A parameter by which runs can be told apart.
type Parameter = fn(&Run) -> String;

const PARAMETERS: [Parameter; 6] = [
    |run| run.target.clone(),
    |run| format!("{} clients", count(run.clients.into())),
    |run| format!("{} publishing", count(run.publishers.into())),
    |run| format!("{} octets", count(run.size as u64)),
    |run| load(run.load),
    duration,
];

/// A name for each: its number and its label, or where it has none the parameters that are not the same for all.
pub(super) fn names(runs: &[Report]) -> Vec<String> {
    let differ = |parameter: &&Parameter| runs.windows(2).any(|two| parameter(&two[0].run) != parameter(&two[1].run));
    let parameters: Vec<_> = PARAMETERS.iter().filter(differ).collect();
    let name = |(at, report): (usize, &Report)| {
        if let Some(label) = &report.run.label {
            return format!("{}: {label}", at + 1);
        }
        let values: Vec<_> = parameters.iter().map(|parameter| parameter(&report.run)).collect();
        let colon = if values.is_empty() { "" } else { ": " };
        format!("Run {}{colon}{}", at + 1, values.join(", "))
    };
    runs.iter().enumerate().map(name).collect()
}

/// A run in one sentence.
pub(super) fn sentence(run: &Run) -> String {
    let load = load(run.load);
    let comma = if load.is_empty() { "" } else { ", " };
    format!(
        "{} clients in {} at {}, {} publishing, texts of {} octets{comma}{load}, for {}.",
        count(run.clients.into()),
        run.room,
        run.target,
        count(run.publishers.into()),
        count(run.size as u64),
        duration(run)
    )
}

fn duration(run: &Run) -> String {
    humantime::format_duration(std::time::Duration::from_nanos(run.duration_ns)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Load;

    fn run(target: &str, rate: f64) -> Report {
        let run = Run { target: target.to_owned(), load: Some(Load::Rate(rate)), ..Run::default() };
        Report { run, ..Report::default() }
    }

    #[test]
    fn a_label_is_the_name() {
        let mut runs = [run("a", 1.0), run("b", 1.0)];
        runs[1].run.label = Some("after".to_owned());
        assert_eq!(names(&runs), ["Run 1: a", "2: after"]);
    }

    #[test]
    fn equal_runs_have_numbers_only() {
        assert_eq!(names(&[run("a", 1.0), run("a", 1.0)]), ["Run 1", "Run 2"]);
        assert_eq!(names(&[run("a", 1.0)]), ["Run 1"]);
    }

    #[test]
    fn what_differs_is_part_of_the_name() {
        assert_eq!(names(&[run("a", 1.0), run("a", 2.5)]), ["Run 1: 1 messages/s", "Run 2: 2.5 messages/s"]);
        assert_eq!(
            names(&[run("a", 1.0), run("b", 1.0), run("a", 2.0)]),
            ["Run 1: a, 1 messages/s", "Run 2: b, 1 messages/s", "Run 3: a, 2 messages/s"]
        );
    }
}

//! `--baseline FILE --max-regression 10%`: a run held against one that was saved before.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::report::{Report, Unit, figures};
use crate::saved::{self, SavedError};
use crate::workload::Workload;

/// The figures that are compared, and whether more of them is better.
pub const COMPARED: [(&str, bool); 7] = [
    ("p50", false),
    ("p99", false),
    ("last.p50", false),
    ("last.p99", false),
    ("rate", true),
    ("server.cpu", false),
    ("server.memory", false),
];

/// By how much a figure may be worse if nobody says anything else.
const USUAL: f64 = 0.1;

/// What two runs need not have in common: a room has a random name, and what is asserted does not change a run.
const OF_NO_ACCOUNT: [&str; 4] = ["room", "assert", "profile", "scenario"];

/// By how much figures may be worse.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowed {
    /// Which figure; `None` are all that nothing else is said of.
    figure: Option<&'static str>,
    /// As a part of the baseline's value.
    most: f64,
}

/// What is wrong with a permitted regression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowedError {
    /// The figure is none of those that are compared.
    #[error("no figure {0:?} is compared with a baseline; there are {known}", known = known())]
    Figure(String),
    /// The value is no part.
    #[error("{0:?} is no regression: write a percentage, such as 10%, for all figures, or FIGURE=PERCENTAGE for one")]
    Value(String),
}

/// A run that was saved before, and by how much others may be worse.
#[derive(Clone, Debug)]
pub struct Baseline {
    path: PathBuf,
    report: Report,
    allowed: Vec<Allowed>,
}

/// What comes of comparing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// What a reader should know of the comparison.
    pub warnings: Vec<String>,
    /// Each figure that is worse than it may be: both values, and the change.
    pub regressions: Vec<String>,
}

impl Baseline {
    /// Reads what `--json` has written.
    ///
    /// # Errors
    ///
    /// It can't be read, or is no run.
    pub fn read(path: &Path, allowed: &[Allowed]) -> Result<Self, SavedError> {
        let report = saved::read(path)?;
        Ok(Self { path: path.to_owned(), report, allowed: allowed.to_vec() })
    }

    /// Holds a run against it.
    pub fn compare(&self, report: &Report) -> Compared {
        let mut compared = Compared { warnings: self.doubts(report), regressions: Vec::new() };
        let (before, now) = (figures(&self.report), figures(report));
        for (figure, now) in before.iter().zip(&now) {
            let Some((_, more_is_better)) = COMPARED.iter().find(|(name, _)| *name == figure.name) else { continue };
            let (name, show) = (&figure.name, |value| figure.unit.show(value));
            match (figure.value, now.value) {
                (Some(then), Some(now)) if then > 0.0 => {
                    let change = (now - then) / then;
                    let worse = if *more_is_better { -change } else { change };
                    let most = self.most(name);
                    if worse > most {
                        compared.regressions.push(format!(
                            "{name} is worse than the baseline: {} then, {} now, {:+.1} % (at most {} is allowed)",
                            show(then),
                            show(now),
                            change * 100.0,
                            Unit::Share.show(most)
                        ));
                    }
                }
                (None, None) => {}
                (then, now) => {
                    let show = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), show);
                    let (then, now) = (show(then), show(now));
                    compared.warnings.push(format!("{name} can't be compared: {then} in the baseline, {now} now"));
                }
            }
        }
        compared
    }

    /// By how much a figure may be worse: the last that was said counts.
    fn most(&self, name: &str) -> f64 {
        let said = |figure: Option<&str>| self.allowed.iter().rev().find(|allowed| allowed.figure == figure);
        said(Some(name)).or_else(|| said(None)).map_or(USUAL, |allowed| allowed.most)
    }

    /// Why the two runs may not be comparable.
    fn doubts(&self, report: &Report) -> Vec<String> {
        let path = self.path.display();
        let mut doubts: Vec<_> = differences(&self.report.workload, &report.workload)
            .into_iter()
            .map(|difference| format!("the baseline {path} is of another run: {difference}"))
            .collect();
        let (then, now) = (self.report.run.protocol(), report.run.protocol());
        if then != now {
            doubts.push(format!("the baseline {path} is of another kind of server: {then} then, and {now} now"));
        }
        if !self.report.valid {
            doubts.push(format!("the baseline {path} is of an invalid run: {}", self.report.invalid.join("; ")));
        }
        if !self.report.clean {
            doubts.push(format!(
                "the baseline {path} is of a run that was not clean: {}",
                self.report.faults().join(", ")
            ));
        }
        doubts
    }
}

impl FromStr for Allowed {
    type Err = AllowedError;

    fn from_str(text: &str) -> Result<Self, AllowedError> {
        let (figure, value) = text.split_once('=').map_or((None, text), |(figure, value)| (Some(figure.trim()), value));
        let figure = figure.map(|name| {
            let known = COMPARED.iter().find(|(known, _)| *known == name).map(|(known, _)| *known);
            known.ok_or_else(|| AllowedError::Figure(name.to_owned()))
        });
        let most = Unit::Share.parse(value).ok_or_else(|| AllowedError::Value(text.to_owned()))?;
        Ok(Self { figure: figure.transpose()?, most })
    }
}

fn known() -> String {
    COMPARED.map(|(name, _)| name).join(", ")
}

/// What two workloads do not have in common.
fn differences(then: &Workload, now: &Workload) -> Vec<String> {
    let table = |workload| toml::Table::try_from(workload).unwrap_or_default();
    let (then, now) = (table(then), table(now));
    let keys: BTreeSet<_> =
        then.keys().chain(now.keys()).filter(|key| !OF_NO_ACCOUNT.contains(&key.as_str())).collect();
    let show = |value: Option<&toml::Value>| value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    keys.into_iter()
        .filter(|key| then.get(*key) != now.get(*key))
        .map(|key| format!("{key} was {}, and is {}", show(then.get(key)), show(now.get(key))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report { clean: true, valid: true, ..Report::default() };
        (report.latency.all.count, report.latency.last.count) = (1, 1);
        (report.latency.all.p50_ns, report.latency.all.p99_ns) = (1_000_000, 10_000_000);
        (report.latency.last.p50_ns, report.latency.last.p99_ns) = (2_000_000, 20_000_000);
        report.deliveries.per_second = 1_000.0;
        report
    }

    fn compare(change: impl FnOnce(&mut Report), allowed: &[&str]) -> Compared {
        let allowed = allowed.iter().map(|text| text.parse().expect(text)).collect();
        let baseline = Baseline { path: "old.json".into(), report: report(), allowed };
        let mut now = report();
        change(&mut now);
        baseline.compare(&now)
    }

    #[test]
    fn what_is_worse_than_allowed_is_named_with_both_values_and_the_change() {
        let slower = |report: &mut Report| report.latency.all.p99_ns = 11_500_000;
        assert_eq!(
            compare(slower, &[]).regressions,
            ["p99 is worse than the baseline: 10.0 ms then, 11.5 ms now, +15.0 % (at most 10.0 % is allowed)"]
        );
        let fewer = |report: &mut Report| report.deliveries.per_second = 850.0;
        assert_eq!(
            compare(fewer, &[]).regressions,
            ["rate is worse than the baseline: 1,000/s then, 850/s now, -15.0 % (at most 10.0 % is allowed)"]
        );
        assert!(compare(slower, &["20%"]).regressions.is_empty());
    }

    #[test]
    fn what_is_better_is_no_regression() {
        let better = |report: &mut Report| (report.deliveries.per_second, report.latency.last.p99_ns) = (9e9, 1);
        assert_eq!(compare(better, &["0%"]), Compared::default());
    }

    #[test]
    fn a_figure_can_have_its_own_limit() {
        let slower = |report: &mut Report| {
            (report.latency.all.p99_ns, report.latency.last.p99_ns) = (11_500_000, 23_000_000);
        };
        let named = |allowed: &[&str]| -> Vec<String> {
            let regressions = compare(slower, allowed).regressions;
            regressions.iter().map(|text| text.split(' ').next().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(named(&["last.p99=20%"]), ["p99"]);
        assert_eq!(named(&["20%", "p99=5%"]), ["p99"]);
        assert_eq!(named(&[]), ["p99", "last.p99"]);
        assert!("mean=5%".parse::<Allowed>().is_err_and(|error| error.to_string().contains("there are p50, p99")));
        assert!("p99=5ms".parse::<Allowed>().is_err_and(|error| error.to_string().contains("such as 10%")));
    }

    #[test]
    fn what_the_two_runs_do_not_have_in_common_is_told() {
        let other = |report: &mut Report| {
            (report.workload.clients, report.workload.room) = (Some(5), Some("#tea".to_owned()));
        };
        assert_eq!(
            compare(other, &[]).warnings,
            ["the baseline old.json is of another run: clients was nothing, and is 5"]
        );
        let local = |report: &mut Report| report.server = Some(crate::report::Server::default());
        let told = "server.memory can't be compared: unknown in the baseline, 0 B now";
        assert!(compare(local, &[]).warnings.iter().any(|warning| warning == told));
        let mut invalid = report();
        (invalid.valid, invalid.clean, invalid.deliveries.tally.lost) = (false, false, 1);
        let baseline = Baseline { path: "old.json".into(), report: invalid, allowed: Vec::new() };
        assert_eq!(baseline.compare(&report()).warnings.len(), 2);
    }
}

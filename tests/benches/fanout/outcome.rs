//! What a cell has found: figures, aims and whether they are met.

use fanfare_loadgen::report::{Report, Unit};
use serde::Serialize;

use super::series::Series;
use super::statistics::Summary;

/// What a cell has found.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Outcome {
    /// The figures of each subject.
    pub(crate) figures: Vec<Figures>,
    /// What was to be known.
    pub(crate) rows: Vec<Row>,
    /// What a reader of these should know.
    pub(crate) notes: Vec<String>,
    /// What was lost, repeated, reordered or corrupt.
    pub(crate) faults: Vec<String>,
    /// Each round.
    pub(crate) rounds: Vec<Round>,
}

/// A round as it was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Round {
    subject: String,
    round: usize,
    #[serde(flatten)]
    report: Report,
}

/// The figures of one subject. Times are nanoseconds; those of a distribution are of all rounds together.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) subject: String,
    pub(crate) rounds: usize,
    /// The server's processor time for a delivery.
    pub(crate) cpu: Option<Summary>,
    pub(crate) per_second: Option<Summary>,
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
    pub(crate) last_p50: u64,
    pub(crate) last_p99: u64,
    /// How much of a processor the generator used.
    pub(crate) generator: Option<f64>,
}

/// Something that was to be known.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) interval: Option<(f64, f64)>,
    #[serde(rename = "unit", serialize_with = "unit")]
    pub(crate) form: Form,
    pub(crate) aim: Option<Aim>,
    pub(crate) verdict: Option<Verdict>,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// So many times something else.
    Times,
    Of(Unit),
}

/// What a value should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Aim {
    AtMost(f64),
    AtLeast(f64),
}

/// Whether it is that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Met,
    Missed,
    /// The value meets it, but the interval around it reaches beyond.
    LikelyMet,
    /// The value does not meet it, but a part of the interval around it does.
    LikelyMissed,
}

/// What a value is counted in, for a program.
fn unit<S: serde::Serializer>(form: &Form, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match form {
        Form::Times => "ratio",
        Form::Of(Unit::Time) => "ns",
        Form::Of(Unit::Count) => "count",
        Form::Of(Unit::Rate) => "per_second",
        Form::Of(Unit::Share) => "share",
        Form::Of(Unit::Size) => "octets",
    })
}

impl Form {
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Times => format!("{value:.2} ×"),
            Self::Of(unit) => unit.show(value),
        }
    }
}

impl Aim {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }

    fn verdict(self, value: f64, interval: Option<(f64, f64)>) -> Verdict {
        let (low, high) = interval.unwrap_or((value, value));
        match (self.holds(value), self.holds(low) && self.holds(high), self.holds(low) || self.holds(high)) {
            (true, true, _) => Verdict::Met,
            (true, false, _) => Verdict::LikelyMet,
            (false, _, true) => Verdict::LikelyMissed,
            (false, _, false) => Verdict::Missed,
        }
    }

    pub(crate) fn show(self, form: Form) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {}", form.show(most)),
            Self::AtLeast(least) => format!("≥ {}", form.show(least)),
        }
    }
}

impl Verdict {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Met => "yes",
            Self::Missed => "no",
            Self::LikelyMet => "yes, but the interval reaches beyond",
            Self::LikelyMissed => "no, but the interval reaches it",
        }
    }
}

impl Row {
    /// A value, and its interval if it has one, as they are written.
    pub(crate) fn measured(&self) -> String {
        let value = self.form.show(self.value);
        match self.interval {
            Some((low, high)) => format!("{value} ({} to {})", self.form.show(low), self.form.show(high)),
            None => value,
        }
    }
}

impl Outcome {
    /// That of some series.
    pub(crate) fn of<'s>(series: impl IntoIterator<Item = &'s Series>) -> Self {
        let mut outcome = Self::default();
        outcome.add(series);
        outcome
    }

    /// Takes the figures of more series in.
    pub(crate) fn add<'s>(&mut self, series: impl IntoIterator<Item = &'s Series>) {
        for series in series {
            self.add_rounds(series);
            if series.rounds.is_empty() {
                continue;
            }
            self.notes.extend(series.doubts());
            let (each, last) = (series.each(), series.last());
            self.figures.push(Figures {
                subject: series.name.clone(),
                rounds: series.rounds.len(),
                cpu: Summary::of(&series.cpu()),
                per_second: Summary::of(&series.per_second()),
                p50: each.value_at_quantile(0.5),
                p99: each.value_at_quantile(0.99),
                p999: each.value_at_quantile(0.999),
                last_p50: last.value_at_quantile(0.5),
                last_p99: last.value_at_quantile(0.99),
                generator: series.generator(),
            });
        }
    }

    /// Takes the rounds of a series in, but no figures of a load, as they had none that matters.
    pub(crate) fn add_rounds(&mut self, series: &Series) {
        self.notes.extend(series.notes());
        self.faults.extend(series.faults());
        let rounds = series.reports.iter().cloned().enumerate();
        let subject = &series.name;
        self.rounds.extend(rounds.map(|(at, report)| Round { subject: subject.clone(), round: at + 1, report }));
    }

    /// A value, with what it should be.
    pub(crate) fn value(&mut self, what: impl Into<String>, unit: Unit, value: f64, aim: Option<Aim>) {
        self.row(what.into(), Form::Of(unit), value, None, aim);
    }

    /// A quotient of two values.
    pub(crate) fn times(&mut self, what: impl Into<String>, value: f64, aim: Option<Aim>) {
        self.row(what.into(), Form::Times, value, None, aim);
    }

    /// Figures of several rounds; nothing if there are none.
    pub(crate) fn summary(&mut self, what: impl Into<String>, form: Form, summary: Option<Summary>, aim: Option<Aim>) {
        if let Some(summary) = summary {
            self.row(what.into(), form, summary.median, summary.interval, aim);
        }
    }

    fn row(&mut self, what: String, form: Form, value: f64, interval: Option<(f64, f64)>, aim: Option<Aim>) {
        // What is no number, as of no deliveries at all, meets nothing.
        let verdict = aim.map(|aim| aim.verdict(value, interval));
        self.rows.push(Row { what, value, interval, form, aim, verdict });
    }
}

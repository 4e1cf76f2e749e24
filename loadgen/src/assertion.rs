//! `--assert 'p99<5ms'`: what a figure must be.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::report::{Report, Unit, figures};

/// A figure, a comparison and a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Assertion {
    /// As it was written: a value that is shown is rounded.
    text: String,
    figure: String,
    comparison: Comparison,
    value: f64,
    unit: Unit,
}

/// An assertion that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(String);

/// What is wrong with an assertion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// It has no comparison.
    #[error("no comparison in it: FIGURE, one of < <= > >= == !=, VALUE")]
    NoComparison,
    /// There is no such figure.
    #[error("no figure {name:?}{nearest}; there are {known}")]
    UnknownFigure {
        /// What stands there.
        name: String,
        /// What may be meant.
        nearest: String,
        /// All there are.
        known: String,
    },
    /// The value is not of the figure's kind.
    #[error("{value:?} is no value of {figure}: {form}")]
    BadValue {
        /// What stands there.
        value: String,
        /// The figure.
        figure: String,
        /// How its values are written.
        form: &'static str,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    AtMost,
    AtLeast,
    Equal,
    Unequal,
    Below,
    Above,
}

/// The longer ones first, since the shorter ones begin like them.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
    ("<", Comparison::Below),
    (">", Comparison::Above),
];

impl Assertion {
    /// Whether it holds. A figure that is not known is not what it must be.
    ///
    /// # Errors
    ///
    /// It does not, and why.
    pub fn check(&self, report: &Report) -> Result<(), Failure> {
        let figure = figures(report).into_iter().find(|figure| figure.name == self.figure);
        match figure.and_then(|figure| figure.value) {
            Some(value) if self.comparison.holds(value, self.value) => Ok(()),
            Some(value) => Err(Failure(format!("{self} does not hold: it is {}", self.unit.show(value)))),
            None => Err(Failure(format!("{self} does not hold: it is not known"))),
        }
    }
}

impl Comparison {
    fn holds(self, one: f64, other: f64) -> bool {
        match self {
            Self::AtMost => one <= other,
            Self::AtLeast => one >= other,
            Self::Equal => one == other,
            Self::Unequal => one != other,
            Self::Below => one < other,
            Self::Above => one > other,
        }
    }
}

impl FromStr for Assertion {
    type Err = AssertionError;

    fn from_str(text: &str) -> Result<Self, AssertionError> {
        let at = text.find(['<', '>', '=', '!']).ok_or(AssertionError::NoComparison)?;
        let (name, rest) = text.split_at(at);
        let known = COMPARISONS.into_iter().find_map(|(sign, comparison)| Some((rest.strip_prefix(sign)?, comparison)));
        let (value, comparison) = known.ok_or(AssertionError::NoComparison)?;
        let (name, value) = (name.trim(), value.trim());
        let figures = figures(&Report::default());
        let Some(figure) = figures.iter().find(|figure| figure.name == name) else {
            let names = figures.iter().map(|figure| figure.name.as_str());
            let nearest = names
                .clone()
                .map(|known| (strsim::jaro_winkler(name, known), known))
                .max_by(|one, other| one.0.total_cmp(&other.0))
                .filter(|(likeness, _)| *likeness > 0.7);
            return Err(AssertionError::UnknownFigure {
                name: name.to_owned(),
                nearest: nearest.map_or_else(String::new, |(_, known)| format!(" (did you mean {known}?)")),
                known: names.collect::<Vec<_>>().join(", "),
            });
        };
        let unit = figure.unit;
        let value = unit.parse(value).ok_or_else(|| AssertionError::BadValue {
            value: value.to_owned(),
            figure: name.to_owned(),
            form: unit.form(),
        })?;
        Ok(Self { text: text.to_owned(), figure: name.to_owned(), comparison, value, unit })
    }
}

impl From<Assertion> for String {
    fn from(assertion: Assertion) -> Self {
        assertion.text
    }
}

impl TryFrom<String> for Assertion {
    type Error = AssertionError;

    fn try_from(text: String) -> Result<Self, AssertionError> {
        text.parse()
    }
}

impl fmt::Display for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign =
            COMPARISONS.iter().find(|(_, comparison)| *comparison == self.comparison).map_or("", |(sign, _)| sign);
        write!(f, "{} {sign} {}", self.figure, self.unit.show(self.value))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report::default();
        report.latency.all.count = 1;
        report.latency.all.p99_ns = 5_000_000;
        report.deliveries.tally.lost = 2;
        report
    }

    #[test]
    fn each_comparison_holds_exactly_where_it_should() {
        for (assertion, holds) in [
            ("p99<5ms", false),
            ("p99 <= 5ms", true),
            ("p99>4999us", true),
            ("p99>=5.001ms", false),
            ("p99 == 5000us", true),
            ("p99!=5ms", false),
            ("lost==0", false),
            ("lost<3", true),
            // Without its process nothing is known of the server.
            ("server.cpu<1s", false),
        ] {
            let parsed: Assertion = assertion.parse().expect(assertion);
            assert_eq!(parsed.check(&report()).is_ok(), holds, "{assertion}");
        }
    }

    #[test]
    fn a_failure_says_what_it_is_instead() {
        let assertion: Assertion = "p99<3ms".parse().expect("it is well-formed");
        let failure = assertion.check(&report()).expect_err("it fails");
        assert_eq!(failure.to_string(), "p99 < 3.00 ms does not hold: it is 5.00 ms");
    }

    #[test]
    fn what_is_no_assertion_is_explained() {
        let error = |text: &str| text.parse::<Assertion>().expect_err("it is wrong").to_string();
        assert!(error("p99").contains("no comparison"));
        assert!(error("p99=5ms").contains("no comparison"));
        assert!(error("los==0").contains("did you mean lost?"), "{}", error("los==0"));
        assert!(error("zzzz==0").starts_with("no figure \"zzzz\"; there are p50, p90,"), "{}", error("zzzz==0"));
        assert!(error("p99<5").contains("such as 5ms"));
        assert!(error("lost==5ms").contains("a number"));
    }
}

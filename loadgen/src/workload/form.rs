//! How values stand in flags and files.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// By how much a ramp's rate grows from one step to the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub enum Step {
    /// By so many messages a second more.
    Add(f64),
    /// So many times.
    Times(f64),
}

/// What is wrong with a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no step: write how much is added, such as 500, or x and a factor above 1, such as x1.5")]
pub struct StepError(String);

/// A step in a file: a number or a string.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a step is a number such as 500, or a string such as \"x1.5\"")]
enum Written {
    Number(f64),
    Text(String),
}

impl Step {
    /// The rate of the step behind one of this rate.
    pub fn after(self, rate: f64) -> f64 {
        match self {
            Self::Add(more) => rate + more,
            Self::Times(factor) => rate * factor,
        }
    }

    /// The rate in the middle of two steps.
    pub fn between(self, one: f64, other: f64) -> f64 {
        match self {
            Self::Add(_) => f64::midpoint(one, other),
            Self::Times(_) => (one * other).sqrt(),
        }
    }
}

impl FromStr for Step {
    type Err = StepError;

    fn from_str(text: &str) -> Result<Self, StepError> {
        let wrong = || StepError(text.to_owned());
        let number = |digits: &str| digits.parse::<f64>().ok().filter(|number| number.is_finite());
        match text.strip_prefix('x') {
            Some(factor) => number(factor).filter(|&factor| factor > 1.0).map(Self::Times).ok_or_else(wrong),
            None => number(text).filter(|&more| more > 0.0).map(Self::Add).ok_or_else(wrong),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(more) => write!(f, "{more}"),
            Self::Times(factor) => write!(f, "x{factor}"),
        }
    }
}

impl From<Step> for String {
    fn from(step: Step) -> Self {
        step.to_string()
    }
}

impl TryFrom<Written> for Step {
    type Error = StepError;

    fn try_from(written: Written) -> Result<Self, StepError> {
        match written {
            Written::Number(more) => more.to_string().parse(),
            Written::Text(text) => text.parse(),
        }
    }
}

/// Times: a number and its unit, such as `500ms`, `10s` or `2m`.
pub mod time {
    use std::time::Duration;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    /// Reads one.
    ///
    /// # Errors
    ///
    /// It is none, and how one is written.
    pub fn parse(text: &str) -> Result<Duration, String> {
        humantime::parse_duration(text).map_err(|error| format!("{error}; a time is such as 500ms, 10s or 2m"))
    }

    pub(in crate::workload) fn serialize<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => to.collect_str(&humantime::format_duration(*time)),
            None => to.serialize_none(),
        }
    }

    pub(in crate::workload) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        let text = String::deserialize(from)?;
        parse(&text).map(Some).map_err(D::Error::custom)
    }
}

/// Laws of the sizes of rooms: `even`, `zipf`, or `zipf:` and the exponent.
pub mod sizes {
    use std::borrow::Cow;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::layout::Sizes;

    /// Reads one.
    ///
    /// # Errors
    ///
    /// It is none, and how one is written.
    pub fn parse(text: &str) -> Result<Sizes, String> {
        let exponent = match text {
            "even" => return Ok(Sizes::Even),
            "zipf" => Some(1.0),
            text => text.strip_prefix("zipf:").and_then(|exponent| exponent.parse().ok()),
        };
        exponent.map(Sizes::Zipf).ok_or_else(|| format!("{text:?} is no law of sizes: write even, zipf or zipf:1.2"))
    }

    pub(in crate::workload) fn serialize<S: Serializer>(sizes: &Option<Sizes>, to: S) -> Result<S::Ok, S::Error> {
        let text = sizes.map(|sizes| match sizes {
            Sizes::Even => Cow::Borrowed("even"),
            Sizes::Zipf(exponent) => Cow::Owned(format!("zipf:{exponent}")),
        });
        match text {
            Some(text) => to.serialize_str(&text),
            None => to.serialize_none(),
        }
    }

    pub(in crate::workload) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Sizes>, D::Error> {
        let text = String::deserialize(from)?;
        parse(&text).map(Some).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Sizes;

    #[test]
    fn a_law_of_sizes_has_an_exponent_or_none() {
        for (text, law) in [("even", Sizes::Even), ("zipf", Sizes::Zipf(1.0)), ("zipf:1.5", Sizes::Zipf(1.5))] {
            assert_eq!(sizes::parse(text), Ok(law));
        }
        for text in ["", "zipf:", "zipf:x", "odd"] {
            assert!(sizes::parse(text).is_err_and(|error| error.contains("write even")), "{text}");
        }
    }

    #[test]
    fn a_step_adds_or_multiplies() {
        let step = |text: &str| text.parse::<Step>();
        assert_eq!(step("500").map(|step| (step.after(20.0), step.between(10.0, 20.0))), Ok((520.0, 15.0)));
        assert_eq!(step("x1.5").map(|step| (step.after(20.0), step.between(10.0, 40.0))), Ok((30.0, 20.0)));
        for text in ["0", "-1", "x1", "x", "", "two", "xinf", "NaN"] {
            assert_eq!(step(text), Err(StepError(text.to_owned())));
        }
        for text in ["500", "x1.5"] {
            assert_eq!(step(text).expect(text).to_string(), text);
        }
    }
}

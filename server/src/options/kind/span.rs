//! Lengths of time.

use std::ops::RangeInclusive;
use std::time::Duration;

use humantime::{format_duration, parse_duration};

use super::{Form, Kind, Refusal};

/// A length of time in a range: `500ms`, `10s`, `1m 30s`; a plain number counts seconds.
pub(in crate::options) struct Span(pub(in crate::options) RangeInclusive<Duration>);

impl Kind for Span {
    type Value = Duration;

    fn parse(&self, text: &str) -> Result<Duration, Refusal> {
        let time = text
            .parse()
            .map(Duration::from_secs)
            .or_else(|_| parse_duration(text))
            .map_err(|_| Refusal::new(text, "is not a time such as 500ms, 10s or 2m"))?;
        if self.0.contains(&time) { Ok(time) } else { Err(Refusal::out_of_range(text)) }
    }

    fn show(&self, value: &Duration) -> toml::Value {
        toml::Value::from(format_duration(*value).to_string())
    }

    fn allowed(&self) -> String {
        format!("{} to {}", format_duration(*self.0.start()), format_duration(*self.0.end()))
    }

    fn form(&self) -> Form {
        Form::Number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Span = Span(Duration::from_millis(50)..=Duration::from_secs(300));

    #[test]
    fn times_have_units_or_are_seconds() {
        for (text, milliseconds) in
            [("500ms", 500), ("10s", 10_000), ("2m", 120_000), ("10", 10_000), ("1m 30s", 90_000), ("1m30s", 90_000)]
        {
            assert_eq!(KIND.parse(text), Ok(Duration::from_millis(milliseconds)), "{text:?}");
        }
    }

    #[test]
    fn other_texts_and_times_out_of_range_are_refused() {
        for text in ["", "s", "-1", "1.5", "10 parsecs"] {
            assert_eq!(KIND.parse(text), Err(Refusal::new(text, "is not a time such as 500ms, 10s or 2m")), "{text:?}");
        }
        for text in ["49ms", "0", "301", "18446744073709551615"] {
            assert_eq!(KIND.parse(text), Err(Refusal::out_of_range(text)), "{text:?}");
        }
    }

    #[test]
    fn a_shown_time_is_exact() {
        for time in [Duration::from_millis(50), Duration::from_nanos(61_000_000_001), Duration::from_secs(90)] {
            let shown = format_duration(time).to_string();
            assert_eq!(KIND.parse(&shown), Ok(time), "{shown}");
        }
    }
}

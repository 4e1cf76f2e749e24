//! Lengths of time.

use std::ops::RangeInclusive;
use std::time::Duration;

use humantime::{format_duration, parse_duration};

use super::{Form, Kind, Refusal};

/// In seconds.
const DAY: u64 = 24 * 60 * 60;

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
        toml::Value::from(shown(*value))
    }

    fn allowed(&self) -> String {
        format!("{} to {}", shown(*self.0.start()), shown(*self.0.end()))
    }

    fn form(&self) -> Form {
        Form::Number
    }
}

/// A time in days and below: months and years are of no length that anybody means.
fn shown(time: Duration) -> String {
    let (days, rest) = (time.as_secs() / DAY, time.as_secs() % DAY);
    let rest = Duration::new(rest, time.subsec_nanos());
    match days {
        0 => format_duration(rest).to_string(),
        _ => {
            let unit = if days == 1 { "day" } else { "days" };
            let rest = if rest.is_zero() { String::new() } else { format!(" {}", format_duration(rest)) };
            format!("{days}{unit}{rest}")
        }
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
    fn a_shown_time_is_exact_and_has_no_units_above_days() {
        let kind = Span(Duration::ZERO..=Duration::MAX);
        for (time, shown) in [
            (Duration::from_millis(50), "50ms"),
            (Duration::from_nanos(61_000_000_001), "1m 1s 1ns"),
            (Duration::from_secs(90), "1m 30s"),
            (Duration::from_secs(DAY), "1day"),
            (Duration::from_secs(90 * DAY), "90days"),
            (Duration::from_millis(36_525 * DAY * 1_000 + 3_600_500), "36525days 1h 500ms"),
        ] {
            assert_eq!(kind.show(&time).as_str(), Some(shown));
            assert_eq!(kind.parse(shown), Ok(time), "{shown}");
        }
    }
}

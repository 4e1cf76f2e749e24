//! Everything that a report has, name by name as in its JSON: also what no table here knows.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::report::Unit;

/// The end of the year 9999, in milliseconds since 1970.
const LAST: u64 = 253_402_300_799_000;

/// The names and values below a value.
pub(super) fn flat(value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    add("", value, &mut found);
    found
}

fn add(name: &str, value: &Value, found: &mut Vec<(String, String)>) {
    let below = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                add(&below(key), value, found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, value) in items.iter().enumerate() {
                add(&below(&(at + 1).to_string()), value, found);
            }
        }
        _ => {
            if let (Some(name), Some(millis)) = (name.strip_suffix("_ms"), value.as_u64()) {
                return found.push((name.to_owned(), moment(millis)));
            }
            let (name, unit) = match name.strip_suffix("_ns") {
                Some(name) => (name, Some(Unit::Time)),
                None => (name, unit(name)),
            };
            found.push((name.to_owned(), written(value, unit)));
        }
    }
}

/// Milliseconds since 1970, by the calendar.
pub(super) fn moment(millis: u64) -> String {
    // What no calendar has is no moment, and is written as it is.
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis)).filter(|_| millis <= LAST);
    time.map_or(millis.to_string(), |time| humantime::format_rfc3339_seconds(time).to_string())
}

/// What a number of that name is.
fn unit(name: &str) -> Option<Unit> {
    let last = name.rsplit('.').next().unwrap_or(name);
    match last {
        "per_second" => Some(Unit::Rate),
        _ if last.ends_with("_share") => Some(Unit::Share),
        _ if last.starts_with("memory_") => Some(Unit::Size),
        // These are not amounts.
        "pid" | "version" => None,
        _ => Some(Unit::Count),
    }
}

fn written(value: &Value, unit: Option<Unit>) -> String {
    match value {
        Value::Null => "not known".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match (unit, number.as_f64()) {
            // A count that is no whole number is an average or a rate.
            (Some(Unit::Count), Some(value)) if value.fract() != 0.0 => format!("{value:.2}"),
            (Some(unit), Some(value)) => unit.show(value),
            _ => number.to_string(),
        },
        Value::Array(items) if !items.is_empty() => {
            items.iter().map(|item| written(item, unit)).collect::<Vec<_>>().join("; ")
        }
        Value::Array(_) | Value::Object(_) => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_calendar_has_is_written_as_it_is() {
        assert_eq!(moment(u64::MAX), u64::MAX.to_string());
        assert_eq!(moment(LAST), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn names_are_paths_and_values_have_their_units() {
        let value = json!({
            "run": { "clients": 1_000, "load": { "rate": 2.5 }, "duration_ns": 5_000_000_000_u64, "room": "#tea" },
            "server": null, "clean": true, "pid": 12_345, "generator": { "cpu_share": 0.25 },
            "memory_before": 2_048, "per_second": 1_234.0, "invalid": ["a", "b"], "refused": {}, "each": [{ "x": 1 }],
            "started_ms": 1_700_000_000_000_u64
        });
        let mut found = flat(&value);
        found.sort();
        let expected = [
            ("clean", "yes"),
            ("each.1.x", "1"),
            ("generator.cpu_share", "25.0 %"),
            ("invalid", "a; b"),
            ("memory_before", "2.00 KiB"),
            ("per_second", "1,234/s"),
            ("pid", "12345"),
            ("refused", "none"),
            ("run.clients", "1,000"),
            ("run.duration", "5.00 s"),
            ("run.load.rate", "2.50"),
            ("run.room", "#tea"),
            ("server", "not known"),
            ("started", "2023-11-14T22:13:20Z"),
        ];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}

//! Everything that a report has, name by name as in its JSON: also what no table here knows.

use serde_json::Value;

use crate::report::Unit;

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
            let (name, unit) = match name.strip_suffix("_ns") {
                Some(name) => (name, Some(Unit::Time)),
                None => (name, unit(name)),
            };
            found.push((name.to_owned(), written(value, unit)));
        }
    }
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
    fn names_are_paths_and_values_have_their_units() {
        let value = json!({
            "run": { "clients": 1_000, "load": { "rate": 2.5 }, "duration_ns": 5_000_000_000_u64, "room": "#tea" },
            "server": null, "clean": true, "pid": 12_345, "generator": { "cpu_share": 0.25 },
            "memory_before": 2_048, "per_second": 1_234.0, "invalid": ["a", "b"], "refused": {}, "each": [{ "x": 1 }]
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
        ];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}

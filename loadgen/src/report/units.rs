//! How figures are written for people, and read from them.

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds.
    Time,
    /// Things.
    Count,
    /// Things a second.
    Rate,
    /// A part of one.
    Share,
    /// Octets.
    Size,
}

impl Unit {
    /// The suffixes that a value can have, and what each stands for; the first is used where it has none.
    fn suffixes(self) -> &'static [(&'static str, f64)] {
        match self {
            Self::Time => &[("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9)],
            Self::Count => &[("", 1.0), ("k", 1e3), ("M", 1e6)],
            Self::Rate => &[("", 1.0), ("/s", 1.0), ("k", 1e3), ("k/s", 1e3), ("M", 1e6), ("M/s", 1e6)],
            Self::Share => &[("", 1.0), ("%", 0.01)],
            Self::Size => &[("", 1.0), ("B", 1.0), ("KiB", 1_024.0), ("MiB", 1_048_576.0), ("GiB", 1_073_741_824.0)],
        }
    }

    /// How a value is written, for a person who got it wrong.
    pub fn form(self) -> &'static str {
        match self {
            Self::Time => "a number and ns, us, ms, s or m, such as 5ms",
            Self::Count => "a number, such as 0 or 10k",
            Self::Rate => "a number, such as 20000 or 1.5M",
            Self::Share => "a part or a percentage, such as 0.9 or 90%",
            Self::Size => "a number of octets, such as 8192 or 8KiB",
        }
    }

    /// Reads a value. A time needs its unit.
    pub fn parse(self, text: &str) -> Option<f64> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        let (number, suffix) = (number.parse::<f64>().ok()?, suffix.trim_start());
        self.suffixes().iter().find(|(known, _)| *known == suffix).map(|(_, factor)| number * factor)
    }

    /// Writes a value.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Time => match value {
                ..1e3 => format!("{value:.0} ns"),
                ..1e6 => digits(value / 1e3, "µs"),
                ..1e9 => digits(value / 1e6, "ms"),
                _ => digits(value / 1e9, "s"),
            },
            Self::Count => grouped(value),
            Self::Rate => format!("{}/s", grouped(value)),
            Self::Share => format!("{:.1} %", value * 100.0),
            Self::Size => match value {
                ..1_024.0 => format!("{value:.0} B"),
                ..1_048_576.0 => digits(value / 1_024.0, "KiB"),
                _ => digits(value / 1_048_576.0, "MiB"),
            },
        }
    }
}

/// Three digits.
fn digits(value: f64, unit: &str) -> String {
    match value {
        ..10.0 => format!("{value:.2} {unit}"),
        ..100.0 => format!("{value:.1} {unit}"),
        _ => format!("{value:.0} {unit}"),
    }
}

/// A whole number, with a comma before each three digits.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_their_units_only() {
        for (unit, text, value) in [
            (Unit::Time, "5ms", 5e6),
            (Unit::Time, "1.5 s", 1.5e9),
            (Unit::Time, "7us", 7e3),
            (Unit::Count, "0", 0.0),
            (Unit::Count, "10k", 1e4),
            (Unit::Rate, "1.5M/s", 1.5e6),
            (Unit::Share, "90%", 0.9),
            (Unit::Size, "8KiB", 8_192.0),
        ] {
            assert_eq!(unit.parse(text), Some(value), "{text}");
        }
        for (unit, text) in [
            (Unit::Time, "5"),
            (Unit::Time, "ms"),
            (Unit::Count, "5ms"),
            (Unit::Count, ""),
            (Unit::Size, "-1"),
            (Unit::Rate, "1.2.3"),
        ] {
            assert_eq!(unit.parse(text), None, "{text}");
        }
    }

    #[test]
    fn values_are_written_for_people() {
        assert_eq!(Unit::Time.show(999.0), "999 ns");
        assert_eq!(Unit::Time.show(1_234.0), "1.23 µs");
        assert_eq!(Unit::Time.show(56_780_000.0), "56.8 ms");
        assert_eq!(Unit::Time.show(4.5e9), "4.50 s");
        assert_eq!(Unit::Count.show(0.0), "0");
        assert_eq!(Unit::Rate.show(1_234_567.0), "1,234,567/s");
        assert_eq!(Unit::Share.show(0.123), "12.3 %");
        assert_eq!(Unit::Size.show(17_408.0), "17.0 KiB");
    }
}

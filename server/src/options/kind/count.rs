//! Whole numbers in a range.

use std::ops::RangeInclusive;

use super::{Form, Kind, Refusal};

/// An unsigned integer type that a field may have.
pub(in crate::options) trait Whole: Copy + PartialOrd + TryFrom<u64> + TryInto<u64> {}

impl<T: Copy + PartialOrd + TryFrom<u64> + TryInto<u64>> Whole for T {}

/// `number`, if it is in `range`.
pub(super) fn within<T: Whole>(range: &RangeInclusive<T>, number: u64) -> Option<T> {
    T::try_from(number).ok().filter(|number| range.contains(number))
}

/// `number` in the widest type. No field has a wider one, so none is cut.
pub(super) fn widened<T: Whole>(number: T) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}

/// Whether it is digits, with or without a minus before them.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// A whole number in a range.
pub(in crate::options) struct Count<T>(pub(in crate::options) RangeInclusive<T>);

impl<T: Whole> Kind for Count<T> {
    type Value = T;

    fn parse(&self, text: &str) -> Result<T, Refusal> {
        if !is_whole(text) {
            return Err(Refusal::new(text, "is not a whole number"));
        }
        text.parse().ok().and_then(|number| within(&self.0, number)).ok_or_else(|| Refusal::out_of_range(text))
    }

    fn show(&self, value: &T) -> toml::Value {
        toml::Value::Integer(i64::try_from(widened(*value)).unwrap_or(i64::MAX))
    }

    fn allowed(&self) -> String {
        format!("{} to {}", widened(*self.0.start()), widened(*self.0.end()))
    }

    fn form(&self) -> Form {
        Form::Number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_whole_number_is_told_from_what_is_too_large() {
        let kind = Count(1_u32..=9);
        assert_eq!(kind.parse("9"), Ok(9));
        for text in ["", "-", "x", "1.0", "+1", "1 ", "0x1", "1e0"] {
            assert_eq!(kind.parse(text), Err(Refusal::new(text, "is not a whole number")), "{text:?}");
        }
        for text in ["0", "10", "-1", "4294967297", "99999999999999999999999"] {
            assert_eq!(kind.parse(text), Err(Refusal::out_of_range(text)), "{text:?}");
        }
    }
}

//! Counts, sequence numbers and times. SPEC.md, section 2.6: decimal, no sign, no leading zero, at most 2^53 - 1.

use core::fmt;

use super::{Prefix, ValueError};
use crate::limits::{MAX_NUMBER, MAX_PAGE};

/// A number from 0 to [`MAX_NUMBER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Number(u64);

impl Number {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// Checks a value.
    pub const fn new(value: u64) -> Option<Self> {
        //= protocol/SPEC.md#2-6-values
        //# A sender MUST give each value the form that the table above names for it.
        if value <= MAX_NUMBER { Some(Self(value)) } else { None }
    }

    /// The number nearest to a value: [`MAX_NUMBER`] for all above it.
    pub const fn saturating(value: u64) -> Self {
        if value <= MAX_NUMBER { Self(value) } else { Self(MAX_NUMBER) }
    }

    /// The value.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Reads decimal digits.
    pub fn parse(digits: &str) -> Result<Self, ValueError> {
        match Self::prefix(digits) {
            Some((number, "")) => Ok(number),
            _ => {
                Err(ValueError { what: "number", rule: "decimal, no sign, no leading zero, at most 9007199254740991" })
            }
        }
    }
}

impl<'a> Prefix<'a> for Number {
    #[inline(always)]
    fn prefix(input: &'a str) -> Option<(Self, &'a str)> {
        if let Some(rest) = input.strip_prefix('0') {
            return Some((Self::ZERO, rest));
        }
        let (mut value, mut length) = (0, 0);
        // 16 digits hold MAX_NUMBER, and can't overflow a u64.
        for &octet in input.as_bytes().iter().take(16) {
            let digit = octet.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value * 10 + u64::from(digit);
            length += 1;
        }
        let number = Self::new(value)?;
        (length > 0).then(|| (number, &input[length..]))
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Self(value.into())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The number of a message in its room and epoch, from 1 to [`MAX_NUMBER`]. SPEC.md, section 6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seq(u64);

impl Seq {
    /// The number of an epoch's first message.
    pub const FIRST: Self = Self(1);

    /// Checks a value.
    pub const fn new(value: u64) -> Option<Self> {
        //= protocol/SPEC.md#2-6-values
        //# A sender MUST give each value the form that the table above names for it.
        if value >= 1 && value <= MAX_NUMBER { Some(Self(value)) } else { None }
    }

    /// The value.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number after this one; `None` at the end of an epoch's numbers.
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }
}

impl<'a> Prefix<'a> for Seq {
    #[inline(always)]
    fn prefix(input: &'a str) -> Option<(Self, &'a str)> {
        let (number, rest) = Number::prefix(input)?;
        Some((Self::new(number.get())?, rest))
    }
}

impl From<Seq> for Number {
    fn from(seq: Seq) -> Self {
        Self(seq.0)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Consecutive numbers of messages, at least one. SPEC.md, section 5.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeqRange {
    first: Seq,
    last: Seq,
}

impl SeqRange {
    /// From `first` to `last`, both included; `None` where `last` comes before `first`.
    pub fn new(first: Seq, last: Seq) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// The first number.
    pub fn first(self) -> Seq {
        self.first
    }

    /// The last number.
    pub fn last(self) -> Seq {
        self.last
    }

    /// How many numbers there are.
    pub fn count(self) -> u64 {
        self.last.0 - self.first.0 + 1
    }
}

/// How many messages are asked for at most, from 1 to [`MAX_PAGE`]. SPEC.md, section 4.15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageSize(u16);

impl PageSize {
    /// What is meant where nothing is said.
    pub const DEFAULT: Self = Self(20);

    /// Checks a value.
    pub fn new(value: u64) -> Option<Self> {
        u16::try_from(value).ok().filter(|&value| (1..=MAX_PAGE).contains(&usize::from(value))).map(Self)
    }

    /// Reads decimal digits.
    pub fn parse(digits: &str) -> Result<Self, ValueError> {
        let value = Number::parse(digits)?.get();
        Self::new(value).ok_or(ValueError { what: "number of messages", rule: "from 1 to 1000" })
    }

    /// The value.
    pub fn get(self) -> usize {
        self.0.into()
    }
}

impl From<PageSize> for Number {
    fn from(size: PageSize) -> Self {
        Self(size.0.into())
    }
}

/// A wall-clock time: milliseconds since 1970-01-01 UTC, from 0 to [`MAX_NUMBER`]. SPEC.md, section 2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(Number);

impl Timestamp {
    /// A time from milliseconds since 1970-01-01 UTC, at most [`MAX_NUMBER`].
    pub const fn from_millis(millis: u64) -> Self {
        Self(Number::saturating(millis))
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn millis(self) -> u64 {
        self.0.get()
    }
}

impl<'a> Prefix<'a> for Timestamp {
    #[inline(always)]
    fn prefix(input: &'a str) -> Option<(Self, &'a str)> {
        let (number, rest) = Number::prefix(input)?;
        Some((Self(number), rest))
    }
}

impl From<Timestamp> for Number {
    fn from(at: Timestamp) -> Self {
        at.0
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use super::*;

    //= protocol/SPEC.md#2-6-values
    //= type=test
    //# A sender MUST give each value the form that the table above names for it.
    #[test]
    fn numbers_are_decimal_without_sign_or_leading_zero_up_to_the_limit() {
        for (digits, value) in [("0", 0), ("7", 7), ("9007199254740991", MAX_NUMBER)] {
            assert_eq!(Number::parse(digits).map(Number::get), Ok(value));
        }
        for bad in ["", "00", "01", "-1", "+1", "1 ", "1a", "9007199254740992", "10000000000000000", "１"] {
            assert!(Number::parse(bad).is_err(), "{bad}");
        }
    }

    //= protocol/SPEC.md#2-6-values
    //= type=test
    //# A sender MUST give each value the form that the table above names for it.
    #[test]
    fn a_message_is_never_number_zero_and_a_range_never_empty() {
        assert_eq!(Seq::new(0), None);
        assert_eq!(Seq::new(MAX_NUMBER).and_then(Seq::next), None);
        let (one, two) = (Seq::FIRST, Seq::FIRST.next().expect("two"));
        assert_eq!(SeqRange::new(one, two).map(SeqRange::count), Some(2));
        assert_eq!(SeqRange::new(two, one), None);
    }

    #[test]
    fn a_page_has_from_1_to_1_000_messages() {
        for size in [1, 20, 1_000] {
            assert_eq!(PageSize::parse(&alloc::format!("{size}")).map(PageSize::get), Ok(size));
        }
        for bad in ["0", "1001", "65537", "9007199254740991", "01", "x", ""] {
            assert!(PageSize::parse(bad).is_err(), "{bad}");
        }
    }
}

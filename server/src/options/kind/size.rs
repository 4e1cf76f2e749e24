//! Numbers of octets, plain or with a unit.

use std::ops::RangeInclusive;

use bytesize::ByteSize;

use super::count::{Whole, widened, within};
use super::{Form, Kind, Refusal};

/// A number of octets in a range: `262144`, `256KiB`, `1MiB`.
pub(in crate::options) struct Size<T>(pub(in crate::options) RangeInclusive<T>);

impl<T: Whole> Kind for Size<T> {
    type Value = T;

    fn parse(&self, text: &str) -> Result<T, Refusal> {
        let size: ByteSize =
            text.parse().map_err(|_| Refusal::new(text, "is not a size such as 262144, 256KiB or 1MiB"))?;
        within(&self.0, size.as_u64()).ok_or_else(|| Refusal::out_of_range(text))
    }

    fn show(&self, value: &T) -> toml::Value {
        toml::Value::from(octets(*value))
    }

    fn allowed(&self) -> String {
        format!("{} to {}", octets(*self.0.start()), octets(*self.0.end()))
    }

    fn form(&self) -> Form {
        Form::Number
    }
}

/// `size` octets in the largest unit that divides them. (The crate's own display rounds.)
pub(in crate::options) fn octets<T: Whole>(size: T) -> String {
    let size = widened(size);
    [("TiB", bytesize::TIB), ("GiB", bytesize::GIB), ("MiB", bytesize::MIB), ("KiB", bytesize::KIB)]
        .into_iter()
        .find(|(_, unit)| size > 0 && size.is_multiple_of(*unit))
        .map_or_else(|| size.to_string(), |(name, unit)| format!("{}{name}", size / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_or_none() {
        let kind = Size(0_u64..=u64::MAX);
        for (text, size) in
            [("0", 0), ("70000", 70_000), ("64KiB", 65_536), ("1 MiB", 1 << 20), ("64kB", 64_000), ("1.5KiB", 1_536)]
        {
            assert_eq!(kind.parse(text), Ok(size), "{text:?}");
        }
        for text in ["", "KiB", "1 furlong", "-1", "1..5KiB"] {
            assert!(kind.parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_shown_size_is_exact() {
        let kind = Size(0_u64..=u64::MAX);
        for size in [
            0,
            1,
            1_023,
            1_024,
            1_025,
            70_000,
            65_536,
            3 << 20,
            (3 << 20) + 1,
            5 << 30,
            1 << 40,
            3_000_000_000,
            u64::MAX,
        ] {
            assert_eq!(kind.parse(&octets(size)), Ok(size), "{}", octets(size));
        }
        assert_eq!(octets(70_000_u64), "70000");
        assert_eq!(octets(3_u64 << 20), "3MiB");
    }

    #[test]
    fn what_no_number_holds_is_out_of_range() {
        let text = "99999999EiB";
        assert_eq!(Size(1_u32..=2).parse(text), Err(Refusal::out_of_range(text)));
    }
}

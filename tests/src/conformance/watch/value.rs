//! Values. SPEC.md, section 2.6.

use crate::conformance::announced::LARGEST;

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Name,
    Room,
    Epoch,
    /// An id or a token.
    Id,
    /// A number from the first to the second.
    Number(u64, u64),
    /// CODE, KIND or REASON.
    Word,
    /// What is sent with this value or not at all.
    Yes,
}

impl Form {
    pub(super) const NUMBER: Self = Self::Number(0, LARGEST);
    pub(super) const POSITIVE: Self = Self::Number(1, LARGEST);

    /// Whether a value has it.
    pub(super) fn fits(self, value: &[u8]) -> bool {
        match self {
            Self::Name => is_of(value, 32, is_of_names) && value[0].is_ascii_alphanumeric(),
            Self::Room => value.split_first().is_some_and(|(&first, rest)| {
                first == b'#' && is_of(rest, 64, |octet| is_small(octet) || b"._-".contains(&octet))
            }),
            Self::Epoch => is_of(value, 16, is_small),
            Self::Id => is_of(value, 64, is_of_names),
            Self::Number(least, most) => number(value).is_some_and(|number| (least..=most).contains(&number)),
            Self::Word => is_of(value, 32, |octet| is_small(octet) || octet == b'-') && value[0].is_ascii_lowercase(),
            Self::Yes => value == b"yes",
        }
    }
}

/// 1 octet to so many, each of a kind.
fn is_of(value: &[u8], most: usize, kind: fn(u8) -> bool) -> bool {
    (1..=most).contains(&value.len()) && value.iter().all(|&octet| kind(octet))
}

fn is_small(octet: u8) -> bool {
    octet.is_ascii_lowercase() || octet.is_ascii_digit()
}

fn is_of_names(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"_-".contains(&octet)
}

fn number(value: &[u8]) -> Option<u64> {
    let has_form = is_of(value, 16, |octet| octet.is_ascii_digit()) && (value[0] != b'0' || value.len() == 1);
    std::str::from_utf8(value).ok().filter(|_| has_form)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_its_edges() {
        let long = |octets| "a".repeat(octets);
        let room = |octets| format!("#{}", long(octets));
        for (form, right, wrong) in [
            (Form::Name, ["a", "0-_Z", &long(32)], ["", "-a", &long(33)]),
            (Form::Room, ["#.", "#a-_0", &room(64)], ["#", "#A", &room(65)]),
            (Form::Epoch, ["0", "a1", &long(16)], ["", "A", &long(17)]),
            (Form::Id, ["-", "_aZ9", &long(64)], ["", "a.b", &long(65)]),
            (Form::NUMBER, ["0", "10", "9007199254740991"], ["", "01", "9007199254740992"]),
            (Form::POSITIVE, ["1", "10", "9007199254740991"], ["0", "+1", "-1"]),
            (Form::Number(2, 4), ["2", "3", "4"], ["1", "5", "x"]),
            (Form::Word, ["a", "a-0", &long(32)], ["0a", "A", &long(33)]),
            (Form::Yes, ["yes"; 3], ["no", "YES", ""]),
        ] {
            for value in right {
                assert!(form.fits(value.as_bytes()), "{form:?} {value}");
            }
            for value in wrong {
                assert!(!form.fits(value.as_bytes()), "{form:?} {value}");
            }
        }
    }
}

//! Values that are one word of a fixed alphabet and length, compared octet by octet.

use core::fmt;

use super::{Prefix, ValueError};
use crate::limits::{MAX_EPOCH, MAX_ID, MAX_ROOM};
use crate::octets::{Class, span};

/// Defines a borrowed, validated word. The last argument says how long the word is that some octets begin with.
macro_rules! word {
    ($(#[$doc:meta])* $type:ident, $what:literal, $rule:literal, |$octets:ident| $length:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type<'a>(&'a str);

        impl<'a> $type<'a> {
            /// Checks a string.
            pub fn new(word: &'a str) -> Result<Self, ValueError> {
                //= protocol/SPEC.md#2-2-fields
                //# A sender MUST use only the octets `%x21-7E` in a verb, a field or an attribute.
                //= protocol/SPEC.md#2-2-fields
                //# A sender MUST NOT begin a fixed field or an attribute with `:` or `{`.
                //= protocol/SPEC.md#2-6-values
                //# A sender MUST give each value the form that the table above names for it.
                match Self::prefix(word) {
                    Some((word, "")) => Ok(word),
                    _ => Err(ValueError { what: $what, rule: $rule }),
                }
            }

            /// The word as a string.
            pub fn as_str(self) -> &'a str {
                self.0
            }
        }

        impl<'a> Prefix<'a> for $type<'a> {
            #[inline(always)]
            fn prefix(input: &'a str) -> Option<(Self, &'a str)> {
                let $octets = input.as_bytes();
                let (word, rest) = input.split_at($length?);
                Some((Self(word), rest))
            }
        }

        impl fmt::Debug for $type<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self.0)
            }
        }

        impl fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.0)
            }
        }
    };
}

/// The length of a run of 1 to `max` octets of a class.
#[inline(always)]
pub(super) fn run(octets: &[u8], class: Class, max: usize) -> Option<usize> {
    let length = span(octets, class);
    (1..=max).contains(&length).then_some(length)
}

/// The length of a lower-case word of 1 to 32 octets.
#[inline(always)]
fn lower_word(octets: &[u8]) -> Option<usize> {
    run(octets, Class::Lower, 32).filter(|_| octets[0].is_ascii_lowercase())
}

word! {
    /// A room: `#`, then 1 to [`MAX_ROOM`] of `a-z 0-9 . _ -`. SPEC.md, section 2.6.
    RoomName, "room", "# and 1 to 64 of a-z 0-9 . _ -",
    |octets| octets.strip_prefix(b"#").and_then(|name| run(name, Class::Room, MAX_ROOM)).map(|length| 1 + length)
}

word! {
    /// An era of a room's numbering: 1 to [`MAX_EPOCH`] of `a-z 0-9`. SPEC.md, section 6.1.
    Epoch, "epoch", "1 to 16 of a-z 0-9",
    |octets| run(octets, Class::Epoch, MAX_EPOCH)
}

word! {
    /// The id that makes a message safe to send again: 1 to [`MAX_ID`] of `A-Z a-z 0-9 _ -`. SPEC.md, section 4.7.
    Id, "id", "1 to 64 of A-Z a-z 0-9 _ -",
    |octets| run(octets, Class::Name, MAX_ID)
}

word! {
    /// A resume token or a PING's token: 1 to [`MAX_ID`] of `A-Z a-z 0-9 _ -`. SPEC.md, sections 3.5 and 8.
    ///
    /// Of a resume token neither `Debug` nor `Display` belongs in a log.
    Token, "token", "1 to 64 of A-Z a-z 0-9 _ -",
    |octets| run(octets, Class::Name, MAX_ID)
}

word! {
    /// The kind of a `NOTE`: a lower-case word of 1 to 32 of `a-z 0-9 -`, a letter first. SPEC.md, section 5.8.
    Kind, "kind", "1 to 32 of a-z 0-9 -, a letter first",
    |octets| lower_word(octets)
}

word! {
    /// A code that this version does not know: a lower-case word of 1 to 32 of `a-z 0-9 -`, a letter first.
    /// SPEC.md, section 7.
    CodeWord, "code", "1 to 32 of a-z 0-9 -, a letter first",
    |octets| lower_word(octets)
}

word! {
    /// A SASL mechanism: 1 to 20 of `A-Z a-z 0-9 _ -`. SPEC.md, section 4.12.
    Mechanism, "mechanism", "1 to 20 of A-Z a-z 0-9 _ -",
    |octets| run(octets, Class::Name, 20)
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::string::String;

    use super::*;

    fn repeat(prefix: &str, word: char, times: usize) -> String {
        prefix.chars().chain(core::iter::repeat_n(word, times)).collect()
    }

    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST use only the octets `%x21-7E` in a verb, a field or an attribute.
    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST NOT begin a fixed field or an attribute with `:` or `{`.
    //= protocol/SPEC.md#2-6-values
    //= type=test
    //# A sender MUST give each value the form that the table above names for it.
    #[test]
    fn rooms_have_their_alphabet_and_length() {
        for good in ["#a", "#0", "#.", "#a-b_c.d"] {
            assert!(RoomName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "#", "a", "#A", "##", "#a b", "#é", "#a,", "#a:", ":a", "{a"] {
            assert!(RoomName::new(bad).is_err(), "{bad}");
        }
        assert!(RoomName::new(&repeat("#", 'x', MAX_ROOM)).is_ok());
        assert!(RoomName::new(&repeat("#", 'x', MAX_ROOM + 1)).is_err());
    }

    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST use only the octets `%x21-7E` in a verb, a field or an attribute.
    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST NOT begin a fixed field or an attribute with `:` or `{`.
    //= protocol/SPEC.md#2-6-values
    //= type=test
    //# A sender MUST give each value the form that the table above names for it.
    #[test]
    fn epochs_ids_tokens_and_words_have_their_alphabets_and_lengths() {
        assert!(Epoch::new("0az9").is_ok() && Epoch::new("A").is_err() && Epoch::new("").is_err());
        assert!(Epoch::new(&repeat("", 'x', 16)).is_ok() && Epoch::new(&repeat("", 'x', 17)).is_err());
        assert!(Id::new("-_Az09").is_ok() && Id::new("a.b").is_err() && Id::new("").is_err());
        assert!(Id::new(&repeat("", 'x', 64)).is_ok() && Id::new(&repeat("", 'x', 65)).is_err());
        assert!(Token::new(&repeat("", 'x', 64)).is_ok() && Token::new(&repeat("", 'x', 65)).is_err());
        assert!(Kind::new("topic-2").is_ok() && Kind::new("2x").is_err() && Kind::new("Topic").is_err());
        assert!(CodeWord::new("slow-down").is_ok() && CodeWord::new("").is_err());
        assert!(Mechanism::new("SCRAM-SHA-256").is_ok() && Mechanism::new("a.b").is_err());
        assert!(Mechanism::new(&repeat("", 'x', 20)).is_ok() && Mechanism::new(&repeat("", 'x', 21)).is_err());
        assert!(Kind::new(&repeat("", 'x', 32)).is_ok() && Kind::new(&repeat("", 'x', 33)).is_err());
        assert!(CodeWord::new(&repeat("", 'x', 32)).is_ok() && CodeWord::new(&repeat("", 'x', 33)).is_err());
        for bad in [":", "{", " ", "\x7f", "\u{e9}"].map(|bad| repeat(bad, 'a', 1)) {
            assert!(Epoch::new(&bad).is_err() && Id::new(&bad).is_err() && Token::new(&bad).is_err(), "{bad}");
            assert!(Kind::new(&bad).is_err() && CodeWord::new(&bad).is_err() && Mechanism::new(&bad).is_err(), "{bad}");
        }
    }
}

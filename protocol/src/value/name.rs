//! What people are called.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::word::run;
use super::{Prefix, ValueError};
use crate::limits::MAX_NAME;
use crate::octets::Class;

/// A person's name: 1 to [`MAX_NAME`] of `A-Z a-z 0-9 _ -`, a letter or digit first. SPEC.md, section 2.6.
///
/// Names are shown as they were registered and compared without case: `Alice == alice`, in `Ord` and `Hash` too.
///
/// ```
/// use fanfare_protocol::Name;
///
/// assert_eq!(Name::new("Alice")?, Name::new("aLICE")?);
/// assert!(Name::new("-alice").is_err());
/// # Ok::<(), fanfare_protocol::ValueError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Name<'a>(&'a str);

/// Names that nobody can take, besides the verbs: they would speak with the server's voice.
const RESERVED: [&str; 4] = ["server", "system", "admin", "root"];

impl<'a> Name<'a> {
    /// Checks a string.
    pub fn new(name: &'a str) -> Result<Self, ValueError> {
        //= protocol/SPEC.md#2-2-fields
        //# A sender MUST use only the octets `%x21-7E` in a verb, a field or an attribute.
        //= protocol/SPEC.md#2-2-fields
        //# A sender MUST NOT begin a fixed field or an attribute with `:` or `{`.
        //= protocol/SPEC.md#2-6-values
        //# A sender MUST give each value the form that the table above names for it.
        match Self::prefix(name) {
            Some((name, "")) => Ok(name),
            _ => Err(ValueError { what: "name", rule: "1 to 32 of A-Z a-z 0-9 _ -, a letter or digit first" }),
        }
    }

    /// The name as it was written.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// The name without its case, to look people up by.
    pub fn key(self) -> NameKey {
        let mut octets = [0; MAX_NAME];
        for (to, from) in octets.iter_mut().zip(self.0.bytes()) {
            //= protocol/SPEC.md#2-6-values
            //# A receiver MUST treat names that are equal when folded as the same name.
            *to = from.to_ascii_lowercase();
        }
        NameKey(octets)
    }

    /// Whether nobody may register this name: it is a verb of the protocol, or one of `server`, `system`, `admin`
    /// and `root`. SPEC.md, section 3.4.
    pub fn is_reserved(self) -> bool {
        //= protocol/SPEC.md#3-4-names
        //# A server MUST refuse a reserved name in `HELLO` and in a name line with `bad-name`.
        RESERVED.iter().chain(crate::VERBS).any(|word| word.eq_ignore_ascii_case(self.0))
    }
}

impl<'a> Prefix<'a> for Name<'a> {
    #[inline(always)]
    fn prefix(input: &'a str) -> Option<(Self, &'a str)> {
        let length = run(input.as_bytes(), Class::Name, MAX_NAME)?;
        let (name, rest) = input.split_at(length);
        (!name.starts_with(['_', '-'])).then_some((Self(name), rest))
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        //= protocol/SPEC.md#2-6-values
        //# A receiver MUST treat names that are equal when folded as the same name.
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for Name<'_> {}

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({})", self.0)
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// A [`Name`] without its case: what tables of people are keyed and ordered by.
///
/// Its order is that of the lower-cased names' octets, which `WHO` pages by (SPEC.md, section 4.9).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameKey([u8; MAX_NAME]);

impl fmt::Debug for NameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.iter().position(|&octet| octet == 0).unwrap_or(MAX_NAME);
        write!(f, "NameKey({})", self.0[..end].escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn names_have_their_alphabet_and_length() {
        for good in ["a", "0", "A-b_c", "abcdefghijklmnopqrstuvwxyz012345"] {
            assert!(Name::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "_a", "a b", "a.b", "é", "a:", ":a", "{a", "abcdefghijklmnopqrstuvwxyz0123456"] {
            assert!(Name::new(bad).is_err(), "{bad}");
        }
    }

    //= protocol/SPEC.md#2-6-values
    //= type=test
    //# A receiver MUST treat names that are equal when folded as the same name.
    #[test]
    fn names_are_compared_without_case_and_ordered_as_lower_case() {
        let name = |name| Name::new(name).expect("valid");
        assert_eq!(name("ALICE"), name("alice"));
        assert!(name("a") < name("B") && name("a-") < name("a0") && name("a") < name("aa"));
        assert_eq!(name("Bob").key(), name("bOB").key());
    }

    #[test]
    fn verbs_and_titles_are_reserved() {
        let reserved = |name| Name::new(name).expect("valid").is_reserved();
        assert!(reserved("Hello") && reserved("msg") && reserved("ROOT") && reserved("server"));
        assert!(!reserved("alice") && !reserved("roots"));
    }
}

//! The list that a `NAMES` line bears.

use core::fmt;

use crate::limits::{MAX_LINE, MAX_ROOM};
use crate::{Name, ValueError};

/// At least one name, one SP between each two, at most [`Names::MAX_OCTETS`] octets in all. SPEC.md, sections 4.9
/// and 10.2.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Names<'a>(&'a str);

impl<'a> Names<'a> {
    /// What is left for names in a longest line, whatever the room is called, in both dialects.
    pub const MAX_OCTETS: usize = MAX_LINE - "* 9007199254740991 members in #: ".len() - MAX_ROOM;

    /// Checks a list.
    pub fn new(list: &'a str) -> Result<Self, ValueError> {
        //= protocol/SPEC.md#2-1-lines
        //# A sender MUST NOT send a line of more than 4,096 octets, the terminator not counted.
        if list.len() > Self::MAX_OCTETS {
            return Err(ValueError { what: "list of names", rule: "at most 3999 octets" });
        }
        list.split(' ').try_for_each(|name| Name::new(name).map(drop))?;
        Ok(Self(list))
    }

    /// The names, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = Name<'a>> {
        self.0.split(' ').map(|name| Name::new(name).expect("`new` has checked each"))
    }

    /// The list as a string.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Names({})", self.0)
    }
}

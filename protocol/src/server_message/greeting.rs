//! The line that opens a conversation.

use bytes::BufMut;

use crate::{Number, Text, ValueError};

/// The server's first line: the major versions it speaks, and words for a person. SPEC.md, section 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting<'a> {
    versions: &'a str,
    words: &'a str,
}

impl<'a> Greeting<'a> {
    /// What a server of this version greets with.
    //= protocol/SPEC.md#3-1-greeting
    //# A server that speaks this version MUST name `1` among the versions of its greeting.
    pub const LINE: &'static str = "FANFARE/1 Choose a username...\n";

    /// The words of [`Greeting::LINE`]: how plain mode asks for a name.
    pub const PROMPT: &'static str = "Choose a username...";

    /// Appends the greeting.
    pub fn encode(out: &mut impl BufMut) {
        out.put_slice(Self::LINE.as_bytes());
    }

    /// Reads the first line from a server, without its terminator. It is no frame: its words can be any text.
    pub fn parse(line: &'a [u8]) -> Result<Self, ValueError> {
        let error = ValueError { what: "greeting", rule: "FANFARE/, versions in rising order, SP, words" };
        let line = Text::from_octets(line).map_err(|_| error)?.as_str();
        let (versions, words) = line.strip_prefix("FANFARE/").and_then(|rest| rest.split_once(' ')).ok_or(error)?;
        versions.split(',').try_fold(Number::ZERO, |earlier, version| {
            Number::parse(version).ok().filter(|version| *version > earlier).ok_or(error)
        })?;
        Ok(Self { versions, words })
    }

    /// The words for a person.
    pub fn words(self) -> &'a str {
        self.words
    }

    /// Whether the server speaks the version of this crate.
    pub fn speaks_version_1(self) -> bool {
        self.versions.split(',').any(|version| version == "1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_from_1_in_rising_order() {
        for good in ["FANFARE/1 ", "FANFARE/1,2,10 Hello", "FANFARE/9007199254740991 x"] {
            assert!(Greeting::parse(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in ["FANFARE/ x", "FANFARE/0 x", "FANFARE/2,1 x", "FANFARE/1,1 x", "FANFARE/1, x", "FANFARE/01 x"] {
            assert!(Greeting::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}

//! One line as a person sees it: written here, and told apart again here.

use bytes::BufMut;

use crate::{Greeting, Name};

/// A line from a server in plain mode. SPEC.md, section 10.3.
///
/// ```
/// use fanfare_protocol::plain::ServerLine;
///
/// let line = ServerLine::parse("alice: bob joined the chat!");
/// assert!(matches!(line, Some(ServerLine::Said { line: "bob joined the chat!", .. })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerLine<'a> {
    /// `Choose a username...`: a name is asked for, as by the greeting.
    Prompt,
    /// `You are connected to the Server!`: the name is registered.
    Connected,
    /// `NAME: line`
    Said {
        /// Who.
        name: Name<'a>,
        /// A line of what was said.
        line: &'a str,
    },
    /// `[NAME] line`
    Told {
        /// Who.
        name: Name<'a>,
        /// A line of what was told.
        line: &'a str,
    },
    /// `NAME joined the chat!`
    Joined(Name<'a>),
    /// `NAME has left the chat!`
    Left(Name<'a>),
    /// `* words`: information.
    Info(&'a str),
    /// `! words`: a fault.
    Fault(&'a str),
}

/// Always these, so that no words of an operator can pass for a line of another kind.
pub(super) const CONNECTED: &str = "You are connected to the Server!";
const JOINED: &str = " joined the chat!";
const LEFT: &str = " has left the chat!";

impl<'a> ServerLine<'a> {
    /// Appends the line.
    pub fn encode(&self, out: &mut impl BufMut) {
        let parts = match *self {
            Self::Prompt => [Greeting::PROMPT, "", "", ""],
            Self::Connected => [CONNECTED, "", "", ""],
            Self::Said { name, line } => [name.as_str(), ": ", line, ""],
            Self::Told { name, line } => ["[", name.as_str(), "] ", line],
            Self::Joined(name) => [name.as_str(), JOINED, "", ""],
            Self::Left(name) => [name.as_str(), LEFT, "", ""],
            Self::Info(words) => ["* ", words, "", ""],
            Self::Fault(words) => ["! ", words, "", ""],
        };
        for part in parts {
            out.put_slice(part.as_bytes());
        }
        out.put_u8(b'\n');
    }

    /// Tells what a line is; `None` for one that no server of this version sends after it has connected one.
    pub fn parse(line: &'a str) -> Option<Self> {
        if let Some(words) = line.strip_prefix("* ") {
            return Some(Self::Info(words));
        }
        if let Some(words) = line.strip_prefix("! ") {
            return Some(Self::Fault(words));
        }
        if let Some((name, line)) = line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            return Some(Self::Told { name: Name::new(name).ok()?, line });
        }
        if line == Greeting::PROMPT {
            return Some(Self::Prompt);
        }
        if line == CONNECTED {
            return Some(Self::Connected);
        }
        let (first, rest) = line.split_once(' ')?;
        match first.strip_suffix(':') {
            Some(name) => Some(Self::Said { name: Name::new(name).ok()?, line: rest }),
            None if line[first.len()..] == *JOINED => Some(Self::Joined(Name::new(first).ok()?)),
            None if line[first.len()..] == *LEFT => Some(Self::Left(Name::new(first).ok()?)),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;

    fn encode(line: &ServerLine<'_>) -> String {
        let mut out = Vec::new();
        line.encode(&mut out);
        String::from_utf8(out).expect("UTF-8").trim_end_matches('\n').into()
    }

    #[test]
    fn no_text_can_pass_for_another_line() {
        let name = Name::new("mallory").expect("a name");
        for words in ["alice joined the chat!", "alice: hi", "* note", "! fault", "[alice] psst", "", ": x"] {
            for line in [
                ServerLine::Said { name, line: words },
                ServerLine::Told { name, line: words },
                ServerLine::Info(words),
                ServerLine::Fault(words),
            ] {
                assert_eq!(ServerLine::parse(&encode(&line)), Some(line));
            }
        }
        for line in [ServerLine::Joined(name), ServerLine::Left(name), ServerLine::Prompt, ServerLine::Connected] {
            assert_eq!(ServerLine::parse(&encode(&line)), Some(line));
        }
        assert_eq!(ServerLine::parse("You are not connected to the Server!"), None);
    }
}

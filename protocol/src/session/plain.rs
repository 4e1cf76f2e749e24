//! The side of a program that reads along in plain mode.

use crate::Greeting;
use crate::plain::{LineFault, Lines, PlainLine, ServerLine};
use crate::text::{self, Text};

/// A plain-mode conversation as a program sees it: which line is which, and when a name was taken.
///
/// People need no such thing. It serves tests, transcripts and bots that speak plain mode. Lines to the server are
/// written by hand: a name, texts and `/commands`. SPEC.md, section 10.
#[derive(Clone, Debug)]
pub struct PlainSession {
    lines: Lines,
    greeted: bool,
    connected: bool,
}

/// What a server's line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainEvent<'b> {
    /// A line of a known form.
    Line(ServerLine<'b>),
    /// A line of any other form: later versions may have more.
    Unknown(Text<'b>),
}

impl Default for PlainSession {
    fn default() -> Self {
        Self::new()
    }
}

impl PlainSession {
    /// A connection that was just made.
    pub fn new() -> Self {
        Self { lines: Lines::from_server(), greeted: false, connected: false }
    }

    /// Whether the server has registered the name.
    pub fn is_connected(&self) -> bool {
        self.connected
    }

    /// The next line, or `None` if the input does not hold a whole one. Octets that are no text are left out of it:
    /// no server sends them.
    ///
    /// It takes the octets of what it returns off the front of `input`; the rest must stand at the beginning of the
    /// next call's input.
    pub fn receive<'b>(&mut self, input: &mut &'b [u8]) -> Result<Option<PlainEvent<'b>>, LineFault> {
        loop {
            let PlainLine::Line(octets) = self.lines.next(input)? else { return Ok(None) };
            let Some(line) = text::line(octets) else { continue };
            if !self.greeted {
                // The first line is the greeting, whatever its words.
                self.greeted = true;
                if Greeting::parse(octets).is_ok() {
                    return Ok(Some(PlainEvent::Line(ServerLine::Prompt)));
                }
            }
            return Ok(Some(match (ServerLine::parse(line), Text::new(line)) {
                (Some(line), _) => {
                    self.connected |= line == ServerLine::Connected;
                    PlainEvent::Line(line)
                }
                (None, Ok(text)) => PlainEvent::Unknown(text),
                (None, Err(_)) => continue,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec::Vec;

    use super::*;
    use crate::Name;
    use crate::limits::MAX_TEXT;

    //= protocol/SPEC.md#10-3-what-a-person-reads
    //= type=test
    //# A client that reads plain mode MUST accept lines of up to 65,632 octets.
    #[test]
    fn the_longest_line_is_read_and_no_longer_one() {
        for (count, whole) in [(65_632, true), (65_633, false)] {
            let mut octets = b"FANFARE/1 Hi\n* ".to_vec();
            octets.resize(octets.len() + count - 2, b'x');
            octets.push(b'\n');
            let (mut session, mut input) = (PlainSession::new(), &octets[..]);
            assert_eq!(session.receive(&mut input), Ok(Some(PlainEvent::Line(ServerLine::Prompt))));
            assert_eq!(session.receive(&mut input).is_ok(), whole, "{count}");
        }
    }

    #[test]
    fn the_longest_text_is_read_behind_the_longest_name() {
        let name = Name::new("abcdefghijklmnopqrstuvwxyz012345").expect("a name");
        let words = "x".repeat(MAX_TEXT);
        for line in [ServerLine::Said { name, line: &words }, ServerLine::Told { name, line: &words }] {
            let mut octets = b"FANFARE/1 Hi\n".to_vec();
            line.encode(&mut octets);
            let (mut session, mut input) = (PlainSession::new(), &octets[..]);
            assert_eq!(session.receive(&mut input), Ok(Some(PlainEvent::Line(ServerLine::Prompt))));
            assert!(session.receive(&mut input) == Ok(Some(PlainEvent::Line(line))));
        }
    }

    #[test]
    fn a_conversation_is_read_line_by_line_however_it_is_cut() {
        let octets = b"FANFARE/1 Choose a username...\n! Somebody has that name.\nChoose a username...\n\
            You are connected to the Server!\nalice joined the chat!\nbob: * hi\n\xff\nsomething new\n";
        let (alice, bob) = (Name::new("alice").expect("a name"), Name::new("bob").expect("a name"));
        let expected = [
            PlainEvent::Line(ServerLine::Prompt),
            PlainEvent::Line(ServerLine::Fault("Somebody has that name.")),
            PlainEvent::Line(ServerLine::Prompt),
            PlainEvent::Line(ServerLine::Connected),
            PlainEvent::Line(ServerLine::Joined(alice)),
            PlainEvent::Line(ServerLine::Said { name: bob, line: "* hi" }),
            PlainEvent::Unknown(Text::new("something new").expect("a text")),
        ];
        for size in 1..=octets.len() {
            let mut session = PlainSession::new();
            let mut seen = Vec::new();
            let mut begin = 0;
            for end in (size..octets.len()).step_by(size).chain([octets.len()]) {
                let mut input = &octets[begin..end];
                while let Some(event) = session.receive(&mut input).expect("no fault") {
                    seen.push(event);
                }
                begin = end - input.len();
            }
            assert_eq!(seen, expected, "in pieces of {size}");
            assert!(session.is_connected());
        }
    }
}

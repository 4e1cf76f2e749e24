//! What a person reads, as a program reads it.

use fanfare_protocol::plain::{LineFault, Lines, PlainLine, ServerLine};
use fanfare_protocol::session::{PlainEvent, PlainSession};
use fanfare_protocol::Greeting;
use fanfare_protocol::limits::{MAX_NAME, MAX_TEXT};

use crate::naive::{self, plain};
use crate::script::Script;

/// A longest text behind a longest name has this much room in a line.
const LIMIT: usize = MAX_NAME + 64 + MAX_TEXT;

/// Any octets from a server are lines of a known form, which is written as the same octets again, or are handed on as
/// they are; and the reader's session tells each line just once.
pub fn plain_lines(data: &[u8]) {
    let octets = Script::read(data).octets;
    plain::check(Lines::from_server(), &octets, LIMIT);
    let (mut lines, mut rest) = (Lines::from_server(), &octets[..]);
    let (mut session, mut input) = (PlainSession::new(), &octets[..]);
    let mut first = true;
    loop {
        let line = match lines.next(&mut rest) {
            Ok(PlainLine::Incomplete) => return assert_eq!(session.receive(&mut input), Ok(None)),
            Ok(PlainLine::Line(line)) => line,
            Err(fault) => {
                assert_eq!(session.receive(&mut input), Err(fault));
                if fault == LineFault::Endless {
                    return;
                }
                continue;
            }
        };
        let Some(text) = naive::text(line) else { continue };
        assert_eq!(ServerLine::parse(text), plain::server_line(text), "{text}");
        let was_connected = session.is_connected();
        if text.len() > MAX_TEXT && ServerLine::parse(text).is_none() {
            continue;
        }
        match session.receive(&mut input) {
            Ok(Some(PlainEvent::Line(ServerLine::Prompt))) if first && Greeting::parse(line).is_ok() => {}
            Ok(Some(PlainEvent::Line(seen))) => {
                assert_eq!(Some(seen), ServerLine::parse(text));
                let mut again = Vec::new();
                seen.encode(&mut again);
                assert_eq!(again.strip_suffix(b"\n"), Some(line), "{seen:?}");
                assert_eq!(session.is_connected(), was_connected || seen == ServerLine::Connected, "{text}");
            }
            Ok(Some(PlainEvent::Unknown(unknown))) => {
                assert_eq!(unknown.as_str(), text);
                assert!(ServerLine::parse(text).is_none(), "{text}");
            }
            other => panic!("{other:?}: {text}"),
        }
        first = false;
    }
}

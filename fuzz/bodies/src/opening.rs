//! The first line of a client as SPEC.md, section 3.2, words it: over the whole stream at once.

use fanfare_protocol::Dialect;
use fanfare_protocol::limits::MAX_LINE;

use crate::naive::terminator;

/// What a first line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// It fixes this mode.
    Mode(Dialect),
    /// It is another protocol's.
    Foreign,
    /// It has no end within the limit.
    TooLong,
}

/// The first line that is not empty; `None` if that depends on octets to come.
pub(crate) fn first(mut stream: &[u8]) -> Option<First> {
    while let Some(length @ 1..) = terminator(stream, 0) {
        stream = &stream[length..];
    }
    match stream {
        [] | [b'\r'] => return None,
        [0x00..=0x1f, ..] | [b'S', b'S', b'H', b'-', ..] => return Some(First::Foreign),
        _ => {}
    }
    for end in 0..=MAX_LINE {
        if terminator(stream, end)? > 0 {
            return Some(of(&stream[..end]));
        }
    }
    Some(First::TooLong)
}

fn of(line: &[u8]) -> First {
    let fields: Vec<&[u8]> = line.split(|&octet| octet == b' ').filter(|field| !field.is_empty()).collect();
    if fields.last().is_some_and(|field| field.starts_with(b"HTTP/")) {
        return First::Foreign;
    }
    let verb = if line.starts_with(b" ") { String::new() } else { fields[0].escape_ascii().to_string() };
    let verb = verb.to_ascii_uppercase();
    let framed = matches!((verb.as_str(), fields.len()), ("PING" | "BYE", _) | ("AUTH", 2..) | ("HELLO", 3..));
    First::Mode(if framed { Dialect::Framed } else { Dialect::Plain })
}

//! Plain mode as SPEC.md, sections 10.1 to 10.3, words it, over the whole stream at once.

use fanfare_protocol::limits::{MAX_PAGE, MAX_REASON, MAX_SKIP};
use fanfare_protocol::plain::{LineFault, Lines, PlainLine, ServerLine};
use fanfare_protocol::{MessageError, Name};

use super::message::{Form, has_form, is_query, number};
use super::terminator;

/// What there is in a stream of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'s> {
    /// A line that is not empty.
    Line(&'s [u8]),
    /// A line that was too long, and ended.
    OverLong,
    /// A line that does not end.
    Endless,
}

/// A reader of lines with this limit finds what is in the stream, each part where it is.
#[track_caller]
pub(crate) fn check(mut lines: Lines, stream: &[u8], limit: usize) {
    let (mut input, mut rest) = (stream, stream);
    loop {
        let found = lines.next(&mut input);
        let Some((part, behind)) = first(rest, limit) else {
            return assert_eq!(found, Ok(PlainLine::Incomplete));
        };
        match part {
            Part::Line(line) => assert_eq!(found, Ok(PlainLine::Line(line))),
            Part::OverLong => assert_eq!(found, Err(LineFault::OverLong)),
            Part::Endless => return assert_eq!(found, Err(LineFault::Endless)),
        }
        assert_eq!(input.len(), behind.len(), "it ends elsewhere");
        rest = behind;
    }
}

/// The first part of a stream whose lines have at most `limit` octets, and what is behind it; empty lines are none.
pub(crate) fn first(mut stream: &[u8], limit: usize) -> Option<(Part<'_>, &[u8])> {
    while let Some(length @ 1..) = terminator(stream, 0) {
        stream = &stream[length..];
    }
    for end in 0..=limit {
        match terminator(stream, end)? {
            0 => {}
            length => return Some((Part::Line(&stream[..end]), &stream[end + length..])),
        }
    }
    let rest = &stream[limit..];
    match rest.iter().take(MAX_SKIP).position(|&octet| octet == b'\n') {
        Some(at) => Some((Part::OverLong, &rest[at + 1..])),
        None if rest.len() >= MAX_SKIP => Some((Part::Endless, rest)),
        None => None,
    }
}

/// A line of a person who has a name as it is typed with single spaces and in lower case, or its fault.
pub(crate) fn command(line: &str) -> Result<String, MessageError> {
    if !line.starts_with('/') || line.starts_with("//") {
        return Ok(line.to_owned());
    }
    let (word, arguments) = split(&line[1..]);
    let word = word.to_ascii_lowercase();
    match word.as_str() {
        "join" if has_form(Form::Room, arguments, "") => Ok(format!("/join {arguments}")),
        "join" => Err(MessageError::BadRoom),
        "msg" => match split(arguments) {
            (name, _) if !has_form(Form::Name, name, "") => Err(MessageError::BadName),
            (_, "") => Err(MessageError::BadArguments),
            (name, text) => Ok(format!("/msg {name} {text}")),
        },
        "history" => match number(if arguments.is_empty() { "20" } else { arguments }) {
            Some(count) if (1..=MAX_PAGE as u64).contains(&count) => Ok(format!("/history {count}")),
            _ => Err(MessageError::BadArguments),
        },
        "search" if is_query(arguments) => Ok(format!("/search {arguments}")),
        "search" => Err(MessageError::BadArguments),
        "quit" if arguments.is_empty() => Ok("/quit".to_owned()),
        "quit" if arguments.len() <= MAX_REASON => Ok(format!("/quit {arguments}")),
        "who" | "rooms" | "help" if arguments.is_empty() => Ok(format!("/{word}")),
        "quit" | "who" | "rooms" | "help" => Err(MessageError::BadArguments),
        _ => Err(MessageError::UnknownVerb),
    }
}

fn split(words: &str) -> (&str, &str) {
    let end = words.find([' ', '\t']).unwrap_or(words.len());
    (&words[..end], trimmed(&words[end..]))
}

/// Without SP and TAB at its ends.
pub(crate) fn trimmed(words: &str) -> &str {
    words.trim_matches([' ', '\t'])
}

/// What a line of a server is, if it is one of the tables of section 10.3 or asks for a name.
pub(crate) fn server_line(line: &str) -> Option<ServerLine<'_>> {
    let name = |name| Name::new(name).ok().filter(|_| has_form(Form::Name, name, ""));
    if line == "Choose a username..." {
        return Some(ServerLine::Prompt);
    }
    if line == "You are connected to the Server!" {
        return Some(ServerLine::Connected);
    }
    let words = line.get(2..).unwrap_or_default();
    if line.starts_with("* ") {
        return Some(ServerLine::Info(words));
    }
    if line.starts_with("! ") {
        return Some(ServerLine::Fault(words));
    }
    // No name has any of these in it, so that the first is where the name ends.
    if let Some(end) = line.find("] ")
        && line.starts_with('[')
    {
        return name(&line[1..end]).map(|name| ServerLine::Told { name, line: &line[end + 2..] });
    }
    if let Some(end) = line.find(": ")
        && let Some(name) = name(&line[..end])
    {
        return Some(ServerLine::Said { name, line: &line[end + 2..] });
    }
    let joined = line.strip_suffix(" joined the chat!").and_then(name).map(ServerLine::Joined);
    joined.or_else(|| line.strip_suffix(" has left the chat!").and_then(name).map(ServerLine::Left))
}

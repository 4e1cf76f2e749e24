//! What a message that was read must have kept of its frame, and what a frame that is a message must have had.
//! SPEC.md, sections 2.2 and 2.5.

use std::collections::BTreeSet;

use fanfare_protocol::Frame;
use fanfare_protocol::limits::{MAX_ATTRIBUTES, MAX_KEY, MAX_VALUE};

use crate::codec;

/// Who sends a frame.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    /// A client.
    Client,
    /// A server.
    Server,
}

/// A frame was read as a message that is written as these octets: its fixed fields and its text are there, just those of
/// its attributes whose keys are known are, and all its attributes are well-formed.
#[track_caller]
pub(crate) fn check(side: Side, frame: &Frame<'_>, canonical: &[u8]) {
    let verb = frame.verb().to_ascii_uppercase();
    let (fixed, attributes) = fields(frame.header());
    let keys: BTreeSet<&str> = attributes.iter().map(|(key, _)| *key).collect();
    assert!(attributes.len() <= MAX_ATTRIBUTES && keys.len() == attributes.len(), "{}", frame.header());
    assert!(attributes.iter().all(|(key, value)| is_attribute(key, value)), "{}", frame.header());

    codec::framed(canonical, |written| {
        let (fixed_written, attributes_written) = fields(written.header());
        assert_eq!(fixed_written[0], verb);
        assert_eq!(fixed_written[1..], fixed[1..], "{}", frame.header());
        assert!(written.text() == frame.text(), "{}", frame.header());
        let known = known(side, &verb);
        let expected: BTreeSet<_> = attributes.iter().filter(|(key, _)| known.contains(key)).collect();
        // A flag means nothing in an `OK` that answers something else.
        let is_kept = |attribute: &(&str, &str)| known.contains(&attribute.0) || attributes.contains(attribute);
        let written: BTreeSet<_> = attributes_written.iter().filter(|(key, _)| known.contains(key)).collect();
        assert_eq!(written, expected, "{}", frame.header());
        assert!(attributes_written.iter().all(is_kept), "{}", frame.header());
    });
}

/// The fields of a header, its verb first, and its attributes: no other field of a message has a `=`.
fn fields(header: &str) -> (Vec<&str>, Vec<(&str, &str)>) {
    let (attributes, fixed): (Vec<&str>, Vec<&str>) = header.split(' ').partition(|field| field.contains('='));
    (fixed, attributes.into_iter().filter_map(|attribute| attribute.split_once('=')).collect())
}

fn is_attribute(key: &str, value: &str) -> bool {
    let of_a_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.len() <= MAX_KEY
        && key.chars().all(of_a_key)
        && (1..=MAX_VALUE).contains(&value.len())
}

/// The keys that a section of SPEC.md names for a verb, but for those that are `yes` or absent.
fn known(side: Side, verb: &str) -> &'static [&'static str] {
    match (side, verb) {
        (Side::Client, "HELLO") => &["token"],
        (Side::Client, "JOIN") => &["after", "last"],
        (Side::Client, "SAY" | "TELL") | (Side::Server, "PAST" | "MSG" | "TOLD") => &["id"],
        (Side::Client, "WHO" | "ROOMS") => &["after"],
        (Side::Client, "HISTORY") => &["epoch"],
        (Side::Server, "WELCOME") => &["token", "ping", "text", "rate", "presence"],
        (Side::Server, "OK") => &["epoch", "next", "newest", "members", "count", "seq"],
        (Side::Server, "ERR" | "BYE") => &["retry"],
        (Side::Server, "ROOM") => &["members", "newest"],
        (Side::Server, "MEMBERS") => &["total", "joined", "left"],
        _ => &[],
    }
}

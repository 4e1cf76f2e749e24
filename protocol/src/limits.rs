//! Every number that Fanfare/1 fixes. SPEC.md, section 11.

/// The most octets of a line before its terminator (LF or CRLF).
//= protocol/SPEC.md#11-limits
//# A server MUST keep each limit of the table below that is fixed by the protocol.
pub const MAX_LINE: usize = 4_096;

/// The most octets of a text, in line form or counted.
pub const MAX_TEXT: usize = 65_536;

/// The longest line that a server sends in plain mode, in octets without its terminator: the longest text behind the
/// longest of its prefixes, with room for others. SPEC.md, section 10.3.
pub const MAX_PLAIN_LINE: usize = 65_632;

/// How far beyond the first [`MAX_LINE`] octets of an over-long line its LF is looked for
/// before the connection is given up.
pub const MAX_SKIP: usize = 65_536;

/// The most octets that one unfinished frame can keep a receiver holding: a longest line with
/// CRLF, a longest counted text, and CRLF.
pub const MAX_FRAME: usize = MAX_LINE + 2 + MAX_TEXT + 2;

/// The most letters of a verb.
pub const MAX_VERB: usize = 16;

/// The most characters of a person's name.
pub const MAX_NAME: usize = 32;

/// The most characters of a room's name after its `#`.
pub const MAX_ROOM: usize = 64;

/// The most characters of an epoch.
pub const MAX_EPOCH: usize = 16;

/// The most characters of an `id`, of a resume token and of a PING's token.
pub const MAX_ID: usize = 64;

/// The most attributes of one frame.
pub const MAX_ATTRIBUTES: usize = 16;

/// The most characters of an attribute's key.
pub const MAX_KEY: usize = 16;

/// The most octets of an attribute's value.
pub const MAX_VALUE: usize = 255;

/// The largest number: the largest integer that every double-precision float below it can hold.
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// The most octets of the text of a `LEAVE` or of a client's `BYE`.
pub const MAX_REASON: usize = 256;

/// The most octets of the text of a `SEARCH`.
pub const MAX_QUERY: usize = 256;

/// How many refusals a client may collect before `WELCOME`; one more ends the connection.
pub const MAX_REFUSALS: u8 = 5;

/// How many octets a client may send before `WELCOME`.
pub const MAX_OPENING: usize = 8_192;

/// The fault in a row that ends the connection.
pub const MAX_FAULTS: u8 = 16;

/// The most requests of one connection that a server leaves unanswered while it reads on.
pub const MAX_PIPELINE: usize = 256;

/// The most `NAMES` entries, `ROOM` lines or `PAST` lines that answer one request.
pub const MAX_PAGE: usize = 1_000;

/// The most octets of `PAST` lines that answer one `HISTORY` or one `SEARCH`.
pub const MAX_PAGE_OCTETS: usize = 1 << 20;

/// The default TCP port.
pub const PORT: u16 = 15_151;

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec::Vec;

    use super::*;
    use crate::{Kind, Mechanism, Names};

    /// What is not a number of this crate's: its tests are where it is kept.
    const ELSEWHERE: [&str; 8] = [
        "digits of a count",
        "random bits of a token",
        "random bits in ids, for each process",
        "time an id is remembered",
        "ids remembered for a name in a room",
        "private messages for a receiver that are not with the transport",
        "`MEMBERS` of a crowded room",
        "end of crowding",
    ];

    /// The rows of SPEC.md, section 11, that the protocol fixes: what is limited, and the number.
    fn rows() -> Vec<(&'static str, u64)> {
        const SPEC: &str = include_str!("../SPEC.md");
        let begin = SPEC.find("\n## 11 ").expect("the section is there");
        let section = SPEC[begin + 1..].split("\n## ").next().expect("the section has text");
        let rows = section.lines().filter(|line| line.starts_with("| ") && line.ends_with("| protocol |"));
        rows.map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let what = cells.next().expect("a row has three cells");
            let number = cells.next().and_then(|cell| cell.split(' ').next()).expect("a row has three cells");
            let digits = number.bytes().filter(u8::is_ascii_digit);
            (what, digits.fold(0, |number, digit| 10 * number + u64::from(digit - b'0')))
        })
        .collect()
    }

    /// The longest word that is taken.
    fn longest(takes: impl Fn(&str) -> bool) -> usize {
        (1..100).filter(|&length| takes(&"x".repeat(length))).max().unwrap_or_default()
    }

    //= protocol/SPEC.md#11-limits
    //= type=test
    //# A server MUST keep each limit of the table below that is fixed by the protocol.
    #[test]
    fn the_numbers_are_those_of_the_specification() {
        let kept = [
            ("line, terminator not counted", MAX_LINE),
            ("octets skipped for the LF of a line that is too long", MAX_SKIP),
            ("verb", MAX_VERB),
            ("attributes of a frame", MAX_ATTRIBUTES),
            ("key", MAX_KEY),
            ("value", MAX_VALUE),
            ("line that a client of plain mode accepts", MAX_PLAIN_LINE),
            ("number", MAX_NUMBER as usize),
            ("name", MAX_NAME),
            ("room, after its `#`", MAX_ROOM),
            ("epoch", MAX_EPOCH),
            ("id, token", MAX_ID),
            ("MECHANISM", longest(|word| Mechanism::new(word).is_ok())),
            ("CODE, KIND, REASON", longest(|word| Kind::new(word).is_ok())),
            ("text of `LEAVE` and `BYE` of a client", MAX_REASON),
            ("faults in a row before `BYE` in place of the answer", MAX_FAULTS as usize - 1),
            ("refusals before `WELCOME`", MAX_REFUSALS as usize),
            ("octets without `WELCOME`", MAX_OPENING),
            ("unanswered requests before a server stops reading", MAX_PIPELINE),
            ("names in an answer to `WHO`", MAX_PAGE),
            ("names in a `NAMES` line", Names::MAX_OCTETS),
            ("rooms in an answer to `ROOMS`", MAX_PAGE),
            ("frames in an answer to `HISTORY`", MAX_PAGE),
            ("octets in an answer to `HISTORY`", MAX_PAGE_OCTETS),
            ("text of `SEARCH`", MAX_QUERY),
            ("frames in an answer to `SEARCH`", MAX_PAGE),
            ("octets in an answer to `SEARCH`", MAX_PAGE_OCTETS),
            ("messages asked for by `/history`", MAX_PAGE),
        ];
        let rows = rows();
        for (what, number) in rows.iter().filter(|(what, _)| !ELSEWHERE.contains(what)) {
            assert!(kept.contains(&(what, *number as usize)), "{what}: {number}");
        }
        assert_eq!(rows.len(), kept.len() + ELSEWHERE.len(), "{rows:?}");
    }
}

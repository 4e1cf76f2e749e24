//! What holds for everything that a server sends, whatever a check is about.
//!
//! What is broken here is noted under its requirement, and the check that was reading goes on: a receiver copes with it.
//! It knows the forms from SPEC.md and not from Fanfare's own parser, which the server could share a mistake with.

mod frame;
mod text;
mod value;
mod verb;

/// A requirement that something received breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Breach {
    /// Its id.
    pub(super) requirement: &'static str,
    /// What should have been.
    pub(super) expected: &'static str,
}

/// The longest line, in octets, without its terminator.
const LONGEST_LINE: usize = 4_096;

type Rule = (fn(&[u8], bool) -> bool, Breach);

/// Each says of a line without its LF, and whether an LF came, if the requirement is kept.
const LINE_RULES: &[Rule] = &[
    (|_, complete| complete, Breach { requirement: "2.1/1", expected: "an LF at the end of each line" }),
    (|line, _| !line.contains(&b'\r'), Breach { requirement: "2.1/2", expected: "no CR" }),
    (
        |line, _| without_cr(line).len() <= LONGEST_LINE,
        Breach { requirement: "2.1/6", expected: "at most 4,096 octets" },
    ),
];

/// What a line breaks, given without its LF, and whether an LF came.
pub(super) fn line(line: &[u8], complete: bool) -> impl Iterator<Item = Breach> {
    LINE_RULES.iter().filter(move |(keeps, _)| !keeps(line, complete)).map(|(_, breach)| *breach)
}

/// What a frame breaks, given as its line without the terminator, and its counted text if the line ends with the head of
/// one.
pub(super) fn frame(line: &[u8], counted: Option<&[u8]>) -> Vec<Breach> {
    frame::breaches(line, counted)
}

/// What a line of plain mode breaks, given without its terminator. Each is a text.
pub(super) fn plain(line: &[u8]) -> Vec<Breach> {
    text::breaches(line).collect()
}

/// A line without a CR at its end, which belongs to the terminator.
pub(super) fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(octets: &[u8], complete: bool) -> Vec<&'static str> {
        line(octets, complete).map(|breach| breach.requirement).collect()
    }

    #[test]
    fn each_rule_of_lines_is_seen_to_be_broken() {
        assert_eq!(broken(b"OK", true), [""; 0]);
        assert_eq!(broken(b"OK", false), ["2.1/1"]);
        assert_eq!(broken(b"OK\r", true), ["2.1/2"]);
        assert_eq!(broken(b"MSG #a 1 2 b :c\rd", true), ["2.1/2"]);
        assert_eq!(broken(&[b'x'; 4_096], true), [""; 0]);
        assert_eq!(broken(&[b'x'; 4_097], true), ["2.1/6"]);
    }

    #[test]
    fn lines_of_plain_mode_are_texts() {
        assert_eq!(plain(b"alice: a\tb"), []);
        assert_eq!(plain(b"alice: \x1b[1m").len(), 1);
        assert_eq!(plain(b"alice: \xff").len(), 1);
    }
}

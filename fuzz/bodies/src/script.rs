//! A fuzzer's octets as a script: a stream as one would type it, with marks for what can't be typed.
//!
//! The marks are octets that UTF-8 never has, so that a seed is readable text, any octets are a script, and a
//! mutation changes one thing. They are in the table of `fuzz/README.md`.

use std::ops::Range;

use fanfare_protocol::limits::{MAX_LINE, MAX_SKIP};

/// What is to be done next. A mark ends the piece before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// These octets of the stream come.
    Piece(Range<usize>),
    /// The next deadline passes.
    Deadline,
    /// One second passes.
    Second,
    /// The next name is refused.
    Refuse,
    /// The client ends.
    End,
    /// The server ends.
    Close,
}

/// A script, read.
pub(crate) struct Script {
    /// The stream, runs written out and without marks.
    pub(crate) octets: Vec<u8>,
    pub(crate) steps: Vec<Step>,
}

/// The mark of a cut.
pub(crate) const CUT: u8 = 0xf5;

/// The runs together are not longer than this, which is enough to skip two lines, so that no input takes for ever.
const MAX_RUNS: usize = 2 * (MAX_LINE + MAX_SKIP);

impl Script {
    pub(crate) fn read(data: &[u8]) -> Self {
        let mut script = Self { octets: Vec::new(), steps: Vec::new() };
        let (mut begin, mut runs) = (0, 0);
        for &octet in data {
            if let Some(run) = run(octet) {
                let run = run.min(MAX_RUNS - runs);
                runs += run;
                script.octets.resize(script.octets.len() + run, b'x');
                continue;
            }
            let mark = match octet {
                CUT => None,
                0xc0 => Some(Step::Refuse),
                0xc1 => Some(Step::End),
                0xf6 => Some(Step::Deadline),
                0xf7 => Some(Step::Second),
                0xf8 => Some(Step::Close),
                octet => {
                    script.octets.push(octet);
                    continue;
                }
            };
            let end = script.octets.len();
            // A cut hands over even nothing.
            if octet == CUT || end > begin {
                script.steps.push(Step::Piece(begin..end));
                begin = end;
            }
            script.steps.extend(mark);
        }
        let end = script.octets.len();
        if end > begin {
            script.steps.push(Step::Piece(begin..end));
        }
        script
    }

    /// The pieces alone.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Range<usize>> {
        self.steps.iter().filter_map(|step| match step {
            Step::Piece(range) => Some(range.clone()),
            _ => None,
        })
    }
}

/// How many `x` an octet stands for: a little less than each of the limits of SPEC.md, section 11, so that a few
/// octets more or less are on either side of it.
pub(crate) fn run(octet: u8) -> Option<usize> {
    match octet {
        0xf9 => Some(30),
        0xfa => Some(60),
        0xfb => Some(250),
        0xfc => Some(4_080),
        0xfd => Some(8_170),
        0xfe => Some(65_520),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_cut_and_runs_are_written_out() {
        let script = Script::read(b"ab\xf5\xf5c\xf6\xf7d\xf9\xc1e");
        assert_eq!(script.octets, [&b"abcd"[..], &[b'x'; 30], b"e"].concat());
        let pieces = [0..2, 2..2, 2..3, 3..34, 34..35];
        assert_eq!(script.pieces().collect::<Vec<_>>(), pieces);
        let [first, second, third, fourth, last] = pieces.map(Step::Piece);
        assert_eq!(script.steps, [first, second, third, Step::Deadline, Step::Second, fourth, Step::End, last]);
    }

    #[test]
    fn runs_have_a_bound_together() {
        assert_eq!(Script::read(&[0xfe; 100]).octets.len(), MAX_RUNS);
    }
}

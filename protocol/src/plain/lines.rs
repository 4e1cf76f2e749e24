//! Lines from a stream of octets.

use crate::limits::{MAX_LINE, MAX_PLAIN_LINE};
use crate::line::{self, Line, Skip, Skipped};

/// Finds lines in a stream of octets, however it is cut: what [`Framer`](crate::Framer) is to frames, with the same
/// contract for its input. Empty lines are dropped.
#[derive(Clone, Debug)]
pub struct Lines {
    limit: usize,
    scanned: usize,
    skip: Option<Skip>,
}

/// What [`Lines::next`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainLine<'b> {
    /// A line without its terminator, of any octets, not empty.
    Line(&'b [u8]),
    /// The input ends before the line does.
    Incomplete,
}

/// What a peer did wrong in a line. SPEC.md, section 10.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// The line was too long, and was skipped.
    #[error("the line is too long")]
    OverLong,
    /// The line did not end within the bound for skipping: nothing more can be read.
    #[error("the line does not end")]
    Endless,
}

impl Lines {
    /// For what a client sends: at most [`MAX_LINE`] octets a line.
    pub fn from_client() -> Self {
        Self { limit: MAX_LINE, scanned: 0, skip: None }
    }

    /// For what a server sends: a line may bear a longest text behind a longest name.
    //= protocol/SPEC.md#10-3-what-a-person-reads
    //# A client that reads plain mode MUST accept lines of up to 65,632 octets.
    pub fn from_server() -> Self {
        Self { limit: MAX_PLAIN_LINE, scanned: 0, skip: None }
    }

    /// The next line. It takes the octets of what it returns, and of empty and skipped lines, off the front of `input`.
    pub fn next<'b>(&mut self, input: &mut &'b [u8]) -> Result<PlainLine<'b>, LineFault> {
        loop {
            let octets = *input;
            if let Some(skip) = &mut self.skip {
                match skip.over(octets) {
                    Skipped::Whole { next } => {
                        *input = &octets[next..];
                        self.skip = None;
                        //= protocol/SPEC.md#10-2-what-a-person-types
                        //# A server MUST skip a line of more than 4,096 octets up to its LF and answer it with the
                        //# fault line of `line-too-long`.
                        return Err(LineFault::OverLong);
                    }
                    Skipped::Incomplete { octets: count } => {
                        *input = &octets[count..];
                        return Ok(PlainLine::Incomplete);
                    }
                    Skipped::Endless => return Err(LineFault::Endless),
                }
            }
            match line::find(octets, self.scanned, self.limit) {
                Line::Whole { end, next } => {
                    *input = &octets[next..];
                    self.scanned = 0;
                    //= protocol/SPEC.md#10-2-what-a-person-types
                    //# A server MUST ignore an empty line in plain mode.
                    if end > 0 {
                        return Ok(PlainLine::Line(&octets[..end]));
                    }
                }
                Line::OverLong => {
                    *input = &octets[self.limit..];
                    self.scanned = 0;
                    self.skip = Some(Skip::new());
                }
                Line::Incomplete { scanned } => {
                    self.scanned = scanned;
                    return Ok(PlainLine::Incomplete);
                }
            }
        }
    }
}

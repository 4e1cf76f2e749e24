//! Where a line ends, and how an over-long one is skipped. SPEC.md, sections 2.1 and 2.7.

use crate::limits::MAX_SKIP;

/// Whether a line ends at an octet.
pub(crate) enum LineEnd {
    /// It does, and the next line begins at `next`.
    At { next: usize },
    /// It does not.
    No,
    /// That depends on octets to come.
    Unknown,
}

impl LineEnd {
    /// Looks at one octet: a line ends in LF, or in CR and LF.
    pub(crate) fn at(octets: &[u8], at: usize) -> Self {
        match octets.get(at..) {
            Some([b'\n', ..]) => Self::At { next: at + 1 },
            //= protocol/SPEC.md#2-1-lines
            //# A receiver MUST accept one CR directly before the LF as part of the terminator.
            Some([b'\r', b'\n', ..]) => Self::At { next: at + 2 },
            //= protocol/SPEC.md#2-1-lines
            //# The outcome of a stream of octets MUST NOT depend on how the transport divided it into pieces.
            Some([] | [b'\r']) | None => Self::Unknown,
            //= protocol/SPEC.md#2-1-lines
            //# A receiver MUST take a CR in any other place as an octet of the line.
            Some(_) => Self::No,
        }
    }
}

/// What [`find`] saw.
pub(crate) enum Line {
    /// The line is `octets[..end]`, and the next begins at `next`.
    Whole { end: usize, next: usize },
    /// There are more than `limit` octets before the line's end.
    OverLong,
    /// The line goes on; `scanned` octets need not be looked at again.
    Incomplete { scanned: usize },
}

/// The end of the line that begins at the first octet, of which `scanned` were looked at before.
pub(crate) fn find(octets: &[u8], scanned: usize, limit: usize) -> Line {
    let window = &octets[..octets.len().min(limit + 2)];
    match memchr::memchr(b'\n', &window[scanned..]) {
        Some(at) => {
            let line_feed = scanned + at;
            //= protocol/SPEC.md#2-1-lines
            //# A receiver MUST accept one CR directly before the LF as part of the terminator.
            let end = if window[..line_feed].ends_with(b"\r") { line_feed - 1 } else { line_feed };
            //= protocol/SPEC.md#2-1-lines
            //# A receiver MUST accept lines of up to 4,096 octets, the terminator not counted.
            if end > limit { Line::OverLong } else { Line::Whole { end, next: line_feed + 1 } }
        }
        // Beyond the limit there may only be the CR of a CRLF.
        None if window.len() > limit + 1 || window.get(limit).is_some_and(|&octet| octet != b'\r') => Line::OverLong,
        None => Line::Incomplete { scanned: window.len() },
    }
}

/// The rest of an over-long line, of which so many octets may still come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Skip {
    left: usize,
}

/// What [`Skip::over`] saw.
pub(crate) enum Skipped {
    /// The line's LF is before `next`.
    Whole { next: usize },
    /// So many octets are spent, and the line goes on.
    Incomplete { octets: usize },
    /// It did not end within the bound.
    Endless,
}

impl Skip {
    /// At the first octet behind the limit.
    pub(crate) fn new() -> Self {
        Self { left: MAX_SKIP }
    }

    /// Looks for the line's end.
    pub(crate) fn over(&mut self, octets: &[u8]) -> Skipped {
        let window = &octets[..octets.len().min(self.left)];
        match memchr::memchr(b'\n', window) {
            Some(at) => Skipped::Whole { next: at + 1 },
            None if window.len() == self.left => Skipped::Endless,
            None => {
                self.left -= window.len();
                Skipped::Incomplete { octets: window.len() }
            }
        }
    }
}

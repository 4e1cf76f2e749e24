//! What the program exits with.

use crate::report::Report;

/// Something was lost, repeated, reordered, corrupt, refused or never sent, or a client was cut off.
pub const NOT_CLEAN: u8 = 1;

/// The command line is wrong.
pub const USAGE: u8 = 2;

/// There was no run: no server answers, or not every client could join.
pub const NO_RUN: u8 = 3;

/// An assertion does not hold.
pub const ASSERTION: u8 = 4;

/// The generator was the bottleneck.
pub const INVALID: u8 = 5;

/// The run was interrupted before its first message.
pub const INTERRUPTED: u8 = 130;

/// What a run amounts to: a faulty server is worse than figures that mean nothing, and those are worse than figures that
/// are too high.
pub fn code(report: &Report, failed: bool) -> u8 {
    if !report.clean {
        NOT_CLEAN
    } else if !report.valid {
        INVALID
    } else if failed {
        ASSERTION
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first() {
        let report = |clean, valid| Report { valid, clean, ..Report::default() };
        assert_eq!(code(&report(true, true), false), 0);
        assert_eq!(code(&report(true, true), true), ASSERTION);
        assert_eq!(code(&report(true, false), true), INVALID);
        assert_eq!(code(&report(false, false), true), NOT_CLEAN);
    }
}

//! What the program exits with.

use crate::report::Report;

/// Something was lost, repeated, reordered, corrupt, refused or never sent, or a client was cut off.
pub const NOT_CLEAN: u8 = 1;

/// The command line, a workload file or a baseline is wrong.
pub const USAGE: u8 = 2;

/// There was no run: no server answers, or not every client could join.
pub const NO_RUN: u8 = 3;

/// An assertion does not hold, or a figure is worse than the baseline allows.
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
    use std::collections::BTreeMap;

    use clap::CommandFactory as _;

    use super::*;
    use crate::command::Options;

    /// What each code means, as lines say that begin with it; a line that begins with nothing goes on.
    fn meanings<'t>(lines: impl Iterator<Item = &'t str>) -> BTreeMap<u8, String> {
        let mut meanings = BTreeMap::new();
        let mut last = 0;
        for line in lines {
            let (code, words) = line.trim().split_once(' ').unwrap_or_default();
            match code.parse() {
                Ok(code) => {
                    last = code;
                    meanings.insert(code, words.trim().to_owned());
                }
                Err(_) => meanings.entry(last).or_insert_with(String::new).push_str(&format!(" {}", line.trim())),
            }
        }
        meanings
    }

    #[test]
    fn the_help_the_readme_and_the_code_agree() {
        let help = Options::command().get_after_help().expect("it has one").to_string();
        let lines =
            help.lines().skip_while(|line| *line != "Exit codes:").skip(1).take_while(|line| line.starts_with(' '));
        let help = meanings(lines);
        let readme = include_str!("../README.md").lines().skip_while(|line| *line != "## Exit codes").skip(1);
        let rows: Vec<_> = readme
            .take_while(|line| !line.starts_with("## "))
            .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
            .filter(|(code, _)| code.parse::<u8>().is_ok())
            .map(|(code, words)| format!("{code} {words}"))
            .collect();
        assert_eq!(help, meanings(rows.iter().map(String::as_str)));
        let codes = [0, NOT_CLEAN, USAGE, NO_RUN, ASSERTION, INVALID, INTERRUPTED];
        assert_eq!(help.into_keys().collect::<Vec<_>>(), codes);
    }

    #[test]
    fn the_worst_comes_first() {
        let report = |clean, valid| Report { valid, clean, ..Report::default() };
        assert_eq!(code(&report(true, true), false), 0);
        assert_eq!(code(&report(true, true), true), ASSERTION);
        assert_eq!(code(&report(true, false), true), INVALID);
        assert_eq!(code(&report(false, false), true), NOT_CLEAN);
    }
}

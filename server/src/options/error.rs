//! What can be wrong with flags, environment and file.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::kind::octets;
use super::origin::Origin;

/// The most characters of a value that a message repeats.
const SHOWN: usize = 80;

/// Why there are no options. Displayed, it says where the fault is, what it is and what would be right.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// The command line has an unknown flag, or a flag without its value.
    #[error("{0}")]
    Usage(String),

    /// The configuration file can't be read.
    #[error("{}: cannot be read: {cause}; name an existing TOML file with --config or FANFARE_CONFIG", .path.display())]
    Unreadable {
        /// The path as it was given.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },

    /// The configuration file is not TOML.
    #[error("{}:{line}: not valid TOML: {fault}; write one `key = value` a line, texts in quotes", .path.display())]
    Syntax {
        /// The path as it was given.
        path: PathBuf,
        /// The line of the fault, from 1.
        line: usize,
        /// What the parser said.
        fault: String,
    },

    /// The configuration file has a key that no option has.
    #[error(
        "{}:{line}: unknown key {}; the nearest known key is \"{nearest}\" (--help lists them all)",
        .path.display(),
        Quoted(.key)
    )]
    UnknownKey {
        /// The path as it was given.
        path: PathBuf,
        /// The line of the key, from 1.
        line: usize,
        /// The key.
        key: String,
        /// The known key that looks most like it.
        nearest: &'static str,
    },

    /// An environment variable is not UTF-8.
    #[error("environment variable {variable}: not valid UTF-8; set it again, or unset it for the default")]
    NotUnicode {
        /// Its name.
        variable: String,
    },

    /// A value has the wrong type, the wrong form, or is out of range.
    #[error("{origin}: {} {reason}; allowed: {allowed}", Quoted(.value))]
    Refused {
        /// Where it came from.
        origin: Origin,
        /// What it was.
        value: String,
        /// What is wrong with it.
        reason: String,
        /// What would be right.
        allowed: String,
    },

    /// The memory for all room logs is less than that for one.
    #[error(
        "{origin}: {} for the logs of all rooms is less than {} for one ({room_log_origin}); \
         raise log-memory or lower room-log",
        octets(*.log_memory),
        octets(*.room_log)
    )]
    LogMemory {
        /// Where `log-memory` came from.
        origin: Origin,
        /// The memory for all, in octets.
        log_memory: usize,
        /// Where `room-log` came from.
        room_log_origin: Origin,
        /// The memory for one, in octets.
        room_log: usize,
    },
}

impl OptionsError {
    /// What the program exits with: 2, as for every mistake of usage.
    pub const EXIT_CODE: u8 = 2;
}

/// A value in quotes, escaped so that it can't disturb a terminal, and cut where it is long.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "{:?}...", &self.0[..end]),
            None => write!(f, "{:?}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_value_is_escaped_and_cut() {
        assert_eq!(Quoted("a\u{1b}[1m\u{202e}").to_string(), r#""a\u{1b}[1m\u{202e}""#);
        assert_eq!(Quoted(&"ä".repeat(SHOWN)).to_string(), format!("\"{}\"", "ä".repeat(SHOWN)));
        assert_eq!(Quoted(&"ä".repeat(SHOWN + 1)).to_string(), format!("\"{}\"...", "ä".repeat(SHOWN)));
    }
}

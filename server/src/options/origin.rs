//! Where a value came from.

use std::fmt;
use std::path::PathBuf;

/// Where the value of an option came from; displayed, it says where to correct it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default {
        /// The option's flag without its dashes.
        flag: &'static str,
    },
    /// The configuration file.
    File {
        /// The path as it was given.
        path: PathBuf,
        /// The line of the key, from 1.
        line: usize,
        /// The key.
        key: &'static str,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// A flag of the command line.
    Flag {
        /// The flag without its dashes.
        flag: &'static str,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default { flag } => write!(f, "default of {flag}"),
            Self::File { path, line, key } => write!(f, "{}:{line}: {key}", path.display()),
            Self::Environment { variable } => write!(f, "environment variable {variable}"),
            Self::Flag { flag } => write!(f, "flag --{flag}"),
        }
    }
}

//! The command line.

use std::error::Error;
use std::net::{SocketAddr, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser;
use fanfare_tests::conformance::{Profile, Selection, Settings, Span};

const AFTER: &str = "\
A TIME is such as 500ms, 10s or 2m. A profile is a file in TOML whose keys are the
flags of the server's profile without their --, such as name-held = \"2s\"; a flag
goes before the file.

Each requirement of SPEC.md comes out as one of
  passed    a check saw it kept
  FAILED    a MUST or MUST NOT was broken: what was expected, what came, and what
            went by before
  departed  a SHOULD was not followed, for which a server may have its reason
  skipped   it was not played, and why

Exit codes:
  0  nothing failed
  1  something failed
  2  the command line or the profile is wrong
  3  nobody listens, or what listens is not Fanfare, or the report can't be written

Examples:
  conformance --server 127.0.0.1:15151
  conformance --server chat.example:15151 --section 4.7 --section 10
  conformance --server 127.0.0.1:15151 --section 4.7/8 --json
  conformance --server 127.0.0.1:15151 --max-wait 2m --junit report.xml";

/// Plays every requirement of Fanfare/1 against a server, and tells which it keeps.
#[derive(Debug, Parser)]
#[command(name = "conformance", version, after_help = AFTER)]
pub(crate) struct Options {
    /// Where the server listens, HOST:PORT.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "list")]
    server: Option<String>,

    /// A section with all below it, such as 4.7, or one requirement, such as 4.7/8. Can be given several times.
    #[arg(long = "section", value_name = "SECTION")]
    sections: Vec<String>,

    /// Skip checks that wait longer than this for what only time brings.
    #[arg(long, value_name = "TIME", default_value = "15s")]
    max_wait: Span,

    /// How long the server may take for what must come at once.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = patience)]
    patience: Span,

    /// How many checks are played at a time.
    #[arg(long, value_name = "N", default_value = "8")]
    jobs: NonZeroUsize,

    /// Write the report as JSON to standard output.
    #[arg(long)]
    pub(crate) json: bool,

    /// Write the report as JUnit's XML to a file.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// Show no progress.
    #[arg(long)]
    pub(crate) quiet: bool,

    /// List the requirements, and what checks each, and play nothing.
    #[arg(long, conflicts_with_all = ["json", "junit", "file"])]
    pub(crate) list: bool,

    /// Read the server's profile from a file.
    #[arg(long = "profile", value_name = "FILE", help_heading = "The server's profile")]
    file: Option<PathBuf>,

    #[command(flatten)]
    profile: Profile,
}

impl Options {
    /// What is to be played, against whom.
    pub(crate) fn settings(&self) -> Result<Settings, Box<dyn Error>> {
        let file = self.file.as_deref().map(Profile::read).transpose()?.unwrap_or_default();
        Ok(Settings {
            address: address(self.server.as_deref().unwrap_or_default())?,
            profile: self.profile.clone().or(&file),
            selection: self.selection()?,
            max_wait: self.max_wait.0,
            patience: self.patience.0,
            jobs: self.jobs,
        })
    }

    /// The requirements that are asked for.
    pub(crate) fn selection(&self) -> Result<Selection, String> {
        Selection::of(&self.sections)
    }
}

fn patience(text: &str) -> Result<Span, String> {
    let span: Span = text.parse()?;
    if span.0.is_zero() { Err("no server answers in no time".to_owned()) } else { Ok(span) }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().map_err(|error| format!("{text:?} is no address HOST:PORT: {error}"))?;
    found.into_iter().next().ok_or_else(|| format!("{text:?} has no addresses"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_fits_together() {
        Options::command().debug_assert();
    }

    #[test]
    fn what_would_be_ignored_or_cannot_be_is_refused() {
        let is_refused = |line: &[&str]| Options::try_parse_from([&["conformance"], line].concat()).is_err();
        assert!(!is_refused(&["--list", "--section", "4.7"]));
        for more in [&["--json"][..], &["--junit", "x.xml"], &["--profile", "x.toml"]] {
            assert!(is_refused(&[&["--list"], more].concat()), "{more:?}");
        }
        assert!(is_refused(&["--server", "127.0.0.1:1", "--patience", "0s"]));
        assert!(!is_refused(&["--server", "127.0.0.1:1", "--patience", "1ms"]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let settings = |line: &[&str]| {
            Options::try_parse_from([&["conformance"], line].concat()).expect("it is parsed").settings()
        };
        assert!(settings(&["--server", "127.0.0.1:1", "--section", "4.7"]).is_ok());
        assert!(settings(&["--server", "127.0.0.1:1", "--section", "4.99"]).is_err());
        assert!(settings(&["--server", "127.0.0.1"]).is_err());
        assert!(settings(&["--server", "127.0.0.1:1", "--profile", "/nowhere/profile.toml"]).is_err());
    }
}

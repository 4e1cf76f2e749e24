//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser;
use fanfare_tests::durability::{FaultKind, Settings};

const AFTER: &str = "\
In each round people publish, read, leave, come back and page, over a network that
delays and cuts, while the faults are done to the server. Then the server is started
a last time, and everything that was said, answered and seen is compared with the
history that it has.

All of a round comes from the seed and its number, but the moments: a violation may
need several attempts to be seen again.

Exit codes:
  0  the server kept its promises
  1  it broke one: the report says which, in which round, and how to repeat it
  2  the command line is wrong
  3  there is no server to be started, or the system refused something

Examples:
  durability --rounds 200 --seed 1
  durability --seed 1 --round 17 --keep target/kept
  durability --rounds 20 --faults kill,full --json";

/// Proves that the durable history of a server holds, or shows where it does not.
#[derive(Debug, Parser)]
#[command(name = "durability", version, after_help = AFTER)]
pub(crate) struct Options {
    /// How many rounds are made.
    #[arg(long, value_name = "N", default_value = "20")]
    rounds: u64,

    /// What everything random comes from.
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) seed: u64,

    /// Make only the round of this number.
    #[arg(long, value_name = "N", conflicts_with = "rounds")]
    round: Option<u64>,

    /// The server. The default is the chat-server beside this program.
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,

    /// What is done to the server and the network, separated by commas. The default is everything.
    #[arg(long, value_name = "FAULT", value_delimiter = ',')]
    faults: Vec<FaultKind>,

    /// How many rounds are made at a time.
    #[arg(long, value_name = "N", default_value = "4")]
    pub(crate) jobs: NonZeroUsize,

    /// Begin no further round once a promise was broken.
    #[arg(long)]
    pub(crate) fail_fast: bool,

    /// Keep what the server left of rounds with violations, and what went by in them, in this directory.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,

    /// Write the report as JSON to standard output.
    #[arg(long)]
    pub(crate) json: bool,

    /// Show no progress.
    #[arg(long)]
    pub(crate) quiet: bool,
}

impl Options {
    /// What rounds are made with.
    pub(crate) fn settings(&self) -> Result<Settings, String> {
        let server = match &self.server {
            Some(server) => server.clone(),
            None => beside()?,
        };
        // A server is started in other directories too.
        let server = server.canonicalize().map_err(|error| {
            format!("there is no server {}: {error}; build it, or name one with --server", server.display())
        })?;
        let all = <FaultKind as clap::ValueEnum>::value_variants();
        let faults = if self.faults.is_empty() { all.to_vec() } else { self.faults.clone() };
        Ok(Settings { server, faults, keep: self.keep.clone() })
    }

    /// The numbers of the rounds.
    pub(crate) fn numbers(&self) -> Vec<u64> {
        self.round.map_or_else(|| (1..=self.rounds).collect(), |round| vec![round])
    }
}

fn beside() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| format!("can't tell where this program is: {error}"))?;
    Ok(program.with_file_name("chat-server"))
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
    fn one_round_or_the_first_ones_are_made() {
        let numbers =
            |line: &[&str]| Options::try_parse_from([&["durability"], line].concat()).expect("it is parsed").numbers();
        assert_eq!(numbers(&["--rounds", "3"]), [1, 2, 3]);
        assert_eq!(numbers(&["--round", "17"]), [17]);
        assert!(Options::try_parse_from(["durability", "--round", "17", "--rounds", "3"]).is_err());
    }

    #[test]
    fn all_faults_are_done_unless_some_are_named() {
        let faults = |line: &[&str]| {
            let line = [&["durability", "--server", "/bin/sh"], line].concat();
            Options::try_parse_from(line).expect("it is parsed").settings().expect("there is one").faults
        };
        assert_eq!(faults(&[]).len(), 7);
        assert_eq!(faults(&["--faults", "kill,full"]), [FaultKind::Kill, FaultKind::Full]);
        let nowhere = Options::try_parse_from(["durability", "--server", "/nowhere"]).expect("it is parsed");
        assert!(nowhere.settings().is_err());
    }
}

//! The options.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::error::CommandError;
use super::help;
use crate::baseline::Allowed;
use crate::live;
use crate::saved::Outputs;
use crate::server::Kind;
use crate::target::{History, Spawn, Target};
use crate::workers;
use crate::workload::{Workload, WorkloadError, effective};

/// Measures how fast a server broadcasts, and checks every octet that it delivers.
#[derive(Debug, Parser)]
#[command(
    name = "loadgen",
    version,
    after_help = help::RUN,
    args_conflicts_with_subcommands = true,
    disable_help_flag = true,
    disable_help_subcommand = true,
    disable_version_flag = true
)]
pub struct Options {
    /// What to do instead of a run.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// A run.
    #[command(flatten)]
    pub run: RunOptions,

    /// Prints this help.
    #[arg(short, long, global = true, action = clap::ArgAction::Help, help_heading = "Output")]
    help: Option<bool>,

    /// Prints the version.
    #[arg(short = 'V', long, action = clap::ArgAction::Version, help_heading = "Output")]
    version: Option<bool>,
}

/// What the program can do besides a run.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the same workload against several servers, in rounds, and compares them.
    Compare(Box<CompareOptions>),
    /// Makes one run of several that were made at the same time, and one HDR log of several.
    Merge(MergeOptions),
    /// Shows saved runs again, as tables and as a page with charts; several are compared with the first.
    Report(ReportOptions),
    /// Lists the profiles and scenarios that there are.
    List,
    /// Prints a profile or scenario: a workload file to begin with.
    Show {
        /// Its name, as `loadgen list` has it.
        name: String,
    },
}

/// What a run is told.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// The server: a URL, which is fanfare://, nats://, redis://, mqtt:// or irc://, then HOST, HOST:PORT or USER@HOST:PORT (a password
    /// is taken from the environment variable LOADGEN_PASSWORD); HOST:PORT of a Fanfare server; or spawn:KIND or
    /// spawn:KIND=PROGRAM, which starts one for the run, without limits that a load meets. It stores nothing;
    /// spawn:fanfare+history and spawn:fanfare+history-sync do.
    /// [default: fanfare://127.0.0.1:15151]
    #[arg(long, value_name = "TARGET", help_heading = "Server")]
    target: Option<Target>,

    /// The same as --target spawn:fanfare: the chat-server that is beside this program.
    #[arg(long, conflicts_with = "target", help_heading = "Server")]
    spawn: bool,

    /// Options for the server that is started, behind `--`.
    #[arg(last = true, value_name = "OPTION", help_heading = "Server")]
    pub server_options: Vec<String>,

    /// The workload.
    #[command(flatten)]
    pub said: Said,

    /// Holds the run against one that --json has saved: a figure that is worse than allowed is as a failed assertion.
    #[arg(long, value_name = "FILE", help_heading = "Assertions")]
    pub baseline: Option<PathBuf>,

    /// By how much each figure may be worse than in the baseline: a percentage, or FIGURE=PERCENTAGE. May be given more
    /// than once. [default: 10%]
    #[arg(long, value_name = "PERCENT", requires = "baseline", help_heading = "Assertions")]
    pub max_regression: Vec<Allowed>,

    /// What the run is called in reports.
    #[arg(long, value_name = "TEXT", help_heading = "Output")]
    pub label: Option<String>,

    /// What is written besides the table.
    #[command(flatten)]
    pub outputs: Outputs,

    /// How several processes make it.
    #[command(flatten)]
    pub workers: workers::Args,
}

/// What a comparison is told.
#[derive(Debug, Args)]
#[command(after_help = help::COMPARE)]
pub struct CompareOptions {
    /// The servers, two or more, as --target has them. Ratios are to the first.
    #[arg(value_name = "TARGET", num_args = 2.., required = true, help_heading = "Servers")]
    pub targets: Vec<Target>,

    /// How often each target runs.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000), help_heading = "Servers")]
    pub rounds: u32,

    /// The workload.
    #[command(flatten)]
    pub said: Said,

    /// Writes the comparison as JSON to a file, with the report of each run; `-` is standard output, in place of the table.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub json: Option<PathBuf>,

    /// Writes the table as Markdown to a file; `-` is standard output, in place of the other table.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub markdown: Option<PathBuf>,
}

/// What is told about runs that are to be one.
#[derive(Debug, Args)]
pub struct MergeOptions {
    /// What --json has written of runs at the same time; or what --hdr has written.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// What is written besides the table.
    #[command(flatten)]
    pub outputs: Outputs,
}

/// What is told about saved runs.
#[derive(Debug, Args)]
pub struct ReportOptions {
    /// Reports that --json has written.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Writes a page with charts, for a browser; `-` is standard output, in place of the tables.
    #[arg(short = 'o', long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// What runs of every command are told.
#[derive(Debug, Args)]
pub struct Said {
    /// Reads the workload from a TOML file, whose keys are the flags; `loadgen show NAME` prints one to begin with.
    #[arg(long, value_name = "FILE", help_heading = "Load")]
    workload: Option<PathBuf>,

    /// What flags say of it.
    #[command(flatten)]
    flags: Workload,

    /// What is shown while runs go on.
    #[command(flatten)]
    pub live: live::Args,
}

impl Said {
    /// What all layers say together.
    ///
    /// # Errors
    ///
    /// A layer is wrong.
    pub fn effective(&self) -> Result<Workload, WorkloadError> {
        effective(self.flags.clone(), self.workload.as_ref())
    }
}

impl RunOptions {
    /// The server that the run is against.
    ///
    /// # Errors
    ///
    /// There are options for a server that is not started.
    pub fn target(&self) -> Result<Target, CommandError> {
        let spawned = || Target::Spawn(Spawn { kind: Kind::Fanfare, history: History::Off, program: None });
        let target = self.target.clone().unwrap_or_else(|| if self.spawn { spawned() } else { Target::default() });
        match target {
            Target::Server(_) if !self.server_options.is_empty() => Err(CommandError::NothingSpawned),
            target => Ok(target),
        }
    }
}

#[cfg(test)]
mod tests;

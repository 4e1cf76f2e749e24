//! The command line of `loadgen`, and what it does.

mod compare;
mod error;
mod help;
mod library;
mod merge;
mod options;
mod output;
mod ramp;
mod report;
mod run;
mod server;
mod session;
mod workers;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

pub use self::error::CommandError;
pub use self::options::{Command, CompareOptions, MergeOptions, Options, ReportOptions, RunOptions, Said};

/// What the program does: everything that its command line asks for.
pub fn main() -> ExitCode {
    let options = Options::parse();
    let done = match &options.command {
        None => run::run(&options.run),
        Some(Command::Compare(compared)) => compare::compare(compared),
        Some(Command::Report(saved)) => report::report(saved),
        Some(Command::Merge(files)) => merge::merge(files),
        Some(Command::List) => library::list(),
        Some(Command::Show { name }) => library::show(name),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            say(&error.to_string());
            ExitCode::from(error.code())
        }
    }
}

/// A line on standard error. Whoever has closed it does not want to know.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "loadgen: {line}");
}

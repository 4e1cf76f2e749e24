//! `durability`: rounds in which a server is hurt while people talk, and a judge who looks whether its history holds.

mod options;
mod progress;
mod report;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use fanfare_tests::durability::{NoRound, Settings, rounds};
use fanfare_tests::print;

use options::Options;
use report::Report;

/// A promise was broken.
const BROKEN: u8 = 1;
/// The command line is wrong.
const USAGE: u8 = 2;
/// There is no server to be started, or the system refused something, or the report can't be written.
const NO_RUN: u8 = 3;
/// It was interrupted.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let options = Options::parse();
    let settings = match options.settings() {
        Ok(settings) => settings,
        Err(error) => return fail(&error, USAGE),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error, NO_RUN),
    };
    runtime.block_on(async {
        tokio::select! {
            made = run(&options, settings) => match made {
                Ok(report) => match shown(&options, &report).and_then(|text| print(&text)) {
                    Ok(()) if report.violated.is_empty() => ExitCode::SUCCESS,
                    Ok(()) => ExitCode::from(BROKEN),
                    Err(error) => fail(&error, NO_RUN),
                },
                Err(error) => fail(&error, NO_RUN),
            },
            // What runs is ended with the runtime.
            _ = tokio::signal::ctrl_c() => fail(&"interrupted", INTERRUPTED),
        }
    })
}

/// Makes the rounds.
async fn run(options: &Options, settings: Settings) -> Result<Report, NoRound> {
    let numbers = options.numbers();
    let display = progress::Display::new(options.quiet, numbers.len());
    let mut report = Report::new(options.seed);
    rounds(settings, options.seed, numbers, options.jobs.get(), |outcome| {
        report.enter(outcome);
        display.show(report.tally.rounds, report.violated.len());
        report.violated.is_empty() || !options.fail_fast
    })
    .await?;
    Ok(report)
}

/// The report, in the form that was asked for.
fn shown(options: &Options, report: &Report) -> io::Result<String> {
    Ok(if options.json { serde_json::to_string_pretty(report)? + "\n" } else { report.to_string() })
}

fn fail(error: &dyn std::fmt::Display, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "durability: {error}");
    ExitCode::from(code)
}

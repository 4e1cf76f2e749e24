//! `loadgen`: measures how fast a Fanfare/1 server broadcasts, and checks every octet that it delivers.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use fanfare_loadgen::command::merge;
use fanfare_loadgen::options::Options;
use fanfare_loadgen::progress::Display;
use fanfare_loadgen::report::{Report, table};
use fanfare_loadgen::saved::Opened;
use fanfare_loadgen::server::{Spawned, process_that_listens};
use fanfare_loadgen::{Controls, Plan, RunError, exit, run};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// The command line of `loadgen merge`.
#[derive(Parser)]
#[command(name = "loadgen merge", about = "Merges what several loadgens measured at the same time")]
struct Merge {
    #[command(flatten)]
    args: merge::Args,
}

fn main() -> ExitCode {
    if env::args_os().nth(1).is_some_and(|first| first == "merge") {
        return merge::run(&Merge::parse_from(env::args_os().skip(1)).args);
    }
    let options = Options::parse();
    let mut plan = match options.plan() {
        Ok(plan) => plan,
        Err(error) => return fail(&error, exit::USAGE),
    };
    let outputs = match options.outputs.open() {
        Ok(outputs) => outputs,
        Err(error) => return fail(&error, exit::USAGE),
    };
    let controls = Controls::default();
    // None may end this program and leave the server that it has started.
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
        if let Err(error) = signal_hook::flag::register(signal, controls.stop.clone()) {
            return fail(&error, exit::NO_RUN);
        }
    }
    let server = match options.spawned().map(|spawn| Spawned::start(&spawn, plan.clients, &options.server_options)) {
        None => None,
        Some(Ok(server)) => Some(server),
        Some(Err(error)) => return fail(&error, exit::NO_RUN),
    };
    match &server {
        Some(server) => (plan.address, plan.server) = (server.address(), Some(server.pid())),
        None => plan.server = process_that_listens(plan.address),
    }
    let report = measure(&plan, &controls, options.quiet);
    drop(server);
    match report {
        Ok(mut report) => {
            report.run.label.clone_from(&options.label);
            conclude(&options, &report, outputs)
        }
        Err(RunError::Interrupted) => fail(&RunError::Interrupted, exit::INTERRUPTED),
        Err(error) => fail(&error, exit::NO_RUN),
    }
}

fn measure(plan: &Plan, controls: &Controls, quiet: bool) -> Result<Report, RunError> {
    let _display = (!quiet).then(|| Display::start(plan, controls.progress.clone()));
    run(plan, controls).map(|measured| Report::from(&measured))
}

/// Writes the report, and says what is wrong with the run.
fn conclude(options: &Options, report: &Report, mut outputs: Opened) -> ExitCode {
    let errors = outputs.write(report);
    if !outputs.to_standard_output() {
        print(&table(report));
    }
    for error in &errors {
        fail(error, exit::NO_RUN);
    }
    let failures: Vec<_> = options.assertions.iter().filter_map(|assertion| assertion.check(report).err()).collect();
    for failure in &failures {
        let _ = writeln!(io::stderr(), "loadgen: {failure}");
    }
    ExitCode::from(if errors.is_empty() { exit::code(report, !failures.is_empty()) } else { exit::NO_RUN })
}

/// To standard output. Whoever has closed it does not want to know.
fn print(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

fn fail(error: &dyn std::error::Error, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "loadgen: {error}");
    ExitCode::from(code)
}

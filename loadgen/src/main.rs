//! `loadgen`: measures how fast a Fanfare/1 server broadcasts, and checks every octet that it delivers.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use fanfare_loadgen::options::Options;
use fanfare_loadgen::progress::Display;
use fanfare_loadgen::report::{Report, table};
use fanfare_loadgen::server::{Spawned, process_that_listens};
use fanfare_loadgen::{Controls, Plan, RunError, exit, run};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

fn main() -> ExitCode {
    let options = Options::parse();
    let mut plan = match options.plan() {
        Ok(plan) => plan,
        Err(error) => return fail(&error, exit::USAGE),
    };
    let controls = Controls::default();
    // None may end this program and leave the server that it has started.
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
        if let Err(error) = signal_hook::flag::register(signal, controls.stop.clone()) {
            return fail(&error, exit::NO_RUN);
        }
    }
    let server = match options.spawn.then(|| Spawned::start(plan.address, plan.connections(), &options.server_options))
    {
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
        Ok(report) => conclude(&options, &report),
        Err(RunError::Interrupted) => fail(&RunError::Interrupted, exit::INTERRUPTED),
        Err(error) => fail(&error, exit::NO_RUN),
    }
}

fn measure(plan: &Plan, controls: &Controls, quiet: bool) -> Result<Report, RunError> {
    let _display = (!quiet).then(|| Display::start(plan, controls.progress.clone()));
    run(plan, controls).map(|measured| Report::from(&measured))
}

/// Writes the report, and says what is wrong with the run.
fn conclude(options: &Options, report: &Report) -> ExitCode {
    if let Err(error) = write(options.json.as_deref(), report) {
        return fail(&error, exit::NO_RUN);
    }
    let failures: Vec<_> = options.assertions.iter().filter_map(|assertion| assertion.check(report).err()).collect();
    for failure in &failures {
        let _ = writeln!(io::stderr(), "loadgen: {failure}");
    }
    ExitCode::from(exit::code(report, !failures.is_empty()))
}

fn write(json: Option<&Path>, report: &Report) -> io::Result<()> {
    let to_output = json == Some(Path::new("-"));
    if let Some(file) = json {
        let mut text = serde_json::to_string_pretty(report)?;
        text.push('\n');
        if to_output {
            print(&text);
        } else {
            let named =
                |error: io::Error| io::Error::new(error.kind(), format!("can't write {}: {error}", file.display()));
            fs::write(file, text).map_err(named)?;
        }
    }
    if !to_output {
        print(&table(report));
    }
    Ok(())
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

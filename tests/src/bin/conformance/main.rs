//! `conformance`: plays every requirement of SPEC.md against a server of Fanfare/1.

mod options;
mod progress;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use fanfare_tests::conformance::{Report, Selection, requirements, run, sections};
use fanfare_tests::print;

use options::Options;

/// A requirement was broken.
const FAILED: u8 = 1;
/// The command line, or the profile, is wrong.
const USAGE: u8 = 2;
/// Nobody listens, or what listens is not Fanfare, or the report or the list cannot be written.
const NO_RUN: u8 = 3;

fn main() -> ExitCode {
    let options = Options::parse();
    if options.list {
        return match options.selection() {
            Ok(selection) => match print(&list(&selection)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(&error, NO_RUN),
            },
            Err(error) => fail(&error, USAGE),
        };
    }
    let settings = match options.settings() {
        Ok(settings) => settings,
        Err(error) => return fail(&error, USAGE),
    };
    let display = progress::Display::new(options.quiet);
    let report = match run(&settings, &|done, all| display.show(done, all)) {
        Ok(report) => report,
        Err(error) => return fail(&error, NO_RUN),
    };
    drop(display);
    match write(&options, &report) {
        Ok(()) if report.summary.failed == 0 => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(FAILED),
        Err(error) => fail(&error, NO_RUN),
    }
}

/// The requirements that are selected, and what each is checked by.
fn list(selection: &Selection) -> String {
    let mut lines = String::new();
    for requirement in requirements().iter().filter(|requirement| selection.has(&requirement.id)) {
        let id = requirement.id.as_str();
        let checks = sections::all().filter(|check| check.requirements.contains(&id)).map(|check| check.name);
        let checks = checks.collect::<Vec<_>>().join(", ");
        let how = sections::unseen(id).map_or(checks, |reason| format!("none: {reason}"));
        lines.push_str(&format!("{id:7} {}\n{:7} {how}\n", requirement.sentence, ""));
    }
    lines
}

fn write(options: &Options, report: &Report) -> Result<(), Box<dyn std::error::Error>> {
    if let Some(file) = &options.junit {
        fs::write(file, report.to_junit()?).map_err(|error| named(&error, file))?;
    }
    print(&if options.json { serde_json::to_string_pretty(report)? + "\n" } else { report.to_string() })?;
    Ok(())
}

fn named(error: &io::Error, file: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("can't write {}: {error}", file.display()))
}

fn fail(error: &dyn std::fmt::Display, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "conformance: {error}");
    ExitCode::from(code)
}

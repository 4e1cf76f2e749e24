//! `loadgen merge FILE…`: one run of several, and one HDR log of several.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::exit;
use crate::merge::{self, Merged};
use crate::report::table;
use crate::saved::Outputs;

/// Merges what several loadgens measured at the same time, as if it had been one.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What --json wrote, or what --hdr wrote.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// What is to be written besides the table.
    #[command(flatten)]
    pub outputs: Outputs,
}

/// Does it. It exits as the merged run would have.
pub fn run(args: &Args) -> ExitCode {
    // What is read may be what is written.
    let merged = match merge::files(&args.files) {
        Ok(merged) => merged,
        Err(error) => return fail(&error, exit::USAGE),
    };
    if let (Merged::Log(_), Some(file)) = (&merged, args.outputs.json.as_ref().or(args.outputs.csv.as_ref())) {
        let error = format!("can't write {}: an HDR log has only distributions; merge saved runs", file.display());
        return fail(&error, exit::USAGE);
    }
    let mut outputs = match args.outputs.open() {
        Ok(outputs) => outputs,
        Err(error) => return fail(&error, exit::USAGE),
    };
    let (errors, text, code) = match &merged {
        Merged::Run(report) => (outputs.write(report), table(report), exit::code(report, false)),
        Merged::Log(log) => (outputs.write_log(log).into_iter().collect(), log.summary(), 0),
    };
    if !outputs.to_standard_output() {
        // Whoever has closed it does not want to know.
        let _ = io::stdout().lock().write_all(text.as_bytes());
    }
    for error in &errors {
        fail(error, exit::NO_RUN);
    }
    ExitCode::from(if errors.is_empty() { code } else { exit::NO_RUN })
}

fn fail(error: &dyn std::fmt::Display, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "loadgen: {error}");
    ExitCode::from(code)
}

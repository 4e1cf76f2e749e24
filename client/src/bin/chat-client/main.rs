//! `chat-client`: a client for Fanfare/1 servers, at a terminal and in scripts.

mod command;
mod exit;
mod missed;
mod options;
mod pipe;
mod terminal;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::exit::Failure;
use crate::options::Options;

fn main() -> ExitCode {
    let options = Options::parse();
    let at_a_terminal = io::stdin().is_terminal() && io::stdout().is_terminal() && !options.is_for_a_script();
    let result = runtime().and_then(|runtime| {
        let result = if at_a_terminal { terminal::run(&runtime, &options) } else { pipe::run(&runtime, &options) };
        // Not to wait for an address that is still being looked up.
        runtime.shutdown_background();
        result
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _closed = writeln!(io::stderr(), "chat-client: {failure}");
            failure.exit_code()
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::System)
}

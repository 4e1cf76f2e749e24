//! `chat-client`: a client for Fanfare/1 servers, at a terminal and in scripts.

mod command;
mod exit;
mod missed;
mod options;
mod pipe;
mod searches;
mod terminal;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::Parser;

use crate::exit::Failure;
use crate::options::Options;

/// How long a reader of standard error that has stopped is waited for at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

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
            let exit_code = failure.exit_code();
            last_words(failure);
            exit_code
        }
    }
}

/// Says what it came to. If standard error is closed nobody wants to know, and if nobody reads it nobody is waited for.
fn last_words(failure: Failure) {
    let (done, written) = mpsc::channel();
    let write = move || {
        let _closed = writeln!(io::stderr(), "chat-client: {failure}");
        let _late = done.send(());
    };
    if thread::Builder::new().spawn(write).is_ok() {
        let _late = written.recv_timeout(LAST_WORDS);
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::System)
}

//! `chat-server`: the reference server of Fanfare/1.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use fanfare_server::options::{Loaded, Options, OptionsError};
use fanfare_server::{Server, descriptors, logging};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

/// Files that are open besides connections: listeners, event queues, the standard streams, a spare one.
const OTHER_FILES: u64 = 256;

fn main() -> ExitCode {
    let options = match Options::load(env::args_os()) {
        Ok(Loaded::Run(options)) => *options,
        Ok(Loaded::Print(text)) => return print(&text),
        Err(error) => return fail(&error, OptionsError::EXIT_CODE),
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error, 1),
    }
}

fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    logging::init(options.log_format, &options.log_level)?;
    match descriptors::raise() {
        Ok((before, now)) => {
            info!(before, now, "limit of open files");
            let needed = options.max_connections as u64 + OTHER_FILES;
            if now < needed {
                warn!(now, needed, "fewer open files are allowed than --max-connections needs; raise the hard limit");
            }
        }
        Err(error) => warn!(%error, "the limit of open files can't be raised"),
    }
    // Before the first line of output, so that whoever has read it can end us cleanly.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let server = Server::start(options)?;
    let mut lines = String::new();
    for address in server.addresses() {
        info!(%address, "listening");
        lines.push_str(&format!("listening on {address}\n"));
    }
    print(&lines);
    let ended = runtime.block_on(async {
        let mut told = async || {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        told().await;
        let drained = tokio::task::spawn_blocking(|| server.shut_down());
        tokio::select! {
            drained = drained => drained.map_err(Into::into),
            // Whoever says it twice means it.
            () = told() => Ok(()),
        }
    });
    // Not to wait for a drain that is not waited for any more.
    runtime.shutdown_background();
    ended
}

/// To standard output. Whoever has closed it does not want to know.
fn print(text: &str) -> ExitCode {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    ExitCode::SUCCESS
}

fn fail(error: &dyn std::error::Error, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "chat-server: {error}");
    ExitCode::from(code)
}

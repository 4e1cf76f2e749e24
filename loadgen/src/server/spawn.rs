//! A `chat-server` that is started for one run and ends with it.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many of its last log lines are shown if it does not.
const LAST_LINES: usize = 5;

/// Connections besides those of the run.
const OTHER_CONNECTIONS: u64 = 16;

/// A server that runs. It ends when this is dropped.
#[derive(Debug)]
pub struct Spawned {
    child: Child,
    address: SocketAddr,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// It is not there, or can't be run.
    #[error("can't start {path}: {source}; build it with `cargo build --release -p fanfare-server`")]
    NotRun {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It ended, or said nothing.
    #[error("{path} {what}; the last that it logged:\n{log}")]
    NotListening {
        /// Which program.
        path: PathBuf,
        /// What it did.
        what: &'static str,
        /// Its last lines.
        log: String,
    },
}

impl Spawned {
    /// Starts the `chat-server` that is beside this program, without limits that a load meets, and with more arguments.
    ///
    /// # Errors
    ///
    /// It can't be run, or does not listen within 10 seconds.
    pub fn start(listen: SocketAddr, connections: u64, arguments: &[String]) -> Result<Self, SpawnError> {
        let path = std::env::current_exe().map(|own| own.with_file_name("chat-server"));
        let path = path.map_err(|source| SpawnError::NotRun { path: "chat-server".into(), source })?;
        let most = (connections + OTHER_CONNECTIONS).to_string();
        let mut command = Command::new(&path);
        for variable in std::env::vars_os().map(|(name, _)| name) {
            if variable.to_string_lossy().starts_with("FANFARE_") {
                command.env_remove(variable);
            }
        }
        command
            .args(["--listen", &listen.to_string(), "--rate-limit", "off", "--octet-rate", "off"])
            .args(["--max-connections", &most, "--max-connections-per-address", &most])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for this program: the run ends in order, and the server after it.
            .process_group(0);
        Self::wait(&path, command)
    }

    fn wait(path: &Path, mut command: Command) -> Result<Self, SpawnError> {
        let child = command.spawn().map_err(|source| SpawnError::NotRun { path: path.to_owned(), source })?;
        let mut spawned = Self { child, address: ([0, 0, 0, 0], 0).into() };
        let (errors, output) = (spawned.child.stderr.take(), spawned.child.stdout.take());
        let log =
            thread::spawn(move || last_lines(errors.into_iter().flat_map(|errors| BufReader::new(errors).lines())));
        let (told, tell) = mpsc::channel();
        thread::spawn(move || {
            for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok) {
                // Only the first line is waited for; the rest is read so that the server never has to wait.
                let _ = told.send(line);
            }
        });
        let what = match tell.recv_timeout(PATIENCE) {
            Ok(line) => match line.strip_prefix("listening on ").and_then(|address| address.parse().ok()) {
                Some(address) => {
                    spawned.address = address;
                    return Ok(spawned);
                }
                None => "did not say where it listens",
            },
            Err(RecvTimeoutError::Timeout) => "does not listen after 10 seconds",
            Err(RecvTimeoutError::Disconnected) => "ended at once",
        };
        // Its end ends its log.
        drop(spawned);
        let log = log.join().unwrap_or_default();
        Err(SpawnError::NotListening { path: path.to_owned(), what, log })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn last_lines(lines: impl Iterator<Item = io::Result<String>>) -> String {
    let mut last = VecDeque::new();
    for line in lines.map_while(Result::ok) {
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
    Vec::from(last).join("\n")
}

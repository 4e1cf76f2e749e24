//! A server that is started for one run and ends with it.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Kind, process_that_listens, program, recipe};
use crate::login::PASSWORD_VARIABLE;
use crate::target::Spawn;

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often one that does not tell is asked whether it listens.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// How many ports are tried where somebody else takes the free one first.
const PORTS: u32 = 5;

/// How many of its last log lines are shown if it does not.
const LAST_LINES: usize = 5;

/// A server that runs. It ends when this is dropped.
#[derive(Debug)]
pub struct Spawned {
    child: Child,
    address: SocketAddr,
    version: Option<String>,
    /// Where it may write. It goes after the process.
    _directory: TempDir,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The `chat-server` is not there, or can't be run.
    #[error("can't start {path}: {source}; build it with `cargo build --release -p fanfare-server`")]
    NotBuilt {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another server is not there, or can't be run.
    #[error(
        "can't start {path}: {source}; install it (`apt-get install {package}`), or say where it is: spawn:{kind}=PATH"
    )]
    NotInstalled {
        /// The program.
        path: PathBuf,
        /// What it is called by those who package it.
        package: &'static str,
        /// What kind it is.
        kind: Kind,
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
    /// The system refused something that it always has.
    #[error("the system refused {what}: {source}")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What it says.
        source: io::Error,
    },
}

/// The last lines that a process has written, on either of its outputs.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<VecDeque<String>>>);

/// A process that may be a server soon.
struct Starting {
    child: Child,
    log: Log,
    /// The lines of its standard output, until nobody waits for them.
    lines: Receiver<String>,
}

impl Spawned {
    /// Starts a server that takes so many clients at a free port of the loopback interface, with more arguments.
    ///
    /// # Errors
    ///
    /// It can't be run, or does not listen within 10 seconds.
    pub fn start(spawn: &Spawn, clients: u32, arguments: &[String]) -> Result<Self, SpawnError> {
        let path = program::path(spawn);
        // Most servers take as many connections as they have descriptors, and inherit how many that is.
        rlimit::increase_nofile_limit(u64::MAX).map_err(|source| SpawnError::System { what: "descriptors", source })?;
        let version = program::version(spawn.kind, &path)?;
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::at(spawn.kind, &path, free_port()?, clients, arguments) {
                Err(SpawnError::NotListening { log, .. }) if tries < PORTS && is_taken(&log) => {}
                Err(error) => return Err(error),
                Ok(mut server) => {
                    server.version = version;
                    return Ok(server);
                }
            }
        }
    }

    fn at(kind: Kind, path: &Path, port: u16, clients: u32, arguments: &[String]) -> Result<Self, SpawnError> {
        let refused = |source| SpawnError::System { what: "a directory for the server", source };
        let directory = tempfile::tempdir().map_err(refused)?;
        let mut command = recipe::command(kind, path, port, directory.path(), clients).map_err(refused)?;
        command
            .args(arguments)
            .env_remove(PASSWORD_VARIABLE)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for this program: the run ends in order, and the server after it.
            .process_group(0);
        let child = command.spawn().map_err(|source| program::not_run(kind, path, source))?;
        let mut starting = Starting::new(child);
        let listening = match kind {
            Kind::Fanfare => starting.is_told(),
            _ => starting.is_asked((Ipv4Addr::LOCALHOST, port).into()),
        };
        match listening {
            Ok(address) => Ok(Self { child: starting.child, address, version: None, _directory: directory }),
            Err(what) => Err(SpawnError::NotListening { path: path.to_owned(), what, log: starting.end() }),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it says about its version, in one line, if it says something.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

impl Starting {
    fn new(mut child: Child) -> Self {
        let log = Log::default();
        let (told, lines) = mpsc::channel();
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let of_output = log.clone();
        thread::spawn(move || {
            for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok) {
                of_output.keep(line.clone());
                // It is read to its end, that the server never has to wait; once it listens nobody is told.
                let _ = told.send(line);
            }
        });
        let of_errors = log.clone();
        thread::spawn(move || {
            let lines = errors.into_iter().flat_map(|errors| BufReader::new(errors).lines());
            lines.map_while(Result::ok).for_each(|line| of_errors.keep(line));
        });
        Self { child, log, lines }
    }

    /// Waits for a server that says first where it listens.
    fn is_told(&self) -> Result<SocketAddr, &'static str> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                let address = line.strip_prefix("listening on ").and_then(|address| address.parse().ok());
                address.ok_or("did not say where it listens")
            }
            Err(RecvTimeoutError::Timeout) => Err("does not listen after 10 seconds"),
            Err(RecvTimeoutError::Disconnected) => Err("ended at once"),
        }
    }

    /// Waits for a server that was told where to listen. Who listens there may be somebody else.
    fn is_asked(&mut self, address: SocketAddr) -> Result<SocketAddr, &'static str> {
        let until = Instant::now() + PATIENCE;
        loop {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return Err("ended at once");
            }
            if TcpStream::connect(address).is_ok()
                && process_that_listens(address).is_none_or(|listener| listener == self.child.id())
            {
                return Ok(address);
            }
            if Instant::now() > until {
                return Err("does not listen after 10 seconds");
            }
            thread::sleep(ASK_EVERY);
        }
    }

    /// Ends it, and returns the last that it has said.
    fn end(mut self) -> String {
        end(&mut self.child);
        // Its outputs end with it, and then nobody has the log but this.
        let until = Instant::now() + PATIENCE;
        while Arc::strong_count(&self.log.0) > 1 && Instant::now() < until {
            thread::sleep(ASK_EVERY);
        }
        self.log.last()
    }
}

impl Log {
    fn keep(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LAST_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn last(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// A port at which nobody listens at the moment.
fn free_port() -> Result<u16, SpawnError> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    port.map(|address| address.port()).map_err(|source| SpawnError::System { what: "a free port", source })
}

/// Whether a server ended because somebody else has its port.
fn is_taken(log: &str) -> bool {
    log.to_lowercase().contains("already in use")
}

fn end(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

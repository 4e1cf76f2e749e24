//! A server that is started for one run and ends with it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use tempfile::TempDir;

use super::starting::{Starting, end};
use super::{Kind, program, recipe};
use crate::login::PASSWORD_VARIABLE;
use crate::target::Spawn;

/// How many ports are tried where somebody else takes the free one first.
const PORTS: u32 = 5;

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

impl Spawned {
    /// Starts a server that takes so many connections at a free port of the loopback interface, with more arguments.
    ///
    /// # Errors
    ///
    /// It can't be run, or does not listen within 10 seconds.
    pub fn start(spawn: &Spawn, connections: u64, arguments: &[String]) -> Result<Self, SpawnError> {
        let path = program::path(spawn);
        // Most servers take as many connections as they have descriptors, and inherit how many that is.
        rlimit::increase_nofile_limit(u64::MAX).map_err(|source| SpawnError::System { what: "descriptors", source })?;
        let version = program::version(spawn.kind, &path)?;
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::at(spawn, &path, free_port()?, connections, arguments) {
                Err(SpawnError::NotListening { log, .. }) if tries < PORTS && is_taken(&log) => {}
                Err(error) => return Err(error),
                Ok(mut server) => {
                    server.version = version;
                    return Ok(server);
                }
            }
        }
    }

    fn at(spawn: &Spawn, path: &Path, port: u16, connections: u64, arguments: &[String]) -> Result<Self, SpawnError> {
        let kind = spawn.kind;
        let refused = |source| SpawnError::System { what: "a directory for the server", source };
        let directory = tempfile::tempdir().map_err(refused)?;
        let mut command =
            recipe::command(kind, spawn.history, path, port, directory.path(), connections).map_err(refused)?;
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

/// A port at which nobody listens at the moment.
fn free_port() -> Result<u16, SpawnError> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    port.map(|address| address.port()).map_err(|source| SpawnError::System { what: "a free port", source })
}

/// Whether a server ended because somebody else has its port.
fn is_taken(log: &str) -> bool {
    log.to_lowercase().contains("already in use")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::super::process_that_listens;
    use super::*;
    use crate::target::History;

    /// A program that says its version, and then does what the script says; `$port` is the port that it is told.
    fn script(directory: &TempDir, script: &str) -> Spawn {
        let (text, program) = (directory.path().join("text"), directory.path().join("server"));
        let head = "#!/bin/sh\n[ \"$1\" = --version ] && echo 'server 1.2.3' && exit\nport=$4\n";
        fs::write(&text, format!("{head}{script}\n")).expect("it is written");
        // What another thread starts meanwhile would have a file that is written here open, and it could not be run.
        let installed = Command::new("install").arg(&text).arg(&program).status().expect("there is `install`");
        assert!(installed.success());
        Spawn { kind: Kind::Redis, history: History::Off, program: Some(program) }
    }

    fn error(of: &str) -> String {
        let directory = tempfile::tempdir().expect("a directory");
        Spawned::start(&script(&directory, of), 1, &[]).expect_err("it does not listen").to_string()
    }

    #[test]
    fn a_server_that_ends_is_explained_by_its_last_words() {
        let words = error("for word in a b c d e f; do echo $word; done; echo so long >&2; exit 1");
        assert!(words.contains("ended at once") && words.contains("so long"), "{words}");
        assert!(words.contains("\nf") && !words.contains("\na\n"), "only the last lines: {words}");
    }

    #[test]
    fn a_port_that_somebody_else_has_taken_is_not_the_last_that_is_tried() {
        let directory = tempfile::tempdir().expect("a directory");
        let tries = directory.path().join("tries");
        let words = format!("echo $port >>{}; echo 'bind: Address already in use' >&2; exit 1", tries.display());
        let error = Spawned::start(&script(&directory, &words), 1, &[]).expect_err("it never listens");
        assert!(error.to_string().contains("in use"), "{error}");
        let tried = fs::read_to_string(tries).expect("it was written");
        assert_eq!(tried.lines().count(), PORTS as usize, "{tried}");
    }

    #[test]
    fn a_server_that_is_not_installed_is_named_with_its_package() {
        for kind in Kind::ALL {
            let spawn = Spawn { kind, history: History::Off, program: Some("/nowhere/server".into()) };
            let words = Spawned::start(&spawn, 1, &[]).expect_err("it is not there").to_string();
            let remedy = match kind {
                Kind::Fanfare => "cargo build --release -p fanfare-server".to_owned(),
                _ => format!("apt-get install {}", kind.program()),
            };
            assert!(words.contains("/nowhere/server") && words.contains(&remedy), "{words}");
        }
    }

    #[test]
    fn a_program_of_ones_own_is_started_and_says_its_version() {
        let directory = tempfile::tempdir().expect("a directory");
        let spawn = Spawn { kind: Kind::Redis, history: History::Off, program: None };
        if !program::path(&spawn).is_absolute() {
            return;
        }
        // It becomes the server.
        let spawn = script(&directory, &format!("exec {} \"$@\"", program::path(&spawn).display()));
        let server = Spawned::start(&spawn, 1, &[]).expect("it listens");
        assert_eq!(server.version(), Some("server 1.2.3"));
        assert_eq!(process_that_listens(server.address()), Some(server.pid()));
        let address = server.address();
        drop(server);
        assert_eq!(process_that_listens(address), None);
    }
}

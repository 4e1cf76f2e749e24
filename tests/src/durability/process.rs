//! The server of a round, as a process that is killed, stopped, frozen and started again.

use std::fs::{File, OpenOptions};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::time::timeout;

use super::disk::Disk;

/// How long a server may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// How much of the end of a log is shown.
const LOG: usize = 2_000;

/// A server, while it runs and while it does not.
#[derive(Debug)]
pub(super) struct Process {
    program: PathBuf,
    flags: Vec<String>,
    log: PathBuf,
    child: Option<Child>,
}

/// Why a server does not do what it is told.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProcessError {
    /// The system refused something.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// Why it can't be.
        source: io::Error,
    },
    /// It ended, or took too long, before it listened.
    #[error("the server did not say where it listens: {0}")]
    Silent(String),
    /// It did not end when it was told to.
    #[error("the server did not end within {PATIENCE:?}: {0}")]
    Endless(String),
}

impl Process {
    /// One that does not run yet. It writes its log to a file.
    pub(super) fn new(program: PathBuf, flags: Vec<String>, log: PathBuf) -> Self {
        Self { program, flags, log, child: None }
    }

    /// From its next start on it does not take a silent connection for one whose other side is gone.
    pub(super) fn has_patience(&mut self) {
        for flag in self.flags.iter_mut().filter(|flag| flag.starts_with("--ping-interval=")) {
            *flag = "--ping-interval=1m".to_owned();
        }
    }

    /// Starts it. It has not said anything yet.
    pub(super) fn spawn(&mut self, disk: &Disk) -> Result<(), ProcessError> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        let log = log.map_err(failed("can't write the log of the server"))?;
        let mut command = disk.command(&self.program);
        command.args(&self.flags).arg("--data-dir").arg(disk.directory()).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let what = format!("can't run {}", self.program.display());
        self.child = Some(command.spawn().map_err(failed(what))?);
        Ok(())
    }

    /// Waits until it says where it listens.
    pub(super) async fn listening(&mut self) -> Result<SocketAddr, ProcessError> {
        let output = self.child.as_mut().and_then(|child| child.stdout.take());
        let Some(output) = output else { return Err(ProcessError::Silent(self.tail())) };
        let mut lines = BufReader::new(output).lines();
        let line = timeout(PATIENCE, lines.next_line()).await;
        let address = match line {
            Ok(Ok(Some(line))) => line.strip_prefix("listening on ").and_then(|address| address.parse().ok()),
            _ => None,
        };
        address.ok_or_else(|| ProcessError::Silent(self.tail()))
    }

    /// Whether it runs; it may have ended by itself.
    pub(super) fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Sends it a signal.
    pub(super) fn signal(&self, signal: Signal) -> Result<(), ProcessError> {
        let Some(pid) = self.pid() else { return Ok(()) };
        kill_process(pid, signal).map_err(|error| failed("can't send a signal to the server")(error.into()))
    }

    /// Waits for its end.
    pub(super) async fn wait(&mut self) -> Result<Option<ExitStatus>, ProcessError> {
        let Some(mut child) = self.child.take() else { return Ok(None) };
        match timeout(PATIENCE, child.wait()).await {
            Ok(status) => status.map(Some).map_err(failed("can't wait for the server")),
            Err(_) => Err(ProcessError::Endless(self.tail())),
        }
    }

    /// Kills it, without a chance to do anything more.
    pub(super) async fn kill(&mut self) -> Result<(), ProcessError> {
        self.signal(Signal::KILL)?;
        self.wait().await.map(drop)
    }

    /// From now on it can't make a file longer than so many octets; `None`: without a limit.
    pub(super) fn limit_files(&self, octets: Option<u64>) -> Result<(), ProcessError> {
        let limit = Rlimit { current: octets, maximum: None };
        let limited = prlimit(self.pid(), Resource::Fsize, limit).map(drop);
        limited.map_err(|error| failed("can't limit the files of the server")(error.into()))
    }

    /// What it logged last.
    pub(super) fn tail(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(LOG)..]).into_owned()
    }

    /// Whether it ever panicked.
    pub(super) fn has_panicked(&self) -> bool {
        std::fs::read_to_string(&self.log).is_ok_and(|log| log.contains("panicked at"))
    }

    fn pid(&self) -> Option<Pid> {
        let id = self.child.as_ref()?.id()?;
        Pid::from_raw(i32::try_from(id).ok()?)
    }
}

/// Writes a file of so many octets, or until the disk is full.
pub(super) fn write_ballast(path: &Path) -> io::Result<()> {
    use io::Write;
    let mut file: File = OpenOptions::new().create(true).append(true).open(path)?;
    for piece in [1 << 16, 1 << 12, 1 << 9] {
        let octets = vec![b'x'; piece];
        loop {
            match file.write_all(&octets) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn failed(what: impl Into<String>) -> impl FnOnce(io::Error) -> ProcessError {
    let what = what.into();
    move |source| ProcessError::System { what, source }
}

//! What is measured: servers, each a process of its own.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use fanfare_loadgen::Wire;
use tempfile::TempDir;

use super::processors::Processors;

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often one that does not tell is asked whether it listens.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// What it takes that no limit of a chat-server is met, that no `PING` falls into a measurement, and that nothing is stored:
/// nor does any of the others.
const UNLIMITED: [&str; 16] = [
    "--listen",
    "127.0.0.1:0",
    "--rate-limit",
    "off",
    "--octet-rate",
    "off",
    "--ping-interval",
    "1h",
    "--max-connections",
    "12000",
    "--max-connections-per-address",
    "12000",
    "--log-level",
    "warn",
    "--history",
    "off",
];

/// A server that can be measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// `chat-server`, with so many workers.
    ChatServer { workers: u32 },
    /// `chat-server` with one worker, which sends to each receiver by itself.
    WithoutUring,
    /// The floor under single messages.
    FloorWrite,
    /// The floor under many messages.
    FloorRing,
    /// `nats-server`, as it is installed.
    Nats,
    /// `redis-server`, as it is installed.
    Redis,
}

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// It can't be built.
    #[error("`cargo build --release --locked -p fanfare-server` failed ({0}): build it by hand to see why")]
    NotBuilt(ExitStatus),
    /// It is not installed.
    #[error("{program} is not installed: `apt-get install {program}`, and have it in PATH")]
    Absent { program: &'static str },
    /// It can't be run.
    #[error("can't start {}: {source}", program.display())]
    NotRun { program: PathBuf, source: io::Error },
    /// It ended, or said nothing.
    #[error("{} does not listen after 10 seconds, or has ended; what it says is above", program.display())]
    NotListening { program: PathBuf },
}

/// A server that runs. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    /// Its standard input stays open as long: floors end with it, even if this process is killed.
    child: Child,
    pub(crate) address: SocketAddr,
    /// Where it may write. It goes after the process.
    _directory: Option<TempDir>,
}

impl Subject {
    /// What it is called in tables.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::ChatServer { workers: 1 } => "chat-server".to_owned(),
            Self::ChatServer { workers } => format!("chat-server, {workers} workers"),
            Self::WithoutUring => "chat-server without io_uring".to_owned(),
            Self::FloorWrite => "floor-write".to_owned(),
            Self::FloorRing => "floor-ring".to_owned(),
            Self::Nats => "NATS".to_owned(),
            Self::Redis => "Redis".to_owned(),
        }
    }

    /// What it speaks.
    pub(crate) fn wire(&self) -> Wire {
        match self {
            Self::ChatServer { .. } | Self::WithoutUring => Wire::Fanfare,
            Self::FloorWrite | Self::FloorRing => Wire::Relay,
            Self::Nats => Wire::Nats,
            Self::Redis => Wire::Redis,
        }
    }

    /// How long it needs to come to rest after everybody has joined. A chat-server tells a crowd once a second at most
    /// how many it is; NATS asks each client whether it is there two seconds after it came.
    pub(crate) fn settle(&self) -> Duration {
        match self {
            Self::ChatServer { .. } | Self::WithoutUring => Duration::from_millis(1_500),
            Self::FloorWrite | Self::FloorRing | Self::Redis => Duration::from_millis(500),
            Self::Nats => Duration::from_secs(3),
        }
    }

    /// How many of so many publishers it gets: a relay does not number, and NATS keeps the order of one publisher only.
    pub(crate) fn publishers(&self, wanted: u32) -> u32 {
        match self {
            Self::ChatServer { .. } | Self::WithoutUring | Self::Redis => wanted,
            Self::FloorWrite | Self::FloorRing | Self::Nats => 1,
        }
    }

    /// Starts it in its place, and waits until it listens.
    ///
    /// # Errors
    ///
    /// It is not there, or does not listen in time.
    pub(crate) fn start(&self, processors: &Processors) -> Result<Running, StartError> {
        match self {
            Self::ChatServer { workers } => {
                let workers = workers.to_string();
                Running::that_tells(chat_server(&["--workers", &workers]), processors)
            }
            Self::WithoutUring => {
                Running::that_tells(chat_server(&["--workers", "1", "--io-uring", "off"]), processors)
            }
            Self::FloorWrite => Running::that_tells(floor("floor-write"), processors),
            Self::FloorRing => Running::that_tells(floor("floor-ring"), processors),
            Self::Nats => Running::that_is_asked("nats-server", nats, processors),
            Self::Redis => Running::that_is_asked("redis-server", redis, processors),
        }
    }
}

/// Builds the chat-server, so that none of yesterday is measured.
///
/// # Errors
///
/// It can't be built.
pub(crate) fn build_chat_server() -> Result<(), StartError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(&cargo);
    command.args(["build", "--release", "--locked", "-p", "fanfare-server"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let status = command.status().map_err(|source| StartError::NotRun { program: cargo.into(), source })?;
    if status.success() { Ok(()) } else { Err(StartError::NotBuilt(status)) }
}

/// A bench is in a folder beside the programs of its profile, which has what the release profile has.
fn chat_server(arguments: &[&str]) -> Command {
    let own = std::env::current_exe().unwrap_or_default();
    let mut command = Command::new(own.ancestors().nth(2).unwrap_or(Path::new("")).join("chat-server"));
    for variable in std::env::vars_os().map(|(name, _)| name) {
        if variable.to_string_lossy().starts_with("FANFARE_") {
            command.env_remove(variable);
        }
    }
    command.args(UNLIMITED).args(arguments);
    command
}

/// This program is a floor too.
fn floor(role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap_or_default());
    command.arg(role);
    command
}

/// As many connections as it takes, and nobody is cut off for reading slowly.
fn nats(port: u16, directory: &Path) -> io::Result<Command> {
    let file = directory.join("nats.conf");
    fs::write(
        &file,
        format!(
            "host: 127.0.0.1\nport: {port}\nmax_connections: 12000\nmax_pending: 1GB\nwrite_deadline: \"60s\"\n\
             ping_interval: \"1h\"\nlogtime: false\n"
        ),
    )?;
    let mut command = Command::new("nats-server");
    command.arg("--config").arg(file).stderr(Stdio::null());
    Ok(command)
}

/// Nothing is stored, and nobody is cut off for reading slowly.
fn redis(port: u16, directory: &Path) -> io::Result<Command> {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
    command.args(["--client-output-buffer-limit", "pubsub 0 0 0", "--maxclients", "12000", "--tcp-backlog", "4096"]);
    command.args(["--daemonize", "no", "--loglevel", "warning", "--dir"]).arg(directory).stdout(Stdio::null());
    Ok(command)
}

impl Running {
    /// One that says first where it listens.
    fn that_tells(mut command: Command, processors: &Processors) -> Result<Self, StartError> {
        let program = PathBuf::from(command.get_program());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = processors.spawn_server(&mut command);
        let mut child = child.map_err(|source| StartError::NotRun { program: program.clone(), source })?;
        let output = child.stdout.take();
        let mut running = Self { child, address: ([0, 0, 0, 0], 0).into(), _directory: None };
        let (told, tell) = mpsc::channel();
        thread::spawn(move || {
            for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok) {
                // Only the first line is waited for; the rest is read so that the server never has to wait.
                let _ = told.send(line);
            }
        });
        let line = tell.recv_timeout(PATIENCE).unwrap_or_default();
        let address = line.strip_prefix("listening on ").and_then(|address| address.parse().ok());
        running.address = address.ok_or(StartError::NotListening { program })?;
        Ok(running)
    }

    /// One that listens at a port which it is told.
    fn that_is_asked(
        program: &'static str,
        command: fn(u16, &Path) -> io::Result<Command>,
        processors: &Processors,
    ) -> Result<Self, StartError> {
        let not_run = |source| StartError::NotRun { program: program.into(), source };
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let address = port.map_err(not_run)?;
        let directory = tempfile::tempdir().map_err(not_run)?;
        let mut command = command(address.port(), directory.path()).map_err(not_run)?;
        let child = processors.spawn_server(command.stdin(Stdio::null())).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => StartError::Absent { program },
            _ => not_run(source),
        })?;
        let mut running = Self { child, address, _directory: Some(directory) };
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            if Instant::now() > until || running.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return Err(StartError::NotListening { program: program.into() });
            }
            thread::sleep(ASK_EVERY);
        }
        Ok(running)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

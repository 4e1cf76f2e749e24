//! The program, as a test runs it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::{self, JoinHandle};

use fanfare_tests::{Client, eventually};
use tempfile::TempDir;

/// Where the program is.
pub(crate) const PATH: &str = env!("CARGO_BIN_EXE_chat-server");

/// A program that runs and listens. It ends with the test.
pub(crate) struct Program {
    child: Child,
    addresses: Vec<SocketAddr>,
    log: Option<JoinHandle<String>>,
    /// Where it works, and keeps its history unless it was told another place. It goes after the process.
    _directory: TempDir,
}

/// The program with flags, and with no variables but these.
pub(crate) fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(PATH);
    command.args(flags).env_clear();
    command
}

/// Runs it to its end, in a directory of its own.
pub(crate) fn run(flags: &[&str]) -> Output {
    run_in(directory().path(), flags)
}

/// Runs it to its end in a directory.
pub(crate) fn run_in(directory: &Path, flags: &[&str]) -> Output {
    command(flags).current_dir(directory).stdin(Stdio::null()).output().expect("the program can be run")
}

/// A directory that goes when the test ends.
pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory can be made")
}

/// What it wrote, as text.
pub(crate) fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).expect("it writes UTF-8")
}

impl Program {
    /// Starts it on a free port of loopback, in a directory of its own.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let mut command = command(&["--listen", "127.0.0.1:0"]);
        command.args(flags);
        Self::spawn(command, 1)
    }

    /// Starts it on a free port of loopback, in a directory that stays.
    pub(crate) fn start_in(directory: &Path, flags: &[&str]) -> Self {
        let mut command = command(&["--listen", "127.0.0.1:0"]);
        command.args(flags).current_dir(directory);
        Self::spawn(command, 1)
    }

    /// Starts a command, in a directory of its own if it has none, and reads so many lines that say where it listens.
    pub(crate) fn spawn(mut command: Command, addresses: usize) -> Self {
        let directory = directory();
        if command.get_current_dir().is_none() {
            command.current_dir(directory.path());
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be run");
        let output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let mut errors = child.stderr.take().expect("its errors are a pipe");
        let log = thread::spawn(move || {
            let mut log = String::new();
            errors.read_to_string(&mut log).expect("it writes UTF-8");
            log
        });
        let addresses = output
            .lines()
            .take(addresses)
            .map(|line| {
                let line = line.expect("it writes UTF-8");
                let address = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?} came first"));
                address.parse().expect("an address")
            })
            .collect();
        Self { child, addresses, log: Some(log), _directory: directory }
    }

    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A connection that has read the greeting.
    pub(crate) fn connect(&self) -> Client {
        let mut client = Client::connect(self.addresses[0]);
        client.expect("FANFARE/1 Choose a username...");
        client
    }

    /// A person in framed mode.
    pub(crate) fn framed(&self, name: &str) -> Client {
        let mut client = self.connect();
        client.send(&format!("HELLO 1 {name}"));
        client.expect(&format!("WELCOME {name} <rest>"));
        client
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        // Every shell has a `kill` of its own; the program of that name is not on every machine.
        let kill = format!("kill -s {signal} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("there is a shell");
        assert!(sent.success());
    }

    /// A number of what the system says about it, such as `VmRSS` in KiB.
    pub(crate) fn status(&self, key: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line =
            status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).expect("the system says so");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Waits for its end. What it exited with, and what it logged.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let status = eventually("the program ends", || self.child.try_wait().expect("it is ours"));
        let log = self.log.take().expect("it is waited for once").join().expect("its log was read");
        (status, log)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! The program, as a test runs it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fanfare_tests::PATIENCE;
use serde_json::Value;

/// Where the program is.
pub(crate) const PATH: &str = env!("CARGO_BIN_EXE_loadgen");

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// Runs it to its end.
pub(crate) fn loadgen(arguments: &[&str]) -> Ended {
    ended(Command::new(PATH).args(arguments).stdin(Stdio::null()).output().expect("the program can be run"))
}

/// What has become of a run.
pub(crate) fn ended(output: Output) -> Ended {
    let text = |octets| String::from_utf8(octets).expect("it writes UTF-8");
    Ended { code: output.status.code(), output: text(output.stdout), errors: text(output.stderr) }
}

/// Runs it with its report as JSON, and with all the time that deliveries may need on a busy machine.
pub(crate) fn report(address: &str, arguments: &[&str]) -> (Ended, Value) {
    report_within("20s", address, arguments)
}

/// The same, where some deliveries or answers never come.
pub(crate) fn report_within(drain: &str, address: &str, arguments: &[&str]) -> (Ended, Value) {
    let common = ["--target", address, "--settle=0s", "--quiet", "--json=-", "--drain", drain];
    let ended = loadgen(&[&common, arguments].concat());
    let report = serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    (ended, report)
}

/// Runs it with its report as JSON, sends it a signal once its progress has such words, and waits for its end.
pub(crate) fn interrupted(signal: &str, arguments: &[&str], words: &str) -> (Ended, Value) {
    let mut running = Running::start(arguments);
    running.says(words);
    running.ends_by(signal)
}

/// A run that goes on, with its report as JSON. It ends with the test.
pub(crate) struct Running {
    child: Child,
    errors: BufReader<ChildStderr>,
    /// What it has said on standard error.
    said: String,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(PATH)
            .args(arguments)
            .arg("--json=-")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be run");
        let errors = BufReader::new(child.stderr.take().expect("it is a pipe"));
        Self { child, errors, said: String::new() }
    }

    /// Waits for a line with such words on standard error.
    pub(crate) fn says(&mut self, words: &str) -> &str {
        loop {
            let before = self.said.len();
            let read = self.errors.read_line(&mut self.said).expect("it writes UTF-8");
            assert!(read > 0, "it ended before {words:?}: {}", self.said);
            if self.said[before..].contains(words) {
                return &self.said[before..];
            }
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let kill = format!("kill -s {signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("there is a shell").success());
    }

    /// Sends it a signal, and waits for its end.
    pub(crate) fn ends_by(mut self, signal: &str) -> (Ended, Value) {
        self.signal(signal);
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().expect("it is ours").is_none() {
            assert!(Instant::now() < deadline, "SIG{signal} did not end it");
            thread::sleep(Duration::from_millis(10));
        }
        let mut output = String::new();
        let pipe = self.child.stdout.as_mut().expect("it is a pipe");
        pipe.read_to_string(&mut output).expect("it writes UTF-8");
        self.errors.read_to_string(&mut self.said).expect("it writes UTF-8");
        let code = self.child.wait().expect("it has ended").code();
        let ended = Ended { code, output, errors: std::mem::take(&mut self.said) };
        let report = serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
        (ended, report)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A count of the report's deliveries.
#[track_caller]
pub(crate) fn deliveries(report: &Value, name: &str) -> u64 {
    report["deliveries"][name].as_u64().unwrap_or_else(|| panic!("no {name} in {report}"))
}

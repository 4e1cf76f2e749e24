//! The program, as a test runs it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

use fanfare_tests::{PATIENCE, eventually};

/// Where the program is.
pub(crate) const PATH: &str = env!("CARGO_BIN_EXE_chat-client");

/// A program that runs. It ends with the test.
pub(crate) struct Program {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Option<JoinHandle<String>>,
}

/// What became of a program.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    /// What it wrote that was not read before.
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// The program with flags, and with no variables.
pub(crate) fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(PATH);
    command.args(flags).env_clear();
    command
}

/// Runs it with an input to its end.
pub(crate) fn run(flags: &[&str], input: impl AsRef<[u8]>) -> Done {
    let mut program = Program::start(flags);
    program.write(input.as_ref());
    program.wait()
}

impl Program {
    pub(crate) fn start(flags: &[&str]) -> Self {
        Self::spawn(command(flags))
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be run");
        let output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines() {
                let line = line.expect("it writes UTF-8");
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut errors = child.stderr.take().expect("its errors are a pipe");
        let errors = thread::spawn(move || {
            let mut all = String::new();
            errors.read_to_string(&mut all).expect("it writes UTF-8");
            all
        });
        Self { input: child.stdin.take(), child, lines, errors: Some(errors) }
    }

    /// Gives it input. It may have ended, and not want it any more.
    pub(crate) fn write(&mut self, input: &[u8]) {
        let _gone = self.input.as_mut().expect("the input has not ended").write_all(input);
    }

    /// Gives it a line.
    pub(crate) fn say(&mut self, line: &str) {
        self.write(format!("{line}\n").as_bytes());
    }

    /// The next line that it writes.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("no line came: {error}"))
    }

    /// The next line must be this one.
    #[track_caller]
    pub(crate) fn expect(&mut self, line: &str) {
        assert_eq!(self.line(), line);
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        // Every shell has a `kill` of its own; the program of that name is not on every machine.
        let kill = format!("kill -s {signal} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("there is a shell");
        assert!(sent.success());
    }

    /// Waits for its end, and leaves its input open.
    pub(crate) fn wait_with_open_input(&mut self) -> Done {
        let status = eventually("the program ends", || self.child.try_wait().expect("it is ours"));
        let errors = self.errors.take().expect("it is waited for once").join().expect("its errors were read");
        let output = self.lines.iter().map(|line| line + "\n").collect();
        Done { code: status.code(), output, errors }
    }

    /// Ends its input, and waits for its end.
    pub(crate) fn wait(mut self) -> Done {
        self.input = None;
        self.wait_with_open_input()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Done {
    /// It must have exited with this.
    #[track_caller]
    pub(crate) fn expect_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{self:?}");
    }

    /// It must have done all, and have nothing to say about it.
    #[track_caller]
    pub(crate) fn expect_silent_success(&self) {
        self.expect_code(0);
        assert_eq!(self.errors, "");
    }
}

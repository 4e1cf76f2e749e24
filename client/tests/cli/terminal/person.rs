//! What somebody types, and what their screen shows.

use std::io::{Read, Write};
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fanfare_tests::{PATIENCE, eventually};
use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use rustix::process::{Pid, Signal, kill_process};

/// Where the program is.
const PATH: &str = env!("CARGO_BIN_EXE_chat-client");

/// A program at a terminal of its own. It ends with the test.
pub(crate) struct Person {
    pty: Arc<Pty>,
    child: Child,
    terminal: Arc<Mutex<vt100::Parser<Bells>>>,
    bells: Arc<AtomicUsize>,
    /// Everything that was written to the terminal.
    written: Arc<Mutex<Vec<u8>>>,
    /// Writes to the terminal what the program writes, up to its end.
    screen: Option<JoinHandle<()>>,
}

/// Counts how often a terminal rings.
struct Bells(Arc<AtomicUsize>);

impl vt100::Callbacks for Bells {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Person {
    /// Somebody who talks to a server, at a terminal of 60 columns and 12 rows, without colours.
    pub(crate) fn at(address: &str, flags: &[&str]) -> Self {
        let mut all = vec![address, "--color=never"];
        all.extend(flags);
        Self::start(&all)
    }

    /// Somebody who starts the program with flags.
    pub(crate) fn start(flags: &[&str]) -> Self {
        Self::start_with(flags, &[])
    }

    /// Somebody who starts the program with flags and variables.
    pub(crate) fn start_with(flags: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::run(Command::new(PATH).args(flags).env_clear().envs(variables.iter().copied()))
    }

    /// Somebody who runs a script in a shell with job control; the program with flags is its arguments.
    pub(crate) fn in_a_shell(script: &str, flags: &[&str]) -> Self {
        let script = format!("set -m; {script}");
        Self::run(Command::new("sh").args(["-c", &script, "sh", PATH]).args(flags))
    }

    fn run(command: Command) -> Self {
        let (pty, pts) = open().expect("there are pseudo-terminals");
        pty.resize(Size::new(12, 60)).expect("a terminal has a size");
        let command = command.env("TERM", "xterm-256color").env("TZ", "UTC");
        let child = command.spawn(pts).expect("the program can be run");
        let pty = Arc::new(pty);
        let bells = Arc::new(AtomicUsize::new(0));
        let (rows, columns) = (size(12), size(60));
        let parser = vt100::Parser::new_with_callbacks(rows, columns, 1_000, Bells(Arc::clone(&bells)));
        let terminal = Arc::new(Mutex::new(parser));
        let written = Arc::new(Mutex::new(Vec::new()));
        let (from, to, all) = (Arc::clone(&pty), Arc::clone(&terminal), Arc::clone(&written));
        let screen = thread::spawn(move || {
            let mut octets = [0; 4_096];
            // The end of the program ends the terminal, with an error on some systems.
            while let Ok(read @ 1..) = (&*from).read(&mut octets) {
                all.lock().expect("no test panics here").extend_from_slice(&octets[..read]);
                to.lock().expect("no test panics here").process(&octets[..read]);
            }
        });
        Self { pty, child, terminal, bells, written, screen: Some(screen) }
    }

    /// Types, all at once.
    pub(crate) fn types(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Pastes, as a terminal does that marks it.
    pub(crate) fn pastes(&self, text: &str) {
        self.types(&format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r")));
    }

    /// Changes the size of the terminal.
    pub(crate) fn resizes(&self, columns: u16, rows: u16) {
        let mut terminal = self.terminal.lock().expect("no test panics here");
        terminal.screen_mut().set_size(size(rows), size(columns));
        self.pty.resize(Size::new(rows, columns)).expect("a terminal has a size");
    }

    /// What the screen shows: its rows without the empty ones below.
    pub(crate) fn screen(&self) -> Vec<String> {
        let terminal = self.terminal.lock().expect("no test panics here");
        let rows = terminal.screen().contents();
        rows.trim_end().lines().map(|row| row.trim_end().to_owned()).collect()
    }

    /// How often it rang.
    pub(crate) fn bells(&self) -> usize {
        self.bells.load(Ordering::SeqCst)
    }

    /// Everything that was written to the terminal.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().expect("no test panics here")).into_owned()
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    pub(crate) fn waits(&self, what: &str, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        let begin = Instant::now();
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(begin.elapsed() < PATIENCE, "{what} was expected; the screen is\n{}", screen.join("\n"));
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until the last rows, times left out, are these.
    #[track_caller]
    pub(crate) fn sees(&self, rows: &[&str]) {
        self.waits(&format!("{rows:#?}"), |screen| {
            let timeless: Vec<_> = screen.iter().map(|row| timeless(row)).collect();
            timeless.ends_with(&rows.iter().map(|&row| row.to_owned()).collect::<Vec<_>>())
        });
    }

    /// Waits until a row has this in it.
    #[track_caller]
    pub(crate) fn sees_somewhere(&self, text: &str) {
        self.waits(text, |screen| screen.iter().any(|row| row.contains(text)));
    }

    /// Waits until one can talk in `#lobby`.
    #[track_caller]
    pub(crate) fn is_in_the_lobby(&self) {
        self.waits("the lobby", |screen| {
            screen.iter().any(|row| row.contains("you are in #lobby"))
                && screen.last().is_some_and(|row| row.starts_with("#lobby>"))
        });
    }

    /// Whether keys are shown by the terminal itself, as they are before and after the program.
    pub(crate) fn is_cooked(&self) -> bool {
        use rustix::termios::{LocalModes, tcgetattr};
        let modes = tcgetattr(&*self.pty).expect("it is a terminal").local_modes;
        let bracketed = self.terminal.lock().expect("no test panics here").screen().bracketed_paste();
        modes.contains(LocalModes::ICANON | LocalModes::ECHO) && !bracketed
    }

    /// Sends the program a signal.
    pub(crate) fn signals(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Waits until the terminal is as it was before the program.
    #[track_caller]
    pub(crate) fn has_the_terminal_back(&self) {
        eventually("the terminal is given back", || self.is_cooked().then_some(()));
    }

    /// Waits for the end of the program. What it exited with, and what the screen shows then.
    pub(crate) fn ends(&mut self) -> (ExitStatus, Vec<String>) {
        let status = eventually("the program ends", || self.child.try_wait().expect("it is ours"));
        self.screen.take().expect("it is waited for once").join().expect("nothing panics there");
        (status, self.screen())
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A row without its time, which no test knows.
fn timeless(row: &str) -> String {
    match row.as_bytes() {
        [h, m, b':', s, t, b' ', ..] if [h, m, s, t].iter().all(|digit| digit.is_ascii_digit()) => row[6..].to_owned(),
        _ => row.to_owned(),
    }
}

fn size(size: u16) -> std::num::NonZeroU16 {
    size.try_into().expect("a terminal has a size")
}

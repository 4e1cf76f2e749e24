//! The program at a terminal of its own.

use std::io::{Read, Write};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use fanfare_tests::eventually;
use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use crate::program::PATH;

/// A run whose standard error is a terminal of 100 columns and 24 rows. It ends with the test.
pub(crate) struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    shown: Arc<Mutex<Shown>>,
    /// Shows what the program writes, up to its end.
    reader: Option<JoinHandle<()>>,
}

struct Shown {
    parser: vt100::Parser,
    written: Vec<u8>,
}

impl Terminal {
    /// Runs it with arguments and variables; its table goes elsewhere.
    pub(crate) fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let (pty, pts) = open().expect("there are pseudo-terminals");
        pty.resize(Size::new(24, 100)).expect("a terminal has a size");
        let command = Command::new("sh").args(["-c", "exec \"$0\" \"$@\" >/dev/null", PATH]).args(arguments);
        let command = command.env("TERM", "xterm-256color").env_remove("NO_COLOR").envs(variables.iter().copied());
        let child = command.spawn(pts).expect("the program can be run");
        let pty = Arc::new(pty);
        let parser = vt100::Parser::new(size(24), size(100), 0);
        let shown = Arc::new(Mutex::new(Shown { parser, written: Vec::new() }));
        let (from, to) = (pty.clone(), shown.clone());
        let reader = thread::spawn(move || {
            let mut octets = [0; 4_096];
            // The end of the program ends the terminal, with an error on some systems.
            while let Ok(read @ 1..) = (&*from).read(&mut octets) {
                let mut shown = to.lock().expect("no test panics here");
                shown.parser.process(&octets[..read]);
                shown.written.extend_from_slice(&octets[..read]);
            }
        });
        Self { pty, child, shown, reader: Some(reader) }
    }

    /// Changes its size.
    pub(crate) fn resizes(&self, columns: u16) {
        let mut shown = self.shown.lock().expect("no test panics here");
        shown.parser.screen_mut().set_size(size(24), size(columns));
        self.pty.resize(Size::new(24, columns)).expect("a terminal has a size");
    }

    /// Its rows without the empty ones below.
    pub(crate) fn rows(&self) -> Vec<String> {
        let shown = self.shown.lock().expect("no test panics here");
        let screen = shown.parser.screen();
        let mut rows: Vec<_> = screen.rows(0, screen.size().1.get()).map(|row| row.trim_end().to_owned()).collect();
        rows.truncate(rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1));
        rows
    }

    /// Everything that was written to it.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().expect("no test panics here").written).into_owned()
    }

    /// Waits until its rows are as they should be.
    #[track_caller]
    pub(crate) fn waits(&self, what: &str, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        eventually(what, || Some(self.rows()).filter(|rows| is_so(rows)))
    }

    /// Waits until a row has this in it.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) -> Vec<String> {
        self.waits(text, |rows| rows.iter().any(|row| row.contains(text)))
    }

    /// Interrupts it by a key, and waits for its end. It returns what the terminal shows then.
    pub(crate) fn ends(&mut self) -> Vec<String> {
        (&*self.pty).write_all(b"\x03").expect("the terminal takes keys");
        eventually("the program ends", || self.child.try_wait().expect("it is ours"));
        self.reader.take().expect("it is waited for once").join().expect("nothing panics there");
        self.rows()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(size: u16) -> std::num::NonZeroU16 {
    size.try_into().expect("a terminal has a size")
}

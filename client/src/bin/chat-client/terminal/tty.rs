//! The terminal itself: its modes, its size, its keys. What is changed is changed back on every way out.

use std::io::{self, Write};
use std::panic;
use std::thread;
use std::time::Duration;

use crossterm::event::{self, DisableBracketedPaste, EnableBracketedPaste, Event};
use crossterm::{execute, terminal};
use rustix::process::{Signal, getpid, kill_process};
use tokio::sync::mpsc;

/// Keys that come within this time of each other are taken as one piece.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Pieces of input that wait to be taken.
const PIECES: usize = 16;

/// A terminal that gives each key at once and shows none by itself, until this is dropped.
pub(crate) struct Tty {
    keys: mpsc::Receiver<io::Result<Vec<Event>>>,
}

impl Tty {
    /// Takes the terminal.
    pub(crate) fn new() -> io::Result<Self> {
        let report = panic::take_hook();
        // A program that is built to abort drops nothing.
        panic::set_hook(Box::new(move |info| {
            restore();
            report(info);
        }));
        let (pieces, keys) = mpsc::channel(PIECES);
        let tty = Self { keys };
        prepare()?;
        // It ends with the program: nothing ends a read of a terminal.
        thread::Builder::new().name("keys".to_owned()).spawn(move || while pieces.blocking_send(read()).is_ok() {})?;
        Ok(tty)
    }

    /// Columns and rows.
    pub(crate) fn size() -> (u16, u16) {
        terminal::size().unwrap_or_default()
    }

    /// Writes all of it at once.
    pub(crate) fn write(out: &str) -> io::Result<()> {
        let mut terminal = io::stdout().lock();
        terminal.write_all(out.as_bytes())?;
        terminal.flush()
    }

    /// Waits for what is typed, and takes all of it that comes at once. It is cancel-safe.
    pub(crate) async fn keys(&mut self) -> io::Result<Vec<Event>> {
        self.keys.recv().await.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
    }

    /// Stops the program, as Ctrl-Z does, and comes back when the shell lets it go on.
    pub(crate) fn suspend() -> io::Result<()> {
        restore();
        kill_process(getpid(), Signal::TSTP)?;
        prepare()
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        restore();
    }
}

/// Waits for a piece of input.
fn read() -> io::Result<Vec<Event>> {
    let mut events = vec![event::read()?];
    while event::poll(AT_ONCE)? {
        events.push(event::read()?);
    }
    Ok(events)
}

fn prepare() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    execute!(io::stdout(), EnableBracketedPaste)
}

fn restore() {
    // The terminal may be gone, and then there is nothing to restore.
    let _ = execute!(io::stdout(), DisableBracketedPaste);
    let _ = terminal::disable_raw_mode();
}

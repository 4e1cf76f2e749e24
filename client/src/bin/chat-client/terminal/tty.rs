//! The terminal itself: its modes, its size, its keys. What is changed is changed back on every way out.

use std::future::poll_fn;
use std::io::{self, Write};
use std::panic;
use std::pin::Pin;
use std::task::Poll;

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste, Event, EventStream};
use crossterm::{execute, terminal};
use futures_core::Stream;
use rustix::process::{Signal, getpid, kill_process};

/// A terminal that gives each key at once and shows none by itself, until this is dropped.
pub(crate) struct Tty {
    keys: EventStream,
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
        let tty = Self { keys: EventStream::new() };
        prepare()?;
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

    /// Waits for what is typed, and takes all of it that is there. It is cancel-safe.
    pub(crate) async fn keys(&mut self) -> io::Result<Vec<Event>> {
        poll_fn(|context| {
            let mut events = Vec::new();
            loop {
                match Pin::new(&mut self.keys).poll_next(context) {
                    Poll::Ready(Some(Ok(event))) => events.push(event),
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                    Poll::Ready(None) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                    Poll::Pending if events.is_empty() => return Poll::Pending,
                    Poll::Pending => return Poll::Ready(Ok(events)),
                }
            }
        })
        .await
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

fn prepare() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    execute!(io::stdout(), EnableBracketedPaste)
}

fn restore() {
    // The terminal may be gone, and then there is nothing to restore.
    let _ = execute!(io::stdout(), DisableBracketedPaste);
    let _ = terminal::disable_raw_mode();
}

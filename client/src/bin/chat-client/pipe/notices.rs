//! The way to standard error.
//!
//! A thread of its own writes, as with standard output: a reader that has stopped must stop neither the timeout nor a
//! signal. Who can have much to say waits for [`room`] before it goes on.

use std::io::{self, Write};
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fmt, thread};

use tokio::sync::{Notify, mpsc, oneshot};

/// Octets that wait to be written before there is no room.
const MOST: usize = 64 * 1_024;

/// Where the thread gets them.
static NOTICES: OnceLock<mpsc::UnboundedSender<Notice>> = OnceLock::new();

/// Octets that wait to be written.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// That some were written.
static WRITTEN: Notify = Notify::const_new();

enum Notice {
    Line(String),
    /// Who waits until all before it is written.
    Flush(oneshot::Sender<()>),
}

/// Starts the thread.
pub(super) fn start() -> io::Result<()> {
    let (sender, notices) = mpsc::unbounded_channel();
    thread::Builder::new().name("notices".to_owned()).spawn(move || write(notices))?;
    NOTICES.get_or_init(|| sender);
    Ok(())
}

/// Says something on standard error, in one line. If it is closed, nobody wants to know.
pub(super) fn tell(words: fmt::Arguments<'_>) {
    let line = words.to_string().replace('\n', " ").trim_end().to_owned() + "\n";
    WAITING.fetch_add(line.len(), Ordering::Relaxed);
    send(Notice::Line(line));
}

/// Waits until not too much waits to be written. It is cancel-safe.
pub(super) async fn room() {
    loop {
        let mut written = pin!(WRITTEN.notified());
        // What is written from here on is not missed.
        written.as_mut().enable();
        if WAITING.load(Ordering::Relaxed) < MOST {
            return;
        }
        written.await;
    }
}

/// Waits until all is written.
pub(super) async fn flush() {
    let (done, flushed) = oneshot::channel();
    send(Notice::Flush(done));
    // Without a thread there is nothing to wait for.
    let _ = flushed.await;
}

fn send(notice: Notice) {
    // The thread lives as long as the program.
    let _ = NOTICES.get().map(|notices| notices.send(notice));
}

fn write(mut notices: mpsc::UnboundedReceiver<Notice>) {
    while let Some(notice) = notices.blocking_recv() {
        match notice {
            Notice::Line(line) => {
                let _closed = io::stderr().write_all(line.as_bytes());
                WAITING.fetch_sub(line.len(), Ordering::Relaxed);
                WRITTEN.notify_waiters();
            }
            Notice::Flush(done) => {
                let _gone = done.send(());
            }
        }
    }
}

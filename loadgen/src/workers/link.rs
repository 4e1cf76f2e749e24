//! The coordinator's end of the connection to a worker.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant, SystemTime};

use super::WorkersError;
use super::message::{FromWorker, Lines, MOST, MOST_REPORT, ToWorker, Version, say};

/// How long who connects may take to say who it is.
const INTRODUCTION: Duration = Duration::from_secs(5);

/// The most characters of a worker's name.
const MOST_NAME: usize = 100;

/// A worker that is there. Dropped, it is told nothing more.
#[derive(Debug)]
pub(super) struct Link {
    /// The number of its connection.
    pub(super) id: u64,
    /// What it is called, in reports and errors.
    pub(super) name: String,
    stream: TcpStream,
    most: Arc<AtomicUsize>,
}

/// What the threads that read from connections tell.
#[derive(Debug)]
pub(super) enum Event {
    /// A worker has come.
    Came(Link),
    /// Who came is no worker that can be used.
    Refused { from: String, reason: String },
    /// A worker has said something.
    Said { id: u64, message: FromWorker, at: SystemTime },
    /// A worker is gone.
    Gone { id: u64, reason: String },
    /// The coordinator's own run has ended: well, or not.
    OwnRun { well: bool },
}

impl Link {
    /// Says something to it.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub(super) fn tell(&self, message: &ToWorker) -> Result<(), WorkersError> {
        say(&self.stream, message)
            .map_err(|error| WorkersError::WorkerGone { name: self.name.clone(), reason: error.to_string() })
    }

    /// From now on it can send its report.
    pub(super) fn expect_report(&self) {
        self.most.store(MOST_REPORT, Ordering::Relaxed);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // What was said still arrives. Its thread ends when the worker has gone too.
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}

/// The next connection of a listener that does not block; `None` if nobody has come.
pub(super) fn accept(listener: &TcpListener) -> Option<(TcpStream, String)> {
    // Whatever goes wrong with one connection, others can come.
    let (stream, address) = listener.accept().ok()?;
    stream.set_nonblocking(false).ok()?;
    stream.set_nodelay(true).ok()?;
    Some((stream, address.to_string()))
}

/// Reads from a connection to its end, and tells what it is. This is a thread's work.
pub(super) fn read(stream: TcpStream, id: u64, from: String, events: &Sender<Event>) {
    let introduction = || -> Result<_, String> {
        let mut lines = Lines::of(&stream).map_err(|error| error.to_string())?;
        let most = Arc::new(AtomicUsize::new(MOST));
        say(&stream, &ToWorker::Coordinator(Version::own())).map_err(|error| error.to_string())?;
        let deadline = Some(Instant::now() + INTRODUCTION);
        match lines.next(&most, deadline).map_err(|error| error.to_string())? {
            FromWorker::Worker(version, name) if version == Version::own() => Ok((lines, most, name)),
            FromWorker::Worker(version, _) => {
                let (theirs, own) = (version.shown(), Version::own().shown());
                Err(format!("it is loadgen {theirs}, and this is {own}: all must be of the same version"))
            }
            _ => Err("it did not say who it is".to_owned()),
        }
    };
    let (mut lines, most, name) = match introduction() {
        Ok(introduced) => introduced,
        Err(reason) => {
            // Whoever it was may be told. Nobody waits for what is told here once the run is over.
            let _ = say(&stream, &ToWorker::Over(reason.clone()));
            let _ = events.send(Event::Refused { from, reason });
            return;
        }
    };
    let name: String = name.replace(char::is_control, "").chars().take(MOST_NAME).collect();
    let mut event = Event::Came(Link { id, name, stream, most: Arc::clone(&most) });
    while events.send(event).is_ok() {
        event = match lines.next(&most, None) {
            Ok(message) => Event::Said { id, message, at: SystemTime::now() },
            Err(error) => {
                let _ = events.send(Event::Gone { id, reason: error.to_string() });
                return;
            }
        };
    }
}

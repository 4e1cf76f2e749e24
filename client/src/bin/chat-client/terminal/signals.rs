//! Signals that ask the program to end.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::Failure;

/// SIGTERM, SIGINT and SIGHUP. While this is there, none of them ends the program by itself, so that the terminal is
/// given back as it was.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    /// The name and the number of the first that came.
    came: Option<(&'static str, u8)>,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            came: None,
        })
    }

    /// Waits for one of them. It is cancel-safe.
    pub(crate) async fn next(&mut self) {
        let came = tokio::select! {
            _ = self.terminate.recv() => ("SIGTERM", 15),
            _ = self.interrupt.recv() => ("SIGINT", 2),
            _ = self.hang_up.recv() => ("SIGHUP", 1),
        };
        self.came.get_or_insert(came);
    }

    /// How the program ends that did nothing wrong: by itself, or by the first signal that came.
    pub(crate) fn outcome(&self) -> Result<(), Failure> {
        self.came.map_or(Ok(()), |(name, number)| Err(Failure::Interrupted { name, number }))
    }
}

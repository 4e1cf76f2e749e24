//! What calls the program off: a signal, or the time that it was given.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep_until};

use crate::exit::Failure;

/// Signals and the timeout.
pub(super) struct Alarms {
    interrupt: Signal,
    terminate: Signal,
    timeout: Duration,
    /// When the time is over; `None` if it never is, or was already.
    deadline: Option<Instant>,
}

/// What calls off.
pub(super) enum Alarm {
    /// The time is over.
    Timeout(Duration),
    /// Somebody asks for it.
    Signal {
        /// What it is called.
        name: &'static str,
        /// Its number.
        number: u8,
    },
}

impl Alarms {
    /// From now on.
    pub(super) fn new(timeout: Option<Duration>) -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            timeout: timeout.unwrap_or_default(),
            deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
        })
    }

    /// The next one. The timeout comes once. It is cancel-safe.
    pub(super) async fn next(&mut self) -> Alarm {
        tokio::select! {
            _ = self.interrupt.recv() => Alarm::Signal { name: "SIGINT", number: 2 },
            _ = self.terminate.recv() => Alarm::Signal { name: "SIGTERM", number: 15 },
            () = at(self.deadline) => {
                self.deadline = None;
                Alarm::Timeout(self.timeout)
            }
        }
    }
}

impl Alarm {
    /// What it means for what was not finished.
    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Timeout(time) => Failure::TimedOut(time),
            Self::Signal { name, number } => Failure::Interrupted { name, number },
        }
    }
}

/// Waits until a moment, or for ever.
pub(super) async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

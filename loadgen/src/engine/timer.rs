//! A timer that the poll wakes up for, finer than the poll's own milliseconds.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

#[derive(Debug)]
pub(super) struct Timer {
    file: OwnedFd,
    /// The time that it is set to.
    at: Option<u64>,
}

impl Timer {
    pub(super) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        let file = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        registry.register(&mut SourceFd(&file.as_raw_fd()), token, Interest::READABLE)?;
        Ok(Self { file, at: None })
    }

    /// Wakes the poll at a time later than now, both in nanoseconds.
    pub(super) fn set(&mut self, at: u64, now: u64) -> io::Result<()> {
        if self.at == Some(at) {
            return Ok(());
        }
        // Zero would mean never.
        let wait = at.saturating_sub(now).max(1);
        let (seconds, nanos) = (wait / 1_000_000_000, wait % 1_000_000_000);
        let value = Timespec { tv_sec: seconds.try_into().unwrap_or(i64::MAX), tv_nsec: nanos as _ };
        let never = Timespec { tv_sec: 0, tv_nsec: 0 };
        // Setting it takes back an expiry that nobody has read, so it is never read.
        timerfd_settime(&self.file, TimerfdTimerFlags::empty(), &Itimerspec { it_interval: never, it_value: value })?;
        self.at = Some(at);
        Ok(())
    }

    /// It has gone off: the next setting counts, even to the same time.
    pub(super) fn gone_off(&mut self) {
        self.at = None;
    }
}

//! Waiting for what nobody announces.

use std::thread::yield_now;
use std::time::{Duration, Instant};

use crate::PATIENCE;

/// Tries again and again until there is a result. Only a failing test waits long.
#[track_caller]
pub fn eventually<T>(what: &str, attempt: impl FnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, attempt)
}

/// The same, for what may take longer than [`PATIENCE`].
#[track_caller]
pub fn eventually_within<T>(patience: Duration, what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(begin.elapsed() < patience, "it never came to pass: {what}");
        yield_now();
    }
}

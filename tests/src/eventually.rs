//! Waiting for what nobody announces.

use std::thread::yield_now;
use std::time::Instant;

use crate::PATIENCE;

/// Tries again and again until there is a result. Only a failing test waits long.
#[track_caller]
pub fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(begin.elapsed() < PATIENCE, "it never came to pass: {what}");
        yield_now();
    }
}

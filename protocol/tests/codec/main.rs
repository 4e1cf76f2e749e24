//! The codec and the sessions from outside: whatever is sent arrives, however the stream is cut, and nothing that is
//! sent does harm.

mod allocation;
mod cutting;
mod duties;
mod hostile;
mod pieces;
mod round_trip;
mod strategies;
mod vectors;

use proptest::test_runner::Config;

/// So many cases, without a file of earlier failures: what failed once becomes a vector.
fn cases(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

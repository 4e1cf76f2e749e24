//! A short form of the proof that the durable history holds; `cargo run -p fanfare-tests --bin durability` is the long one.

use std::path::PathBuf;

use fanfare_tests::durability::{FaultKind, Settings, rounds};
use tokio::runtime::Runtime;

/// What everything random in these rounds comes from.
const SEED: u64 = 2026;

/// Makes rounds with some faults. What is wrong, for people to read.
fn violations(faults: &[FaultKind], numbers: impl IntoIterator<Item = u64>) -> String {
    let server = PathBuf::from(env!("CARGO_BIN_EXE_chat-server"));
    let settings = Settings { server, faults: faults.to_vec(), keep: None };
    let mut wrong = String::new();
    let made = rounds(settings, SEED, numbers, 4, |outcome| {
        for violation in &outcome.violations {
            wrong += &format!("round {} of seed {}: {violation}\n", outcome.round, outcome.seed);
        }
        true
    });
    Runtime::new().expect("there are threads").block_on(made).expect("the server can be started");
    wrong
}

#[test]
fn whatever_was_acknowledged_or_seen_survives_kills() {
    let wrong = violations(&[FaultKind::Kill, FaultKind::Reset], 1..=4);
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_full_disk_and_a_bad_network_lose_nothing_and_double_nothing() {
    use FaultKind::{Freeze, Full, Part, Stop};
    let wrong = violations(&[Full, Stop, Freeze, Part], 5..=8);
    assert!(wrong.is_empty(), "{wrong}");
}

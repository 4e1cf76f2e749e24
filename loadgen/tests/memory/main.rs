//! What a client costs the generator in memory: a fixed amount, which the README states.

use std::time::Duration;

use allocation_counter::measure;
use fanfare_loadgen::beside::{Beside, Stalled};
use fanfare_loadgen::{Controls, Load, Measured, Plan, run};
use fanfare_tests::TestServer;

/// The most octets for each client of a run with short texts.
const MOST: u64 = 1_024;

/// The same for each that is slow or has stopped: its account is its own.
const MOST_BESIDE: u64 = 2_048;

/// How many clients more there are in one of two runs.
const MORE: u32 = 1_000;

/// A run, and the most octets that the thread which makes it had allocated at a time.
fn run_with(server: &TestServer, clients: u32, stalled: Option<u32>) -> (Measured, u64) {
    let beside = Beside { stalled: stalled.map(|count| Stalled { count }), ..Beside::default() };
    let plan = Plan {
        clients,
        load: Load::Rate(50.0),
        duration: Duration::from_millis(200),
        settle: Duration::ZERO,
        patience: Duration::from_secs(20),
        drain: Duration::from_secs(20),
        beside,
        ..Plan::new(server.address())
    };
    let mut measured = None;
    let allocated = measure(|| measured = Some(run(&plan, &Controls::default())));
    let measured = measured.expect("it has run").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(measured.tally.received, measured.owed);
    (measured, allocated.bytes_max)
}

fn server() -> TestServer {
    TestServer::with(2, |options| {
        (options.max_connections, options.max_connections_per_address) = (4_000, 4_000);
        (options.rate_limit, options.octet_rate) = (None, None);
    })
}

#[test]
fn a_thousand_more_clients_cost_no_more_than_is_stated() {
    let server = server();
    let (_, few) = run_with(&server, 200, None);
    let (_, many) = run_with(&server, 200 + MORE, None);
    let each = many.saturating_sub(few) / u64::from(MORE);
    assert!(each > 0, "what was allocated was counted: {few}, {many}");
    assert!(each <= MOST, "each of {MORE} more clients costs {each} octets");
}

#[test]
fn a_thousand_more_beside_cost_no_more_than_is_stated() {
    let server = server();
    // So many that the most is allocated while they are there, and not when the figures are put together.
    let (few, many) = (1_500, 1_500 + MORE);
    let (_, with_few) = run_with(&server, 10, Some(few));
    let (measured, with_many) = run_with(&server, 10, Some(many));
    assert_eq!(measured.beside.standing(), u64::from(many));
    let each = with_many.saturating_sub(with_few) / u64::from(MORE);
    assert!(each > 0 && each <= MOST_BESIDE, "each of {MORE} more beside costs {each} octets");
}

//! Bursts, and nothing at all.

use std::num::NonZeroU32;
use std::time::Duration;

use fanfare_loadgen::report::{Report, figures, table};
use fanfare_loadgen::{Controls, Load, Plan, RunError, Wire, run};
use fanfare_tests::TestServer;

use crate::double::{Double, Fault};
use crate::runs::{WIRES, measured, short};

/// The schema that is committed beside the crate.
fn validate(report: &Report) {
    let schema = serde_json::from_str(include_str!("../../report.schema.json")).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let report = serde_json::to_value(report).expect("it has a JSON form");
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}: {report:#}");
}

#[test]
fn bursts_come_whole_over_every_wire() {
    for wire in WIRES {
        let server = Double::start(wire, Fault::None, |_| false);
        let load = Load::Burst { messages: 5, every: Duration::from_millis(60) };
        let measured = measured(&Plan { load, ..short(wire, &server) });
        assert_eq!((measured.published, measured.accepted, measured.tally.received), (10, 10, 40), "{wire:?}");
        assert_eq!(measured.lateness.len() + measured.held, 10, "{wire:?}");
        assert_eq!(measured.latencies.uncorrected.all.len(), 40, "{wire:?}");
        // The second burst was due 60 ms behind the first.
        assert!(measured.window >= 60_000_000, "{wire:?}: {}", measured.window);
        let report = Report::from(&measured);
        assert!(report.clean, "{wire:?}: {:?}", measured.tally);
        assert!(table(&report).contains("bursts of 5 messages every 60ms"), "{}", table(&report));
        validate(&report);
    }
}

#[test]
fn a_burst_that_the_sockets_take_is_not_held_up_by_the_server() {
    let server = Double::start(Wire::Nats, Fault::None, |_| false);
    // 1.2 MB in one go: fewer than a socket of the loopback takes without a reader.
    let load = Load::Burst { messages: 20, every: Duration::from_secs(1) };
    let measured = measured(&Plan { load, clients: 2, size: 60_000, ..short(Wire::Nats, &server) });
    assert_eq!((measured.held, measured.lateness.len(), measured.tally.received), (0, 20, 40));
}

#[test]
fn what_a_burst_costs_before_it_is_handed_over_is_in_the_lateness() {
    let server = Double::start(Wire::Nats, Fault::None, |_| false);
    let load = Load::Burst { messages: 10_000, every: Duration::from_secs(1) };
    let measured = measured(&Plan { load, clients: 1, publishers: 1, size: 16, ..short(Wire::Nats, &server) });
    let late = &measured.lateness;
    assert_eq!((measured.held, late.len(), measured.tally.received), (0, 10_000, 10_000));
    // They were meant to be sent at the same time, and go one after the other.
    assert!(late.min() < late.value_at_quantile(0.5) && late.value_at_quantile(0.5) < late.max(), "{}", late.max());
}

#[test]
fn a_burst_that_the_server_does_not_take_goes_on_when_it_does() {
    let stall = Duration::from_millis(200);
    let server = Double::start(Wire::Nats, Fault::Stalls(stall), |number| number == 1);
    let load = Load::Burst { messages: 300, every: Duration::from_secs(1) };
    let plan = Plan { load, clients: 1, publishers: 1, apart: true, size: 60_000, ..short(Wire::Nats, &server) };
    let measured = measured(&plan);
    assert_eq!((measured.unsent, measured.tally.received), (0, 300));
    assert!(measured.held > 0 && measured.lateness.len() + measured.held == 300, "{}", measured.held);
}

#[test]
fn the_rate_of_an_open_loop_is_over_its_whole_time() {
    let server = Double::start(Wire::Nats, Fault::None, |_| false);
    // One message, and its time until the next would be due.
    let mut measured = measured(&Plan { load: Load::Rate(2.0), ..short(Wire::Nats, &server) });
    assert_eq!((measured.published, measured.tally.received), (1, 4));
    let report = Report::from(&measured);
    assert!(report.deliveries.elapsed_ns >= 100_000_000 && report.deliveries.per_second <= 40.0, "{report:?}");
    // One that was interrupted had not all of its time.
    measured.interrupted = true;
    assert_eq!(measured.elapsed(), measured.window.max(measured.sending));
}

#[test]
fn a_single_burst_makes_the_generator_no_busier_than_it_is_over_the_whole_time() {
    let server = Double::start(Wire::Nats, Fault::None, |_| false);
    let load = Load::Burst { messages: 50, every: Duration::from_secs(1) };
    let measured = measured(&Plan { load, duration: Duration::from_millis(500), ..short(Wire::Nats, &server) });
    let generator = Report::from(&measured).generator;
    // Its sending takes a part of a millisecond, in which it does nothing else.
    assert!(generator.cpu_ns > 0 && generator.cpu_share <= generator.cpu_ns as f64 / 500e6, "{generator:?}");
}

#[test]
fn what_the_generator_reads_when_all_is_sent_makes_it_busy_too() {
    let server = Double::start(Wire::Nats, Fault::None, |_| false);
    let load = Load::Burst { messages: 20, every: Duration::from_secs(1) };
    // What is sent is the same. One of a few who read has far less to do.
    let cpu = [2, 200].map(|clients| {
        let measured = measured(&Plan { load, clients, size: 10_000, ..short(Wire::Nats, &server) });
        assert_eq!(measured.tally.received, 20 * u64::from(clients));
        measured.generator.cpu
    });
    assert!(cpu[1] > 3 * cpu[0], "{cpu:?}");
}

#[test]
fn a_burst_that_the_servers_rate_forbids_is_refused() {
    let server = TestServer::with(1, |options| options.rate_limit = NonZeroU32::new(10));
    let load = Load::Burst { messages: 25, every: Duration::from_secs(10) };
    let plan = Plan { load, clients: 5, ..Plan::new(server.address()) };
    let error = run(&plan, &Controls::default()).expect_err("it would be refused");
    assert!(matches!(error, RunError::RateLimited { allowed: 10, wanted: 13, publishers: 2 }), "{error}");
    // The names of those who were turned away can still be taken.
    let short = Plan {
        publishers: 2,
        first_client: 5,
        settle: Duration::from_millis(500),
        duration: Duration::from_millis(1),
        ..plan
    };
    let measured = measured(&short);
    assert_eq!((measured.accepted, measured.tally.received), (25, 125), "{:?}", measured.refused);
}

#[test]
fn who_is_idle_answers_pings_and_costs_memory() {
    let server = TestServer::with(2, |options| options.ping_interval = Duration::from_secs(1));
    let plan = Plan {
        load: Load::Idle,
        clients: 20,
        publishers: 3,
        apart: true,
        // The server is in this process: that there are figures is all that can be said of them.
        server: Some(std::process::id()),
        // Who does not answer a ping is gone by then.
        duration: Duration::from_millis(2_500),
        settle: Duration::ZERO,
        ..Plan::new(server.address())
    };
    let measured = measured(&plan);
    assert_eq!((measured.published, measured.owed, measured.tally.received), (0, 0, 0));
    assert!(measured.sending >= 2_500_000_000);
    let report = Report::from(&measured);
    assert!(report.clean, "{:?}", measured.disconnected);
    assert_eq!((report.latency.all.count, report.lateness.count), (0, 0));
    let known = |name| figures(&report).into_iter().any(|figure| figure.name == name && figure.value.is_some());
    assert!(known("server.memory") && !known("server.cpu") && !known("p50"));
    assert!(table(&report).contains("no messages"), "{}", table(&report));
    validate(&report);
}

//! Connections beside the receivers: each account, against servers that do right and against those that do wrong.

mod hostile;
mod real;
mod sources;

use std::time::{Duration, Instant};

use fanfare_loadgen::beside::{Beside, Churn, Deliveries, Readers, Slow, Stalled};
use fanfare_loadgen::report::Report;
use fanfare_loadgen::{Load, Measured, Plan, Wire};

use crate::double::{Double, Fault};
use crate::runs::{WIRES, measured, short};

/// Ten messages to one receiver, and one beside that joins behind it, and behind who publishes apart: things happen to that one.
fn with_one(wire: Wire, fault: Fault, beside: Beside) -> Measured {
    let victim = if wire.echoes() { 2 } else { 3 };
    let server = Double::against(victim, wire, fault, |number| number == 5);
    measured(&Plan { clients: 1, beside, ..short(wire, &server) })
}

fn stalled() -> Beside {
    Beside { stalled: Some(Stalled { count: 1 }), ..Beside::default() }
}

/// One that reads all that it is sent, but slowly.
fn slow() -> Beside {
    Beside { slow: Some(Slow { count: 1, octets_per_second: 2_000 }), ..Beside::default() }
}

#[track_caller]
fn expect(wire: Wire, fault: Fault, expected: Deliveries) {
    for beside in [stalled(), slow()] {
        let measured = with_one(wire, fault, beside);
        let of = measured.beside.slow.as_ref().or(measured.beside.stalled.as_ref()).expect("it was there");
        assert!(of.deliveries.octets > 0);
        let deliveries = Deliveries { octets: 0, ..of.deliveries };
        assert_eq!((deliveries, of.count), (expected, 1), "{wire:?}, {fault:?}");
        let lacks = deliveries.lost + deliveries.corrupt > 0;
        assert_eq!(of.complete, u32::from(!lacks), "{wire:?}, {fault:?}");
        // The receivers have nothing to do with it.
        assert_eq!((measured.owed, measured.tally.received), (10, 10), "{wire:?}, {fault:?}");
        assert!(Report::from(&measured).clean, "{wire:?}, {fault:?}");
    }
}

#[test]
fn what_a_server_does_to_a_slow_or_a_stalled_reader_is_named_over_every_wire() {
    for wire in WIRES {
        let all = Deliveries { received: 10, ..Deliveries::default() };
        expect(wire, Fault::None, all);
        expect(wire, Fault::Drops, Deliveries { received: 9, lost: 1, ..all });
        expect(wire, Fault::Repeats, Deliveries { repeated: 1, ..all });
        expect(wire, Fault::Reorders, Deliveries { reordered: 1, ..all });
        expect(wire, Fault::Corrupts, Deliveries { received: 9, corrupt: 1, ..all });
    }
}

#[test]
fn what_those_who_churn_lose_is_found_out() {
    for wire in [Wire::Fanfare, Wire::Nats, Wire::Redis] {
        // One that joins with the first message, and is there longer than messages are sent.
        let churn = Churn { count: 1, per_second: 0.5, stay: Duration::from_secs(1), abrupt: 1.0, storm: None };
        let beside = Beside { churn: Some(churn), ..Beside::default() };
        let server = Double::start(wire, Fault::Drops, |number| number == 30);
        let load = (Load::Rate(100.0), Duration::from_millis(600));
        let measured = measured(&Plan { clients: 1, load: load.0, duration: load.1, beside, ..short(wire, &server) });
        let churned = measured.beside.churn.as_ref().expect("it was there");
        assert_eq!((churned.attempts, churned.joined, churned.dropped), (1, 1, 1), "{wire:?}: {churned:?}");
        assert!(churned.deliveries.received > 0, "{wire:?}: {churned:?}");
        assert_eq!(churned.deliveries.lost, 1, "{wire:?}: {churned:?}");
        assert!(Report::from(&measured).clean, "{wire:?}: {:?}", measured.tally);
    }
}

#[test]
fn who_reads_too_slowly_for_the_waiting_leaves_messages_unread_and_loses_none() {
    // The drain is too short to wait for anything: what is in the sockets by then is not read.
    let server = Double::start(Wire::Fanfare, Fault::None, |_| false);
    let plan = Plan { clients: 1, beside: slow(), drain: Duration::ZERO, ..short(Wire::Fanfare, &server) };
    let measured = measured(&plan);
    let Readers { deliveries: of, complete, .. } = measured.beside.slow.as_ref().expect("it was there");
    assert!(of.unread > 0 && of.received + of.unread <= 10, "{of:?}");
    assert_eq!((of.lost, of.cut, of.corrupt, *complete), (0, 0, 0, 0), "{of:?}");
}

#[test]
fn while_messages_are_sent_the_stalled_read_nothing_and_the_slow_no_more_than_they_may() {
    let rate = 2_000;
    let server = Double::start(Wire::Fanfare, Fault::None, |_| false);
    let beside = Beside {
        slow: Some(Slow { count: 1, octets_per_second: rate }),
        stalled: Some(Stalled { count: 1 }),
        ..Beside::default()
    };
    let duration = Duration::from_millis(400);
    // Without a drain, nobody catches up.
    let drain = Duration::ZERO;
    let plan = Plan { clients: 1, size: 2_000, duration, drain, beside, ..short(Wire::Fanfare, &server) };
    let begin = Instant::now();
    let measured = measured(&plan);
    let elapsed = begin.elapsed().as_secs_f64();
    assert!(measured.accepted > 30, "{}", measured.accepted);
    let stalled = measured.beside.stalled.as_ref().expect("it was there");
    assert_eq!(stalled.deliveries.received, 0, "{stalled:?}");
    let slow = measured.beside.slow.as_ref().expect("it was there");
    // A quarter of a second's more, and what it read to join.
    let most = f64::from(rate) * (elapsed + 0.25) + 200.0;
    assert!((1.0..=most).contains(&(slow.deliveries.octets as f64)), "{slow:?} in {elapsed} s");
}

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use fanfare_loadgen::latency::Latencies;
use fanfare_loadgen::plan::Load;
use fanfare_loadgen::report::Report;
use fanfare_loadgen::verify::Tally;
use fanfare_loadgen::{Controls, Measured, Plan, Wire, run};

use crate::double::{Double, Fault, Which};

pub(crate) const WIRES: [Wire; 6] = [Wire::Fanfare, Wire::Relay, Wire::Nats, Wire::Redis, Wire::Mqtt, Wire::Irc];

/// Those on which several can publish.
pub(crate) const MANY_PUBLISH: [Wire; 5] = [Wire::Fanfare, Wire::Nats, Wire::Redis, Wire::Mqtt, Wire::Irc];

/// Ten messages to four members.
pub(crate) fn short(wire: Wire, server: &Double) -> Plan {
    short_at(wire, server.address())
}

/// The same, at another server.
pub(crate) fn short_at(wire: Wire, address: SocketAddr) -> Plan {
    Plan {
        wire,
        clients: 4,
        // Who joins second is the one that things happen to.
        ramp: 1,
        load: Load::Rate(100.0),
        duration: Duration::from_millis(100),
        settle: Duration::ZERO,
        drain: Duration::from_secs(20),
        ..Plan::new(address)
    }
}

pub(crate) fn measured(plan: &Plan) -> Measured {
    run(plan, &Controls::default()).unwrap_or_else(|error| panic!("{error}: {plan:?}"))
}

/// What a fault with the fifth message looks like.
#[track_caller]
fn expect(wire: Wire, fault: Fault, expected: Tally) -> Measured {
    let server = Double::start(wire, fault, |number| number == 5);
    let measured = measured(&short(wire, &server));
    let tally = Tally { octets: 0, compared: 0, presence: 0, ..measured.tally };
    assert_eq!(tally, expected, "{wire:?}, {fault:?}");
    assert_eq!((measured.published, measured.accepted, measured.owed), (10, 10, 40), "{wire:?}, {fault:?}");
    assert_eq!(measured.latencies.corrected.all.len(), tally.received);
    assert_eq!(measured.latencies.uncorrected.all.len(), tally.received);
    let report = Report::from(&measured);
    assert_eq!(report.clean, fault == Fault::None, "{wire:?}, {fault:?}");
    assert_eq!(report.messages.unanswered, 0);
    measured
}

#[test]
fn a_server_without_fault_is_clean_over_every_wire() {
    for wire in WIRES {
        let measured = expect(wire, Fault::None, Tally { received: 40, ..Tally::default() });
        let latencies = &measured.latencies.corrected;
        assert_eq!([latencies.first.len(), latencies.median.len(), latencies.last.len()], [10; 3], "{wire:?}");
        assert_eq!(measured.incomplete, 0, "{wire:?}");
    }
}

#[test]
fn each_fault_is_told_apart_over_every_wire() {
    for wire in WIRES {
        let dropped = expect(wire, Fault::Drops, Tally { received: 39, lost: 1, ..Tally::default() });
        assert_eq!(dropped.incomplete, 1, "{wire:?}");
        let dropped = expect(wire, Fault::DropsForAll, Tally { received: 36, lost: 4, ..Tally::default() });
        assert_eq!(dropped.incomplete, 1, "{wire:?}");
        expect(wire, Fault::Repeats, Tally { received: 40, repeated: 1, ..Tally::default() });
        expect(wire, Fault::Reorders, Tally { received: 40, reordered: 1, ..Tally::default() });
        expect(wire, Fault::Corrupts, Tally { received: 39, corrupt: 1, ..Tally::default() });
    }
}

#[test]
fn what_one_who_was_cut_off_lacks_has_no_last_receiver_over_every_wire() {
    for wire in WIRES {
        let server = Double::start(wire, Fault::Closes, |number| number == 3);
        let measured = measured(&short(wire, &server));
        let tally = &measured.tally;
        assert_eq!((tally.received, tally.cut, tally.lost, measured.incomplete), (32, 8, 0, 8), "{wire:?}: {tally:?}");
        let latencies = &measured.latencies.corrected;
        assert_eq!([latencies.first.len(), latencies.median.len(), latencies.last.len()], [10, 10, 2], "{wire:?}");
    }
}

#[test]
fn who_is_cut_off_does_not_hold_a_window_up_over_every_wire() {
    for wire in WIRES {
        let server = Double::start(wire, Fault::Closes, |number| number == 3);
        let (load, duration) = (Load::InFlight(20), Duration::from_millis(500));
        let measured = measured(&Plan { load, duration, ..short(wire, &server) });
        // Two come to everybody, and open the window for two more. Nothing else would, if it waited for who is gone.
        assert!(measured.published > 22, "{wire:?}: {}", measured.published);
        assert_eq!(measured.incomplete, measured.published - 2, "{wire:?}: {:?}", measured.tally);
    }
}

#[test]
fn what_nobody_has_at_the_end_is_lost_too() {
    let check = |wire| {
        let server = Double::start(wire, Fault::DropsForAll, |number| number == 10);
        let measured = measured(&Plan { drain: Duration::from_secs(3), ..short(wire, &server) });
        assert_eq!((measured.tally.received, measured.tally.lost, measured.incomplete), (36, 4, 1), "{wire:?}");
    };
    // They mostly wait for what never comes.
    thread::scope(|scope| {
        for wire in WIRES.into_iter().filter(|wire| *wire != Wire::Fanfare) {
            scope.spawn(move || check(wire));
        }
    });
}

#[test]
fn a_window_goes_on_over_every_wire() {
    for wire in WIRES {
        let server = Double::start(wire, Fault::None, |_| false);
        let (load, duration) = (Load::InFlight(300), Duration::from_millis(500));
        let measured = measured(&Plan { load, duration, clients: 5, ..short(wire, &server) });
        assert!(measured.published > 300, "{wire:?}");
        assert_eq!(measured.tally.received, measured.owed, "{wire:?}");
        assert!(Report::from(&measured).clean, "{wire:?}: {:?}", measured.tally);
    }
}

#[test]
fn several_publishers_have_their_messages_numbered_by_arrival() {
    for wire in MANY_PUBLISH {
        let server = Double::start(wire, Fault::None, |_| false);
        let measured = measured(&Plan { publishers: 3, load: Load::Rate(1_000.0), ..short(wire, &server) });
        assert_eq!((measured.accepted, measured.tally.received), (100, 400), "{wire:?}");
        assert!(Report::from(&measured).clean, "{wire:?}: {:?}", measured.tally);
    }
}

/// A window over a server that does something to some messages, of which most are only counted.
fn counted(wire: Wire, fault: Fault, which: Which) -> Measured {
    let server = Double::start(wire, fault, which);
    let load = Load::InFlight(500);
    // Long texts: a few octets would not be counted.
    let (duration, size) = (Duration::from_millis(300), if wire == Wire::Irc { 400 } else { 2_000 });
    let plan = Plan { load, duration, size, compare_every: 8, ..short(wire, &server) };
    let measured = measured(&plan);
    assert!(measured.published > 100, "{wire:?}, {fault:?}: {}", measured.published);
    measured
}

#[test]
fn most_can_be_counted_only_and_all_is_clean() {
    for wire in WIRES {
        let measured = counted(wire, Fault::None, |_| false);
        let tally = &measured.tally;
        assert!(Report::from(&measured).clean, "{wire:?}: {tally:?}");
        assert_eq!(tally.received, measured.owed, "{wire:?}");
        assert!(tally.counted > 0 && tally.counted + tally.compared < tally.received, "{wire:?}: {tally:?}");
        let Latencies { corrected, uncorrected } = &measured.latencies;
        assert_eq!(corrected.all.len(), tally.received, "{wire:?}");
        // In a window they are the same.
        assert_eq!(corrected.all, uncorrected.all, "{wire:?}");
        for times in [&corrected.first, &corrected.median, &corrected.last, &uncorrected.last] {
            assert_eq!(times.len(), measured.published, "{wire:?}");
        }
    }
}

#[test]
fn what_shifts_a_counted_stream_is_caught() {
    for wire in WIRES {
        for fault in [Fault::Drops, Fault::Repeats, Fault::LosesAnOctet] {
            let measured = counted(wire, fault, |number| number == 50);
            assert!(measured.tally.counted > 0, "{wire:?}, {fault:?}");
            assert!(!measured.tally.is_clean(), "{wire:?}, {fault:?}: {:?}", measured.tally);
        }
    }
}

#[test]
fn what_is_replaced_is_caught_where_it_is_compared() {
    for wire in WIRES {
        let measured = counted(wire, Fault::Corrupts, |_| true);
        assert!(measured.tally.corrupt > 0, "{wire:?}: {:?}", measured.tally);
    }
}

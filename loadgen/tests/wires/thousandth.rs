//! One message in a thousand, over each wire: each fault is caught, by its name.

use std::time::Duration;

use fanfare_loadgen::plan::Load;
use fanfare_loadgen::report::Report;
use fanfare_loadgen::verify::Tally;
use fanfare_loadgen::{Measured, Plan};

use crate::double::{Double, Fault};
use crate::runs::{WIRES, measured, short};

/// Of so many messages, to four members, two have the fault.
const MESSAGES: u64 = 2_000;

#[track_caller]
fn run(wire: fanfare_loadgen::Wire, fault: Fault) -> Measured {
    let server = Double::start(wire, fault, |number| number % 1_000 == 500);
    let (load, duration) = (Load::Rate(10_000.0), Duration::from_millis(200));
    let measured = measured(&Plan { load, duration, ..short(wire, &server) });
    assert_eq!((measured.accepted, measured.owed), (MESSAGES, 4 * MESSAGES), "{wire:?}, {fault:?}");
    measured
}

#[test]
fn one_message_in_a_thousand_that_is_dropped_repeated_reordered_or_corrupt_is_caught_over_every_wire() {
    let all = 4 * MESSAGES;
    for wire in WIRES {
        for (fault, expected) in [
            (Fault::None, Tally { received: all, ..Tally::default() }),
            (Fault::Drops, Tally { received: all - 2, lost: 2, ..Tally::default() }),
            (Fault::Repeats, Tally { received: all, repeated: 2, ..Tally::default() }),
            (Fault::Reorders, Tally { received: all, reordered: 2, ..Tally::default() }),
            (Fault::Corrupts, Tally { received: all - 2, corrupt: 2, ..Tally::default() }),
        ] {
            let measured = run(wire, fault);
            let tally = Tally { octets: 0, compared: 0, presence: 0, ..measured.tally };
            assert_eq!(tally, expected, "{wire:?}, {fault:?}");
            assert_eq!(Report::from(&measured).clean, fault == Fault::None, "{wire:?}, {fault:?}");
        }
    }
}

#[test]
fn a_server_that_stands_still_is_in_the_percentiles_over_every_wire() {
    let stall = Duration::from_millis(150);
    // The histogram is exact to three digits.
    let most = u64::try_from(stall.as_nanos()).expect("it fits") / 1_000 * 999;
    for wire in WIRES {
        let server = Double::start(wire, Fault::Stalls(stall), |number| number == 5);
        // Of forty, thirty are due while it stands still, 5 ms apart: half of all wait for 50 ms at least.
        let (load, duration) = (Load::Rate(200.0), Duration::from_millis(200));
        let measured = measured(&Plan { load, duration, ..short(wire, &server) });
        let latencies = &measured.latencies.corrected.all;
        assert!(latencies.max() >= most, "{wire:?}: {}", latencies.max());
        assert!(latencies.value_at_quantile(0.5) >= 50_000_000, "{wire:?}: {}", latencies.value_at_quantile(0.5));
        assert!(Report::from(&measured).clean, "{wire:?}: {:?}", measured.tally);
    }
}

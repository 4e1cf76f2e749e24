//! Each kind beside the receivers of the real server, which must be none the worse.

use std::time::Duration;

use fanfare_loadgen::beside::{Beside, Churn, Garbage, Readers, Slow, Stalled, Storm};
use fanfare_loadgen::report::Report;
use fanfare_loadgen::{Load, Measured, Plan};
use fanfare_tests::TestServer;

use crate::runs::measured;

fn server() -> TestServer {
    TestServer::with(2, |options| (options.rate_limit, options.octet_rate) = (None, None))
}

fn clean(server: &TestServer, plan: Plan) -> Measured {
    let drain = Duration::from_secs(20);
    let measured = measured(&Plan { clients: 20, settle: Duration::ZERO, drain, ..plan });
    assert!(Report::from(&measured).clean, "{:?} {:?}", measured.tally, measured.disconnected);
    // On a busy machine a receiver can fall behind too, and is told so.
    let tally = &measured.tally;
    assert_eq!((measured.owed, tally.received + tally.missed), (20 * measured.accepted, 20 * measured.accepted));
    assert_eq!(measured.plan.address, server.address());
    measured
}

/// Each message came, or a `GAP` named it.
#[track_caller]
fn assert_accounted(measured: &Measured, readers: &Readers) {
    let of = &readers.deliveries;
    assert_eq!(of.received + of.missed, measured.accepted * u64::from(readers.count), "{readers:?}");
    assert_eq!([of.lost, of.repeated, of.reordered, of.corrupt, of.cut, of.unread], [0; 6], "{readers:?}");
    assert_eq!((readers.complete, readers.disconnected.len()), (readers.count, 0), "{readers:?}");
}

#[test]
fn slow_and_stalled_readers_miss_what_a_gap_names_and_lose_nothing() {
    let server = server();
    let beside = Beside {
        slow: Some(Slow { count: 3, octets_per_second: 4_000 }),
        stalled: Some(Stalled { count: 2 }),
        ..Beside::default()
    };
    // Five times what the server keeps of a room.
    let load = Load::Rate(200.0);
    let duration = Duration::from_millis(600);
    let measured = clean(&server, Plan { size: 50_000, load, duration, beside, ..Plan::new(server.address()) });
    let (slow, stalled) = (measured.beside.slow.as_ref(), measured.beside.stalled.as_ref());
    for readers in [slow.expect("they were there"), stalled.expect("they were there")] {
        assert_accounted(&measured, readers);
        assert!(readers.deliveries.missed > 0 && readers.deliveries.received > 0, "{readers:?}");
    }
    assert_eq!(Report::from(&measured).connects.count, 20, "those beside are no clients");
}

#[test]
fn those_who_come_and_go_all_join_and_the_receivers_hear_of_it_without_fault() {
    let server = server();
    let storm = Some(Storm { joins: 20, every: Duration::from_millis(300) });
    let churn = Churn { count: 60, per_second: 100.0, stay: Duration::from_millis(100), abrupt: 0.5, storm };
    let beside = Beside { churn: Some(churn), ..Beside::default() };
    let load = Load::Rate(200.0);
    let duration = Duration::from_millis(800);
    let measured = clean(&server, Plan { load, duration, beside, ..Plan::new(server.address()) });
    let churned = measured.beside.churn.as_ref().expect("they were there");
    // 80 at the rate, and three storms.
    assert_eq!(churned.attempts + churned.unbegun, 140, "{churned:?}");
    assert_eq!((churned.joined, churned.times.len()), (churned.attempts, churned.attempts), "{churned:?}");
    assert_eq!(churned.left + churned.dropped, churned.joined, "{churned:?}");
    assert!(churned.left > 0 && churned.dropped > 0 && churned.most_open <= 60, "{churned:?}");
    let of = &churned.deliveries;
    assert!(of.received > 0, "{churned:?}");
    assert_eq!(of.lost + of.missed + of.repeated + of.reordered + of.corrupt + of.cut + of.unread, 0, "{churned:?}");
    assert!(measured.tally.presence > 0, "the receivers hear who comes: {:?}", measured.tally);
}

#[test]
fn who_is_refused_is_told_by_reason() {
    let server = TestServer::with(2, |options| {
        (options.rate_limit, options.octet_rate) = (None, None);
        options.max_connections = 22;
    });
    let churn = Churn { count: 10, per_second: 50.0, stay: Duration::from_millis(200), ..Churn::default() };
    let beside = Beside { churn: Some(churn), ..Beside::default() };
    let duration = Duration::from_millis(400);
    let measured = clean(&server, Plan { load: Load::Rate(50.0), duration, beside, ..Plan::new(server.address()) });
    let churned = measured.beside.churn.as_ref().expect("they were there");
    let refused: u64 = churned.refused.values().sum();
    assert!(refused > 0 && churned.joined > 0, "{churned:?}");
    assert!(churned.refused.keys().all(|reason| reason.contains("too-many-connections")), "{churned:?}");
    let failed: u64 = churned.failed.values().sum();
    assert_eq!(churned.attempts, churned.joined + refused + failed + churned.unfinished, "{churned:?}");
}

#[test]
fn garbage_of_every_kind_does_the_receivers_no_harm() {
    let server = server();
    let hold = Duration::from_millis(300);
    let beside =
        Beside { garbage: Some(Garbage { count: 30, per_second: 60.0, octets: 200_000, hold }), ..Beside::default() };
    let duration = Duration::from_secs(1);
    let measured = clean(&server, Plan { load: Load::Rate(100.0), duration, beside, ..Plan::new(server.address()) });
    let garbled = measured.beside.garbage.as_ref().expect("it was there");
    let all = &garbled.all;
    assert_eq!(all.connections, all.cut + all.kept + all.closed + all.open, "{garbled:?}");
    for kind in ["random", "endless-line", "long-lengths", "malformed", "half-opening", "tls", "http"] {
        assert!(garbled.kinds[kind].octets > 0, "{kind}: {garbled:?}");
    }
    // A line without an end has one at a server that bounds its memory; so have frames that can't be framed.
    for kind in ["endless-line", "long-lengths"] {
        assert!(garbled.kinds[kind].cut > 0, "{kind}: {garbled:?}");
    }
    assert!(garbled.kinds["connect-and-close"].closed > 0, "{garbled:?}");
    assert!(!garbled.answers.is_empty(), "{garbled:?}");
    assert_eq!(measured.tally.foreign + measured.tally.corrupt, 0, "{:?}", measured.tally);
}

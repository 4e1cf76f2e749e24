//! What happened in each part of a run's time.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use fanfare_loadgen::{Controls, Load, Plan, run};
use fanfare_tests::PATIENCE;
use serde_json::Value;

use crate::double::{Double, Fault};
use crate::program::{deliveries, report};

/// The parts, in order.
fn moments(report: &Value) -> &[Value] {
    report["series"]["moments"].as_array().expect("there are parts")
}

/// What all parts together have of something.
fn sum<'r>(moments: impl IntoIterator<Item = &'r Value>, name: &str) -> u64 {
    moments.into_iter().map(|moment| moment[name].as_u64().expect("a count")).sum()
}

#[test]
fn a_stall_is_in_the_parts_in_which_it_was() {
    let server = Double::start(Fault::Stalls(Duration::from_millis(500)));
    let (_, report) = report(&server.address(), &["--clients=4", "--rate=20", "--duration=1s"]);
    assert_eq!(report["series"]["interval_ns"], 100_000_000);
    // The fifth message was due after 200 ms, and came 500 ms later at the earliest; until then there are four.
    let (until, since): (Vec<&Value>, Vec<&Value>) =
        moments(&report).iter().partition(|moment| moment["at_ns"].as_u64().expect("a time") <= 700_000_000);
    assert!(until.len() == 7 && sum(until, "deliveries") <= 16, "{report:#}");
    // Exact to three digits.
    assert!(since.iter().any(|moment| moment["all"]["max_ns"].as_u64() >= Some(499_000_000)), "{report:#}");
    assert_eq!((sum(moments(&report), "deliveries"), sum(moments(&report), "published")), (80, 20));
}

#[test]
fn a_loss_is_in_the_part_in_which_it_was_seen() {
    let server = Double::start(Fault::Drops);
    let (_, report) = report(&server.address(), &["--clients=4", "--rate=100", "--duration=100ms"]);
    assert_eq!(deliveries(&report, "lost"), 1);
    let moments = moments(&report);
    assert_eq!((sum(moments, "errors"), sum(moments, "deliveries"), sum(moments, "published")), (1, 39, 10));
    assert!(moments.iter().all(|moment| moment["connected"] == 4), "{report:#}");
}

#[test]
fn the_newest_part_is_to_be_seen_while_the_run_goes_on() {
    let server = Double::start(Fault::None);
    let address = server.address().parse().expect("an address");
    let plan = Plan {
        clients: 4,
        load: Load::Rate(50.0),
        duration: Duration::from_secs(60),
        settle: Duration::ZERO,
        ..Plan::new(address)
    };
    let controls = Controls::default();
    assert_eq!(controls.progress.latest(), None);
    let seen = std::thread::scope(|scope| {
        let measured = scope.spawn(|| run(&plan, &controls));
        let deadline = Instant::now() + PATIENCE;
        while controls.progress.latest().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        let seen = controls.progress.latest();
        controls.stop.store(true, Ordering::Relaxed);
        let measured = measured.join().expect("it ends").expect("it can be made");
        let seen = seen.expect("a part has ended");
        assert!(measured.series.moments.contains(&seen), "{seen:?}: {:?}", measured.series);
        seen
    });
    // A two-hundredth of the time.
    assert_eq!(seen.at_ns % 300_000_000, 0, "{seen:?}");
}

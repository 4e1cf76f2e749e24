//! Several processes, here threads: one publishes, and another only receives what it does.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, SystemTime};

use fanfare_loadgen::report::Report;
use fanfare_loadgen::verify::Tally;
use fanfare_loadgen::{Controls, Leader, Load, Measured, Phase, Plan, Rooms, RunError, Start, run};
use fanfare_tests::{PATIENCE, TestServer};

use crate::double::{Double, Fault};
use crate::runs::{WIRES, short};

/// How far ahead the start is agreed.
const AHEAD: Duration = Duration::from_secs(1);

/// A run that ends when the test fails.
struct Ends<'c>(&'c Controls);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop.store(true, Ordering::Relaxed);
        }
    }
}

fn wait_until_ready(controls: &Controls) {
    let deadline = SystemTime::now() + PATIENCE;
    while controls.progress.phase() != Phase::Ready {
        assert!(SystemTime::now() < deadline, "not all have joined");
        thread::sleep(Duration::from_millis(5));
    }
}

/// One who publishes, and one who follows, which joins first, and whose clock is wrong as `shifted` says.
fn both(leader: &Plan, follower: &Plan, shifted: impl Fn(SystemTime) -> SystemTime) -> [Measured; 2] {
    let (leading, following) = (Controls::default(), Controls::default());
    let (_leading_ends, _following_ends) = (Ends(&leading), Ends(&following));
    thread::scope(|scope| {
        let second = scope.spawn(|| run(follower, &following));
        wait_until_ready(&following);
        let first = scope.spawn(|| run(leader, &leading));
        wait_until_ready(&leading);
        let start = SystemTime::now() + AHEAD;
        leading.start.set(start).expect("it is set once");
        following.start.set(shifted(start)).expect("it is set once");
        [first, second].map(|run| run.join().expect("it does not panic").unwrap_or_else(|error| panic!("{error}")))
    })
}

/// The plans of a run whose publishing process has half of the clients.
fn plans(plan: Plan) -> [Plan; 2] {
    let leader = Plan { start: Start::Agreed, completions: true, ..plan };
    let follows = Some(Leader { clients: leader.clients, first_client: leader.first_client, apart: leader.apart });
    let follower = Plan { follows, first_client: leader.clients + leader.publishers, ..leader.clone() };
    [leader, follower]
}

#[test]
fn what_another_process_publishes_is_verified_and_timed() {
    let server = TestServer::with(2, |options| (options.rate_limit, options.octet_rate) = (None, None));
    for (load, apart) in [
        (Load::Rate(200.0), false),
        (Load::Rate(200.0), true),
        (Load::Burst { messages: 50, every: Duration::from_millis(250) }, false),
    ] {
        let [leader, follower] = plans(Plan {
            load,
            apart,
            clients: 20,
            publishers: 7,
            rooms: Rooms::zipf(3, 1.0),
            duration: Duration::from_millis(500),
            settle: Duration::ZERO,
            drain: Duration::from_secs(20),
            ..Plan::new(server.address())
        });
        let [first, second] = both(&leader, &follower, |start| start);
        for measured in [&first, &second] {
            assert!(Report::from(measured).clean, "{load:?}: {:?}, {:?}", measured.tally, measured.disconnected);
            assert_eq!((measured.published, measured.accepted, measured.unsent), (100, 100, 0), "{load:?}");
            assert_eq!((measured.tally.received, measured.incomplete), (measured.owed, 0), "{load:?}");
            assert_eq!(measured.latencies.corrected.all.len(), measured.owed, "{load:?}");
            assert_eq!(measured.latencies.corrected.last.len(), 100, "{load:?}");
            let completions = measured.completions.as_ref().expect("the plan asks for them");
            assert_eq!(completions.iter().flatten().count(), 100, "{load:?}");
            assert_eq!(
                completions.iter().flatten().max().map(|most| most >= measured.latencies.corrected.last.max() / 2),
                Some(true)
            );
        }
        assert_eq!(first.owed, second.owed, "{load:?}: the same rooms have as many members");
        assert_eq!(first.latencies.uncorrected.all.len(), first.owed);
        // When it was sent only the other process knows.
        assert_eq!((second.latencies.uncorrected.all.len(), second.lateness.len()), (0, 0));
    }
}

#[test]
fn each_fault_is_told_apart_by_who_follows() {
    let faults = [
        (Fault::None, Tally { received: 40, ..Tally::default() }),
        (Fault::Drops, Tally { received: 39, lost: 1, ..Tally::default() }),
        (Fault::Repeats, Tally { received: 40, repeated: 1, ..Tally::default() }),
        (Fault::Reorders, Tally { received: 40, reordered: 1, ..Tally::default() }),
        (Fault::Corrupts, Tally { received: 39, corrupt: 1, ..Tally::default() }),
    ];
    let check = |wire, fault, expected| {
        // It happens to who joined second: the second who follows.
        let server = Double::start(wire, fault, |number| number == 5);
        let [leader, follower] = plans(short(wire, &server));
        let [first, second] = both(&leader, &follower, |start| start);
        let tally = |measured: &Measured| Tally { octets: 0, compared: 0, presence: 0, ..measured.tally };
        assert_eq!(tally(&first), Tally { received: 40, ..Tally::default() }, "{wire:?}, {fault:?}");
        assert_eq!(tally(&second), expected, "{wire:?}, {fault:?}");
        assert_eq!((second.accepted, second.owed), (10, 40), "{wire:?}, {fault:?}");
    };
    // They mostly wait for their start.
    thread::scope(|scope| {
        for wire in WIRES {
            for (fault, expected) in faults {
                scope.spawn(move || check(wire, fault, expected));
            }
        }
    });
}

#[test]
fn times_count_from_when_the_other_process_was_meant_to_send() {
    let server = Double::start(WIRES[0], Fault::None, |_| false);
    let [leader, follower] = plans(short(WIRES[0], &server));
    // It believes that all was due 300 ms before it is.
    let [_, second] = both(&leader, &follower, |start| start - Duration::from_millis(300));
    let least = second.latencies.corrected.all.min();
    assert!(least >= 299_000_000, "{least}");
    assert_eq!(second.latencies.corrected.all.len(), 40);
}

#[test]
fn what_comes_before_its_time_by_another_clock_is_expected() {
    let check = |wire| {
        let server = Double::start(wire, Fault::None, |_| false);
        let [leader, follower] = plans(short(wire, &server));
        let [_, second] = both(&leader, &follower, |start| start + Duration::from_millis(500));
        assert!(Report::from(&second).clean, "{wire:?}: {:?}", second.tally);
        assert_eq!((second.tally.received, second.owed), (40, 40), "{wire:?}");
    };
    thread::scope(|scope| {
        for wire in WIRES {
            scope.spawn(move || check(wire));
        }
    });
}

#[test]
fn a_start_that_is_past_is_an_error() {
    let server = Double::start(WIRES[0], Fault::None, |_| false);
    let past = SystemTime::now() - Duration::from_secs(1);
    let error = run(&Plan { start: Start::At(past), ..short(WIRES[0], &server) }, &Controls::default());
    let error = error.expect_err("it can't be kept");
    assert!(matches!(error, RunError::StartIsPast { late } if late >= Duration::from_secs(1)), "{error}");
}

#[test]
fn messages_begin_at_the_moment_that_was_told() {
    let server = Double::start(WIRES[0], Fault::None, |_| false);
    let moment = SystemTime::now() + Duration::from_millis(800);
    let plan = Plan { start: Start::At(moment), ..short(WIRES[0], &server) };
    let measured = run(&plan, &Controls::default()).unwrap_or_else(|error| panic!("{error}"));
    assert!(SystemTime::now() >= moment + Duration::from_millis(90), "the last message is due then");
    assert_eq!(measured.tally.received, 40);
}

#[test]
fn who_waits_for_the_start_can_be_told_to_stop() {
    let server = Double::start(WIRES[0], Fault::None, |_| false);
    let plan = Plan { start: Start::Agreed, ..short(WIRES[0], &server) };
    let controls = Controls::default();
    let error = thread::scope(|scope| {
        let running = scope.spawn(|| run(&plan, &controls));
        wait_until_ready(&controls);
        controls.stop.store(true, Ordering::Relaxed);
        running.join().expect("it does not panic").expect_err("no message was sent")
    });
    assert!(matches!(error, RunError::Interrupted), "{error}");
}

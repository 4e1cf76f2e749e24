//! Servers that never answer, never end a connection, or end each.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use fanfare_loadgen::beside::{Beside, Churn, Garbage, Kept, Stalled};
use fanfare_loadgen::report::Report;
use fanfare_loadgen::{Controls, Load, Measured, Plan, RunError, Wire, run};

use crate::runs::{measured, short_at};

/// What a relay does with each connection but the first, which is the receiver's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// It says nothing, and reads all.
    Silent,
    /// It ends it at once.
    Ends,
    /// It lets it join, and ends it when the first message has come.
    Cuts,
    /// It lets it join after [`LATE`].
    Late,
    /// It ends it once it has read something.
    EndsOnOctets,
}

const LATE: Duration = Duration::from_millis(150);

/// A relay that delivers to its first connection alone. Its threads end with the test's process.
fn start(habit: Habit) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        let mut others: Vec<TcpStream> = Vec::new();
        let (mut receiver, _) = listener.accept()?;
        receiver.write_all(b"FLOOR\n")?;
        let mut echo = receiver.try_clone()?;
        let (tell, told) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let mut octets = [0; 4_096];
            while let Ok(count @ 1..) = receiver.read(&mut octets) {
                let _ = tell.send(());
                if echo.write_all(&octets[..count]).is_err() {
                    break;
                }
            }
        });
        let mut told = Some(told);
        for stream in listener.incoming() {
            let mut stream = stream?;
            match habit {
                Habit::Ends => stream.shutdown(Shutdown::Both)?,
                Habit::Cuts => {
                    stream.write_all(b"FLOOR\n")?;
                    let (stream, told) = (stream.try_clone()?, told.take());
                    thread::spawn(move || {
                        let _ = told.map(|told| told.recv());
                        stream.shutdown(Shutdown::Both)
                    });
                }
                Habit::Late => {
                    let mut stream = stream.try_clone()?;
                    thread::spawn(move || {
                        thread::sleep(LATE);
                        stream.write_all(b"FLOOR\n")
                    });
                }
                Habit::Silent | Habit::EndsOnOctets => {
                    let mut stream = stream.try_clone()?;
                    thread::spawn(move || {
                        let mut octets = [0; 65_536];
                        while let Ok(1..) = stream.read(&mut octets) {
                            if habit == Habit::EndsOnOctets {
                                return stream.shutdown(Shutdown::Both);
                            }
                        }
                        Ok(())
                    });
                }
            }
            others.push(stream);
        }
        std::io::Result::Ok(())
    });
    address
}

fn plan(habit: Habit, beside: Beside) -> Plan {
    let load = Load::Rate(50.0);
    let patience = Duration::from_millis(200);
    let duration = Duration::from_millis(600);
    Plan { clients: 1, load, duration, patience, beside, ..short_at(Wire::Relay, start(habit)) }
}

fn clean(plan: &Plan) -> Measured {
    let measured = measured(plan);
    assert!(Report::from(&measured).clean, "{:?}", measured.tally);
    measured
}

fn churn() -> Beside {
    let churn = Churn { count: 50, per_second: 50.0, stay: Duration::from_millis(100), ..Churn::default() };
    Beside { churn: Some(churn), ..Beside::default() }
}

fn garbage() -> Beside {
    let hold = Duration::from_millis(100);
    let garbage = Garbage { count: 40, per_second: 100.0, octets: 100_000, hold };
    Beside { garbage: Some(garbage), ..Beside::default() }
}

#[test]
fn who_is_never_let_in_has_failed_and_not_joined() {
    let measured = clean(&plan(Habit::Silent, churn()));
    let churned = measured.beside.churn.expect("it was there");
    assert_eq!((churned.joined, churned.times.len()), (0, 0), "{churned:?}");
    // The last of them may be due just when the sending ends.
    assert!(churned.attempts >= 28 && churned.attempts + churned.unbegun <= 30, "{churned:?}");
    assert_eq!(churned.failed.get("timed out"), Some(&churned.attempts), "{churned:?}");
    assert!(churned.most_open > 1 && churned.most_open <= 50, "{churned:?}");
    let measured = clean(&plan(Habit::Ends, churn()));
    let churned = measured.beside.churn.expect("it was there");
    assert_eq!((churned.joined, churned.failed.values().sum()), (0, churned.attempts), "{churned:?}");
    assert!(churned.failed.keys().all(|reason| reason == "closed" || reason == "reset"), "{churned:?}");
}

#[test]
fn who_finds_no_place_waits_for_one_and_its_time_runs() {
    // One place, which each keeps for 150 ms until it has joined: the second is due 10 ms after the first.
    let churn = Churn { count: 1, per_second: 100.0, stay: Duration::from_millis(10), abrupt: 1.0, storm: None };
    let patience = Duration::from_secs(20);
    let beside = Beside { churn: Some(churn), ..Beside::default() };
    let measured = clean(&Plan { patience, ..plan(Habit::Late, beside) });
    let churned = measured.beside.churn.expect("it was there");
    assert_eq!(churned.most_open, 1, "{churned:?}");
    assert!(churned.unbegun > 0 && churned.joined > 1, "{churned:?}");
    // It began when the first had gone, and 290 ms after it was due had it joined.
    assert!(churned.times.max() >= 289_000_000, "{churned:?}");
    assert!(churned.times.min() >= 149_000_000, "{churned:?}");
}

#[test]
fn a_stalled_reader_that_is_cut_off_is_told_by_reason_and_lacks_the_rest() {
    let beside = Beside { stalled: Some(Stalled { count: 1 }), ..Beside::default() };
    let measured = clean(&plan(Habit::Cuts, beside));
    let readers = measured.beside.stalled.expect("it was there");
    assert_eq!((readers.deliveries.cut, readers.deliveries.lost, readers.complete), (30, 0, 0), "{readers:?}");
    assert_eq!(readers.disconnected.get("closed"), Some(&1), "{readers:?}");
}

#[test]
fn one_that_is_to_be_there_from_the_start_and_can_not_ends_the_run_before_it_begins() {
    for (habit, why) in [(Habit::Silent, "does not answer"), (Habit::Ends, "closed")] {
        let beside = Beside { stalled: Some(Stalled { count: 2 }), ..Beside::default() };
        let error = run(&plan(habit, beside), &Controls::default()).expect_err("it can't join");
        assert!(matches!(error, RunError::Beside { count: 2, .. }), "{error}");
        assert!(error.to_string().contains(why) || error.to_string().contains("reset"), "{error}");
    }
}

/// Each connection has one end.
#[track_caller]
fn assert_adds_up(all: &Kept) {
    assert_eq!(all.connections, all.cut + all.kept + all.closed + all.open, "{all:?}");
}

#[test]
fn garbage_that_a_server_takes_is_kept_and_garbage_that_it_ends_is_cut() {
    let taken = clean(&plan(Habit::Silent, garbage())).beside.garbage.expect("it was there");
    assert_adds_up(&taken.all);
    assert!(taken.all.kept > 0 && taken.all.closed > 0, "{taken:?}");
    assert_eq!((taken.all.cut, taken.all.answered), (0, 0), "{taken:?}");
    assert_eq!(taken.kinds.len(), 8, "{taken:?}");
    // All that one may send, and no octet more.
    let random = &taken.kinds["random"];
    assert!(random.octets > 0 && random.octets <= random.connections * 100_000, "{taken:?}");
    let ended = clean(&plan(Habit::EndsOnOctets, garbage())).beside.garbage.expect("it was there");
    assert_adds_up(&ended.all);
    for kind in ["random", "endless-line", "tls", "http"] {
        assert!(ended.kinds[kind].cut > 0, "{kind}: {ended:?}");
        assert_eq!(ended.kinds[kind].kept, 0, "{kind}: {ended:?}");
    }
}

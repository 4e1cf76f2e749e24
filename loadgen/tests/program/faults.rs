//! Each fault of a server is caught, by its name.

use std::time::Duration;

use serde_json::Value;

use crate::double::{Double, Fault, NUMBER};
use crate::program::{deliveries, interrupted, loadgen, report, report_within};

/// A short run with four clients and ten messages.
const SHORT: [&str; 3] = ["--clients=4", "--rate=100", "--duration=100ms"];

/// What a fault is called, and how many deliveries it concerns.
#[track_caller]
fn expect(fault: Fault, received: u64, named: &[(&str, u64)]) -> Value {
    let server = Double::start(fault);
    // Only this one keeps the run waiting.
    let drain = if let Fault::AnswersNot = fault { "2s" } else { "20s" };
    let (ended, report) = report_within(drain, &server.address(), &SHORT);
    assert_eq!(deliveries(&report, "received"), received, "{fault:?}: {report:#}");
    for name in ["lost", "missed", "cut", "repeated", "reordered", "corrupt"] {
        let expected = named.iter().find(|(known, _)| *known == name).map_or(0, |(_, count)| *count);
        assert_eq!(deliveries(&report, name), expected, "{fault:?}, {name}: {report:#}");
    }
    let clean = report["clean"].as_bool().expect("it says so");
    // How busy this machine is decides whether the figures are valid, not whether the server is clean.
    assert!(if clean { matches!(ended.code, Some(0 | 5)) } else { ended.code == Some(1) }, "{ended:?}");
    report
}

#[test]
fn a_server_without_fault_is_clean() {
    let report = expect(Fault::None, 40, &[]);
    assert_eq!(report["clean"], true);
    assert_eq!(report["messages"]["accepted"], 10);
    assert_eq!(report["latency"]["all"]["count"], 40);
    for times in ["first", "median", "last"] {
        assert_eq!(report["latency"][times]["count"], 10, "{times}");
    }
}

#[test]
fn a_server_that_drops_loses() {
    assert_eq!(expect(Fault::Drops, 39, &[("lost", 1)])["messages"]["incomplete"], 1);
    expect(Fault::DropsForAll, 36, &[("lost", 4)]);
}

#[test]
fn a_server_that_repeats_repeats() {
    expect(Fault::Repeats, 40, &[("repeated", 1)]);
}

#[test]
fn a_server_that_reorders_reorders_and_loses_nothing() {
    expect(Fault::Reorders, 40, &[("reordered", 1)]);
}

#[test]
fn a_server_that_corrupts_is_corrupt_wherever_it_does() {
    expect(Fault::CorruptsText, 39, &[("corrupt", 1)]);
    expect(Fault::CorruptsFrame, 39, &[("corrupt", 1)]);
    let report = expect(Fault::CorruptsStream, 34, &[("corrupt", 1), ("cut", 6)]);
    assert_eq!(report["disconnected"]["broken stream"], 1);
}

#[test]
fn a_time_that_is_another_for_one_is_corrupt_for_whoever_reads_later() {
    let server = Double::start(Fault::CorruptsTime);
    let (ended, report) = report_within("20s", &server.address(), &SHORT);
    // Which of the two is right is not known: the first that is read is what the others are held against.
    let corrupt = deliveries(&report, "corrupt");
    assert!(matches!(corrupt, 1 | 3), "{report:#}");
    assert_eq!(deliveries(&report, "received"), 40 - corrupt, "{report:#}");
    assert_eq!(deliveries(&report, "lost"), 0, "{report:#}");
    assert_eq!(ended.code, Some(1), "{ended:?}");
}

#[test]
fn a_stall_is_in_the_percentiles_of_all_that_were_due_in_it() {
    let stall = Duration::from_millis(300);
    let server = Double::start(Fault::Stalls(stall));
    let (_, report) = report(&server.address(), &["--clients=4", "--rate=100", "--duration=400ms"]);
    let nanos = |name: &str| report["latency"]["all"][name].as_u64().expect("a time");
    // The histogram is exact to three digits.
    let least = u64::try_from(stall.as_nanos()).expect("it fits") / 1_000 * 999;
    assert!(nanos("max_ns") >= least, "{report:#}");
    // Thirty more were due while it lasted, 10 ms apart: of all, half waited for 90 ms at least.
    assert!(nanos("p50_ns") >= 90_000_000, "{report:#}");
    // They went out in time: nobody but the server held them up.
    assert!(report["uncorrected"]["all"]["max_ns"].as_u64().expect("a time") >= least, "{report:#}");
    assert_eq!(report["clean"], true, "{report:#}");
}

#[test]
fn messages_that_the_server_holds_up_count_from_when_they_were_due_and_are_not_the_generators_lateness() {
    let server = Double::start(Fault::Stalls(Duration::from_millis(300)));
    let (_, report) = report(&server.address(), &["--clients=4", "--rate=2000", "--duration=400ms"]);
    // Of 600 that are due in the stall, 256 can be sent. Of all 800, 400 are due 100 ms before its end at least.
    let held = report["messages"]["held"].as_u64().expect("a count");
    assert!(held > 0, "{report:#}");
    assert!(report["latency"]["all"]["p50_ns"].as_u64().expect("a time") >= 90_000_000, "{report:#}");
    assert_eq!(report["lateness"]["count"].as_u64().expect("a count") + held, 800);
    // What goes out when the stall is over has not waited for anything, if it counts from then: those from the 262nd to the
    // 600th have waited for 85 ms on average, which is 36 ms for each of all 800.
    let mean = |latency: &str| report[latency]["all"]["mean_ns"].as_f64().expect("a time");
    assert!(mean("latency") - mean("uncorrected") >= 30e6, "{report:#}");
    assert_eq!(deliveries(&report, "received"), 3_200);
    assert_eq!(report["clean"], true);
}

#[test]
fn who_is_cut_off_is_told_by_reason() {
    let report = expect(Fault::Disconnects, 34, &[("cut", 6)]);
    assert_eq!(report["disconnected"]["closed"], 1, "{report:#}");
    // The end can be seen together with the last octets.
    let report = expect(Fault::Ends, 35, &[("cut", 5)]);
    assert_eq!(report["disconnected"]["closed"], 1, "{report:#}");
    let report = expect(Fault::SaysBye, 34, &[("cut", 6)]);
    assert_eq!(report["disconnected"]["BYE shutdown"], 1, "{report:#}");
}

#[test]
fn who_is_cut_off_does_not_close_the_window() {
    let server = Double::start(Fault::Disconnects);
    let (_, report) = report(&server.address(), &["--clients=4", "--in-flight=1", "--duration=1s"]);
    assert!(report["messages"]["published"].as_u64().expect("a count") > NUMBER, "{report:#}");
}

#[test]
fn what_a_gap_names_is_missed_and_not_lost() {
    let report = expect(Fault::SendsGap, 39, &[("missed", 1)]);
    assert_eq!(report["clean"], true);
    assert_eq!(report["messages"]["incomplete"], 1);
}

#[test]
fn what_a_gap_names_is_not_said_to_have_come_and_has_no_last_receiver() {
    let server = Double::start(Fault::SendsGap);
    let address = server.address();
    let ended = loadgen(&[&["--target", &*address, "--settle=0s", "--drain=20s", "--quiet"], &SHORT[..]].concat());
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    for part in ["everything that came came once and in order; 1 missed (GAP)", "  of 9 of 10 messages\n"] {
        assert!(ended.output.contains(part), "no {part:?} in {}", ended.output);
    }
}

#[test]
fn a_refused_message_is_named_by_its_code() {
    let report = expect(Fault::Refuses, 36, &[]);
    assert_eq!(report["messages"]["refused"]["rate-limited"], 1);
    assert_eq!(report["messages"]["accepted"], 9);
    assert_eq!(report["clean"], false);
}

#[test]
fn a_message_without_an_answer_is_not_clean() {
    let report = expect(Fault::AnswersNot, 40, &[]);
    assert_eq!(report["messages"]["unanswered"], 1);
    assert_eq!(report["clean"], false);
}

#[test]
fn a_server_that_freezes_does_not_hold_the_run_for_ever() {
    let server = Double::start(Fault::Freezes);
    let (ended, report) = report_within("1s", &server.address(), &SHORT);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(report["messages"]["unanswered"], 6);
    // What could never be sent is told.
    let server = Double::start(Fault::Freezes);
    let (ended, report) = report_within("1s", &server.address(), &["--clients=4", "--rate=2000", "--duration=200ms"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!((&report["messages"]["published"], &report["messages"]["unsent"]), (&260.into(), &140.into()));
    // Nor does it in a window that never opens again.
    let server = Double::start(Fault::Freezes);
    let window = ["--clients=4", "--in-flight=2", "--duration=1s"];
    assert_eq!(report_within("500ms", &server.address(), &window).0.code, Some(1));
}

#[test]
fn a_server_that_stands_still_to_the_end_of_a_window_is_slow() {
    let server = Double::start(Fault::Freezes);
    let window = ["--clients=4", "--in-flight=2", "--duration=500ms"];
    let (_, report) = report_within("1s", &server.address(), &window);
    // Four messages came, in the first milliseconds perhaps.
    assert_eq!(deliveries(&report, "received"), 16);
    assert!(deliveries(&report, "elapsed_ns") >= 500_000_000, "{report:#}");
    assert!(report["deliveries"]["per_second"].as_f64().expect("a rate") <= 32.0, "{report:#}");
}

#[test]
fn an_interrupt_ends_the_waiting_for_what_never_comes() {
    let server = Double::start(Fault::AnswersNot);
    let address = server.address();
    let (ended, report) =
        interrupted("INT", &[&["--target", &*address, "--drain=1h"], &SHORT[..]].concat(), "waiting for the last");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!((&report["interrupted"], deliveries(&report, "received")), (&true.into(), 40));
}

use super::*;
use crate::engine::Counts;
use crate::plan::{Plan, default_address};
use crate::series::Moment;

fn facts() -> Facts {
    let plan = Plan { clients: 1_000, duration: Duration::from_secs(10), ..Plan::new(default_address()) };
    Facts::from(&plan)
}

fn counts(counts: &[(Count, u64)]) -> Counts {
    counts.iter().fold(Counts::default(), |all, (count, number)| all.with(*count, *number))
}

fn seen(phase: Phase, given: &[(Count, u64)]) -> Seen {
    let counts = counts(given);
    Seen { phase, counts, sending: Duration::ZERO, sent_rate: 0.0, received_rate: 0.0, cpu: None, moment: None }
}

/// In the midst of a run, without faults.
fn sending() -> Seen {
    let given = [
        (Count::Joined, 1_000),
        (Count::Connected, 1_000),
        (Count::Published, 140),
        (Count::Received, 139_800),
        (Count::Late, 120_000),
    ];
    let brief = |p50_ns, p99_ns| Brief { count: 5, p50_ns, p99_ns, max_ns: p99_ns };
    let moment = Moment { all: brief(1_200_000, 3_100_000), last: brief(4_000_000, 9_500_000), ..Moment::default() };
    Seen {
        sending: Duration::from_millis(6_700),
        sent_rate: 19.96,
        received_rate: 19_960.0,
        cpu: Some(0.123),
        moment: Some(moment),
        ..seen(Phase::Load, &given)
    }
}

#[test]
fn the_ramp_shows_who_has_joined_of_how_many() {
    let seen = seen(Phase::Ramp, &[(Count::Joined, 312)]);
    assert_eq!(line(&facts(), &seen), "312 of 1,000 have joined");
    assert_eq!(picture(&facts(), &seen).done, (312, 1_000));
    assert_eq!(line(&facts(), &Seen { phase: Phase::Settle, ..seen }), "all 1,000 have joined");
    assert_eq!(line(&facts(), &Seen { phase: Phase::Ready, ..seen }), "all 1,000 have joined, and wait for the start");
    let apart = Facts { connections: 1_007, ..facts() };
    assert_eq!(line(&apart, &seen), "312 of 1,007 have joined");
}

#[test]
fn the_load_shows_what_is_sent_and_received_and_how_long_it_takes() {
    assert_eq!(
        line(&facts(), &sending()),
        "sending, 4 s left, 1,000 of 1,000 connected, 140 sent, 20/s of 20/s, 139,800 deliveries, 19,960/s, \
         each delivery p50 1.20 ms p99 3.10 ms, last receiver p50 4.00 ms p99 9.50 ms, \
         generator at most 120 µs late, 12.3 % of a core"
    );
    assert_eq!(picture(&facts(), &sending()).done, (6_700, 10_000));
}

#[test]
fn what_is_not_known_is_left_out() {
    let unknown = Seen { cpu: None, moment: None, ..sending() };
    let text = line(&facts(), &unknown);
    assert!(!text.contains("p50") && !text.contains("core"), "{text}");
    let nothing = Moment { last: Brief::default(), ..sending().moment.expect("it has one") };
    let text = line(&facts(), &Seen { moment: Some(nothing), ..sending() });
    assert!(text.contains("each delivery p50") && !text.contains("last receiver"), "{text}");
}

#[test]
fn a_window_is_shown_in_place_of_a_rate() {
    let facts = Facts { load: Load::InFlight(1_024), ..facts() };
    assert!(line(&facts, &sending()).contains("140 sent, 20/s with 1,024 in flight"));
}

#[test]
fn bursts_and_their_pauses_are_shown_and_that_nothing_is_sent() {
    let facts = Facts { load: Load::Burst { messages: 50, every: Duration::from_millis(500) }, ..facts() };
    assert!(line(&facts, &sending()).contains("140 sent, 20/s of 50 every 500ms, "));
    let idle = line(&Facts { load: Load::Idle, ..facts }, &seen(Phase::Load, &[]));
    assert!(idle.starts_with("idle, 10 s left, 0 of 1,000 connected, no messages, 0 deliveries"), "{idle}");
}

#[test]
fn a_slow_rate_is_not_rounded_to_nothing() {
    let facts = Facts { load: Load::Rate(0.5), ..facts() };
    assert!(line(&facts, &Seen { sent_rate: 0.49, ..sending() }).contains("140 sent, 0.5/s of 0.5/s"));
}

#[test]
fn the_drain_shows_what_is_awaited() {
    let given = [(Count::Unsettled, 3), (Count::Unanswered, 2), (Count::Connected, 999), (Count::Received, 7)];
    let text = line(&facts(), &seen(Phase::Drain, &given));
    assert_eq!(
        text,
        "waiting for the last: 3 messages not with everybody, 2 unanswered, 999 of 1,000 connected, 7 deliveries, 0.0/s"
    );
    let one = seen(Phase::Drain, &[(Count::Unsettled, 1)]);
    assert!(line(&facts(), &one).starts_with("waiting for the last: 1 message not with everybody, 0 unanswered"));
}

#[test]
fn each_fault_is_shown_by_its_name_and_only_if_there_is_one() {
    assert_eq!(picture(&facts(), &sending()).faults, None);
    for (fault, name) in FAULTS.into_iter().chain([(Count::Missed, "missed")]) {
        let counts = sending().counts.with(fault, 1_234);
        let seen = Seen { counts, ..sending() };
        assert_eq!(picture(&facts(), &seen).faults, Some(format!("1,234 {name}")));
        assert!(line(&facts(), &seen).ends_with(&format!(", 1,234 {name}")));
    }
}

#[test]
fn a_heading_says_which_run_it_is_and_moves_no_cursor() {
    let facts = facts().headed("round 2 of 5,\x1b[2J nats://127.0.0.1:4222\r\n");
    let text = line(&facts, &seen(Phase::Settle, &[]));
    assert_eq!(text, "round 2 of 5,[2J nats://127.0.0.1:4222: all 1,000 have joined");
}

#[test]
fn large_figures_fit_into_a_terminal() {
    let facts = Facts { clients: 10_000, load: Load::Rate(50_000.0), ..facts() };
    let counts = sending().counts.with(Count::Connected, 10_000).with(Count::Published, 3_000_000);
    let counts = counts.with(Count::Received, 30_000_000_000).with(Count::Late, 123_000_000);
    let seen = Seen { counts, sent_rate: 50_000.0, received_rate: 250_000.0, cpu: Some(0.931), ..sending() };
    for text in picture(&facts, &seen).lines {
        assert!(text.chars().count() <= 80, "{text}");
    }
}

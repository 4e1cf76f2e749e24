use super::*;

fn setting(targets: &[&str], rounds: usize) -> Setting {
    Setting {
        targets: targets.iter().map(|&target| target.to_owned()).collect(),
        rounds,
        workload: Workload::default(),
        command: "loadgen compare".to_owned(),
    }
}

/// A clean run with a rate.
fn report(rate: f64) -> Report {
    let mut report = Report { clean: true, valid: true, ..Report::default() };
    report.deliveries.per_second = rate;
    report
}

type Ran = Result<Option<(Report, Option<String>)>, String>;

fn ran(report: Report) -> Ran {
    Ok(Some((report, Some("server 1.0".to_owned()))))
}

fn line<'c>(comparison: &'c Comparison, target: usize, name: &str) -> &'c Line {
    comparison.targets[target].figures.iter().find(|line| line.name == name).expect("it is compared")
}

#[test]
fn the_order_rotates_from_round_to_round() {
    let mut order = Vec::new();
    let comparison = compare(setting(&["a", "b", "c"], 3), |at, round| {
        order.push((round, at));
        ran(report(1.0))
    });
    assert_eq!(order.iter().map(|(_, at)| *at).collect::<Vec<_>>(), [0, 1, 2, 1, 2, 0, 2, 0, 1]);
    assert_eq!(comparison.expect("it runs").code(), 0);
}

#[test]
fn ratios_are_those_of_each_round() {
    // Everything is twice as fast in each round as in the one before; the second target always has half.
    let speed = |at: usize, round: usize| f64::from(1 << round) * if at == 0 { 100.0 } else { 50.0 };
    let comparison = compare(setting(&["a", "b"], 3), |at, round| ran(report(speed(at, round)))).expect("it runs");
    let first = line(&comparison, 0, "rate");
    assert_eq!(first.value, Some(Summary { median: 200.0, least: 100.0, most: 400.0 }));
    let second = line(&comparison, 1, "rate");
    assert_eq!(second.value, Some(Summary { median: 100.0, least: 50.0, most: 200.0 }));
    assert_eq!(second.ratio, Some(Summary { median: 0.5, least: 0.5, most: 0.5 }));
    // What no report has is not made up.
    assert_eq!(line(&comparison, 1, "server.cpu"), &Line { name: "server.cpu", value: None, ratio: None });
}

#[test]
fn a_small_ratio_is_not_shown_as_nothing() {
    let rate = |at| if at == 0 { 1e6 } else { 4_210.0 };
    let text = table(&compare(setting(&["a", "b"], 1), |at, _| ran(report(rate(at)))).expect("it runs"));
    assert!(text.contains("0.00421  0.00421 to 0.00421"), "{text}");
}

#[test]
fn every_figure_and_count_is_one_of_a_report() {
    let known = figures(&report(1.0));
    for name in COMPARED.into_iter().chain(COUNTED) {
        assert!(known.iter().any(|figure| figure.name == name), "{name}");
    }
}

#[test]
fn a_round_that_is_not_as_it_should_be_is_marked_counted_and_explained() {
    let wrong = |change: fn(&mut Report)| {
        compare(setting(&["a", "b"], 2), |at, round| {
            let mut report = report(1.0);
            if (at, round) == (1, 1) {
                change(&mut report);
            }
            ran(report)
        })
        .expect("it runs")
    };
    let invalid = wrong(|report| (report.valid, report.invalid) = (false, vec!["too busy".to_owned()]));
    assert_eq!(invalid.code(), exit::INVALID);
    let unclean = wrong(|report| (report.clean, report.deliveries.tally.lost) = (false, 3));
    assert_eq!(unclean.code(), exit::NOT_CLEAN);
    for (comparison, why) in [(&invalid, "round 2: INVALID: too busy"), (&unclean, "round 2: NOT CLEAN: 3 lost")] {
        for (text, mark) in [(table(comparison), "*"), (markdown(comparison), "\\*")] {
            let (marked, noted) =
                (format!("b {mark}"), format!("{mark} b: rounds that are not as they should be: 1 of 2"));
            for part in [&*marked, &*noted, why] {
                assert!(text.contains(part), "no {part:?} in {text}");
            }
            assert!(!text.contains(&format!("a {mark}")), "{text}");
        }
    }
    assert!(table(&unclean).contains("lost (all rounds)"), "{}", table(&unclean));
    assert!(!table(&invalid).contains("lost"), "{}", table(&invalid));
}

#[test]
fn a_round_in_which_the_server_left_something_out_is_marked_and_explained_and_no_failure() {
    let comparison = compare(setting(&["a", "b"], 2), |at, round| {
        let mut report = report(1.0);
        report.deliveries.tally.missed = if (at, round) == (1, 1) { 1_200 } else { 0 };
        ran(report)
    })
    .expect("it runs");
    assert_eq!(comparison.code(), 0);
    let text = table(&comparison);
    for part in ["b *", "missed (all rounds)", "round 2: 1,200 missed (GAP): the server left them out"] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    assert!(!text.contains("a *") && !text.contains("round 1:"), "{text}");
}

#[test]
fn an_assertion_counts_in_each_round() {
    let mut setting = setting(&["a", "b"], 2);
    setting.workload.assert = vec!["rate>5".parse().expect("an assertion")];
    let slow = |at: usize, round: usize| if (at, round) == (0, 1) { 1.0 } else { 10.0 };
    let comparison = compare(setting, |at, round| ran(report(slow(at, round)))).expect("it runs");
    assert_eq!(comparison.code(), exit::ASSERTION);
    assert!(table(&comparison).contains("round 2: rate > 5/s does not hold: it is 1/s"), "{}", table(&comparison));
}

#[test]
fn a_target_that_can_not_be_run_ends_it_at_once_or_is_told_later() {
    let never = compare(setting(&["a", "b"], 3), |at, _| if at == 1 { Err("no b") } else { Ok(None) });
    assert!(never.is_ok_and(|comparison| comparison.interrupted && comparison.code() == exit::INTERRUPTED));
    let first =
        compare(setting(&["a", "b"], 3), |at, _| if at == 1 { Err("no b".to_owned()) } else { ran(report(1.0)) });
    assert_eq!(first.err().as_deref(), Some("no b"));
    let later = compare(setting(&["a", "b"], 3), |at, round| {
        if (at, round) == (1, 1) { Err("b is gone".to_owned()) } else { ran(report(1.0)) }
    });
    let later = later.expect("the first round runs");
    assert_eq!(later.code(), exit::NO_RUN);
    assert_eq!(later.targets[1].rounds.len(), 3);
    assert!(table(&later).contains("round 2: no run: b is gone"), "{}", table(&later));
}

#[test]
fn the_heading_says_where_when_how_and_with_what() {
    let comparison = compare(setting(&["a", "b"], 1), |_, _| ran(report(1.0))).expect("it runs");
    for text in [table(&comparison), markdown(&comparison)] {
        for part in [
            " processors, Linux ",
            "date: 2",
            "command: loadgen compare",
            "workload: ",
            "a: server 1.0",
            "1 of 1 rounds",
        ] {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
    }
    let lines: Vec<_> = table(&comparison).lines().map(str::to_owned).collect();
    let head = lines.iter().position(|line| line.starts_with("figure")).expect("there is a head");
    // Every ratio stands below its head.
    let ratio = lines[head].find("ratio").expect("it has a ratio") + "ratio".len();
    assert_eq!(lines[head + 1].chars().nth(ratio - 1), Some('1'), "{}", lines[head + 1]);
}

#[test]
fn two_targets_of_one_name_are_told_apart() {
    let comparison = compare(setting(&["a", "a"], 1), |_, _| ran(report(1.0))).expect("it runs");
    let text = table(&comparison);
    assert!(text.contains("a (1)") && text.contains("a (2)") && text.contains("ratios are to a (1),"), "{text}");
}

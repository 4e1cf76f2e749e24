use proptest::prelude::*;

use super::*;
use crate::report::Server;
use crate::saved::tests::{CLIENTS, report, stored};

fn named(reports: Vec<Report>) -> Vec<(PathBuf, Report)> {
    (1..).zip(reports).map(|(at, report)| (PathBuf::from(format!("{at}.json")), report)).collect()
}

fn merge(reports: Vec<Report>) -> Report {
    runs(&named(reports)).expect("they go together")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn merged_percentiles_are_those_of_all_values_together(
        values in prop::collection::vec(prop::collection::vec(1..3_600_000_000_000_u64, 0..12), 1..4),
    ) {
        let merged = merge(values.iter().map(|values| report(values)).collect());
        let all = stored(&values.concat());
        prop_assert_eq!(&merged.histograms.corrected.last, &all);
        prop_assert_eq!(&merged.latency.last, &(&all.0).into());
        prop_assert_eq!(&merged.uncorrected.all, &(&all.0).into());
        // The parts are the same values once more.
        let parts = merged.histograms.parts.iter().fold(crate::packed::Packed::default(), |sum, part| sum.plus(&part.all));
        prop_assert_eq!(parts.unpack(), all.0);
        let counted: u64 = merged.series.moments.iter().map(|moment| moment.all.count).sum();
        prop_assert_eq!(counted, values.concat().len() as u64);
    }

    #[test]
    fn a_log_of_merged_logs_has_all_values_of_each_tag(
        values in prop::collection::vec(prop::collection::vec(1..3_600_000_000_000_u64, 1..6), 1..4),
    ) {
        let merged = logs(values.iter().map(|values| crate::saved::log(&report(values))));
        for tag in ["all", "median"] {
            let of_tag = merged.intervals.iter().filter(|interval| interval.tag == tag);
            let sum = of_tag.fold(crate::packed::Packed::default(), |sum, interval| sum.plus(&interval.times));
            prop_assert_eq!(sum.unpack(), stored(&values.concat()).0);
        }
    }
}

#[test]
fn counts_and_loads_are_added_and_verdicts_combined() {
    let (mut one, mut other) = (report(&[1]), report(&[2, 3]));
    (one.messages.published, other.messages.published) = (3, 4);
    other.deliveries.tally.lost = 2;
    (other.clean, other.valid, other.invalid) = (false, false, vec!["too busy".to_owned()]);
    one.disconnected.insert("reset".to_owned(), 1);
    other.disconnected.insert("reset".to_owned(), 2);
    (one.run.label, other.run.label) = (Some("a".to_owned()), Some("b".to_owned()));
    (one.generator.cpu_share, other.generator.cpu_share) = (0.3, 0.8);
    let merged = merge(vec![one, other]);
    assert_eq!((merged.run.clients, merged.run.processes, merged.run.publishers), (2 * CLIENTS, 2, 2));
    assert_eq!(merged.run.load, Some(crate::Load::Rate(0.2)));
    assert_eq!((merged.messages.published, merged.deliveries.tally.received, merged.deliveries.tally.lost), (7, 3, 2));
    assert_eq!((merged.clean, merged.valid, &*merged.invalid), (false, false, &["2.json: too busy".to_owned()][..]));
    assert_eq!((merged.disconnected["reset"], merged.run.label.as_deref()), (3, Some("a, b")));
    assert_eq!(merged.generator.cpu_share, 0.8);
    assert!(crate::report::table(&merged).contains("from 2 processes"));
}

#[test]
fn a_run_that_began_later_is_that_much_later() {
    let (one, mut other) = (report(&[1, 2, 3]), report(&[500]));
    other.run.started_ms += 250;
    let merged = merge(vec![other, one]);
    assert_eq!(merged.run.started_ms, 1_700_000_000_000);
    let moments = &merged.series.moments;
    assert_eq!(moments.iter().map(|moment| moment.deliveries).collect::<Vec<_>>(), [1, 1, 2]);
    assert_eq!((moments[2].all.max_ns, moments[2].at_ns, moments[0].connected), (500, 300_000_000, 2 * CLIENTS));
}

#[test]
fn parts_that_became_longer_are_met_by_those_of_the_others() {
    let (one, mut other) = (report(&[1, 2, 3]), report(&[7, 8, 9]));
    other.series.halve(&mut other.histograms.parts);
    let merged = merge(vec![one, other]);
    let deliveries: Vec<u64> = merged.series.moments.iter().map(|moment| moment.deliveries).collect();
    assert_eq!((merged.series.interval_ns, deliveries), (200_000_000, vec![4, 2]));
}

#[test]
fn the_server_is_known_if_all_have_measured_the_same_process() {
    let with = |pid, cpu_ns, memory_before, memory_joined| {
        let mut report = report(&[1, 2]);
        report.server = Some(Server { pid, cpu_ns, memory_before, memory_joined, ..Server::default() });
        report
    };
    let server = merge(vec![with(7, 100, 1_000, 7_000), with(7, 120, 1_600, 7_600)]).server.expect("it is known");
    assert_eq!((server.cpu_ns, server.cpu_per_delivery_ns), (120, 30.0));
    assert_eq!(server.memory_per_connection, 1_100.0);
    assert_eq!(merge(vec![with(7, 1, 1, 1), with(8, 1, 1, 1)]).server, None);
    assert_eq!(merge(vec![with(7, 1, 1, 1), report(&[1])]).server, None);
    // The same number on another machine is another process.
    let mut elsewhere = with(7, 1, 1, 1);
    elsewhere.run.machine = None;
    let merged = merge(vec![with(7, 1, 1, 1), elsewhere]);
    assert_eq!((merged.server, merged.run.machine), (None, None));
}

#[test]
fn what_does_not_go_together_is_an_error_that_names_the_files() {
    let error = |change: fn(&mut Report)| {
        let mut other = report(&[1]);
        change(&mut other);
        let error = runs(&named(vec![report(&[1]), other])).expect_err("they differ").to_string();
        assert!(error.contains("1.json and 2.json"), "{error}");
        error
    };
    assert!(error(|other| other.run.target = "nats://127.0.0.1:1".to_owned()).contains("protocol (fanfare and nats)"));
    assert!(error(|other| other.run.size = 65).contains("size (64 and 65)"));
    assert!(error(|other| other.run.load = Some(crate::Load::InFlight(9))).contains("9 messages in flight"));
    assert!(error(|other| other.run.duration_ns = 1_000_000_000).contains("duration (10s and 1s)"));
    assert!(error(|other| other.run.started_ms += 10_000).contains("began 10s apart"));
    assert!(matches!(runs(&[]), Err(MergeError::Nothing)));
}

#[test]
fn moments_of_any_clock_are_put_somewhere() {
    let mut far = report(&[1]);
    far.series.interval_ns = u64::MAX / 2;
    far.run.started_ms += 5_000;
    assert!(merge(vec![report(&[2]), far]).series.moments.len() <= crate::series::MOST_MOMENTS);
    let mut late = crate::saved::log(&report(&[1]));
    late.intervals[0].start = Duration::MAX;
    late.start = Duration::MAX;
    assert!(!logs([crate::saved::log(&report(&[2])), late]).intervals.is_empty());
}

#[test]
fn files_are_told_apart_by_what_is_in_them() {
    let directory = tempfile::tempdir().expect("a directory");
    let write = |name: &str, octets: &[u8]| {
        let file = directory.path().join(name);
        std::fs::write(&file, octets).expect("it can be written");
        file
    };
    let one = report(&[1, 2]);
    let run = write("run", &serde_json::to_vec(&one).expect("it can be written"));
    let log = write("log", &crate::saved::log(&one).write());
    let other = write("other", &serde_json::to_vec(&report(&[3])).expect("it can be written"));
    assert!(matches!(files(&[run.clone(), other]), Ok(Merged::Run(merged)) if merged.run.processes == 2));
    // It would count twice.
    assert!(matches!(files(&[run.clone(), run.clone()]), Err(MergeError::Same { .. })));
    let Ok(Merged::Log(merged)) = files(&[log.clone(), log.clone()]) else { panic!("it is a log") };
    assert_eq!(merged.intervals.iter().filter(|interval| interval.tag == "all").count(), 2);
    assert!(merged.summary().contains("all               4 times: p50 1 ns"), "{}", merged.summary());
    assert!(matches!(files(&[run, log]), Err(MergeError::Mixed { .. })));
    let neither = write("neither", b"hello\n");
    assert!(files(&[neither]).expect_err("it is neither").to_string().contains("neither a saved run nor an HDR log"));
}

use std::fs;

use super::*;
use crate::latency::distribution;
use crate::packed::Packer;
use crate::report::Machine;
use crate::report::histograms::{Set, Stored};
use crate::series::{Moment, Series, Spread};

/// The clients of [`report`].
pub(crate) const CLIENTS: u32 = 3;

/// A distribution of so many nanoseconds each.
pub(crate) fn stored(values: &[u64]) -> Stored {
    let mut times = distribution();
    values.iter().for_each(|&value| times.saturating_record(value));
    Stored(times)
}

/// A run whose deliveries took so many nanoseconds, each in a part of its own time.
pub(crate) fn report(values: &[u64]) -> Report {
    let (mut report, mut packer) = (Report::default(), Packer::default());
    report.version = VERSION;
    (report.valid, report.clean) = (true, true);
    let run = &mut report.run;
    (run.clients, run.publishers, run.size, run.duration_ns) = (CLIENTS, 1, 64, 10_000_000_000);
    (run.load, run.started_ms, run.processes) = (Some(crate::Load::Rate(0.1)), 1_700_000_000_000, 1);
    run.machine = Some(Machine::this());
    run.target = "fanfare://127.0.0.1:15151".to_owned();
    report.connects.count = CLIENTS;
    report.deliveries.tally.received = values.len() as u64;
    let one = stored(values);
    let set = Set { all: one.clone(), first: one.clone(), median: one.clone(), last: one };
    (report.histograms.corrected, report.histograms.uncorrected) = (set.clone(), set);
    report.latency = (&report.histograms.corrected).into();
    report.uncorrected = (&report.histograms.uncorrected).into();
    report.series = Series { interval_ns: 100_000_000, moments: Vec::new() };
    for (at, &value) in (1..).zip(values) {
        let Stored(times) = stored(&[value]);
        report.histograms.parts.push(Spread { all: packer.pack(&times), last: packer.pack(&times) });
        let brief = (&times).into();
        let moment = Moment {
            at_ns: at * 100_000_000,
            deliveries: 1,
            connected: CLIENTS,
            all: brief,
            last: brief,
            ..Moment::default()
        };
        report.series.moments.push(moment);
    }
    report
}

/// What comes of a file of this content.
fn read_text(text: &str) -> Result<Report, SavedError> {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("run.json");
    fs::write(&file, text).expect("it can be written");
    read(&file)
}

#[test]
fn a_run_comes_back_as_it_was() {
    let mut saved = report(&[1, 1_000_000, 7]);
    saved.deliveries.per_second = 1.0 / 3.0 * 1e5;
    saved.run.label = Some("one \"two\"".to_owned());
    let text = serde_json::to_string(&saved).expect("it can be written");
    assert_eq!(read_text(&text).expect("it can be read"), saved);
}

#[test]
fn what_is_no_saved_run_is_named_with_its_file_and_what_to_do() {
    let text = serde_json::to_string(&report(&[1, 2])).expect("it can be written");
    let other = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    for (text, parts) in [
        ("x".to_owned(), &["is no JSON", "--json FILE"][..]),
        ("{\"version\":2}".to_owned(), &["no run of loadgen", "--json FILE"]),
        ("[]".to_owned(), &["no run of loadgen"]),
        (other("\"version\":2", "\"version\":1"), &["version 1", "reads version 2", "make the run again"]),
        (other("\"clean\":true", "\"clean\":7"), &["damaged or changed", "invalid type"]),
        (other("\"parts\":[", "\"parts\":[{\"all\":\"\",\"last\":\"\"},"), &["damaged or changed", "no histogram"]),
        (other("\"interval_ns\":100000000", "\"interval_ns\":0"), &["damaged or changed", "parts of 0 ns"]),
        (other("\"interval_ns\":100000000,\"moments\":[", "\"interval_ns\":1,\"moments\":[],\"x\":["), &["0 parts"]),
    ] {
        let error = read_text(&text).expect_err("it is none").to_string();
        assert!(error.contains("run.json"), "{error}");
        for part in parts {
            assert!(error.contains(part), "no {part:?} in {error}");
        }
    }
    assert!(read(Path::new("/nowhere/run.json")).expect_err("it is not there").to_string().starts_with("can't read"));
}

#[test]
fn csv_has_a_line_with_units_and_one_for_each_part() {
    let text = String::from_utf8(csv(&report(&[5, 900]))).expect("it is text");
    assert_eq!(
        text,
        "from_ns,to_ns,published,deliveries,errors,connected,all_count,all_p50_ns,all_p99_ns,all_max_ns,last_count,\
         last_p50_ns,last_p99_ns,last_max_ns\n\
         0,100000000,0,1,0,3,1,5,5,5,1,5,5,5\n\
         100000000,200000000,0,1,0,3,1,900,900,900,1,900,900,900\n"
    );
}

#[test]
fn a_log_is_read_as_it_was_written() {
    let log = log(&report(&[5, 900, 3_000_000]));
    let octets = log.write();
    let text = String::from_utf8_lossy(&octets);
    assert!(text.starts_with("#[Histogram log format version 1.3]\n"), "{text}");
    assert!(text.contains("#[StartTime: 1700000000.000 (seconds since epoch)]\n"), "{text}");
    assert!(text.contains("\nTag=all,0.200,0.100,3.0"), "{text}");
    assert_eq!(Log::parse(Path::new("run.hlog"), &octets).expect("it is one"), log);
    // The lines of a tag have all its values.
    let sum = |tag: &str| {
        let of_tag = log.intervals.iter().filter(|interval| interval.tag == tag);
        of_tag.fold(crate::packed::Packed::default(), |sum, interval| sum.plus(&interval.times)).unpack()
    };
    for tag in ["all", "last", "first", "median", "uncorrected-all", "uncorrected-last"] {
        assert_eq!(sum(tag), stored(&[5, 900, 3_000_000]).0, "{tag}");
    }
}

#[test]
fn a_log_of_another_program_is_read_and_what_is_none_is_named() {
    let line = |log: &Log| String::from_utf8(log.write()).expect("text").lines().last().expect("a line").to_owned();
    let last = line(&log(&report(&[5])));
    let (_, values) = last.split_once("0.000,").expect("it begins at 0");
    // Absolute times, and no tag.
    let foreign = format!("#a comment\n#[StartTime: 1600000000.5 (seconds since epoch)]\n1600000003.250,{values}\n");
    let read = Log::parse(Path::new("a.hlog"), foreign.as_bytes()).expect("it is one");
    assert_eq!((read.start.as_millis(), read.intervals.len()), (1_600_000_003_250, 1));
    assert_eq!((read.intervals[0].start.as_nanos(), &*read.intervals[0].tag), (0, ""));
    assert_eq!(read.intervals[0].times.unpack(), stored(&[5]).0);
    let error = |text: &str| Log::parse(Path::new("a.hlog"), text.as_bytes()).expect_err("it is none").to_string();
    assert!(error("#x\nhello\n").starts_with("a.hlog is neither"), "{}", error("#x\nhello\n"));
    assert!(error("#x\nhello\n").contains("octet 3"));
    assert!(error("0.0,1.0,2.0,HISTFAAA\n").starts_with("line 1 of distributions in a.hlog"));
}

#[test]
fn outputs_are_opened_before_the_run_and_what_was_there_stays_until_then() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = |name: &str| Some(directory.path().join(name));
    // Far longer than what comes.
    fs::write(directory.path().join("old.json"), "old, ".repeat(100_000)).expect("it can be written");
    let outputs = Outputs { json: file("old.json"), hdr: file("new.hlog"), csv: None, html: None };
    // A run that does not come to be.
    let opened = outputs.open().expect("all can be written");
    assert!(!opened.to_standard_output() && directory.path().join("new.hlog").exists());
    drop(opened);
    assert!(!directory.path().join("new.hlog").exists());
    assert!(fs::read_to_string(directory.path().join("old.json")).expect("it is there").starts_with("old, "));
    // One that does.
    let saved = report(&[1]);
    assert!(outputs.open().expect("all can be written").write(&saved).is_empty());
    assert_eq!(read(&directory.path().join("old.json")).expect("it was written"), saved);
    assert!(directory.path().join("new.hlog").exists());
    let nowhere = Outputs { csv: Some("/nowhere/x.csv".into()), ..Outputs::default() };
    let error = nowhere.open().expect_err("there is no such directory").to_string();
    assert!(error.starts_with("can't write /nowhere/x.csv") && error.contains("--csv"), "{error}");
    let same = Outputs { csv: file("x"), hdr: file("x"), json: None, html: None };
    assert!(matches!(same.open(), Err(OutputError::Same { one: "--hdr", other: "--csv", .. })));
}

//! What a run leaves behind, and what is made of it again.

use std::fs;
use std::path::Path;

use fanfare_loadgen::saved;
use serde_json::Value;
use tempfile::TempDir;

use crate::double::{Double, Fault};
use crate::program::{Ended, loadgen};
use crate::real::validate;

/// Makes a short run with what it leaves behind in a directory, under a name.
fn leave(server: &Double, directory: &TempDir, name: &str) -> Ended {
    let file = |option: &str, kind: &str| format!("--{option}={}", path(directory, &format!("{name}.{kind}")));
    let (json, hdr, csv) = (file("json", "json"), file("hdr", "hlog"), file("csv", "csv"));
    let address = server.address();
    let run = ["--clients=4", "--rate=100", "--duration=100ms", "--settle=0s", "--quiet", "--label", name];
    loadgen(&[&run[..], &["--target", &address, &json, &hdr, &csv]].concat())
}

fn path(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).to_str().expect("UTF-8").to_owned()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn also_an_unclean_run_leaves_everything_behind() {
    let directory = tempfile::tempdir().expect("a directory");
    let ended = leave(&Double::start(Fault::Drops), &directory, "bad");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.output.contains("NOT CLEAN"), "{ended:?}");
    let text = fs::read_to_string(directory.path().join("bad.json")).expect("it was written");
    validate(&json(&text));
    let report = saved::read(&directory.path().join("bad.json")).expect("it can be read");
    assert_eq!((report.run.label.as_deref(), report.deliveries.tally.lost), (Some("bad"), 1));
    // Read and written again, it is the same.
    assert_eq!(json(&serde_json::to_string(&report).expect("it can be written")), json(&text));
    let csv = fs::read_to_string(directory.path().join("bad.csv")).expect("it was written");
    assert_eq!(csv.lines().count(), report.series.moments.len() + 1);
    let octets = fs::read(directory.path().join("bad.hlog")).expect("it was written");
    let log = saved::Log::parse(Path::new("bad.hlog"), &octets).expect("it is one");
    let of_all = log.intervals.iter().filter(|interval| interval.tag == "all");
    assert_eq!(of_all.map(|interval| interval.times.unpack().len()).sum::<u64>(), 39);
}

#[test]
fn saved_runs_of_the_same_time_become_one() {
    let directory = tempfile::tempdir().expect("a directory");
    // A double is a server of one run.
    let ended = ["one", "two"].map(|name| leave(&Double::start(Fault::None), &directory, name));
    assert!(ended.iter().all(|ended| matches!(ended.code, Some(0 | 5))), "{ended:?}");
    let (one, two) = (path(&directory, "one.json"), path(&directory, "two.json"));
    // As if they had begun together.
    let mut later = json(&fs::read_to_string(&two).expect("it was written"));
    later["run"]["started_ms"] = json(&fs::read_to_string(&one).expect("it was written"))["run"]["started_ms"].clone();
    fs::write(&two, later.to_string()).expect("it can be written");
    let merged = loadgen(&["merge", &one, &two, "--json=-"]);
    assert!(matches!(merged.code, Some(0 | 5)), "{merged:?}");
    let report = json(&merged.output);
    validate(&report);
    assert_eq!((&report["run"]["clients"], &report["run"]["label"]), (&8.into(), &"one, two".into()));
    assert_eq!((&report["latency"]["all"]["count"], &report["latency"]["last"]["count"]), (&80.into(), &20.into()));
    // The table says what it is; the logs go together too.
    assert!(loadgen(&["merge", &one, &two]).output.contains("from 2 processes"));
    let logs = [path(&directory, "one.hlog"), path(&directory, "two.hlog")];
    let both = path(&directory, "both.hlog");
    let merged = loadgen(&["merge", &logs[0], &logs[1], "--hdr", &both]);
    assert_eq!(merged.code, Some(0), "{merged:?}");
    assert!(merged.output.contains("last              20 times"), "{merged:?}");
    assert!(loadgen(&["merge", &both]).output.contains("all               80 times"));
}

#[test]
fn what_cannot_be_written_is_said_before_the_run() {
    let server = Double::start(Fault::None);
    let started = std::time::Instant::now();
    let ended = loadgen(&["--target", &server.address(), "--clients=4", "--duration=1h", "--json=/nowhere/run.json"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.errors.contains("can't write /nowhere/run.json") && ended.errors.lines().count() == 1, "{ended:?}");
    assert!(started.elapsed().as_secs() < 3_600);
}

#[test]
fn what_fails_to_be_written_does_not_take_the_table_away() {
    let server = Double::start(Fault::None);
    let address = server.address();
    // It can be opened, and is full.
    let run = ["--target", &*address, "--clients=4", "--duration=100ms", "--settle=0s", "--quiet", "--csv=/dev/full"];
    let ended = loadgen(&run);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.output.contains("deliveries") && ended.errors.contains("can't write /dev/full"), "{ended:?}");
}

#[test]
fn what_does_not_go_together_is_not_merged() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = Double::start(Fault::None);
    leave(&server, &directory, "run");
    let (run, log) = (path(&directory, "run.json"), path(&directory, "run.hlog"));
    for (arguments, part) in [
        (&["merge", &run, &log][..], "merge those of one kind"),
        (&["merge", &log, "--json=-"], "merge saved runs"),
        (&["merge", "/nowhere/run.json"], "can't read /nowhere/run.json"),
        (&["merge"], "required"),
    ] {
        let ended = loadgen(arguments);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.errors.contains(part), "no {part:?} in {ended:?}");
    }
}

//! Workload files, profiles and scenarios.

use std::fs;
use std::path::Path;

use fanfare_loadgen::workload::library::{Entry, PROFILES, SCENARIOS};
use fanfare_tests::TestServer;
use serde_json::Value;

use crate::double::{Double, Fault};
use crate::program::{Ended, loadgen, report};
use crate::schema::{Form, validate};

fn wrong(file: &Path) -> Ended {
    loadgen(&["--quiet", "--workload", file.to_str().expect("UTF-8")])
}

#[test]
fn a_workload_file_is_a_run_and_flags_go_before_it() {
    let server = Double::start(Fault::None);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("mine.toml");
    fs::write(&file, "clients = 3\nrate = 100\nduration = '100ms'\nsize = 99\n").expect("it can be written");
    let arguments = ["--workload", file.to_str().expect("UTF-8"), "--clients=4"];
    let (ended, report) = report(&server.address(), &arguments);
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    let said = &report["workload"];
    assert_eq!((&said["clients"], &said["size"], &said["duration"]), (&4.into(), &99.into(), &"100ms".into()));
    // What nobody has said anything of is there too.
    assert_eq!((&said["publishers"], &said["connecting"]), (&1.into(), &64.into()));
    assert_eq!(report["messages"]["published"], 10);
}

#[test]
fn a_wrong_workload_file_is_explained_with_its_line() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("mine.toml");
    for (content, part) in [
        ("clients = 5\nraet = 5\n", "mine.toml:2: unknown key \"raet\"; the nearest known key is \"rate\""),
        ("clients = 'x'\n", "mine.toml:1: clients: "),
        ("clients = \n", "mine.toml:1: not valid TOML: "),
        ("rate = 1\nin-flight = 1\n", "rate cannot be used with in-flight"),
        ("profile = 'stedy'\n", "did you mean steady?"),
    ] {
        fs::write(&file, content).expect("it can be written");
        let ended = wrong(&file);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.errors.contains(part), "no {part:?} in {ended:?}");
    }
    let absent = wrong(&directory.path().join("other.toml"));
    assert_eq!(absent.code, Some(2), "{absent:?}");
    assert!(absent.errors.contains("other.toml") && absent.errors.contains("loadgen show"), "{absent:?}");
}

#[test]
fn the_list_has_each_profile_and_scenario_and_show_prints_it() {
    let list = loadgen(&["list"]);
    assert_eq!(list.code, Some(0), "{list:?}");
    for entry in PROFILES.iter().chain(&SCENARIOS) {
        let line = list.output.lines().find(|line| line.trim_start().starts_with(&format!("{} ", entry.name)));
        assert!(line.is_some_and(|line| line.contains(entry.summary())), "{}: {}", entry.name, list.output);
        assert_eq!(loadgen(&["show", entry.name]).output, entry.content);
    }
    let unknown = loadgen(&["show", "stedy"]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(unknown.errors.contains("did you mean steady?"), "{unknown:?}");
}

/// What makes the run of a profile or scenario so small that a busy machine can bear it.
fn shrunken(entry: &Entry) -> &'static [&'static str] {
    match entry.name {
        "ramp" => &["--clients=12", "--duration=100ms", "--ramp-to=40"],
        "saturate" => &["--clients=12", "--duration=200ms", "--in-flight=8"],
        "burst" => &["--clients=12", "--burst=10", "--burst-every=100ms", "--duration=200ms"],
        "chat" => &["--clients=30", "--publishers=30", "--rooms=5", "--duration=300ms"],
        "slow-readers" => &["--clients=12", "--slow=3", "--duration=300ms"],
        "stalled-readers" => &["--clients=12", "--stalled=3", "--duration=300ms"],
        "churn" => &["--clients=12", "--churn=40", "--churn-storm=5", "--churn-stay=100ms", "--duration=500ms"],
        "garbage" => {
            &["--clients=12", "--garbage=4", "--garbage-octets=1000", "--garbage-hold=100ms", "--duration=500ms"]
        }
        _ => &["--clients=12", "--duration=300ms"],
    }
}

#[test]
fn each_profile_and_scenario_runs_clean_against_the_real_server() {
    let server = TestServer::with(2, |options| (options.rate_limit, options.octet_rate) = (None, None));
    let address = server.address().to_string();
    for (flag, entries) in [("--profile", &PROFILES[..]), ("--scenario", &SCENARIOS[..])] {
        for entry in entries {
            let (ended, document) = report(&address, &[&[flag, entry.name], shrunken(entry)].concat());
            // What a busy machine makes too late is no fault of the server; a ramp's step may fail for it.
            assert!(matches!(ended.code, Some(0 | 4 | 5)), "{}: {ended:?}", entry.name);
            let reports: Vec<&Value> = match document["steps"].as_array() {
                Some(steps) => steps.iter().map(|step| &step["report"]).collect(),
                None => vec![&document],
            };
            validate(if entry.name == "ramp" { Form::Ramp } else { Form::Report }, &document);
            assert!(!reports.is_empty());
            for report in reports {
                assert_eq!(report["clean"], true, "{}: {report:#}", entry.name);
                assert_eq!(report["messages"]["published"].as_u64() == Some(0), entry.name == "idle", "{report:#}");
            }
        }
    }
}

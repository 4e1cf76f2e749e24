//! One server beside another.

use std::fs;

use serde_json::Value;

use crate::double::{Double, Fault};
use crate::program::{Ended, interrupted, loadgen};
use crate::schema::{Form, validate};

/// A comparison of two doubles, with its JSON and its Markdown.
fn compare(faults: [Fault; 2], more: &[&str]) -> (Ended, Value, String, [String; 2]) {
    let servers = faults.map(Double::start);
    let addresses = servers.map(|server| server.address());
    let directory = tempfile::tempdir().expect("a directory");
    let file = |name| directory.path().join(name).to_str().expect("UTF-8").to_owned();
    let (json, markdown) = (file("compare.json"), file("compare.md"));
    let common = ["--clients=4", "--rate=100", "--duration=100ms", "--settle=0s", "--drain=20s", "--rounds=2"];
    let files = ["--json", &*json, "--markdown", &*markdown];
    let ended = loadgen(&[&["compare", &*addresses[0], &*addresses[1]], &common[..], &files, more].concat());
    let read = |path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    let document = serde_json::from_str(&read(&json)).expect("it is JSON");
    let markdown = read(&markdown);
    (ended, document, markdown, addresses)
}

#[test]
fn two_servers_are_compared_in_rounds() {
    let (ended, document, markdown, addresses) = compare([Fault::None, Fault::None], &[]);
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    validate(Form::Comparison, &document);
    for text in [&ended.output, &markdown] {
        for part in ["connects.rate", "last.p99", "machine: ", "date: ", "command: loadgen compare ", "clients = 4"] {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
        assert!(addresses.iter().all(|address| text.contains(address)), "{text}");
    }
    // The second round begins with the second.
    let told: Vec<_> = ended.errors.lines().filter_map(|line| line.split_once("round ")?.1.split_once(", ")).collect();
    let [first, second] = addresses.each_ref().map(String::as_str);
    let mut rounds: Vec<_> = told.iter().map(|(round, target)| (*round, target.contains(first))).collect();
    // A long one is told again and again.
    rounds.dedup();
    assert_eq!(
        rounds,
        [("1 of 2", true), ("1 of 2", false), ("2 of 2", false), ("2 of 2", true)],
        "{second}: {ended:?}"
    );
    let targets = document["targets"].as_array().expect("targets");
    let rate = |target: &Value| {
        target["figures"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "rate")).cloned()
    };
    let [one, other] = [rate(&targets[0]), rate(&targets[1])].map(|figure| figure.expect("it has a rate"));
    assert_eq!(one["ratio"], serde_json::json!({"median": 1.0, "least": 1.0, "most": 1.0}));
    assert!(other["ratio"]["median"].as_f64() > Some(0.0) && other["value"]["median"].as_f64() > Some(0.0), "{other}");
    for target in targets {
        let rounds = target["rounds"].as_array().expect("rounds");
        assert_eq!(rounds.len(), 2);
        // Each round has its whole report, and a room of its own.
        assert!(rounds.iter().all(|round| round["report"]["clean"] == true), "{document:#}");
        assert_ne!(rounds[0]["report"]["run"]["room"], rounds[1]["report"]["run"]["room"]);
    }
}

#[test]
fn a_server_that_loses_is_marked_and_explained() {
    let (ended, document, markdown, [_, second]) = compare([Fault::None, Fault::Drops], &["--quiet"]);
    assert_eq!((ended.code, &*ended.errors), (Some(1), ""), "{ended:?}");
    validate(Form::Comparison, &document);
    for (text, mark) in [(&ended.output, "*"), (&markdown, "\\*")] {
        let marked = format!("{second} {mark}");
        for part in [&*marked, "lost (all rounds)", "rounds that are not as they should be", "NOT CLEAN: 1 lost"] {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
    }
}

#[test]
fn a_comparison_with_one_that_is_not_there_ends_at_once() {
    let server = Double::start(Fault::None);
    let address = server.address();
    let ended =
        loadgen(&["compare", &address, "127.0.0.1:1", "--quiet", "--clients=2", "--duration=100ms", "--settle=0s"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.output.is_empty() && ended.errors.contains("no server answers at 127.0.0.1:1"), "{ended:?}");
}

#[test]
fn what_can_not_be_compared_is_explained() {
    for (arguments, part) in [
        (&["compare", "127.0.0.1:1"][..], "2"),
        (&["compare", "127.0.0.1:1", "127.0.0.1:2", "--profile=ramp"], "compare the targets at one --rate"),
        (&["compare", "127.0.0.1:1", "127.0.0.1:2", "--rounds=0"], "1..=1000"),
    ] {
        let ended = loadgen(arguments);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.errors.contains(part), "no {part:?} in {ended:?}");
    }
}

#[test]
fn an_interrupted_comparison_has_the_rounds_that_were() {
    let servers = [Fault::None, Fault::None].map(Double::start);
    let [one, other] = servers.map(|server| server.address());
    let arguments = ["compare", &*one, &*other, "--clients=2", "--duration=100ms", "--settle=0s", "--rounds=1000"];
    let (ended, document) = interrupted("INT", &arguments, "round 2 of ");
    validate(Form::Comparison, &document);
    assert_eq!(document["interrupted"], true);
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    let rounds = document["targets"][0]["rounds"].as_array().expect("rounds").len();
    assert!((1..1_000).contains(&rounds), "{rounds}");
}

#[test]
fn what_could_not_be_written_is_not_measured_first() {
    for option in ["--json", "--markdown"] {
        // Nothing listens there: with a run before, there would be no server.
        let ended = loadgen(&["compare", "127.0.0.1:1", "127.0.0.1:2", "--quiet", option, "/nowhere/at/all"]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.errors.contains("can't write /nowhere/at/all") && ended.errors.contains(option), "{ended:?}");
    }
    let ramp = ["--quiet", "--profile=ramp", "--target=127.0.0.1:1", "--json=/nowhere/at/all"];
    assert_eq!(loadgen(&ramp).code, Some(2));
}

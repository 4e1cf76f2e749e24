use std::fs;
use std::time::Duration;

use super::*;
use crate::layout::Rooms;
use crate::plan::{Load, Plan, default_address};

/// A file with such a content, and what flags and it say together.
fn with_file(flags: Workload, content: &str) -> Result<Workload, WorkloadError> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("workload.toml");
    fs::write(&path, content).expect("it can be written");
    effective(flags, Some(&path))
}

fn plan(workload: &Workload) -> Plan {
    let mut plan = Plan::new(default_address());
    workload.apply(&mut plan).expect("a plan");
    plan
}

#[test]
fn flags_go_before_the_file_the_scenario_the_profile_and_the_defaults() {
    let flags = Workload { clients: Some(7), ..Workload::default() };
    let file = "profile = 'ramp'\nscenario = 'broadcast-1-1000'\nclients = 8\nsize = 99\n";
    let said = with_file(flags, file).expect("a workload");
    // The flag's, the file's, the scenario's, the profile's, and what nobody says anything of.
    assert_eq!((said.clients, said.size), (Some(7), Some(99)));
    assert_eq!((said.rate, said.duration), (Some(1.0), Some(Duration::from_secs(30))));
    assert_eq!((said.publishers, said.settle), (Some(1), None));
    let said = with_file(Workload::default(), "profile = 'ramp'\nduration = '1s'\n").expect("a workload");
    assert_eq!((said.publishers, said.duration), (Some(10), Some(Duration::from_secs(1))));
    assert_eq!(plan(&said).settle, Plan::new(default_address()).settle);
}

#[test]
fn one_way_to_send_takes_the_place_of_another() {
    let said = with_file(Workload { rate: Some(5.0), ..Workload::default() }, "in-flight = 9\n").expect("a workload");
    assert_eq!((said.kind(), plan(&said).load), (Some(Kind::Rate), Load::Rate(5.0)));
    let said =
        with_file(Workload { in_flight: Some(5), ..Workload::default() }, "profile = 'ramp'").expect("a workload");
    assert_eq!((said.ramp_from, plan(&said).load), (None, Load::InFlight(5)));
    let flags = Workload { burst_every: Some(Duration::from_secs(7)), ..Workload::default() };
    let said = with_file(flags, "profile = 'steady'").expect("a workload");
    assert_eq!(plan(&said).load, Load::Burst { messages: 100, every: Duration::from_secs(7) });
    let said = with_file(Workload { idle: Some(true), ..Workload::default() }, "rate = 7").expect("a workload");
    assert_eq!(plan(&said).load, Load::Idle);
    // A part of the same way leaves the rest of it.
    let flags = Workload { ramp_to: Some(500.0), ..Workload::default() };
    let ramp = with_file(flags, "profile = 'ramp'").and_then(|said| said.ramp()).expect("a workload");
    assert_eq!(ramp.map(|ramp| (ramp.from, ramp.to)), Some((20.0, 500.0)));
}

#[test]
fn two_ways_in_one_layer_are_an_error_that_names_them() {
    let error = with_file(Workload::default(), "rate = 1\nin-flight = 9\n").expect_err("two loads").to_string();
    assert!(error.contains("workload.toml: rate cannot be used with in-flight"), "{error}");
    let flags = Workload { rate: Some(1.0), ramp_to: Some(2.0), ..Workload::default() };
    let error = effective(flags, None).expect_err("two loads").to_string();
    assert!(error.starts_with("rate cannot be used with ramp-to"), "{error}");
}

#[test]
fn the_assertions_of_all_layers_count() {
    let flags = Workload { assert: vec!["lost==0".parse().expect("an assertion")], ..Workload::default() };
    let said = with_file(flags, "assert = ['p99<5ms']").expect("a workload");
    let texts: Vec<String> = said.assert.into_iter().map(String::from).collect();
    assert_eq!(texts, ["p99<5ms", "lost==0"]);
}

#[test]
fn a_name_that_there_is_not_is_answered_with_the_nearest() {
    let named = |profile: Option<&str>, scenario: Option<&str>| {
        let owned = |name: Option<&str>| name.map(str::to_owned);
        let flags = Workload { profile: owned(profile), scenario: owned(scenario), ..Workload::default() };
        effective(flags, None).expect_err("no such name").to_string()
    };
    assert!(named(Some("saturated"), None).contains("(did you mean saturate?)"));
    assert!(named(None, Some("broadcast")).contains("(did you mean broadcast-1-1000?)"));
    assert_eq!(named(Some("zzz"), None), "there is no profile \"zzz\"; `loadgen list` shows them all");
}

#[test]
fn what_a_plan_amounts_to_makes_the_same_plan_again() {
    let every = Duration::from_millis(1_500);
    for load in [Load::Rate(0.5), Load::Burst { messages: 7, every }, Load::InFlight(9), Load::Idle] {
        // Nothing in it is as it is by default.
        let mut one = Plan { load, apart: true, publishers: 5, clients: 7, ..Plan::new(default_address()) };
        (one.size, one.ramp, one.room) = (99, 3, "#tea".to_owned());
        (one.duration, one.settle, one.drain) = (every, every * 2, every * 3);
        one.rooms = Rooms::zipf(3, 1.25);
        one.sources = vec![[127, 0, 0, 2].into()];
        one.beside = Workload { slow: Some(1), churn_storm: Some(1), ..Workload::default() }.beside();
        let text = toml::to_string(&Workload::of(&one)).expect("it has a form");
        let said = file::parse("w.toml".as_ref(), &text).expect("it can be read");
        let again = Plan { run: one.run, ..plan(&said) };
        assert_eq!(format!("{again:?}"), format!("{one:?}"));
    }
}

#[test]
fn every_key_is_a_flag_and_every_flag_a_key() {
    let full = r##"
        profile = "steady"
        scenario = "broadcast-1-1000"
        clients = 1
        publishers = 1
        publishers-apart = true
        rate = 1
        burst = 1
        burst-every = "1s"
        idle = true
        rooms = 1
        room-sizes = "even"
        in-flight = 1
        duration = "1s"
        size = 64
        ramp-from = 1
        ramp-step = 1
        ramp-to = 1
        room = "#tea"
        slow = 1
        slow-rate = 1
        stalled = 1
        churn = 1
        churn-rate = 1
        churn-stay = "1s"
        churn-abrupt = 1
        churn-storm = 1
        churn-storm-every = "1s"
        garbage = 1
        garbage-rate = 1
        garbage-octets = 1
        garbage-hold = "1s"
        sources = ["127.0.0.1"]
        connecting = 1
        settle = "1s"
        drain = "1s"
        assert = ["lost==0"]
    "##;
    let said = file::parse("w.toml".as_ref(), full).expect("each is a key");
    let table = toml::Table::try_from(said).expect("it has a form");
    let mut flags = file::keys();
    flags.sort();
    assert_eq!(table.keys().cloned().collect::<Vec<_>>(), flags);
}

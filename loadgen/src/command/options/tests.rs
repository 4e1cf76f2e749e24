use clap::CommandFactory as _;

use super::*;
use crate::plan::{Load, Plan, default_address};
use crate::workload::library::{PROFILES, SCENARIOS};

fn options(arguments: &[&str]) -> Options {
    Options::try_parse_from([&["loadgen"], arguments].concat()).expect("well-formed")
}

fn plan(arguments: &[&str]) -> Result<Plan, WorkloadError> {
    let mut plan = Plan::new(default_address());
    options(arguments).run.said.effective()?.apply(&mut plan)?;
    Ok(plan)
}

#[test]
fn clap_finds_no_fault_in_the_command() {
    Options::command().debug_assert();
}

#[test]
fn the_defaults_are_those_of_a_plan() {
    let (plan, default) = (plan(&[]).expect("a plan"), Plan::new(default_address()));
    let same = Plan { run: default.run, room: default.room.clone(), ..plan };
    assert_eq!(format!("{same:?}"), format!("{default:?}"));
}

#[test]
fn the_defaults_that_the_help_names_are_those_of_a_plan() {
    let help = Options::command().render_long_help().to_string();
    let default = Workload::of(&Plan::new(default_address()));
    let table = toml::Table::try_from(default).expect("it has a form");
    // Where there is a default, its flag's paragraph ends with it.
    for (key, value) in table.iter().filter(|(key, value)| *key != "room" && !value.is_bool()) {
        let value = value.as_str().map_or_else(|| value.to_string().trim_end_matches(".0").to_owned(), str::to_owned);
        let flag = help.split("\n\n").flat_map(|paragraphs| paragraphs.split("\n      --"));
        let mut own = flag.filter(|text| text.trim_start().trim_start_matches("--").starts_with(&format!("{key} ")));
        let said = own.next().unwrap_or_else(|| panic!("no --{key} in {help}"));
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(&format!("[default: {value}]")), "--{key} is {value} by default: {said}");
    }
}

#[test]
fn the_options_make_the_plan() {
    let plan = plan(&["--clients=5", "--publishers=2", "--in-flight=9", "--duration=2s", "--size=99", "--room=#tea"]);
    let plan = plan.expect("a plan");
    assert_eq!((plan.clients, plan.publishers, plan.size), (5, 2, 99));
    assert_eq!((plan.load, &*plan.room), (Load::InFlight(9), "#tea"));
}

#[test]
fn the_target_is_named_in_one_of_two_ways() {
    let target = |arguments: &[&str]| options(arguments).run.target().expect("a target").to_string();
    let spawned = "spawn:fanfare";
    assert_eq!(target(&["--spawn"]), spawned);
    assert_eq!(target(&["--target", spawned]), spawned);
    assert_eq!(target(&[]), "fanfare://127.0.0.1:15151");
    assert_eq!(target(&["--target=[::1]:7"]), "fanfare://[::1]:7");
    assert!(matches!(options(&["--", "--workers=1"]).run.target(), Err(CommandError::NothingSpawned)));
    assert!(options(&["--spawn", "--", "--workers=1"]).run.target().is_ok());
    for twice in [&["--spawn", "--target=[::1]:7"][..], &["[::1]:7"], &["--target=nowhere"]] {
        assert!(Options::try_parse_from([&["loadgen"], twice].concat()).is_err(), "{twice:?}");
    }
}

#[test]
fn a_comparison_has_two_targets_or_more() {
    let compared = options(&["compare", "spawn:fanfare", "127.0.0.1:7", "--clients=5", "--rounds=2"]).command;
    let Some(Command::Compare(compared)) = compared else { panic!("a comparison") };
    assert_eq!((compared.targets.len(), compared.rounds), (2, 2));
    assert_eq!(compared.said.effective().expect("a workload").clients, Some(5));
    for wrong in [&["compare"][..], &["compare", "127.0.0.1:7"], &["compare", "127.0.0.1:7", "[::1]:7", "--rounds=0"]] {
        assert!(Options::try_parse_from([&["loadgen"], wrong].concat()).is_err(), "{wrong:?}");
    }
}

#[test]
fn every_profile_and_scenario_makes_a_plan_and_says_what_it_is() {
    for (flag, entries) in [("--profile", &PROFILES[..]), ("--scenario", &SCENARIOS[..])] {
        for entry in entries {
            plan(&[flag, entry.name]).unwrap_or_else(|error| panic!("{}: {error}", entry.name));
            let said = entry.workload().expect("it can be read");
            assert_eq!((said.profile, said.scenario), (None, None), "{} stands for itself", entry.name);
            assert!((20..100).contains(&entry.summary().len()), "{}: {}", entry.name, entry.summary());
        }
    }
}

#[test]
fn wrong_values_are_errors() {
    for wrong in
        [&["--duration=5"][..], &["--assert=x<1"], &["--ramp-step=x1"], &["--max-regression=10%"], &["comp", "x"]]
    {
        assert!(Options::try_parse_from([&["loadgen"], wrong].concat()).is_err(), "{wrong:?}");
    }
    for wrong in
        [&["--rate=1", "--in-flight=1"][..], &["--clients=0"], &["--ramp-from=5", "--ramp-to=4"], &["--profile=x"]]
    {
        assert!(plan(wrong).is_err(), "{wrong:?}");
    }
}

//! Against the real server, in process and as a program.

use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fanfare_loadgen::server::{Kind, Spawned};
use fanfare_loadgen::target::{History, Spawn};
use fanfare_tests::TestServer;
use serde_json::Value;

use crate::program::{PATH, deliveries, ended, interrupted, loadgen, report};
use crate::schema::{self, Form};

fn server() -> TestServer {
    TestServer::with(2, |options| (options.rate_limit, options.octet_rate) = (None, None))
}

fn validate(report: &Value) {
    schema::validate(Form::Report, report);
}

#[track_caller]
fn assert_clean(report: &Value, clients: u64) {
    assert_eq!(report["clean"], true, "{report:#}");
    let owed = report["messages"]["accepted"].as_u64().expect("a count") * clients;
    assert!(owed > 0);
    assert_eq!((deliveries(report, "owed"), deliveries(report, "received")), (owed, owed));
}

#[test]
fn a_rate_from_several_publishers_loses_nothing() {
    let server = server();
    let arguments = ["--clients=100", "--publishers=7", "--rate=200", "--duration=500ms"];
    let (_, report) = report(&server.address().to_string(), &arguments);
    assert_clean(&report, 100);
    assert_eq!(report["messages"]["published"], 100);
    validate(&report);
}

#[test]
fn a_window_loses_nothing_and_is_mostly_compared() {
    let server = server();
    let arguments = ["--clients=50", "--in-flight=200", "--duration=500ms"];
    let (_, report) = report(&server.address().to_string(), &arguments);
    assert_clean(&report, 50);
    assert!(deliveries(&report, "compared") > deliveries(&report, "received") / 2, "{report:#}");
    assert_eq!(report["lateness"]["count"], 0);
    validate(&report);
}

#[test]
fn texts_of_every_form_come_whole() {
    // The longest, the longest in a line, and the shortest.
    for size in ["65536", "4000", "16"] {
        let server = server();
        let arguments = ["--clients=5", "--rate=100", "--duration=200ms", &format!("--size={size}")];
        let (_, report) = report(&server.address().to_string(), &arguments);
        assert_clean(&report, 5);
        validate(&report);
    }
}

#[test]
fn the_process_that_listens_is_measured() {
    let server = server();
    // The server is in this process, so there is no telling how much it uses; but it is found.
    let (_, report) = report(&server.address().to_string(), &["--clients=3", "--duration=200ms"]);
    assert_eq!(report["server"]["pid"], std::process::id());
    validate(&report);
}

#[test]
fn others_in_the_room_are_ignored() {
    let server = server();
    let mut other = server.member("bob", "#tea");
    let address = server.address();
    let talking = std::thread::spawn(move || {
        for _ in 0..20 {
            other.send("SAY #tea :hello");
            other.lines_until("OK seq=<seq>");
        }
        other
    });
    let arguments = ["--room=#tea", "--clients=10", "--rate=100", "--duration=300ms"];
    let (_, report) = report(&address.to_string(), &arguments);
    drop(talking.join().expect("bob has talked"));
    assert_eq!(report["messages"]["accepted"], 30, "{report:#}");
    assert_eq!(deliveries(&report, "received"), 300, "{report:#}");
    assert_eq!(deliveries(&report, "corrupt") + deliveries(&report, "lost"), 0, "{report:#}");
    assert_eq!(report["clean"], true);
}

#[test]
fn the_servers_own_rate_is_respected() {
    let server = TestServer::with(1, |options| options.rate_limit = NonZeroU32::new(10));
    let ended = loadgen(&["--target", &server.address().to_string(), "--quiet", "--clients=5", "--rate=11"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.errors.contains("--publishers 2"), "{ended:?}");
}

#[test]
fn pings_are_answered_while_nothing_else_is_said() {
    let server = TestServer::with(2, |options| options.ping_interval = Duration::from_secs(1));
    // Who is silent for two seconds is cut off.
    let (_, report) = report(&server.address().to_string(), &["--clients=20", "--rate=2", "--duration=4s"]);
    assert_clean(&report, 20);
    assert_eq!(report["disconnected"], serde_json::json!({}));
}

#[test]
fn json_goes_to_a_file_and_the_table_to_the_output() {
    let server = server();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("run.json");
    let address = server.address().to_string();
    let run = ["--clients=3", "--duration=100ms", "--settle=0s", "--json", file.to_str().expect("UTF-8")];
    let ended = loadgen(&[&["--target", &*address], &run[..]].concat());
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    for part in ["deliveries      6 of 6 in ", "p99.9", "each delivery", "last receiver", "verdict"] {
        assert!(ended.output.contains(part), "no {part:?} in {}", ended.output);
    }
    validate(&serde_json::from_str(&fs::read_to_string(file).expect("it was written")).expect("JSON"));
}

#[test]
fn an_interrupted_run_ends_with_its_report() {
    let server = server();
    let address = server.address().to_string();
    let (_, report) =
        interrupted("INT", &["--target", &address, "--clients=5", "--duration=1h", "--settle=0s"], " sent, ");
    assert_eq!(report["interrupted"], true);
    assert_clean(&report, 5);
    validate(&report);
}

/// Where `--spawn` looks for the server; cargo builds it if it is not there yet.
fn with_server() -> PathBuf {
    let directory = Path::new(PATH).parent().expect("it is in a directory");
    let profile = directory.file_name().and_then(|name| name.to_str()).expect("the profile's directory");
    let profile = if profile == "debug" { "dev" } else { profile };
    let target = directory.parent().expect("the target directory");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package=fanfare-server", "--bin=chat-server", "--profile", profile])
        .arg("--manifest-path")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .status()
        .expect("cargo runs");
    assert!(built.success());
    directory.join("chat-server")
}

#[test]
fn a_server_is_started_and_ended() {
    let server = with_server();
    assert!(server.exists());
    let arguments = ["--spawn", "--clients=100", "--duration=500ms", "--json=-", "--quiet", "--", "--workers=1"];
    let ended = loadgen(&arguments);
    let report: Value = serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    assert_clean(&report, 100);
    assert!(report["server"]["cpu_ns"].as_u64().expect("it is known") > 0, "{report:#}");
    validate(&report);
    let pid = report["server"]["pid"].as_u64().expect("it is known");
    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "the server is still there");
}

#[test]
fn a_server_stores_messages_only_if_it_is_asked_for_a_history() {
    let program = with_server();
    for (history, stores) in [(History::Off, false), (History::On, true), (History::Synced, true)] {
        let spawn = Spawn { kind: Kind::Fanfare, history, program: Some(program.clone()) };
        let server = Spawned::start(&spawn, 1, &[]).expect("it starts");
        let files = fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("it runs");
        let mut files = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        let stored = files.find(|file| file.ends_with("history.db"));
        assert_eq!(stored.is_some(), stores, "{spawn}");
        drop(server);
        assert!(stored.is_none_or(|file| !file.parent().expect("a directory").exists()), "{spawn} has left its files");
    }
}

#[test]
fn what_a_history_costs_is_compared_in_one_run() {
    with_server();
    let targets = ["spawn:fanfare", "spawn:fanfare+history", "spawn:fanfare+history-sync"];
    let run =
        ["--clients=10", "--rate=100", "--duration=300ms", "--settle=0s", "--drain=20s", "--rounds=1", "--json=-"];
    let ended = loadgen(&[&["compare"], &targets[..], &run, &["--quiet"]].concat());
    let compared: Value = serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    for (of, target) in compared["targets"].as_array().expect("a list").iter().zip(targets) {
        assert_eq!(of["target"], target);
        assert_clean(&of["rounds"][0]["report"], 10);
    }
}

#[test]
fn a_hang_up_ends_the_server_that_was_started_too() {
    with_server();
    let (_, report) = interrupted("HUP", &["--spawn", "--clients=5", "--duration=1h", "--settle=0s"], " sent, ");
    assert_eq!(report["interrupted"], true);
    let pid = report["server"]["pid"].as_u64().expect("it is known");
    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "the server is still there");
}

#[test]
fn a_thousand_clients_lose_repeat_and_reorder_nothing() {
    with_server();
    let ended = loadgen(&["--spawn", "--clients=1000", "--rate=20", "--duration=1s", "--drain=20s", "--json=-", "-q"]);
    let report: Value = serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    assert_clean(&report, 1_000);
    assert_eq!(deliveries(&report, "received"), 20_000);
    for fault in ["lost", "missed", "cut", "repeated", "reordered", "corrupt"] {
        assert_eq!(deliveries(&report, fault), 0, "{fault}");
    }
    // On a busy machine its times say nothing; that nothing is lost holds all the same.
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
}

#[test]
fn a_server_that_does_not_start_is_explained_by_its_own_words() {
    with_server();
    let ended = loadgen(&["--spawn", "--quiet", "--", "--workers=0"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.errors.contains("ended at once") && ended.errors.contains("workers"), "{ended:?}");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let program = directory.path().join("loadgen");
    fs::copy(PATH, &program).expect("the program can be copied");
    let output = Command::new(&program).args(["--spawn", "--quiet"]).output().expect("the program can be run");
    let ended = ended(output);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.errors.contains("chat-server") && ended.errors.contains("cargo build"), "{ended:?}");
}

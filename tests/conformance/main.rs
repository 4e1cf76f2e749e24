//! The conformance suite, against the server and against servers that break one requirement each.

mod bad;
mod mutants;
mod small;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use fanfare_tests::TestServer;
use fanfare_tests::conformance::{Profile, Report, Selection, Settings, Span, Status, run};

/// Plays sections of the suite against a server with the default times; none are all.
fn play(address: SocketAddr, sections: &[&str]) -> Report {
    play_with(address, &Profile::default(), sections)
}

fn play_with(address: SocketAddr, profile: &Profile, sections: &[&str]) -> Report {
    let settings = Settings {
        address,
        profile: Profile { defaults: true, ..profile.clone() },
        selection: Selection::of(sections).expect("there are such sections"),
        max_wait: Duration::from_secs(4),
        patience: Duration::from_secs(10),
        jobs: NonZeroUsize::new(8).expect("eight is not zero"),
    };
    run(&settings, &|_, _| {}).expect("the server listens")
}

#[track_caller]
fn the_server_conforms(workers: usize) {
    let server = TestServer::by_default(workers);
    let durable = workers > 1;
    let report = play_with(server.address(), &Profile { durable, ..Profile::default() }, &[]);
    assert!(report.ids(Status::Failed).is_empty() && report.ids(Status::Departed).is_empty(), "{report}");
    // A server that keeps its rooms in memory alone refuses each search.
    let passed = report.ids(Status::Passed);
    for id in ["4.15/1", "4.15/2", "4.15/3", "4.15/4", "4.15/5", "4.15/6", "4.15/7", "4.15/8", "4.15/9", "10.2/22"] {
        assert!(!durable || passed.contains(&id), "{id} was skipped\n{report}");
    }
    // Nearly all that can be seen of a server like this one; a check that is skipped by mistake shows.
    assert!(report.summary.passed >= 190, "{report}");
}

#[test]
fn the_server_conforms_with_one_worker() {
    the_server_conforms(1);
}

#[test]
fn the_server_conforms_with_two_workers() {
    the_server_conforms(2);
}

/// What waits for the times of an operator is played with short ones.
#[test]
fn the_server_keeps_the_times_before_welcome_of_silence_and_of_held_names() {
    let (without_welcome, name_held) = (Duration::from_secs(2), Duration::from_secs(4));
    let server = TestServer::with(1, |options| {
        options.handshake_timeout = without_welcome;
        options.name_hold = name_held;
        options.ping_interval = Duration::from_secs(2);
    });
    let profile = Profile {
        without_welcome: Some(Span(without_welcome)),
        name_held: Some(Span(name_held)),
        ..Profile::default()
    };
    let report = play_with(server.address(), &profile, &["3.3/4", "3.4/4", "4.3/1"]);
    assert!(report.ids(Status::Failed).is_empty(), "{report}");
    assert_eq!(report.ids(Status::Passed), ["3.3/4", "3.4/4", "4.3/1"], "{report}");
    // A judgement of a requirement shows no check of it that was skipped.
    assert!(!report.to_string().contains("--max-wait"), "{report}");
}

/// What the limits and times of section 11 keep from being played.
#[test]
fn a_server_with_small_limits_conforms() {
    const ROOM_LOG: usize = 2 * 1_024 * 1_024;
    let server = TestServer::with(1, |options| {
        options.presence_limit = 6;
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = ROOM_LOG;
        TestServer::default_times(options);
        options.max_rooms_per_connection = 8;
    });
    let profile = Profile {
        rooms_of_connection: Some(8),
        room_log: Some(ROOM_LOG as u64),
        connections_of_address: Some(1_100),
        ..Profile::default()
    };
    let report = play_with(server.address(), &profile, &["4", "5"]);
    assert!(report.ids(Status::Failed).is_empty() && report.ids(Status::Departed).is_empty(), "{report}");
    let passed = report.ids(Status::Passed);
    for id in ["4.3/1", "4.8/2", "4.9/4", "4.9/6", "4.10/5", "5.6/1", "5.6/2", "5.6/3", "5.6/4", "5.7/1"] {
        assert!(passed.contains(&id), "{id} was skipped\n{report}");
    }
}

/// A room of which nobody's joining is told, from the first member on.
#[test]
fn a_server_whose_rooms_are_all_crowded_conforms() {
    let server = TestServer::with(1, |options| {
        TestServer::default_times(options);
        options.presence_limit = 0;
    });
    let report = play(server.address(), &["2", "4", "5"]);
    assert!(report.ids(Status::Failed).is_empty() && report.ids(Status::Departed).is_empty(), "{report}");
}

#[test]
fn a_server_with_accounts_is_not_held_to_what_binds_those_without() {
    let server = TestServer::by_default(1);
    let profile = Profile { accounts: true, ..Profile::default() };
    let report = play_with(server.address(), &profile, &["4.12"]);
    assert_eq!(report.ids(Status::Skipped), ["4.12/1", "4.12/2"], "{report}");
}

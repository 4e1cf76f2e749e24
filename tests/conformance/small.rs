//! The suite, against a server with short times and small bounds: what only time or many octets bring comes soon.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use fanfare_tests::TestServer;
use fanfare_tests::conformance::{Profile, Report, Selection, Settings, Span, Status, run};

/// Sections of which much is skipped where times are long and bounds are wide.
const SECTIONS: &[&str] = &["6", "8", "9", "10", "11", "12"];

const EMPTY_ROOM: Duration = Duration::from_secs(4);
const ROOM_LOG: usize = 64 * 1_024;
const LOG_MEMORY: usize = 512 * 1_024;
const CONNECTIONS: usize = 100;

/// A server whose bounds are soon reached.
pub(crate) fn server(workers: usize) -> TestServer {
    TestServer::with(workers, |options| {
        TestServer::default_times(options);
        // So long that a peer is not taken for dead that reads nothing while others fill a room.
        options.ping_interval = Duration::from_secs(3);
        options.room_idle = EMPTY_ROOM;
        options.room_log = ROOM_LOG;
        options.log_memory = LOG_MEMORY;
        options.max_connections = CONNECTIONS;
        options.presence_limit = 16;
        options.rate_limit = None;
        options.octet_rate = None;
    })
}

/// Plays sections against such a server with one worker, or one in front of it.
pub(crate) fn play(address: SocketAddr, sections: &[&str]) -> Report {
    play_with(address, false, sections)
}

/// The same, whether its rooms keep a durable history or not.
fn play_with(address: SocketAddr, durable: bool, sections: &[&str]) -> Report {
    let profile = Profile {
        durable,
        empty_room: Some(Span(EMPTY_ROOM)),
        room_log: Some(ROOM_LOG as u64),
        log_memory: Some(LOG_MEMORY as u64),
        connections: Some(CONNECTIONS as u64),
        rooms: Some(10_000),
        rooms_of_connection: Some(64),
        // It has none.
        octet_rate: Some(1 << 30),
        ..Profile::default()
    };
    let settings = Settings {
        address,
        profile,
        selection: Selection::of(sections).expect("there are such sections"),
        // An empty room may be remembered for a minute more.
        max_wait: EMPTY_ROOM + Duration::from_secs(60),
        patience: Duration::from_secs(10),
        jobs: NonZeroUsize::new(8).expect("eight is not zero"),
    };
    run(&settings, &|_, _| {}).expect("the server listens")
}

#[track_caller]
fn the_server_conforms(workers: usize) {
    let server = server(workers);
    let durable = workers > 1;
    let report = play_with(server.address(), durable, SECTIONS);
    assert!(report.ids(Status::Failed).is_empty() && report.ids(Status::Departed).is_empty(), "{report}");
    let passed = report.ids(Status::Passed);
    for id in [if durable { "6.1/11" } else { "6.1/7" }, "6.1/8", "6.3/4", "6.4/1", "6.4/4", "8/2", "9.1/3", "9.3/4"] {
        assert!(passed.contains(&id), "{id} was skipped\n{report}");
    }
}

#[test]
fn a_server_with_short_times_conforms_with_one_worker() {
    the_server_conforms(1);
}

#[test]
fn a_server_with_short_times_conforms_with_two_workers() {
    the_server_conforms(2);
}

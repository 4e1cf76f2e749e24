//! The conformance suite, against the server and against servers that break one requirement each.

mod mutants;
mod small;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use fanfare_tests::TestServer;
use fanfare_tests::conformance::{Profile, Report, Selection, Settings, Status, run};

/// Plays sections of the suite; none are all.
fn play(address: SocketAddr, sections: &[&str]) -> Report {
    let settings = Settings {
        address,
        profile: Profile { defaults: true, ..Profile::default() },
        selection: Selection::of(sections).expect("there are such sections"),
        max_wait: Duration::from_secs(3),
        patience: Duration::from_secs(10),
        jobs: NonZeroUsize::new(8).expect("eight is not zero"),
    };
    run(&settings, &|_, _| {}).expect("the server listens")
}

#[track_caller]
fn the_server_conforms(workers: usize) {
    let server = TestServer::start(workers);
    let report = play(server.address(), &[]);
    assert!(report.ids(Status::Failed).is_empty() && report.ids(Status::Departed).is_empty(), "{report}");
    assert!(report.summary.passed > 10, "{report}");
}

#[test]
fn the_server_conforms_with_one_worker() {
    the_server_conforms(1);
}

#[test]
fn the_server_conforms_with_two_workers() {
    the_server_conforms(2);
}

//! Against the servers that are installed. Where one is not, its test says so and does nothing, unless all must be there.

use std::time::Duration;

use fanfare_loadgen::login::Login;
use fanfare_loadgen::plan::Load;
use fanfare_loadgen::report::Report;
use fanfare_loadgen::server::{Kind, SpawnError, Spawned};
use fanfare_loadgen::target::{History, Spawn};
use fanfare_loadgen::{Controls, Measured, Plan, Rooms, run};

use crate::runs::measured;

/// Set, no server may be absent.
const REQUIRED: &str = "FANFARE_REQUIRE_SERVERS";

/// Connections that a server takes: those of a hundred clients and eight who only publish, for several runs behind one another.
const CLIENTS: u64 = 500;

/// A server, if it is installed.
fn installed(kind: Kind) -> Option<Spawned> {
    started(kind, &[])
}

fn started(kind: Kind, arguments: &[String]) -> Option<Spawned> {
    match Spawned::start(&Spawn { kind, history: History::Off, program: None }, CLIENTS, arguments) {
        Ok(server) => Some(server),
        Err(SpawnError::NotInstalled { package, .. }) if std::env::var_os(REQUIRED).is_none() => {
            #[expect(clippy::print_stderr, reason = "whoever runs the tests should know")]
            {
                eprintln!("skipped: {package} is not installed");
            }
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A hundred clients in four rooms, in each of which two speak.
fn plan(kind: Kind, server: &Spawned, load: Load) -> Plan {
    Plan {
        wire: kind.wire(),
        server: Some(server.pid()),
        clients: 100,
        rooms: Rooms::even(4),
        publishers: 8,
        load,
        duration: Duration::from_millis(500),
        settle: Duration::ZERO,
        drain: Duration::from_secs(20),
        ..Plan::new(server.address())
    }
}

#[track_caller]
fn assert_nothing_is_lost(measured: &Measured) {
    assert!(Report::from(measured).clean, "{:?}, {:?}", measured.tally, measured.disconnected);
    assert!(measured.accepted > 0);
    assert_eq!((measured.owed, measured.tally.received), (25 * measured.accepted, 25 * measured.accepted));
}

/// At a rate and in a window that the server takes nothing is lost, and the figures of its process are known.
fn loses_nothing(kind: Kind, rate: f64, window: u32) {
    let Some(server) = installed(kind) else { return };
    for load in [Load::Rate(rate), Load::InFlight(window)] {
        let measured = measured(&plan(kind, &server, load));
        assert_nothing_is_lost(&measured);
        assert!(measured.server.is_some_and(|server| server.cpu > 0));
    }
    let version = server.version().unwrap_or_default();
    assert!(version.chars().any(|letter| letter.is_ascii_digit()), "{version:?}");
}

#[test]
fn nats_server_loses_nothing() {
    loses_nothing(Kind::Nats, 400.0, 64);
}

#[test]
fn many_publishers_at_once_in_a_room_of_nats_server_lose_and_reorder_nothing() {
    let Some(server) = installed(Kind::Nats) else { return };
    let burst = Load::Burst { messages: 400, every: Duration::from_millis(100) };
    for load in [Load::Rate(400.0), burst, Load::InFlight(400)] {
        assert_nothing_is_lost(&measured(&Plan { publishers: 40, ..plan(Kind::Nats, &server, load) }));
    }
}

#[test]
fn redis_server_loses_nothing() {
    loses_nothing(Kind::Redis, 400.0, 64);
}

#[test]
fn mosquitto_loses_nothing() {
    loses_nothing(Kind::Mqtt, 400.0, 64);
}

#[test]
fn ngircd_loses_nothing() {
    loses_nothing(Kind::Irc, 400.0, 64);
}

#[test]
fn ngircd_lets_one_client_say_what_a_load_needs() {
    let Some(server) = installed(Kind::Irc) else { return };
    // At the three lines a second that it has as default it would take more than a minute.
    let plan = Plan { rooms: Rooms::even(1), publishers: 1, ..plan(Kind::Irc, &server, Load::Rate(400.0)) };
    let measured = measured(&plan);
    assert!(Report::from(&measured).clean, "{:?}, {:?}", measured.tally, measured.disconnected);
    assert_eq!(measured.tally.received, 100 * 200);
}

#[test]
fn texts_of_every_size_that_a_server_takes_come_whole() {
    for kind in [Kind::Nats, Kind::Redis, Kind::Mqtt, Kind::Irc] {
        let Some(server) = installed(kind) else { continue };
        let plan = plan(kind, &server, Load::Rate(50.0));
        // The rooms' names have two characters more than the plan's.
        let most = if kind == Kind::Irc { 398 } else { 65_536 };
        for size in [16, most] {
            assert_nothing_is_lost(&measured(&Plan { size, ..plan.clone() }));
        }
    }
}

#[test]
fn who_has_a_wrong_password_is_told_what_to_do() {
    for kind in [Kind::Nats, Kind::Redis] {
        let asks = match kind {
            Kind::Nats => "--user alice --pass s3cret",
            _ => "--user alice on >s3cret &* +@all --user default off",
        };
        let Some(server) = started(kind, &asks.split(' ').map(str::to_owned).collect::<Vec<_>>()) else { continue };
        let login = |user: &str, password: &str| Login { user: Some(user.into()), password: Some(password.into()) };
        let plan = Plan { login: login("alice", "s3cret"), ..plan(kind, &server, Load::Rate(50.0)) };
        assert_nothing_is_lost(&measured(&plan));
        for login in [login("alice", "wrong"), Login::default()] {
            let error = run(&Plan { login, ..plan.clone() }, &Controls::default()).expect_err("it is refused");
            let words = error.to_string();
            assert!(words.contains("could not join"), "{words}");
            assert!(words.contains("LOADGEN_PASSWORD") && !words.contains("s3cret"), "{words}");
        }
    }
}

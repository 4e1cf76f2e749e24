//! Who is in which room, and who speaks.

use std::time::Duration;

use fanfare_loadgen::report::Report;
use fanfare_loadgen::{Load, Plan, Rooms};
use fanfare_tests::TestServer;

use crate::double::{Double, Fault};
use crate::runs::{MANY_PUBLISH, WIRES, measured, short};

#[test]
fn each_room_has_its_own_messages() {
    for wire in MANY_PUBLISH {
        let server = Double::start(wire, Fault::None, |_| false);
        let plan = Plan { rooms: Rooms::even(3), publishers: 6, clients: 10, ..short(wire, &server) };
        let measured = measured(&plan);
        // The first room has four members and says the first, the fourth, the seventh and the tenth.
        assert_eq!((measured.accepted, measured.owed), (10, 4 * 4 + 6 * 3), "{wire:?}");
        assert_eq!(measured.tally.received, measured.owed, "{wire:?}");
        assert!(Report::from(&measured).clean, "{wire:?}: {:?}", measured.tally);
    }
}

#[test]
fn many_rooms_of_a_real_server_lose_nothing() {
    let server = TestServer::with(2, |options| (options.rate_limit, options.octet_rate) = (None, None));
    let plan = Plan {
        rooms: Rooms::even(50),
        publishers: 50,
        clients: 500,
        load: Load::InFlight(200),
        duration: Duration::from_millis(500),
        drain: Duration::from_secs(20),
        compare_every: 4,
        ..Plan::new(server.address())
    };
    let measured = measured(&plan);
    assert!(Report::from(&measured).clean, "{:?}", measured.tally);
    assert_eq!((measured.owed, measured.tally.received), (10 * measured.accepted, 10 * measured.accepted));
}

#[test]
fn rooms_of_zipfs_sizes_in_which_all_talk_lose_nothing() {
    let server = TestServer::with(2, |options| (options.rate_limit, options.octet_rate) = (None, None));
    let plan = Plan {
        rooms: Rooms::zipf(20, 1.0),
        publishers: 200,
        clients: 200,
        load: Load::Rate(1_000.0),
        duration: Duration::from_millis(500),
        drain: Duration::from_secs(20),
        ..Plan::new(server.address())
    };
    let measured = measured(&plan);
    assert!(Report::from(&measured).clean, "{:?}", measured.tally);
    // Each message is owed to the members of its room, and large rooms have more of both.
    let layout = plan.layout();
    let members = |room| (0..200).filter(|at| layout.room_of(*at) == room).count() as u64;
    let owed: u64 = (0..500).map(|index| members(layout.room_of_message(index))).sum();
    assert!(owed > 10 * 500, "{owed}");
    assert_eq!((measured.published, measured.owed, measured.tally.received), (500, owed, owed));
}

#[test]
fn who_publishes_apart_is_owed_nothing() {
    for wire in WIRES {
        let server = Double::start(wire, Fault::None, |_| false);
        let measured = measured(&Plan { apart: true, ..short(wire, &server) });
        assert_eq!((measured.accepted, measured.owed, measured.tally.received), (10, 40, 40), "{wire:?}");
        // Who must join hears itself.
        let hears = wire.must_join_to_publish() && wire.echoes();
        assert_eq!(measured.unverified, if hears { 10 } else { 0 }, "{wire:?}");
        let report = Report::from(&measured);
        assert!(report.clean, "{wire:?}: {:?}", measured.tally);
        assert_eq!(report.connects.count, 5, "{wire:?}");
    }
}

#[test]
fn several_who_publish_apart_over_rooms_lose_nothing_on_a_real_server() {
    let server = TestServer::with(2, |options| {
        (options.rate_limit, options.octet_rate) = (None, None);
        options.ping_interval = Duration::from_secs(1);
    });
    for load in [Load::Rate(500.0), Load::InFlight(100)] {
        let plan = Plan {
            rooms: Rooms::zipf(5, 1.0),
            publishers: 10,
            clients: 50,
            apart: true,
            load,
            // Longer than who does not answer a ping may stay.
            duration: Duration::from_millis(2_500),
            drain: Duration::from_secs(20),
            ..Plan::new(server.address())
        };
        let measured = measured(&plan);
        assert!(Report::from(&measured).clean, "{:?}, {:?}", measured.tally, measured.disconnected);
        assert_eq!(measured.tally.received, measured.owed);
        assert!(measured.unverified >= measured.published, "those who publish are in the rooms too");
    }
}

//! Where connections come from.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use fanfare_loadgen::beside::{Beside, Stalled};
use fanfare_loadgen::{Load, Plan, Wire};

use crate::double::{Double, Fault};
use crate::runs::{measured, short};

#[test]
fn a_run_over_two_source_addresses_comes_from_both() {
    let server = Double::start(Wire::Fanfare, Fault::None, |_| false);
    let sources: Vec<IpAddr> = vec![[127, 0, 0, 1].into(), [127, 0, 0, 2].into()];
    let beside = Beside { stalled: Some(Stalled { count: 2 }), ..Beside::default() };
    let (load, duration) = (Load::Rate(50.0), Duration::from_millis(100));
    let measured = measured(&Plan { clients: 6, load, duration, sources, beside, ..short(Wire::Fanfare, &server) });
    assert_eq!(measured.tally.received, measured.owed);
    let mut seen = BTreeMap::new();
    for peer in server.peers() {
        *seen.entry(peer.ip().to_string()).or_insert(0) += 1;
    }
    assert_eq!(seen, BTreeMap::from([("127.0.0.1".to_owned(), 4), ("127.0.0.2".to_owned(), 4)]));
}

//! Octets from nobody who means well: nothing panics, and what the fuzz targets check of any octets holds.

use fanfare_fuzz_bodies::feed::{Client, Server, feed, whole};
use fanfare_fuzz_bodies::{client_decoder, plain_commands, plain_lines, server_decoder};
use fanfare_protocol::Framer;
use fanfare_protocol::plain::Lines;
use fanfare_protocol::session::PlainSession;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cases;
use crate::strategies::streams;

/// Hands the octets to everything that reads octets, and to those bodies of the fuzz targets that do. The greeting
/// and the handshake let them get further in.
fn read_by_everybody(octets: &[u8]) {
    feed(Framer::new(), octets, whole(octets));
    feed(Lines::from_client(), octets, whole(octets));
    feed(Lines::from_server(), octets, whole(octets));
    feed(PlainSession::new(), octets, whole(octets));
    for opening in [&b""[..], b"HELLO 1 alice\n", b"alice\n"] {
        let octets = [opening, octets].concat();
        feed(Server::new(), &octets, whole(&octets));
    }
    let welcome = b"FANFARE/1 x\nWELCOME alice ping=30 text=65536 presence=256 :Hi\n";
    for opening in [&b""[..], welcome, &[welcome, &b"OK epoch=e next=1 newest=0 members=1\n"[..]].concat()] {
        let octets = [opening, octets].concat();
        feed(Client::new(), &octets, whole(&octets));
    }
    client_decoder(octets);
    server_decoder(octets);
    plain_commands(octets);
    plain_lines(octets);
}

/// Frames with one octet changed, left out or put in.
fn spoilt() -> impl Strategy<Value = Vec<u8>> {
    let streams = prop_oneof![streams::from_client(), streams::from_server(), streams::conversation()];
    (streams, any::<prop::sample::Index>(), any::<u8>(), 0..3_u8).prop_map(|(mut octets, at, octet, how)| {
        if !octets.is_empty() {
            let at = at.index(octets.len());
            match how {
                0 => octets[at] = octet,
                1 => drop(octets.remove(at)),
                _ => octets.insert(at, octet),
            }
        }
        octets
    })
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn any_octets_are_survived(octets in vec(any::<u8>(), 0..300)) {
        read_by_everybody(&octets);
    }

    #[test]
    fn scraps_of_the_grammar_are_survived(octets in streams::scraps()) {
        read_by_everybody(&octets);
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn spoilt_streams_are_survived(octets in spoilt()) {
        read_by_everybody(&octets);
    }
}

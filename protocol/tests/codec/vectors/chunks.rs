//! SPEC.md, section 2.1, item 8, for every vector: whoever reads it, and wherever it is cut, the same comes of it.

use fanfare_fuzz_bodies::feed::{Client, Server};
use fanfare_protocol::Framer;
use fanfare_protocol::plain::Lines;
use fanfare_protocol::session::PlainSession;
use fanfare_vectors::{Outcome, Vector};
use proptest::prelude::*;

use super::{play, vectors};
use crate::cases;
use crate::pieces::{Place, cut};

/// Up to this length, everybody reads a stream; a longer one, those to whom it is sent.
const SHORT: usize = 400;

const GREETING: &[u8] = b"FANFARE/1 x\n";
const WELCOME: &[u8] = b"WELCOME alice ping=30 text=65536 presence=256 :Hi\n";
const JOINED: &[u8] = b"OK epoch=e next=1 newest=0 members=1\nOK seq=1\n";

/// Sizes of pieces that seem random, small ones and large ones.
fn sizes() -> Vec<usize> {
    let mut state = 0x9e37_79b9_u64;
    let largest = [3, 17, 200, 5_000].into_iter().cycle().take(101);
    largest
        .map(|largest| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            1 + (state >> 33) as usize % largest
        })
        .collect()
}

/// Hands a stream to its readers.
fn read_in_pieces(of: fanfare_vectors::Reader, octets: &[u8]) {
    use fanfare_vectors::Reader as Of;

    let (sizes, everybody) = (sizes(), octets.len() <= SHORT);
    let is = |readers: &[Of]| everybody || readers.contains(&of);
    let connected = [GREETING, WELCOME].concat();
    let joined = [&connected[..], JOINED].concat();
    let server = |before: &[u8]| cut(&Place::behind(Server::new(), before), octets, 0..=octets.len(), &sizes);
    let client = |before: &[u8]| cut(&Place::behind(Client::new(), before), octets, 0..=octets.len(), &sizes);
    let reader = |before: &[u8]| cut(&Place::behind(PlainSession::new(), before), octets, 0..=octets.len(), &sizes);
    if is(&[Of::ClientFrame, Of::ServerFrame]) {
        cut(&Place::behind(Framer::new(), b""), octets, 0..=octets.len(), &sizes);
    }
    if is(&[Of::PlainLine]) {
        cut(&Place::behind(Lines::from_client(), b""), octets, 0..=octets.len(), &sizes);
    }
    if is(&[Of::PlainOutput]) {
        cut(&Place::behind(Lines::from_server(), b""), octets, 0..=octets.len(), &sizes);
        reader(b"FANFARE/1 x\nHi\n");
    }
    if is(&[Of::FirstLine, Of::ClientStream]) {
        server(b"");
    }
    if is(&[Of::ClientFrame]) {
        server(b"HELLO 1 alice\n");
    }
    if is(&[Of::NameLine]) {
        server(b"-\n");
    }
    if is(&[Of::PlainLine]) {
        server(b"alice\n");
    }
    if is(&[Of::Greeting]) {
        client(b"");
        reader(b"");
    }
    if is(&[Of::ServerFrame]) {
        client(&connected);
    }
    if everybody {
        client(&joined);
    }
}

fn of_length(lengths: impl Fn(usize) -> bool) {
    for (_, reader, vector) in vectors(|_| true) {
        if lengths(vector.octets.len()) {
            read_in_pieces(reader, &vector.octets);
        }
    }
}

#[test]
fn every_short_vector_in_any_pieces_is_the_same_to_everybody() {
    of_length(|length| length <= SHORT);
}

#[test]
fn every_long_vector_in_any_pieces_is_the_same_to_its_readers() {
    of_length(|length| length > SHORT && length <= 60_000);
}

#[test]
fn every_vector_of_the_longest_text_or_line_in_any_pieces_is_the_same_to_its_readers() {
    of_length(|length| length > 60_000);
}

/// Whether a stream goes on behind a vector.
fn goes_on(vector: &Vector) -> bool {
    !matches!(&vector.outcomes[..], [Outcome::Bye(_) | Outcome::Incomplete])
}

/// Short vectors of one reader: any of them can stand behind one that goes on.
fn short(of: fanfare_vectors::Reader) -> Vec<Vector> {
    vectors(|reader| reader == of).map(|(_, _, vector)| vector).filter(|vector| vector.octets.len() <= 120).collect()
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn vectors_behind_each_other_are_each_what_it_is_alone_and_in_any_pieces_the_same(
        picks in prop::collection::vec(any::<prop::sample::Index>(), 2..5),
        which in 0..3_usize,
    ) {
        use fanfare_vectors::Reader as Of;

        let of = [Of::ClientFrame, Of::ServerFrame, Of::PlainOutput][which];
        let all = short(of);
        let (mut octets, mut wanted) = (Vec::new(), Vec::new());
        for pick in picks {
            let vector = pick.get(&all);
            octets.extend_from_slice(&vector.octets);
            wanted.extend_from_slice(super::expected(vector));
            let endless = matches!(&vector.outcomes[..], [Outcome::Fault(fault)] if fault == "endless");
            if !goes_on(vector) || endless {
                break;
            }
        }
        prop_assert!(play(of, &octets) == wanted, "{}", octets.escape_ascii());
        read_in_pieces(of, &octets);
    }
}

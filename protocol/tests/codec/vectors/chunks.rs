//! SPEC.md, section 2.1, item 8, for every vector: whoever reads it, and wherever it is cut, the same comes of it.
//!
//! A reader owes nothing to the past but what it is: what comes of the rest of a stream depends on the reader, with all
//! that its `Debug` shows, and on where its input begins. So the rest is read once for all cuts that leave the same
//! reader at the same place, and even a text of 65,536 octets is cut at every one of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Debug;

use fanfare_fuzz_bodies::feed::{Client, Reader, Server, Step};
use fanfare_protocol::Framer;
use fanfare_protocol::limits::MAX_FRAME;
use fanfare_protocol::plain::Lines;
use fanfare_protocol::session::PlainSession;
use fanfare_vectors::{Outcome, Vector};
use proptest::prelude::*;

use super::{play, vectors};
use crate::cases;

/// Up to this length, everybody reads a stream; a longer one, those to whom it is sent.
const SHORT: usize = 400;

const GREETING: &[u8] = b"FANFARE/1 x\n";
const WELCOME: &[u8] = b"WELCOME alice ping=30 text=65536 presence=256 :Hi\n";
const JOINED: &[u8] = b"OK epoch=e next=1 newest=0 members=1\nOK seq=1\n";

/// A reader somewhere in a stream.
#[derive(Clone, Debug)]
struct Place<R> {
    reader: R,
    /// Where its input begins.
    begin: usize,
    over: bool,
}

impl<R: Reader + Clone + Debug> Place<R> {
    /// At the first octet, behind others that were read before.
    fn behind(reader: R, before: &[u8]) -> Self {
        let mut place = Self { reader, begin: 0, over: false };
        place.read(before, before.len());
        assert!(place.begin == before.len() && !place.over, "{}", before.escape_ascii());
        place.begin = 0;
        place
    }

    /// What comes of a stream's octets up to `end`, behind those that were read.
    fn read(&mut self, octets: &[u8], end: usize) -> Vec<Vec<u8>> {
        let (mut seen, mut input) = (Vec::new(), &octets[self.begin..end]);
        while !self.over {
            match self.reader.step(&mut input) {
                Step::Seen(what) => seen.push(what),
                Step::More => break,
                Step::Over(what) => {
                    seen.push(what);
                    self.over = true;
                }
            }
        }
        assert!(self.over || input.len() <= MAX_FRAME, "{} octets are kept", input.len());
        self.begin = end - input.len();
        seen
    }

    /// What comes of the rest of a stream in one piece, and then all that the reader has written.
    fn finish(mut self, octets: &[u8]) -> Vec<Vec<u8>> {
        let mut seen = self.read(octets, octets.len());
        seen.push(self.reader.written().to_vec());
        seen
    }
}

/// Cuts a stream in two at every octet, into single octets, and into pieces of sizes that seem random.
fn cut<R: Reader + Clone + Debug>(new: &Place<R>, octets: &[u8], what: &str) {
    let whole = new.clone().finish(octets);
    let shown = || octets[..octets.len().min(200)].escape_ascii().to_string();
    // How much of the whole was seen before each place from which the rest was read.
    let mut rests = HashMap::new();
    for at in 0..=octets.len() {
        let mut place = new.clone();
        let seen = place.read(octets, at);
        let same = whole.starts_with(&seen)
            && match rests.entry(format!("{place:?}")) {
                Entry::Occupied(earlier) => *earlier.get() == seen.len(),
                Entry::Vacant(new) => place.finish(octets) == whole[*new.insert(seen.len())..],
            };
        assert!(same, "{what}: cut at {at}: {}", shown());
    }
    let mut state = 0x9e37_79b9_u64;
    for largest in [1, 3, 17, 200, 5_000] {
        let (mut place, mut seen, mut end) = (new.clone(), Vec::new(), 0);
        while end < octets.len() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            end = octets.len().min(end + 1 + (state >> 33) as usize % largest);
            seen.extend(place.read(octets, end));
        }
        seen.extend(place.finish(octets));
        assert!(seen == whole, "{what}: in pieces of up to {largest}: {}", shown());
    }
}

/// Hands a stream to its readers.
fn read_in_pieces(of: fanfare_vectors::Reader, octets: &[u8], what: &str) {
    use fanfare_vectors::Reader as Of;

    let everybody = octets.len() <= SHORT;
    let is = |readers: &[Of]| everybody || readers.contains(&of);
    let connected = [GREETING, WELCOME].concat();
    let joined = [&connected[..], JOINED].concat();
    let server = |before: &[u8]| cut(&Place::behind(Server::new(), before), octets, what);
    let client = |before: &[u8]| cut(&Place::behind(Client::new(), before), octets, what);
    let reader = |before: &[u8]| cut(&Place::behind(PlainSession::new(), before), octets, what);
    if is(&[Of::ClientFrame, Of::ServerFrame]) {
        cut(&Place::behind(Framer::new(), b""), octets, what);
    }
    if is(&[Of::PlainLine]) {
        cut(&Place::behind(Lines::from_client(), b""), octets, what);
    }
    if is(&[Of::PlainOutput]) {
        cut(&Place::behind(Lines::from_server(), b""), octets, what);
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
    for (file, reader, vector) in vectors(|_| true) {
        if lengths(vector.octets.len()) {
            read_in_pieces(reader, &vector.octets, &format!("{file}: {}", vector.name));
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
        read_in_pieces(of, &octets, "vectors behind each other");
    }
}

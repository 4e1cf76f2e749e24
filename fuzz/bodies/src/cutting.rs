//! Streams in pieces.

use std::ops::Range;

use fanfare_protocol::Framer;
use fanfare_protocol::plain::Lines;
use fanfare_protocol::session::PlainSession;

use crate::feed::{Client, Reader, Server, feed, whole};
use crate::script::Script;

/// Up to this length, a stream also comes octet by octet.
const SHORT: usize = 256;

/// What comes of any octets does not depend on how they were cut, whoever reads them. SPEC.md, section 2.1, item 8.
pub fn cutting(data: &[u8]) {
    let script = Script::read(data);
    let mut ways: Vec<Vec<Range<usize>>> = vec![script.pieces().collect()];
    if script.octets.len() <= SHORT {
        ways.push((0..script.octets.len()).map(|at| at..at + 1).collect());
    }
    for pieces in &ways {
        cut(Framer::new, &script.octets, pieces);
        cut(Lines::from_client, &script.octets, pieces);
        cut(Lines::from_server, &script.octets, pieces);
        cut(Server::new, &script.octets, pieces);
        cut(Client::new, &script.octets, pieces);
        cut(PlainSession::new, &script.octets, pieces);
    }
}

#[track_caller]
fn cut<R: Reader>(new: impl Fn() -> R, octets: &[u8], pieces: &[Range<usize>]) {
    let expected = feed(new(), octets, whole(octets));
    // Not `assert_eq`: a text can have 65,536 octets.
    assert!(
        feed(new(), octets, pieces.iter().cloned()) == expected,
        "cut into {pieces:?}: {}",
        octets[..octets.len().min(400)].escape_ascii()
    );
}

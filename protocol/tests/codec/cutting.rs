//! SPEC.md, section 2.1, item 8: what comes of a stream does not depend on how it was divided into pieces.

use std::fmt::Debug;

use fanfare_fuzz_bodies::feed::{Client, Reader, Server, feed, whole};
use fanfare_protocol::Framer;
use fanfare_protocol::limits::{MAX_LINE, MAX_SKIP, MAX_TEXT};
use fanfare_protocol::plain::Lines;
use fanfare_protocol::session::PlainSession;
use proptest::prelude::*;

use crate::cases;
use crate::pieces::{self, Place};
use crate::strategies::streams;

/// Up to this length, a stream is cut at every octet.
const SHORT: usize = 1_500;

/// Cuts a stream everywhere, and compares what is seen with what is seen in the whole.
#[track_caller]
fn cut<R: Reader + Clone + Debug>(new: impl Fn() -> R, octets: &[u8], random: &[usize]) {
    pieces::cut(&Place::behind(new(), b""), octets, cuts(octets), random);
}

/// Where a stream is cut in two: everywhere if it is short, and otherwise around its limits and line ends, and evenly.
fn cuts(octets: &[u8]) -> Vec<usize> {
    let len = octets.len();
    if len <= SHORT {
        return (0..=len).collect();
    }
    let starts = std::iter::once(0).chain((0..len).filter(|&at| octets[at] == b'\n').take(24));
    let near = starts.flat_map(|start| {
        [0, MAX_LINE, MAX_LINE + MAX_SKIP, MAX_TEXT].into_iter().flat_map(move |limit| start + limit..start + limit + 4)
    });
    let mut cuts: Vec<usize> = near.filter(|&at| at <= len).chain((0..len).step_by(len / 40)).collect();
    cuts.sort_unstable();
    cuts.dedup();
    // A counted text of thousands of line feeds has too many; the random streams are many instead.
    let every = cuts.len() / 120 + 1;
    cuts.into_iter().step_by(every).collect()
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![1..8_usize, 1..200_usize, 1..6_000_usize], 1..20)
}

proptest! {
    #![proptest_config(cases(192))]

    //= protocol/SPEC.md#2-1-lines
    //= type=test
    //# The outcome of a stream of octets MUST NOT depend on how the transport divided it into pieces.
    #[test]
    fn the_framer_finds_the_same_frames_and_faults(octets in streams::from_client(), sizes in sizes()) {
        cut(Framer::new, &octets, &sizes);
    }

    #[test]
    fn lines_are_the_same(octets in streams::from_client(), sizes in sizes()) {
        cut(Lines::from_client, &octets, &sizes);
        cut(Lines::from_server, &octets, &sizes);
    }

    //= protocol/SPEC.md#2-1-lines
    //= type=test
    //# The outcome of a stream of octets MUST NOT depend on how the transport divided it into pieces.
    #[test]
    fn the_server_hears_the_same(octets in streams::from_client(), sizes in sizes()) {
        cut(Server::new, &octets, &sizes);
    }

    //= protocol/SPEC.md#2-1-lines
    //= type=test
    //# The outcome of a stream of octets MUST NOT depend on how the transport divided it into pieces.
    #[test]
    fn the_client_hears_and_answers_the_same(
        octets in prop_oneof![3 => streams::conversation(), 1 => streams::from_server()],
        sizes in sizes(),
    ) {
        cut(Client::new, &octets, &sizes);
    }

    #[test]
    fn the_reader_of_plain_mode_hears_the_same(octets in streams::from_server(), sizes in sizes()) {
        cut(PlainSession::new, &octets, &sizes);
    }
}

#[test]
fn the_limits_are_the_same_at_every_cut_around_them() {
    for len in MAX_LINE - 2..=MAX_LINE + 2 {
        for end in ["\n", "\r\n", "\r\r\n", "\rx\n"] {
            for begin in ["SAY #r :", "SAY ", "SAY #r {", "x"] {
                let octets = format!("{begin}{}{end}PING\n", "x".repeat(len - begin.len()));
                let near: Vec<usize> = (len - 2..octets.len()).collect();
                for at in near {
                    cut_at(Framer::new, octets.as_bytes(), at);
                    cut_at(Lines::from_client, octets.as_bytes(), at);
                    cut_at(Server::new, octets.as_bytes(), at);
                }
            }
        }
    }
}

#[test]
fn the_opening_ends_at_the_same_octet_at_every_cut() {
    for filler in [8_176, 8_177, 8_178, 8_179, 8_180] {
        for hello in ["HELLO 1 alice\n", "HELLO 1 alice\r\n", "alice\r\n"] {
            let octets = format!("{}{hello}PING\n", "\n".repeat(filler));
            for at in filler - 1..octets.len() {
                cut_at(Server::new, octets.as_bytes(), at);
            }
        }
    }
}

#[test]
fn every_opening_is_the_same_at_every_cut() {
    for opening in [
        &b"HELLO 1 alice\r\nPING\n"[..],
        b"\r\n\nalice\nhi\n",
        b"\rx\nalice\n",
        b"\r\rHELLO 1 a\n",
        b"SSH-2.0-x\n",
        b"\r\nSSH\nx\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02",
        b"PING a\nhello 2 a\nHELLO 1 taken\nJOIN #a\nSAY #a {6}\nBYE\r\n\n\nHELLO 1 a\nBYE\nPING\n",
    ] {
        cut(Server::new, opening, &[2, 3]);
    }
}

#[test]
fn a_skip_ends_at_the_same_octet_at_every_cut() {
    let hello = b"HELLO 1 alice\n";
    for len in MAX_LINE + MAX_SKIP - 2..=MAX_LINE + MAX_SKIP + 1 {
        for end in ["\n", "\r\n"] {
            let line = format!("SAY #r :{}{end}PING\n", "x".repeat(len - "SAY #r :".len()));
            let behind_hello = [hello, line.as_bytes()].concat();
            for at in [1, 8, 9, MAX_LINE - 1, MAX_LINE, MAX_LINE + 1, 30_000, len - 2, len - 1, len, len + 1] {
                cut_at(Framer::new, line.as_bytes(), at);
                cut_at(Lines::from_client, line.as_bytes(), at);
                cut_at(Server::new, &behind_hello, hello.len() + at);
            }
        }
    }
}

#[track_caller]
fn cut_at<R: Reader>(new: impl Fn() -> R, octets: &[u8], at: usize) {
    let expected = feed(new(), octets, whole(octets));
    assert!(feed(new(), octets, [0..at, at..octets.len()]) == expected, "cut at {at} of {}", octets.len());
}

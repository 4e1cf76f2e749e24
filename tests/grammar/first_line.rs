//! The first line of a client: the mode is the one that the table of SPEC.md, section 3.2, names.

use fanfare_protocol::ByeCode;
use fanfare_protocol::plain::Dialect;
use fanfare_protocol::session::{Incoming, Millis, ServerSession, SessionLimits};
use fastrand::Rng;

use crate::generating::Generator;
use crate::matching::Matcher;
use crate::mutating::mutate;
use crate::reading::Grammar;
use crate::shrinking::shrink;

/// What the first line makes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    Mode(Dialect),
    /// `BYE bad-handshake`
    Foreign,
    /// `BYE line-too-long`
    TooLong,
    /// Its end has not come.
    Undecided,
}

/// The table of 3.2, row by row.
fn by_the_table(octets: &[u8]) -> Opened {
    let mut octets = octets;
    while let Some(rest) = octets.strip_prefix(b"\n").or_else(|| octets.strip_prefix(b"\r\n")) {
        octets = rest;
    }
    match octets {
        [] | [b'\r'] => return Opened::Undecided,
        [0x00..=0x1f, ..] => return Opened::Foreign,
        _ if octets.starts_with(b"SSH-") => return Opened::Foreign,
        _ => {}
    }
    let Some(end) = octets.iter().position(|&octet| octet == b'\n') else {
        // 2.7: certainly too long when octet 4,097 is neither LF nor a CR followed by LF.
        let too_long = octets.len() > 4_097 || octets.get(4_096).is_some_and(|&octet| octet != b'\r');
        return if too_long { Opened::TooLong } else { Opened::Undecided };
    };
    let line = octets[..end].strip_suffix(b"\r").unwrap_or(&octets[..end]);
    if line.len() > 4_096 {
        return Opened::TooLong;
    }
    let first = line.split(|&octet| octet == b' ').next().unwrap_or_default().to_ascii_uppercase();
    let runs: Vec<&[u8]> = line.split(|&octet| octet == b' ').filter(|run| !run.is_empty()).collect();
    let further = runs.len() - usize::from(!first.is_empty());
    if runs.last().is_some_and(|last| last.starts_with(b"HTTP/")) {
        return Opened::Foreign;
    }
    let framed = match &first[..] {
        b"PING" | b"BYE" => true,
        b"AUTH" => further >= 1,
        b"HELLO" => further >= 2,
        _ => false,
    };
    Opened::Mode(if framed { Dialect::Framed } else { Dialect::Plain })
}

fn by_the_session(octets: &[u8]) -> Opened {
    let mut session = ServerSession::new(Millis(0), SessionLimits::default());
    let mut input = octets;
    let incoming = session.receive(&mut input);
    match (session.dialect(), incoming) {
        (Some(mode), _) => Opened::Mode(mode),
        (None, Some(Incoming::End(ByeCode::BadHandshake))) => Opened::Foreign,
        (None, Some(Incoming::End(ByeCode::LineTooLong))) => Opened::TooLong,
        (None, None) => Opened::Undecided,
        (None, Some(other)) => panic!("{other:?} before the mode is fixed"),
    }
}

#[test]
fn the_first_line_fixes_the_mode_that_the_table_names() {
    const FOREIGN: [&[u8]; 6] =
        [b"GET / HTTP/1.1\r\n", b"HTTP/\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01", b"\tname\n", b"x HTTP/ \n"];

    let grammar = Grammar::of_spec();
    let matcher = Matcher::new(&grammar);
    let roots =
        ["client-frame", "hello", "auth", "ping", "bye", "name-line", "plain-line"].map(|name| grammar.rule(name));
    let mut seen = [0_u32; 4];
    for seed in 0..crate::agreement::cases() {
        let mut rng = Rng::with_seed(seed);
        let mut octets = match rng.usize(..=roots.len()) {
            foreign if foreign == roots.len() => FOREIGN[rng.usize(..FOREIGN.len())].to_vec(),
            root => Generator::new(&matcher, seed).string(roots[root]).0,
        };
        octets.push(b'\n');
        for _ in 0..4 {
            let (table, session) = (by_the_table(&octets), by_the_session(&octets));
            // More than 8,192 octets before WELCOME are another rule's (3.3, item 5).
            if table != session && octets.len() <= 8_192 {
                let least = shrink(&octets, |octets| by_the_table(octets) != by_the_session(octets));
                let (table, session) = (by_the_table(&least), by_the_session(&least));
                panic!("3.2 says {table:?} and the crate {session:?}: {}", least.escape_ascii());
            }
            seen[match table {
                Opened::Mode(Dialect::Framed) => 0,
                Opened::Mode(Dialect::Plain) => 1,
                Opened::Foreign => 2,
                Opened::TooLong | Opened::Undecided => 3,
            }] += 1;
            octets = mutate(&octets, FOREIGN[rng.usize(..FOREIGN.len())], &mut rng);
        }
    }
    assert!(seen.iter().all(|&times| times > 10), "framed, plain, foreign, undecided: {seen:?}");
}

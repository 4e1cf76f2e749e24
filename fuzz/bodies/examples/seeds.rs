//! The vectors of the protocol as seeds: each as the octets that a target takes, written to `DIRECTORY/TARGET/` for
//! `fuzz/run`, and in a test handed to every body.
//!
//!     cargo run -p fanfare-fuzz-bodies --example seeds -- DIRECTORY

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use fanfare_vectors::{Outcome, Reader, Vector, tables};

/// The longest seed that `fuzz/run` hands over.
const MAX_SEED: usize = 2_048;

/// Every vector as a target's seed, each with a name that no other one has.
fn seeds(target: &str) -> impl Iterator<Item = (String, Vec<u8>)> {
    tables().into_iter().flat_map(move |(file, table)| {
        let vectors = table.vectors.into_iter().enumerate();
        vectors.map(move |(nth, vector)| (format!("{file}-{nth:03}"), adapted(target, table.reader, &vector)))
    })
}

/// A vector's octets as a target takes them. Any octets are a seed, so that a new target gets them as they are.
fn adapted(target: &str, reader: Reader, vector: &Vector) -> Vec<u8> {
    let octets = shortened(&vector.octets);
    let behind = |before: &[u8]| [before, &octets].concat();
    match (target, reader) {
        ("client_values" | "server_values" | "plain_values", _) => values(vector),
        ("cutting" | "server_session", Reader::ClientFrame) => behind(b"HELLO 1 alice\n"),
        ("cutting" | "server_session", Reader::PlainLine) => behind(b"alice\n"),
        // An empty piece delivers everything, and what comes then is behind WELCOME.
        ("two_sessions", Reader::ClientFrame | Reader::ServerFrame) => {
            behind(b"HELLO 1 alice\n\xf5\xf5JOIN #tea\n\xf5\xf5")
        }
        ("cutting", Reader::ServerFrame) => behind(b"FANFARE/1 x\nWELCOME alice ping=30 text=65536 presence=256 :Hi\n"),
        ("plain_lines", Reader::PlainOutput | Reader::PlainEvent) => {
            behind(b"FANFARE/1 x\nYou are connected to the Server!\n")
        }
        _ => octets,
    }
}

/// The same stream as a script has it: octets that stand for runs of `x`, as the table of `fuzz/README.md` says.
fn shortened(octets: &[u8]) -> Vec<u8> {
    const RUNS: [(u8, usize); 6] = [(0xfe, 65_520), (0xfd, 8_170), (0xfc, 4_080), (0xfb, 250), (0xfa, 60), (0xf9, 30)];
    let mut script = Vec::new();
    for run in octets.chunk_by(|one, next| one == next) {
        let mut left = run.len();
        if run[0] == b'x' {
            for (mark, length) in RUNS {
                script.extend(std::iter::repeat_n(mark, left / length));
                left %= length;
            }
        }
        script.extend(std::iter::repeat_n(run[0], left));
    }
    script
}

/// The values of a message, one a line, in the order of `typed.rs`; LF in a text is the mark of a cut.
fn values(vector: &Vector) -> Vec<u8> {
    let [Outcome::Message(message) | Outcome::Event(message)] = &vector.outcomes[..] else {
        return shortened(&vector.octets);
    };
    let word = |value: Option<&serde_json::Value>| match value {
        Some(serde_json::Value::String(word)) => word.clone(),
        Some(serde_json::Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let field = |key: &str| word(message.fields.get(key));
    let attribute = |key: &str| word(message.attributes.get(key));
    let text = message.text.clone().unwrap_or_default();
    let lines = [
        field("name"),
        field("room"),
        attribute("epoch"),
        field("mechanism"),
        field("kind"),
        field("code"),
        String::new(),
        message.names.join(" "),
        text.clone(),
        String::new(),
        field("at"),
        attribute("newest"),
        attribute("members"),
        field("seq") + &field("first"),
        field("last"),
        attribute("id"),
        field("token") + &attribute("token"),
        attribute("epoch"),
        attribute("after"),
        attribute("after"),
        text.clone(),
        text,
        attribute("rate"),
        attribute("retry"),
    ];
    let lines =
        lines.map(|line| line.bytes().map(|octet| if octet == b'\n' { 0xf5 } else { octet }).collect::<Vec<u8>>());
    shortened(&lines.join(&b'\n'))
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args_os().nth(1).ok_or("it needs a directory to write to")?;
    for (target, _) in fanfare_fuzz_bodies::TARGETS {
        let directory = Path::new(&directory).join(target);
        fs::create_dir_all(&directory)?;
        for (name, seed) in seeds(target).filter(|(_, seed)| seed.len() <= MAX_SEED) {
            fs::write(directory.join(name), seed)?;
        }
    }
    Ok(())
}

#[test]
fn every_body_is_content_with_every_vector() {
    let mut failed = Vec::new();
    for (target, body) in fanfare_fuzz_bodies::TARGETS {
        for (name, seed) in seeds(target) {
            if std::panic::catch_unwind(|| body(&seed)).is_err() {
                failed.push(format!("{target}: {name}"));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn a_run_is_written_as_its_marks() {
    let written = shortened(&[&b"SAY :"[..], &[b'x'; 4_091], b"\nxx\n"].concat());
    assert_eq!(written, b"SAY :\xfcxxxxxxxxxxx\nxx\n");
}

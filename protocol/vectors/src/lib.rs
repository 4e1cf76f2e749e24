//! The vectors beside this crate, read: what they are and how to use them is in the README.md there.
//!
//! It knows no other crate of Fanfare, as the vectors know only SPEC.md.

#![forbid(unsafe_code)]

mod message;
mod octets;
mod outcome;

use serde::Deserialize;

pub use message::Message;
pub use octets::{Characters, Octets};
pub use outcome::{Command, Greeting, Line, Mode, Outcome, Reply};

/// The JSON Schema of every file.
pub const SCHEMA: &str = include_str!("../schema.json");

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Every file: its name without `.json`, and what is in it.
        pub const FILES: &[(&str, &str)] = &[$( ($name, include_str!(concat!("../", $name, ".json"))) ),*];
    };
}

files! {
    "client-faults",
    "client-limits",
    "client-messages",
    "client-streams",
    "codes",
    "first-lines",
    "framing",
    "greetings",
    "name-lines",
    "plain-commands",
    "plain-events",
    "plain-output",
    "server-faults",
    "server-limits",
    "server-messages",
    "texts",
}

/// Who reads the octets of a file, and in which state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    /// A server in framed mode, whatever its state.
    ClientFrame,
    /// A client behind the greeting.
    ServerFrame,
    /// A client at the first line.
    Greeting,
    /// A server at the first line, which fixes the mode.
    FirstLine,
    /// A server in plain mode that has refused a first name.
    NameLine,
    /// A server in plain mode that has accepted a name.
    PlainLine,
    /// A client in plain mode whose name was accepted.
    PlainOutput,
    /// Nobody: the octets are what a server in plain mode sends.
    PlainEvent,
    /// A server, from the first octet of a connection on.
    ClientStream,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Table {
    /// Who reads its octets.
    pub reader: Reader,
    /// What is in it.
    pub about: String,
    /// Its vectors.
    pub vectors: Vec<Vector>,
}

/// Octets, and what comes of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "Written")]
pub struct Vector {
    /// What it shows.
    pub name: String,
    /// The sections of SPEC.md that decide.
    pub spec: Vec<String>,
    /// The limit that it is about.
    pub limit: Option<Limit>,
    /// The octets.
    pub octets: Vec<u8>,
    /// What comes of them, in its order: of a [`Reader::ClientStream`] any number of things, and otherwise one.
    pub outcomes: Vec<Outcome>,
    /// The canonical octets of a message.
    pub canonical: Option<Vec<u8>>,
}

impl Vector {
    /// The canonical octets of a message, which are its own unless others are given.
    pub fn canonical(&self) -> &[u8] {
        self.canonical.as_ref().unwrap_or(&self.octets)
    }
}

/// A limit at its edge, or one past it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Limit {
    /// The row of the table of section 11.
    pub row: String,
    /// The number that is met: the limit itself, or one more.
    pub number: u64,
}

/// A vector as it is written.
#[derive(Deserialize)]
struct Written {
    name: String,
    spec: Vec<String>,
    limit: Option<Limit>,
    octets: Octets,
    outcome: Option<Outcome>,
    #[serde(default)]
    outcomes: Vec<Outcome>,
    canonical: Option<Octets>,
}

impl From<Written> for Vector {
    fn from(written: Written) -> Self {
        Self {
            name: written.name,
            spec: written.spec,
            limit: written.limit,
            octets: written.octets.0,
            outcomes: written.outcome.into_iter().chain(written.outcomes).collect(),
            canonical: written.canonical.map(|octets| octets.0),
        }
    }
}

/// Every file, read, with its name.
///
/// # Panics
///
/// If a file does not follow its schema, which a test of this crate would show.
pub fn tables() -> Vec<(&'static str, Table)> {
    let read = |&(file, json)| (file, serde_json::from_str(json).unwrap_or_else(|error| panic!("{file}: {error}")));
    FILES.iter().map(read).collect()
}

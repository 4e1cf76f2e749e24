//! What comes of octets.

use serde::Deserialize;

use crate::message::names;
use crate::{Characters, Message};

/// One thing that comes of octets.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A message.
    Message(Message),
    /// An `ERR` with this code is due, or in plain mode its fault line. The connection goes on.
    Err(String),
    /// A `BYE` with this code is due, or in plain mode its line. Nothing more is read.
    Bye(String),
    /// The server is at fault: `malformed`, `endless`, `no-greeting` or `other-version`.
    Fault(String),
    /// A greeting.
    Greeting(Greeting),
    /// The mode is fixed.
    Mode(Mode),
    /// This name is asked for in plain mode.
    Name(String),
    /// A person said this.
    Said(Characters),
    /// A person's command.
    Command(Command),
    /// A line that a person reads.
    Line(Line),
    /// A line that a person reads, of no form that is known.
    Unknown,
    /// What a server sent these octets for.
    Event(Message),
    /// The answer to a command that a server sent these octets for.
    Reply(Reply),
    /// The octets are taken, and nothing comes of them.
    Ignored,
    /// Nothing comes of the octets before there are more.
    Incomplete,
}

/// The two languages of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Frames.
    Framed,
    /// Lines.
    Plain,
}

/// The first line of a server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Greeting {
    /// The versions that it speaks.
    pub versions: Vec<u64>,
    /// The words for a person.
    pub words: Characters,
}

/// A command of section 10.2.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "word")]
#[allow(missing_docs, reason = "each is the word of that name, and its fields are those of section 10.2")]
pub enum Command {
    #[serde(rename = "/join")]
    Join { room: String },
    #[serde(rename = "/msg")]
    Msg { name: String, text: Characters },
    #[serde(rename = "/who")]
    Who,
    #[serde(rename = "/rooms")]
    Rooms,
    #[serde(rename = "/history")]
    History { count: u64 },
    #[serde(rename = "/search")]
    Search { text: Characters },
    #[serde(rename = "/help")]
    Help,
    #[serde(rename = "/quit")]
    Quit { text: Option<Characters> },
}

/// A line of section 10.3.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is a row of the table of section 10.3")]
pub enum Line {
    Message { name: String, text: Characters },
    Told { name: String, text: Characters },
    Joined { name: String },
    Left { name: String },
    Information { text: Characters },
    Fault { text: Characters },
    Prompt,
    Connected,
}

/// An answer of sections 10.1 and 10.2 that is no event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is an answer that section 10.1 or 10.2 names")]
pub enum Reply {
    Moved {
        room: String,
        members: u64,
    },
    Sent {
        name: String,
    },
    Members {
        room: String,
        total: u64,
        #[serde(deserialize_with = "names")]
        names: Vec<String>,
    },
    NothingKept,
    NothingFound,
    NoRooms,
    More,
    Prompt,
}

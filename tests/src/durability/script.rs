//! What somebody does in a round, one thing after another.

use std::time::Duration;

/// Who takes part, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Role {
    /// Its name.
    pub(super) name: String,
    /// How it talks to the server.
    pub(super) way: Way,
    /// What it does, one thing after another.
    pub(super) acts: Vec<Act>,
    /// How many requests it has without an answer at most.
    pub(super) window: usize,
    /// How long it waits after each frame, if it is slow.
    pub(super) slow: Option<Duration>,
    /// For all that it draws by itself.
    pub(super) seed: u64,
}

/// How one talks to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// With frames, and the harness's own client.
    Frames,
    /// With the client library.
    Library,
    /// In plain mode.
    Plain,
}

/// Something that one does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// To become a member of a room.
    Join(String, Entrance),
    /// To leave it.
    Leave(String),
    /// To say something in a room.
    Say {
        /// In which.
        room: String,
        /// With an id, if it is to be said whatever happens.
        id: Option<String>,
        /// What.
        text: String,
    },
    /// To ask for a history, page by page: from the beginning on or from the end back, so many numbers each.
    Page {
        /// Of which room.
        room: String,
        /// From the beginning on.
        forwards: bool,
        /// How many numbers each page is asked for.
        span: u64,
    },
    /// To search a room.
    Search {
        /// Which.
        room: String,
        /// For what.
        text: String,
        /// For so many messages at most.
        last: u64,
        /// Only for those before the so many newest.
        skip: Option<u64>,
    },
    /// To do nothing for a time.
    Pause(Duration),
    /// To end the connection and make another; whether it is ended with a goodbye.
    Again(bool),
}

/// With what one joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entrance {
    /// Nothing: from now on.
    Now,
    /// `last=`.
    Last(u64),
    /// `after=` where one stopped; from now on, if one was never there.
    Resume,
    /// `after=` where one stopped, and `last=`.
    ResumeLast(u64),
}

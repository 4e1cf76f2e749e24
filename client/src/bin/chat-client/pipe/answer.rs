//! What the server answers to commands.

use fanfare_client::{Found, Members, Message, Rooms};

/// An answer, or a page of one.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// To `/who`.
    Who { room: String, members: Members },
    /// To `/rooms`.
    Rooms(Rooms),
    /// To `/history` and `/missed`.
    History { room: String, epoch: String, messages: Vec<Message>, more: bool },
    /// To `/search`.
    Search { room: String, found: Found },
}

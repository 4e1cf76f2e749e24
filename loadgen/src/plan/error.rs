//! What is wrong with a plan.

use std::net::IpAddr;
use std::time::Duration;

use fanfare_protocol::limits::MAX_TEXT;

use super::{LEAST_PAUSE, MOST_BURST, MOST_CLIENTS, MOST_IN_FLIGHT, MOST_RATE};
use crate::beside::BesideError;
use crate::layout::MOST_EXPONENT;
use crate::published::MOST_AHEAD;
use crate::text::LEAST_TEXT;

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The number of clients.
    #[error("{0} clients: 1 to {MOST_CLIENTS} are possible")]
    Clients(u32),
    /// The number of publishers.
    #[error(
        "{publishers} publishers of {clients} clients: there is at least one, and publishers are clients too unless they are apart"
    )]
    Publishers {
        /// How many publish.
        publishers: u32,
        /// How many there are.
        clients: u32,
    },
    /// The size.
    #[error(
        "texts of {0} octets: {LEAST_TEXT} to {MAX_TEXT} are possible; the first {LEAST_TEXT} say which message it is"
    )]
    Size(usize),
    /// The rate.
    #[error(
        "{0} messages a second: more than 0 and at most {MOST_RATE} are possible; for as many as fit, use --in-flight"
    )]
    Rate(f64),
    /// The window.
    #[error("{0} messages in flight: 1 to {MOST_IN_FLIGHT} are possible")]
    InFlight(u32),
    /// The bursts.
    #[error(
        "bursts of {messages} messages every {every:?}: 1 to {MOST_BURST} messages are possible, every {LEAST_PAUSE:?} or more"
    )]
    Burst {
        /// How many messages.
        messages: u32,
        /// How often.
        every: Duration,
    },
    /// What another process publishes is not known beforehand, or too much of it at once.
    #[error(
        "what another process publishes can be followed only at a rate, or in bursts of at most {MOST_AHEAD} messages"
    )]
    FollowedLoad,
    /// It is not known when another process publishes.
    #[error("what another process publishes can be followed only from a moment that both know")]
    FollowedStart,
    /// The ramp.
    #[error("no connection may be opening at a time: nobody would ever join")]
    Ramp,
    /// The duration.
    #[error("a run of no time has no messages")]
    Duration,
    /// The room.
    #[error("{0:?} is no room: '#', then 1 to 64 of a-z 0-9 . _ -")]
    Room(String),
    /// The number of rooms.
    #[error(
        "{rooms} rooms of {clients} clients, {publishers} of whom publish: there is at least one room, and in each a client and one who publishes"
    )]
    Rooms {
        /// How many clients there are.
        clients: u32,
        /// How many publish.
        publishers: u32,
        /// How many rooms there are.
        rooms: u32,
    },
    /// The law of the rooms' sizes.
    #[error("rooms whose sizes follow Zipf's law with an exponent of {0}: 0 to {MOST_EXPONENT} are possible")]
    Exponent(f64),
    /// The publishers behind a relay.
    #[error("{0} publishers: behind a relay there is only one, as it numbers the messages itself")]
    Relay(u32),
    /// The size, on a wire whose lines are short.
    #[error(
        "texts of {size} octets in the room {room}: a line of an {server} has room for {most}; use --size {most} or less, or a shorter --room"
    )]
    Line {
        /// The size.
        size: usize,
        /// The room.
        room: String,
        /// What is spoken to.
        server: &'static str,
        /// The most octets.
        most: usize,
    },
    /// The room, on a wire whose names are short.
    #[error("the room {room}: an {server} takes names of {most} characters behind the #")]
    LongRoom {
        /// The room.
        room: String,
        /// What is spoken to.
        server: &'static str,
        /// The most octets behind the `#`.
        most: usize,
    },
    /// The number of clients, on a wire whose names are short.
    #[error("{clients} clients: an {server} takes names of {most} characters, in which so many numbers have no place")]
    LongName {
        /// How many clients.
        clients: u32,
        /// What is spoken to.
        server: &'static str,
        /// The most octets of a name.
        most: usize,
    },
    /// The clients can't make themselves known so.
    #[error("{0}")]
    Login(&'static str),
    /// The part that is compared.
    #[error("one read in none is compared: 1 or more are possible")]
    CompareEvery,
    /// A source address of another kind than the server's.
    #[error("connections to {address} can't come from {source_address}: both must be IPv4 or both IPv6")]
    Source {
        /// The server's.
        address: IpAddr,
        /// Where a connection would come from.
        source_address: IpAddr,
    },
    /// What is beside the receivers.
    #[error(transparent)]
    Beside(#[from] BesideError),
}

//! Why there is no measurement.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::plan::PlanError;

/// A run that could not be made. A run with losses is no error: it is what was measured.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan makes no sense.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There is no connection to be had at all.
    #[error("no server answers at {address} ({source}); {remedy}")]
    NoServer {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
        /// How one comes to a server there.
        remedy: String,
    },
    /// What answers speaks something else, or breaks the protocol.
    #[error("what answers at {address} is no {expected}: {fault}")]
    SpeaksOtherwise {
        /// Where.
        address: SocketAddr,
        /// What it should be.
        expected: &'static str,
        /// What it did.
        fault: String,
    },
    /// Some have joined, and one could not.
    #[error("client {client} of {clients} could not join: {reason}{remedy}")]
    CannotJoin {
        /// Which, from 1.
        client: usize,
        /// Of how many.
        clients: u32,
        /// What happened.
        reason: String,
        /// What to do about it, if that is known.
        remedy: &'static str,
    },
    /// The ramp stood still.
    #[error("{joined} of {clients} clients have joined, and none since {seconds} seconds: the server does not answer")]
    RampStalled {
        /// How many have joined.
        joined: u32,
        /// Of how many.
        clients: u32,
        /// How long it was waited.
        seconds: u64,
    },
    /// The server would refuse some of the messages.
    #[error(
        "the server takes {allowed} requests a second of one connection (rate= of WELCOME), and each publisher would make {wanted}; \
         use --publishers {publishers} or more, or start the server with --rate-limit off"
    )]
    RateLimited {
        /// What the server announces.
        allowed: u64,
        /// What the plan needs.
        wanted: u64,
        /// How many publishers are enough.
        publishers: u64,
    },
    /// The server limits the rate, and a window has none that it could keep to.
    #[error(
        "the server takes {allowed} requests a second of one connection (rate= of WELCOME), which --in-flight would exceed; start the server with --rate-limit off"
    )]
    WindowLimited {
        /// What the server announces.
        allowed: u64,
    },
    /// The server takes no texts of this size.
    #[error("the server takes texts of at most {allowed} octets (text= of WELCOME), and --size is {size}")]
    TextTooLong {
        /// What the server announces.
        allowed: u64,
        /// What the plan needs.
        size: usize,
    },
    /// One that is to be beside the receivers from the start could not join.
    #[error("{kind} {at} of {count} could not join: {reason}{remedy}")]
    Beside {
        /// What it is.
        kind: &'static str,
        /// Which, from 1.
        at: usize,
        /// Of how many.
        count: u32,
        /// What happened.
        reason: String,
        /// What to do about it, if that is known.
        remedy: &'static str,
    },
    /// A source address can't be used.
    #[error(
        "no connection can come from {address} ({source}): a source must be an address of this machine (`ip address` lists them)"
    )]
    Source {
        /// Which.
        address: IpAddr,
        /// What the system says.
        source: io::Error,
    },
    /// There are too few file descriptors.
    #[error(
        "{connections} connections need {needed} file descriptors, and this process may have {allowed}; raise the hard limit (`ulimit -Hn {needed}`) or use fewer --clients"
    )]
    Descriptors {
        /// How many connections there are at a time, those beside the receivers among them.
        connections: u64,
        /// What they need.
        needed: u64,
        /// What there is.
        allowed: u64,
    },
    /// There are too few local ports for one destination.
    #[error(
        "{connections} connections need {needed} local ports, and the system has {ports} for one server from each of {sources} source address(es); \
         use fewer --clients, or {wanted} addresses of this machine (`--sources A --sources B`), or widen `sysctl net.ipv4.ip_local_port_range` \
         (now {waiting} ports are of connections that have ended, and come back within a minute)"
    )]
    Ports {
        /// How many connections there are at a time, those beside the receivers among them.
        connections: u64,
        /// How many ports they need: those that end keep theirs for a minute.
        needed: u64,
        /// How many ports there are for one source address.
        ports: u64,
        /// How many source addresses there are.
        sources: u64,
        /// How many would be enough.
        wanted: u64,
        /// How many ports connections have that have ended.
        waiting: u64,
    },
    /// Not all had joined when messages were to begin.
    #[error(
        "messages were to begin {late:?} before all clients had joined and rested; agree on a later start, or use a higher --ramp or fewer --clients"
    )]
    StartIsPast {
        /// How long before.
        late: Duration,
    },
    /// It was told to stop before the first message.
    #[error("interrupted before the first message")]
    Interrupted,
    /// The system refused something that it always has.
    #[error("the system refused {what}: {source}")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What it says.
        source: io::Error,
    },
}

//! What a run does.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use fanfare_protocol::RoomName;
use fanfare_protocol::limits::{MAX_TEXT, PORT};
use serde::Serialize;

use crate::beside::{Beside, BesideError};
use crate::published::REMEMBERED;
use crate::text::LEAST_TEXT;
use crate::wire::Wire;

/// The most clients of a run.
pub const MOST_CLIENTS: u32 = 1_000_000;

/// The most messages a second. What is above it is no rate but a window.
pub const MOST_RATE: f64 = 1_000_000.0;

/// The largest window: as many messages as are remembered one by one.
pub const MOST_IN_FLIGHT: u32 = 1 << 16;

const _: () = assert!(MOST_IN_FLIGHT as u64 == REMEMBERED, "each message of a window is remembered");

/// When messages are sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// So many a second, at fixed times, whatever becomes of those before: an open loop. Above 0, at most [`MOST_RATE`].
    Rate(f64),
    /// As many as fit: at most so many that somebody has still to receive. 1 to [`MOST_IN_FLIGHT`].
    InFlight(u32),
}

/// Everything that a run depends on. [`check`](Self::check) says what is wrong with it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the server listens.
    pub address: SocketAddr,
    /// The server's process, if it is on this machine: its processor time and memory are measured.
    pub server: Option<u32>,
    /// What is spoken to it.
    pub wire: Wire,
    /// The room that everybody joins; of several, what their names begin with.
    pub room: String,
    /// How many rooms there are. Client *i* is in room *i* modulo this, whose name has `-` and that number behind it if there
    /// is more than one. At least 1.
    pub rooms: u32,
    /// What tells this run's texts and names from those of other runs.
    pub run: u32,
    /// How many members the rooms have in all. Each receives each message of its room.
    pub clients: u32,
    /// How many of them say something, in turn: the first ones, each in its own room. A multiple of [`rooms`](Self::rooms).
    pub publishers: u32,
    /// The octets of each text, [`LEAST_TEXT`] to 65,536.
    pub size: usize,
    /// When messages are sent.
    pub load: Load,
    /// How long messages are sent.
    pub duration: Duration,
    /// How many connections may be opening at a time.
    pub ramp: u32,
    /// How long the ramp may make no progress.
    pub patience: Duration,
    /// How long to wait between the last joining and the first message.
    pub settle: Duration,
    /// How long to wait for deliveries after the last message.
    pub drain: Duration,
    /// Of each receiver's reads, one in so many is read and compared octet for octet. Those between take what the reference log
    /// has, its newest frame apart, from the socket without reading it, and only count it; everything else is read as ever.
    /// At least 1, which compares everything.
    ///
    /// What was lost, added or repeated in a counted part is found out at the receiver's next octets that are read; the
    /// newest frame of the log always is one, and in the drain everything is. An octet that was *replaced* in a counted part
    /// is not found out. Whatever the server sends in the midst of messages is taken for a fault, so no [`Wire`] may do so
    /// while messages are sent: a `chat-server` must not ask silent clients after less than 10 seconds (here they say
    /// an empty line every 5), and there may be no `GAP` and no coming and going; a NATS server asks each client two
    /// seconds or so after it connected, and again two minutes later, so [`settle`](Self::settle) for 3 seconds.
    /// Publishers that get answers among their messages are always compared.
    pub compare_every: u32,
    /// The addresses of this machine that the connections come from, in turn; without any, the system chooses. Each has as
    /// many local ports for one server as the system's range has.
    pub sources: Vec<IpAddr>,
    /// The connections beside the receivers.
    pub beside: Beside,
}

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The number of clients.
    #[error("{0} clients: 1 to {MOST_CLIENTS} are possible")]
    Clients(u32),
    /// The number of publishers.
    #[error("{publishers} publishers of {clients} clients: publishers are clients too, and there is at least one")]
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
    #[error("{publishers} publishers in {rooms} rooms: there is at least one room, and each has as many as the others")]
    Rooms {
        /// How many publish.
        publishers: u32,
        /// How many rooms there are.
        rooms: u32,
    },
    /// The publishers behind a relay.
    #[error("{0} publishers: behind a relay there is only one, as it numbers the messages itself")]
    Relay(u32),
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

impl Plan {
    /// A run against a server with what the command line has as defaults.
    pub fn new(address: SocketAddr) -> Self {
        // Only two runs in the same room at the same time must differ.
        let run = getrandom::u32().unwrap_or_else(|_| std::process::id());
        Self {
            address,
            server: None,
            wire: Wire::Fanfare,
            room: format!("#load-{run:08x}"),
            rooms: 1,
            run,
            clients: 1_000,
            publishers: 1,
            size: 64,
            load: Load::Rate(20.0),
            duration: Duration::from_secs(10),
            ramp: 64,
            patience: Duration::from_secs(10),
            settle: Duration::from_secs(1),
            drain: Duration::from_secs(5),
            compare_every: 1,
            sources: Vec::new(),
            beside: Beside::default(),
        }
    }

    /// Says what is wrong with it.
    ///
    /// # Errors
    ///
    /// The first value that is out of its range.
    pub fn check(&self) -> Result<(), PlanError> {
        if !(1..=MOST_CLIENTS).contains(&self.clients) {
            return Err(PlanError::Clients(self.clients));
        }
        if !(1..=self.clients).contains(&self.publishers) {
            return Err(PlanError::Publishers { publishers: self.publishers, clients: self.clients });
        }
        if !(LEAST_TEXT..=MAX_TEXT).contains(&self.size) {
            return Err(PlanError::Size(self.size));
        }
        match self.load {
            Load::Rate(rate) if !(rate > 0.0 && rate <= MOST_RATE) => return Err(PlanError::Rate(rate)),
            Load::InFlight(window) if !(1..=MOST_IN_FLIGHT).contains(&window) => {
                return Err(PlanError::InFlight(window));
            }
            _ => {}
        }
        if self.ramp == 0 {
            return Err(PlanError::Ramp);
        }
        if self.duration.is_zero() {
            return Err(PlanError::Duration);
        }
        if self.compare_every == 0 {
            return Err(PlanError::CompareEvery);
        }
        if self.rooms == 0 || !self.publishers.is_multiple_of(self.rooms) {
            return Err(PlanError::Rooms { publishers: self.publishers, rooms: self.rooms });
        }
        if self.wire == Wire::Relay && self.publishers > 1 {
            return Err(PlanError::Relay(self.publishers));
        }
        let address = self.address.ip();
        if let Some(&source_address) = self.sources.iter().find(|source| source.is_ipv4() != address.is_ipv4()) {
            return Err(PlanError::Source { address, source_address });
        }
        self.beside.check()?;
        if self.compare_every > 1 && self.wire.announces() && !self.beside.is_empty() {
            return Err(BesideError::OnlyCounted.into());
        }
        // No name is longer than the last one.
        let last = self.room_name(self.rooms - 1);
        RoomName::new(&last).map(drop).map_err(|_| PlanError::Room(last.clone()))
    }

    /// How many connections there are at a time, at most: those of the receivers, and those beside them.
    pub fn connections(&self) -> u64 {
        u64::from(self.clients) + self.beside.connections()
    }

    /// The names of all rooms.
    pub(crate) fn room_names(&self) -> Vec<String> {
        (0..self.rooms).map(|at| self.room_name(at)).collect()
    }

    fn room_name(&self, at: u32) -> String {
        if self.rooms > 1 { format!("{}-{at}", self.room) } else { self.room.clone() }
    }

    /// What the names of the run's people begin with.
    pub(crate) fn name_prefix(&self) -> String {
        format!("load-{:08x}-", self.run)
    }
}

/// Where a server listens that was told nothing else.
pub fn default_address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, PORT).into()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;
    use crate::beside::Stalled;

    #[test]
    fn the_defaults_are_a_plan() {
        assert_eq!(Plan::new(default_address()).check(), Ok(()));
    }

    #[test]
    fn each_value_out_of_range_is_named() {
        let wrong = |change: fn(&mut Plan)| {
            let mut plan = Plan::new(default_address());
            change(&mut plan);
            plan.check().expect_err("it is wrong")
        };
        assert_eq!(wrong(|plan| plan.clients = 0), PlanError::Clients(0));
        assert_eq!(wrong(|plan| plan.publishers = 0), PlanError::Publishers { publishers: 0, clients: 1_000 });
        assert_eq!(wrong(|plan| plan.publishers = 1_001), PlanError::Publishers { publishers: 1_001, clients: 1_000 });
        assert_eq!(wrong(|plan| plan.size = LEAST_TEXT - 1), PlanError::Size(20));
        assert_eq!(wrong(|plan| plan.size = 65_537), PlanError::Size(65_537));
        assert_eq!(wrong(|plan| plan.load = Load::Rate(0.0)), PlanError::Rate(0.0));
        assert!(matches!(wrong(|plan| plan.load = Load::Rate(f64::NAN)), PlanError::Rate(_)));
        assert_eq!(wrong(|plan| plan.load = Load::InFlight(65_537)), PlanError::InFlight(65_537));
        assert_eq!(wrong(|plan| plan.ramp = 0), PlanError::Ramp);
        assert_eq!(wrong(|plan| plan.duration = Duration::ZERO), PlanError::Duration);
        assert_eq!(wrong(|plan| plan.room = "tea".to_owned()), PlanError::Room("tea".to_owned()));
        assert_eq!(wrong(|plan| plan.rooms = 0), PlanError::Rooms { publishers: 1, rooms: 0 });
        assert_eq!(wrong(|plan| (plan.publishers, plan.rooms) = (5, 2)), PlanError::Rooms { publishers: 5, rooms: 2 });
        let long = |plan: &mut Plan| {
            (plan.publishers, plan.rooms, plan.room) = (100, 100, format!("#{}", "r".repeat(62)));
        };
        assert_eq!(wrong(long), PlanError::Room(format!("#{}-99", "r".repeat(62))));
        assert_eq!(wrong(|plan| (plan.publishers, plan.wire) = (2, Wire::Relay)), PlanError::Relay(2));
        assert_eq!(wrong(|plan| plan.compare_every = 0), PlanError::CompareEvery);
        let (address, source_address) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
        assert_eq!(
            wrong(|plan| plan.sources = vec![Ipv6Addr::LOCALHOST.into()]),
            PlanError::Source { address, source_address }
        );
        let stalled = |plan: &mut Plan| plan.beside.stalled = Some(Stalled { count: 0 });
        assert!(matches!(wrong(stalled), PlanError::Beside(BesideError::Count { count: 0, .. })));
        let counted = |plan: &mut Plan| (plan.beside.stalled, plan.compare_every) = (Some(Stalled::default()), 2);
        assert_eq!(wrong(counted), PlanError::Beside(BesideError::OnlyCounted));
    }
}

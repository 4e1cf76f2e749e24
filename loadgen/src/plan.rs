//! What a run does.

mod error;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use fanfare_protocol::RoomName;
use fanfare_protocol::limits::{MAX_TEXT, PORT};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::error::PlanError;
use crate::beside::{Beside, BesideError};
use crate::clock::nanos;
use crate::latency::Sending;
use crate::layout::{Layout, MOST_EXPONENT, Rooms, Sizes};
use crate::login::Login;
use crate::published::{MOST_AHEAD, REMEMBERED};
use crate::text::LEAST_TEXT;
use crate::wire::Wire;

/// The most clients of a run.
pub const MOST_CLIENTS: u32 = 1_000_000;

/// The most messages a second. What is above it is no rate but a window.
pub const MOST_RATE: f64 = 1_000_000.0;

/// The largest window: as many messages as are remembered one by one.
pub const MOST_IN_FLIGHT: u32 = 1 << 16;

/// The most messages of a burst: as many as are remembered one by one.
pub const MOST_BURST: u32 = MOST_IN_FLIGHT;

/// The shortest time from one burst to the next.
pub const LEAST_PAUSE: Duration = Duration::from_millis(1);

const _: () = assert!(MOST_IN_FLIGHT as u64 == REMEMBERED, "each message of a window is remembered");

/// When messages are sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// So many a second, at fixed times, whatever becomes of those before: an open loop. Above 0, at most [`MOST_RATE`].
    Rate(f64),
    /// So many at once, each so often: an open loop too. All of one burst are meant to be sent at the same time.
    Burst {
        /// How many, 1 to [`MOST_BURST`].
        messages: u32,
        /// How long it is from one burst to the next: [`LEAST_PAUSE`] at least.
        #[serde(rename = "every_ns", serialize_with = "as_nanos", deserialize_with = "of_nanos")]
        every: Duration,
    },
    /// As many as fit: at most so many that somebody has still to receive. 1 to [`MOST_IN_FLIGHT`].
    InFlight(u32),
    /// None. What being connected costs is measured.
    Idle,
}

impl Load {
    /// Whether each message is meant to be sent at a time that is known before, whatever becomes of those before it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Rate(_) | Self::Burst { .. })
    }
}

/// When messages begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// When all have joined and the server has come to rest.
    #[default]
    Settled,
    /// At this moment, by this machine's clock. All must have joined and rested by then.
    At(SystemTime),
    /// At the moment that [`Controls::start`](crate::Controls) is set to, which is waited for once all have joined and rested.
    Agreed,
}

/// The process that publishes what this one only receives: what its plan has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leader {
    /// Its clients.
    pub clients: u32,
    /// The number of its first client.
    pub first_client: u32,
    /// Whether its publishers are apart.
    pub apart: bool,
}

/// As a number of nanoseconds.
fn as_nanos<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(nanos(*duration))
}

fn of_nanos<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_nanos)
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
    /// How the clients make themselves known to a server that asks.
    pub login: Login,
    /// The room that everybody joins; of several, what their names begin with.
    pub room: String,
    /// How many rooms there are, and how the clients are spread over them. If there is more than one, each has `-` and its
    /// number behind its name. At least 1, at most as many as there are clients, and as there are publishers.
    pub rooms: Rooms,
    /// What tells this run's texts and names from those of other runs.
    pub run: u32,
    /// How many members the rooms have in all. Each receives each message of its room.
    pub clients: u32,
    /// How many say something, in turn, each in its own room: the first of the clients, or others if they are
    /// [`apart`](Self::apart).
    pub publishers: u32,
    /// Whether those who say something are further connections, so that clients only receive. They join a room only where the
    /// protocol demands that of who speaks in it, and what comes to them is read and not verified. Where a server does not
    /// send a message to who said it they always are.
    pub apart: bool,
    /// The number in the name of the first client, so that several processes' names differ.
    pub first_client: u32,
    /// Set, this process publishes nothing: another one does, at the same server and with the same `run`, `room`, `rooms`,
    /// `publishers`, `size`, `load`, `duration` and `start`. What is due there counts as accepted, and what comes here is
    /// verified and timed as if it had been published here; when it was really sent is not known. Only for a load that
    /// [is open](Load::is_open) with bursts of 32,768 at most, and a start that is agreed. How far the two machines' clocks differ is in each time; one that
    /// would be below 0 is 0.
    pub follows: Option<Leader>,
    /// When messages begin.
    pub start: Start,
    /// Whether it is remembered when each message had reached everybody here, for 4,194,304 messages at most.
    pub completions: bool,
    /// The octets of each text, [`LEAST_TEXT`] to 65,536.
    pub size: usize,
    /// When messages are sent.
    pub load: Load,
    /// How long messages are sent.
    pub duration: Duration,
    /// How many connections may be opening at a time; on IRC never more than 8, as servers let few wait.
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

impl Plan {
    /// A run against a server with what the command line has as defaults.
    pub fn new(address: SocketAddr) -> Self {
        // Only two runs in the same room at the same time must differ.
        let run = getrandom::u32().unwrap_or_else(|_| std::process::id());
        Self {
            address,
            server: None,
            wire: Wire::Fanfare,
            login: Login::default(),
            room: format!("#load-{run:08x}"),
            rooms: Rooms::even(1),
            run,
            clients: 1_000,
            publishers: 1,
            apart: false,
            first_client: 0,
            follows: None,
            start: Start::Settled,
            completions: false,
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
        if let Some(leader) = self.leading() {
            let burst = if let Load::Burst { messages, .. } = self.load { messages } else { 0 };
            if !self.load.is_open() || u64::from(burst) > MOST_AHEAD {
                return Err(PlanError::FollowedLoad);
            }
            if self.start == Start::Settled {
                return Err(PlanError::FollowedStart);
            }
            leader.check()?;
        }
        let most = if self.is_apart() || self.follows.is_some() { MOST_CLIENTS } else { self.clients };
        if !(1..=most).contains(&self.publishers) {
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
            Load::Burst { messages, every } if !(1..=MOST_BURST).contains(&messages) || every < LEAST_PAUSE => {
                return Err(PlanError::Burst { messages, every });
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
        let rooms = self.rooms.count;
        if !(1..=self.clients.min(self.publishers)).contains(&rooms) {
            return Err(PlanError::Rooms { clients: self.clients, publishers: self.publishers, rooms });
        }
        if let Sizes::Zipf(exponent) = self.rooms.sizes
            && !(0.0..=MOST_EXPONENT).contains(&exponent)
        {
            return Err(PlanError::Exponent(exponent));
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
        let last = self.room_name(rooms - 1);
        RoomName::new(&last).map(drop).map_err(|_| PlanError::Room(last.clone()))?;
        self.check_wire(last)
    }

    /// Whether it goes over its wire, with the longest name of its rooms.
    fn check_wire(&self, room: String) -> Result<(), PlanError> {
        let (server, most) = (self.wire.server(), self.wire.most_text(self.wire.place(&room)));
        let (most_room, most_name) = self.wire.most_names();
        if room.len() - 1 > most_room {
            return Err(PlanError::LongRoom { room, server, most: most_room });
        }
        if self.size > most {
            return Err(PlanError::Line { size: self.size, room, server, most });
        }
        let last = self.first_client.saturating_add(self.connections() - 1);
        if self.name_prefix().len() + last.to_string().len() > most_name {
            return Err(PlanError::LongName { clients: self.connections(), server, most: most_name });
        }
        self.wire.unfit(&self.login).map_or(Ok(()), |reason| Err(PlanError::Login(reason)))
    }

    /// Whether those who publish are not among the clients.
    pub fn is_apart(&self) -> bool {
        self.follows.is_none() && (self.apart || !self.wire.echoes())
    }

    /// How many connections join before messages are sent: those of the clients, and of publishers apart.
    pub fn connections(&self) -> u32 {
        self.clients.saturating_add(if self.is_apart() { self.publishers } else { 0 })
    }

    /// Who is in which room, and who speaks when. The plan was [checked](Self::check).
    pub fn layout(&self) -> Layout {
        let apart = self.is_apart() || self.follows.is_some();
        let layout = Layout::new(self.clients, self.rooms, self.publishers, apart, self.run.into());
        let layout = layout.numbered_from(self.first_client);
        match self.leading() {
            Some(leader) => layout.following(&leader.layout()),
            None => layout,
        }
    }

    /// The plan of the process that this one follows.
    fn leading(&self) -> Option<Self> {
        let Leader { clients, first_client, apart } = self.follows?;
        Some(Self { clients, first_client, apart, follows: None, ..self.clone() })
    }

    /// What will be known of when messages are sent.
    pub(crate) fn sending(&self) -> Sending {
        match self.load {
            _ if self.follows.is_some() => Sending::Unknown,
            Load::Rate(_) | Load::Burst { .. } => Sending::Late,
            Load::InFlight(_) | Load::Idle => Sending::OnTime,
        }
    }

    /// How many connections there are at a time, at most: those of the run, and those beside its receivers.
    pub fn all_connections(&self) -> u64 {
        u64::from(self.connections()) + self.beside.connections()
    }

    /// The names of all rooms.
    pub(crate) fn room_names(&self) -> Vec<String> {
        (0..self.rooms.count).map(|at| self.room_name(at)).collect()
    }

    fn room_name(&self, at: u32) -> String {
        if self.rooms.count > 1 { format!("{}-{at}", self.room) } else { self.room.clone() }
    }

    /// What the names of the run's people begin with.
    pub(crate) fn name_prefix(&self) -> String {
        self.wire.name_prefix(self.run)
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
    fn who_publishes_apart_is_a_connection_more() {
        let mut plan = Plan { clients: 10, publishers: 3, ..Plan::new(default_address()) };
        assert_eq!((plan.connections(), plan.layout().connections()), (10, 10));
        plan.apart = true;
        assert_eq!((plan.connections(), plan.layout().connections()), (13, 13));
        plan.publishers = 20;
        assert_eq!((plan.check(), plan.connections()), (Ok(()), 30));
    }

    #[test]
    fn what_is_followed_must_be_known_beforehand() {
        let follows = Some(Leader { clients: 2_000, first_client: 0, apart: false });
        let start = Start::Agreed;
        let plan = Plan { follows, start, publishers: 1_500, first_client: 2_000, ..Plan::new(default_address()) };
        assert_eq!((plan.check(), plan.connections()), (Ok(()), 1_000));
        assert_eq!((plan.layout().person(0), plan.layout().publisher_of(1_499)), (2_000, 1_499));
        let every = LEAST_PAUSE;
        for load in [Load::InFlight(1), Load::Idle, Load::Burst { messages: 32_769, every }] {
            assert_eq!(Plan { load, ..plan.clone() }.check(), Err(PlanError::FollowedLoad));
        }
        assert_eq!(Plan { start: Start::Settled, ..plan.clone() }.check(), Err(PlanError::FollowedStart));
        let few = Plan { publishers: 2_001, ..plan };
        assert_eq!(few.check(), Err(PlanError::Publishers { publishers: 2_001, clients: 2_000 }));
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
        assert_eq!(wrong(|plan| plan.size = LEAST_TEXT - 1), PlanError::Size(15));
        assert_eq!(wrong(|plan| plan.size = 65_537), PlanError::Size(65_537));
        assert_eq!(wrong(|plan| plan.load = Load::Rate(0.0)), PlanError::Rate(0.0));
        assert!(matches!(wrong(|plan| plan.load = Load::Rate(f64::NAN)), PlanError::Rate(_)));
        assert_eq!(wrong(|plan| plan.load = Load::InFlight(65_537)), PlanError::InFlight(65_537));
        for (messages, every) in [(0, LEAST_PAUSE), (65_537, LEAST_PAUSE), (1, Duration::from_micros(999))] {
            let mut plan = Plan::new(default_address());
            plan.load = Load::Burst { messages, every };
            assert_eq!(plan.check(), Err(PlanError::Burst { messages, every }));
        }
        assert_eq!(wrong(|plan| plan.ramp = 0), PlanError::Ramp);
        assert_eq!(wrong(|plan| plan.duration = Duration::ZERO), PlanError::Duration);
        assert_eq!(wrong(|plan| plan.room = "tea".to_owned()), PlanError::Room("tea".to_owned()));
        let rooms = |publishers, rooms| PlanError::Rooms { clients: 1_000, publishers, rooms };
        assert_eq!(wrong(|plan| plan.rooms.count = 0), rooms(1, 0));
        assert_eq!(wrong(|plan| (plan.publishers, plan.rooms.count) = (5, 6)), rooms(5, 6));
        let more = |plan: &mut Plan| (plan.publishers, plan.apart, plan.rooms.count) = (2_000, true, 1_001);
        assert_eq!(wrong(more), rooms(2_000, 1_001));
        assert_eq!(wrong(|plan| plan.rooms = Rooms::zipf(1, -0.1)), PlanError::Exponent(-0.1));
        assert!(matches!(wrong(|plan| plan.rooms = Rooms::zipf(1, f64::NAN)), PlanError::Exponent(_)));
        let long = |plan: &mut Plan| {
            (plan.publishers, plan.rooms.count, plan.room) = (100, 100, format!("#{}", "r".repeat(62)));
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

//! The kinds of server that a run can be against.

use std::fmt;
use std::str::FromStr;

use crate::wire::Wire;

/// A kind of server: what a URL begins with, and what can be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Fanfare/1 server; started, it is a `chat-server`.
    Fanfare,
    /// `nats-server`.
    Nats,
    /// `redis-server`.
    Redis,
    /// An MQTT 3.1.1 broker; started, it is `mosquitto`.
    Mqtt,
    /// An IRC server; started, it is `ngircd`.
    Irc,
}

/// No kind has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no kind of server: there are fanfare, nats, redis, mqtt and irc")]
pub struct UnknownKind(pub String);

impl Kind {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::Fanfare, Self::Nats, Self::Redis, Self::Mqtt, Self::Irc];

    /// Its name: the scheme of its URLs.
    pub fn name(self) -> &'static str {
        self.wire().scheme()
    }

    /// What is spoken to it.
    pub fn wire(self) -> Wire {
        match self {
            Self::Fanfare => Wire::Fanfare,
            Self::Nats => Wire::Nats,
            Self::Redis => Wire::Redis,
            Self::Mqtt => Wire::Mqtt,
            Self::Irc => Wire::Irc,
        }
    }

    /// The port that it listens at if it is not told another.
    pub fn port(self) -> u16 {
        match self {
            Self::Fanfare => fanfare_protocol::limits::PORT,
            Self::Nats => 4_222,
            Self::Redis => 6_379,
            Self::Mqtt => 1_883,
            Self::Irc => 6_667,
        }
    }

    /// The program that is started. What Debian calls the package is the same.
    pub fn program(self) -> &'static str {
        match self {
            Self::Fanfare => "chat-server",
            Self::Nats => "nats-server",
            Self::Redis => "redis-server",
            Self::Mqtt => "mosquitto",
            Self::Irc => "ngircd",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

//! What is known of a server that it does not announce.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

/// What an operator may have chosen. A time that is absent is the default of SPEC.md, section 11, by its item 7. A limit
/// that is absent is unknown, and checks that need it are skipped, unless `defaults` is set.
#[derive(Args, Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Profile {
    /// The server has the limits of SPEC.md, section 11, where nothing else is said.
    #[arg(long, help_heading = "The server's profile")]
    pub defaults: bool,

    /// The rooms keep a durable history.
    #[arg(long, help_heading = "The server's profile")]
    pub durable: bool,

    /// The server has accounts: what binds servers without accounts, or needs to be let in without AUTH, is skipped.
    #[arg(long, help_heading = "The server's profile")]
    pub accounts: bool,

    /// Time without WELCOME. [default: 10s]
    #[arg(long, value_name = "TIME", help_heading = "The server's profile")]
    pub without_welcome: Option<Span>,

    /// Time that a name is held. [default: 60s]
    #[arg(long, value_name = "TIME", help_heading = "The server's profile")]
    pub name_held: Option<Span>,

    /// Time that an empty room is remembered. [default: 10m]
    #[arg(long, value_name = "TIME", help_heading = "The server's profile")]
    pub empty_room: Option<Span>,

    /// Time that is discarded for after BYE. [default: 2s]
    #[arg(long, value_name = "TIME", help_heading = "The server's profile")]
    pub discarding: Option<Span>,

    /// Drain time of a shutdown. [with --defaults: 5s]
    #[arg(long, value_name = "TIME", help_heading = "The server's profile")]
    pub drain: Option<Span>,

    /// Size of a room's log, in octets.
    #[arg(long, value_name = "OCTETS", help_heading = "The server's profile")]
    pub room_log: Option<u64>,

    /// Memory of all room logs and ids together, in octets. [with --defaults: 67108864]
    #[arg(long, value_name = "OCTETS", help_heading = "The server's profile")]
    pub log_memory: Option<u64>,

    /// Connections in all. [with --defaults: 10000]
    #[arg(long, value_name = "N", help_heading = "The server's profile")]
    pub connections: Option<u64>,

    /// Connections of one address; loopback is exempt. The suite opens no more, or 256 from loopback. With 1100 it plays
    /// what needs a crowd. [with --defaults: 64]
    #[arg(long, value_name = "N", help_heading = "The server's profile")]
    pub connections_of_address: Option<u64>,

    /// Rooms in all. [with --defaults: 10000]
    #[arg(long, value_name = "N", help_heading = "The server's profile")]
    pub rooms: Option<u64>,

    /// Rooms of one connection. [with --defaults: 64]
    #[arg(long, value_name = "N", help_heading = "The server's profile")]
    pub rooms_of_connection: Option<u64>,

    /// Octets read from one connection in a second. [with --defaults: 262144]
    #[arg(long, value_name = "OCTETS", help_heading = "The server's profile")]
    pub octet_rate: Option<u64>,

    /// Octets unsent for one connection before the server stops reading from it. [with --defaults: 262144]
    #[arg(long, value_name = "OCTETS", help_heading = "The server's profile")]
    pub unsent: Option<u64>,
}

/// A length of time such as `500ms`, `10s` or `2m`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Span(pub Duration);

/// A profile that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file cannot be read.
    #[error("can't read the profile {path}: {cause}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not what a profile is.
    #[error("the profile {path} is wrong: {cause}")]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        cause: toml::de::Error,
    },
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        humantime::parse_duration(text)
            .map(Self)
            .map_err(|error| format!("{error}; a time is such as 500ms, 10s or 2m"))
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl Profile {
    /// Reads one from a file in TOML, whose keys are the flags without `--`.
    pub fn read(path: &Path) -> Result<Self, ProfileError> {
        let content =
            fs::read_to_string(path).map_err(|cause| ProfileError::Unreadable { path: path.to_owned(), cause })?;
        toml::from_str(&content).map_err(|cause| ProfileError::Wrong { path: path.to_owned(), cause })
    }

    /// This one, and what another says where this one is silent.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            defaults: self.defaults || other.defaults,
            durable: self.durable || other.durable,
            accounts: self.accounts || other.accounts,
            without_welcome: self.without_welcome.or(other.without_welcome),
            name_held: self.name_held.or(other.name_held),
            empty_room: self.empty_room.or(other.empty_room),
            discarding: self.discarding.or(other.discarding),
            drain: self.drain.or(other.drain),
            room_log: self.room_log.or(other.room_log),
            log_memory: self.log_memory.or(other.log_memory),
            connections: self.connections.or(other.connections),
            connections_of_address: self.connections_of_address.or(other.connections_of_address),
            rooms: self.rooms.or(other.rooms),
            rooms_of_connection: self.rooms_of_connection.or(other.rooms_of_connection),
            octet_rate: self.octet_rate.or(other.octet_rate),
            unsent: self.unsent.or(other.unsent),
        }
    }

    /// With the defaults of SPEC.md, section 11: of the times always, of the limits if they are asked for.
    #[must_use]
    pub fn resolved(self) -> Self {
        let seconds = |seconds| Some(Span(Duration::from_secs(seconds)));
        let times = Self {
            without_welcome: seconds(10),
            name_held: seconds(60),
            empty_room: seconds(600),
            discarding: seconds(2),
            ..Self::default()
        };
        let limits = Self {
            drain: seconds(5),
            log_memory: Some(67_108_864),
            connections: Some(10_000),
            connections_of_address: Some(64),
            rooms: Some(10_000),
            rooms_of_connection: Some(64),
            octet_rate: Some(262_144),
            unsent: Some(262_144),
            ..Self::default()
        };
        let wants_limits = self.defaults;
        let with_times = self.or(&times);
        if wants_limits { with_times.or(&limits) } else { with_times }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_flags_as_keys() {
        let file: Profile = toml::from_str("name-held = '2s'\nroom-log = 65536").expect("it is a profile");
        assert_eq!(file.name_held, Some(Span(Duration::from_secs(2))));
        assert_eq!(file.room_log, Some(65_536));
        assert!(toml::from_str::<Profile>("name-hold = '2s'").is_err());
        assert!(toml::from_str::<Profile>("name-held = 'soon'").is_err());
    }

    #[test]
    fn flags_go_before_the_file_and_the_file_before_the_defaults() {
        let flags = Profile { rooms: Some(1), ..Profile::default() };
        let file = Profile { rooms: Some(2), connections: Some(3), ..Profile::default() };
        let unknown = flags.clone().or(&file).resolved();
        assert_eq!((unknown.rooms, unknown.connections, unknown.octet_rate), (Some(1), Some(3), None));
        assert_eq!(unknown.name_held, Some(Span(Duration::from_secs(60))));
        let known = Profile { defaults: true, ..flags.or(&file) }.resolved();
        assert_eq!((known.rooms, known.connections, known.octet_rate), (Some(1), Some(3), Some(262_144)));
        assert_eq!(known.room_log, None, "the specification has no default for it");
    }
}

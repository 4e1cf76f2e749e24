//! What a run is to do, as flags and files say it: one struct for both, so that each thing has one name.
//!
//! Several layers can say something: the flags, a file (`--workload`), a [scenario and a profile](library). What one says
//! goes before what those below it say, and what none says is a [`Plan`](crate::Plan)'s default.

mod beside;
mod file;
mod form;
mod layers;
pub mod library;
mod planned;

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::file::{FileError, read};
pub use self::form::{Step, sizes, time};
pub use self::layers::{Kind, WorkloadError};
pub use self::planned::effective;
use crate::assertion::Assertion;
use crate::layout::Sizes;

/// What one layer says. What it says nothing of is `None`.
///
/// `rate`, `in-flight`, `idle`, the `burst` and the `ramp-` ones say when messages are sent, each in its own way: a layer that names one way
/// takes the place of what those below it say of the others.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Workload {
    /// Begins with what this profile says; `loadgen list` shows them all.
    #[arg(long, value_name = "NAME", help_heading = "Load")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,

    /// Begins with what this scenario says: one that others have published figures of.
    #[arg(long, value_name = "NAME", help_heading = "Load")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,

    /// How many clients receive. Each receives every message of its room. [default: 1000]
    #[arg(long, value_name = "N", help_heading = "Load")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients: Option<u32>,

    /// How many of the clients publish, in turn. [default: 1]
    #[arg(long, value_name = "P", help_heading = "Load")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publishers: Option<u32>,

    /// Those who publish are further connections, so that the clients only receive.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, help_heading = "Load")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publishers_apart: Option<bool>,

    /// Messages a second, of all publishers together, at fixed times whatever becomes of those before. [default: 20]
    #[arg(long, value_name = "R", help_heading = "Load")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,

    /// Instead of a rate: so many messages at once, every --burst-every. [with that alone: 100]
    #[arg(long, value_name = "N", help_heading = "Load")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,

    /// How long it is from one burst to the next. [with --burst alone: 1s]
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = "Load")]
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub burst_every: Option<Duration>,

    /// Instead of a rate: as fast as the slowest receiver, with at most so many messages that somebody has still to
    /// receive.
    #[arg(long, value_name = "W", help_heading = "Load")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<u32>,

    /// Instead of a rate: no messages, for what being connected costs.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, help_heading = "Load")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<bool>,

    /// How long messages are sent; in a ramp, at each step. [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = "Load")]
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,

    /// Octets of each text, 16 to 65,536. [default: 64]
    #[arg(long, value_name = "OCTETS", help_heading = "Load")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,

    /// Instead of one rate: step by step, from so many messages a second, until an assertion fails.
    /// [with another of these: 20]
    #[arg(long, value_name = "R", help_heading = "Ramp")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ramp_from: Option<f64>,

    /// What each step adds (such as 500), or multiplies by (such as x1.5). [with another of these: x2]
    #[arg(long, value_name = "STEP", help_heading = "Ramp")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ramp_step: Option<Step>,

    /// The rate of the last step. [with another of these: 1000000]
    #[arg(long, value_name = "R", help_heading = "Ramp")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ramp_to: Option<f64>,

    /// How many rooms there are. In each is somebody who publishes, so there are as many publishers at least. [default: 1]
    #[arg(long, value_name = "N", help_heading = "Rooms")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rooms: Option<u32>,

    /// How the clients are spread over the rooms: even, or zipf:EXPONENT, by which there are a few large and many small ones.
    /// [default: even]
    #[arg(long, value_name = "LAW", value_parser = sizes::parse, help_heading = "Rooms")]
    #[serde(with = "sizes", skip_serializing_if = "Option::is_none")]
    pub room_sizes: Option<Sizes>,

    /// The room; of several, what their names begin with. [default: a new one, #load- and a random number]
    #[arg(long, value_name = "ROOM", help_heading = "Rooms")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,

    /// So many further members that read slowly; 0 for none.
    #[arg(long, value_name = "N", help_heading = "Beside")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow: Option<u32>,

    /// How many octets a slow reader reads in a second. [with --slow: 1000]
    #[arg(long, value_name = "OCTETS", help_heading = "Beside")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_rate: Option<u32>,

    /// So many further members that read nothing while messages are sent; 0 for none.
    #[arg(long, value_name = "N", help_heading = "Beside")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stalled: Option<u32>,

    /// Places for members that come and go while messages are sent; 0 for none. [with another --churn: 100]
    #[arg(long, value_name = "N", help_heading = "Beside")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub churn: Option<u32>,

    /// How many of them come in a second; 0 with a storm alone. [with --churn: 50]
    #[arg(long, value_name = "R", help_heading = "Beside")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub churn_rate: Option<f64>,

    /// How long each stays. [with --churn: 1s]
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = "Beside")]
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub churn_stay: Option<Duration>,

    /// The part of them that leave without a farewell, 0 to 1. [with --churn: 0.5]
    #[arg(long, value_name = "PART", help_heading = "Beside")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub churn_abrupt: Option<f64>,

    /// How many come at once besides, every --churn-storm-every; 0 for none.
    #[arg(long, value_name = "N", help_heading = "Beside")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub churn_storm: Option<u32>,

    /// How long it is from one storm to the next. [with --churn-storm: 5s]
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = "Beside")]
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub churn_storm_every: Option<Duration>,

    /// So many connections at a time that send garbage; 0 for none. [with another --garbage: 16]
    #[arg(long, value_name = "N", help_heading = "Beside")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub garbage: Option<u32>,

    /// How many of them are opened in a second, at most. [with --garbage: 20]
    #[arg(long, value_name = "R", help_heading = "Beside")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub garbage_rate: Option<f64>,

    /// The most octets that one of them sends. [with --garbage: 1048576]
    #[arg(long, value_name = "OCTETS", help_heading = "Beside")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub garbage_octets: Option<u32>,

    /// How long one of them stands, at most. [with --garbage: 5s]
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = "Beside")]
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub garbage_hold: Option<Duration>,

    /// The addresses of this machine that connections come from, in turn, where one has too few ports. [default: the
    /// system's choice]
    #[arg(long, value_name = "IP", value_delimiter = ',', help_heading = "Server")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<IpAddr>,

    /// How many connections may be opening at a time. [default: 64]
    #[arg(long, value_name = "N", help_heading = "Timing")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connecting: Option<u32>,

    /// How long to wait for the server to come to rest after the last client has joined. [default: 1s]
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = "Timing")]
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub settle: Option<Duration>,

    /// How long to wait for deliveries after the last message. What has not come then is lost. [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = "Timing")]
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub drain: Option<Duration>,

    /// What a figure must be, such as 'p99<5ms'. May be given more than once; those of all layers count.
    #[arg(long, value_name = "ASSERTION", help_heading = "Assertions")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assert: Vec<Assertion>,
}

#[cfg(test)]
mod tests;

//! One run of several processes, on one host or several: one of them coordinates, and the others are its workers.
//!
//! The coordinator has the publishers and a share of the clients. The workers have the others, and [follow](crate::Leader) what
//! it publishes. It tells them what to do, waits until all have joined, agrees with them on when messages begin, and makes one
//! report of all of theirs. They talk in lines of JSON over TCP, and know one another by nothing but the address: this is for
//! networks that are trusted.

mod conduct;
mod endpoint;
mod error;
mod gather;
mod job;
mod link;
mod merged;
mod message;
mod offset;
mod worker;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::conduct::{Conducted, Part};
pub use self::endpoint::{Endpoint, EndpointError};
pub use self::error::WorkersError;
pub use self::gather::{Coordinator, Crew, Seen};
pub use self::job::{Job, Shares};
pub use self::merged::merge;
pub use self::offset::Offset;
pub use self::worker::{Joined, join};

/// The most workers of a run.
pub const MOST_WORKERS: u32 = 256;

/// How long nothing may come from the other side before it is taken for gone. Both say something every second.
const SILENCE: Duration = Duration::from_secs(20);

/// How often each side says that it is there.
const ALIVE: Duration = Duration::from_secs(1);

/// How often it is looked how far the own run is.
const TICK: Duration = Duration::from_millis(20);

/// How a run is made by several processes, on the command line.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(id = "WorkersArgs")]
pub struct Args {
    /// Shares the clients with workers that connect here (loadgen --join), and makes one report of all: HOST:PORT, or a PORT of
    /// loopback. Port 0 is a free one, and standard error says which. Whoever can connect can join: for trusted networks only.
    #[arg(long, value_name = "ADDRESS", requires = "workers", help_heading = "Workers")]
    pub workers_listen: Option<Endpoint>,

    /// How many workers there are. The clients are spread evenly over them and this process, which publishes.
    #[arg(long, value_name = "N", requires = "workers_listen", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_WORKERS)), help_heading = "Workers")]
    pub workers: Option<u32>,

    /// Works for the loadgen that listens there: it says what is to be done, and makes the report.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["workers_listen", "target", "spawn", "server_options", "workload", "Workload", "Outputs", "baseline"], help_heading = "Workers")]
    pub join: Option<Endpoint>,

    /// How long to wait until all workers are there; with --join, until somebody listens. [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = crate::workload::time::parse, help_heading = "Workers")]
    pub workers_wait: Option<Duration>,
}

impl Args {
    /// How long to wait for the others.
    pub fn wait(&self) -> Duration {
        self.workers_wait.unwrap_or(Duration::from_secs(60))
    }
}

/// A worker, in a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// Its label, or its host and process.
    pub name: String,
    /// How many of the clients it had.
    pub clients: u32,
    /// How far its clock was ahead of the coordinator's when the start was agreed, in nanoseconds; below 0, it was behind. Its
    /// times are corrected by that.
    pub clock_offset_ns: i64,
    /// How far that can be wrong, in nanoseconds.
    pub clock_error_ns: u64,
}

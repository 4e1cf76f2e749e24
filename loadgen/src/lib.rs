//! Measures how fast a Fanfare/1 server broadcasts, and checks every octet that it delivers.
//!
//! A run is a function of a [`Plan`]: [`run`] prints nothing and returns [`Measured`], every raw figure of it. What the
//! program `loadgen` prints is made of that: a [`Report`](report::Report), as a table or as JSON.
//!
//! - [`verify`]: is what came what was sent? Without sockets and clocks.
//! - [`run`]: one thread that connects, publishes and reads.
//! - [`beside`]: connections that are no receivers, and a burden to the server.
//! - [`report`]: the figures, whether they can be trusted, and how they are shown.
//! - [`page`]: the same of one or several runs, with charts, for a browser.
//! - [`workers`]: one run of several processes.
//! - [`live`]: what people and machines see while a run goes on.

pub mod assertion;
pub mod baseline;
pub mod beside;
mod clock;
pub mod command;
pub mod compare;
pub mod completions;
mod engine;
mod error;
pub mod exit;
pub mod latency;
pub mod layout;
pub mod live;
pub mod login;
pub mod merge;
pub mod packed;
pub mod page;
pub mod plan;
pub mod published;
pub mod ramp;
pub mod report;
mod resources;
pub mod saved;
mod schedule;
pub mod series;
pub mod server;
mod sources;
pub mod spread;
pub mod target;
pub mod text;
pub mod usage;
pub mod verify;
mod wire;
pub mod workers;
pub mod workload;

pub use engine::{Controls, Count, Counts, Measured, Phase, Progress, ServerUsage, run};
pub use error::RunError;
pub use layout::{Layout, Rooms, Sizes};
pub use plan::{Leader, Load, Plan, Start};
pub use wire::Wire;

/// The code of the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! Measures how fast a Fanfare/1 server broadcasts, and checks every octet that it delivers.
//!
//! A run is a function of a [`Plan`]: [`run`] prints nothing and returns [`Measured`], every raw figure of it. What the
//! program `loadgen` prints is made of that: a [`Report`](report::Report), as a table or as JSON.
//!
//! - [`verify`]: is what came what was sent? Without sockets and clocks.
//! - [`run`]: one thread that connects, publishes and reads.
//! - [`beside`]: connections that are no receivers, and a burden to the server.
//! - [`report`]: the figures, whether they can be trusted, and how they are shown.

pub mod assertion;
pub mod beside;
mod clock;
mod engine;
mod error;
pub mod exit;
pub mod latency;
pub mod options;
pub mod plan;
pub mod progress;
pub mod published;
pub mod report;
mod resources;
mod schedule;
pub mod server;
mod sources;
pub mod text;
pub mod usage;
pub mod verify;
mod wire;

pub use engine::{Controls, Measured, Phase, Progress, ServerUsage, run};
pub use error::RunError;
pub use plan::{Load, Plan};
pub use wire::Wire;

/// The code of the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! Measures how fast a Fanfare/1 server broadcasts, and checks every octet that it delivers.
//!
//! A run is a function of a [`Plan`]: [`run`] prints nothing and returns [`Measured`], every raw figure of it. What the
//! program `loadgen` prints is made of that: a [`Report`](report::Report), as a table or as JSON.
//!
//! - [`verify`]: is what came what was sent? Without sockets and clocks.
//! - [`engine`](run): one thread that connects, publishes and reads.
//! - [`report`]: the figures, whether they can be trusted, and how they are shown.

pub mod latency;
pub mod published;
pub mod text;
pub mod verify;

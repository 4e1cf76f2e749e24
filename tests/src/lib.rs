//! A server in process and clients on real sockets, for tests that talk.
//!
//! Everything waits for what it expects and gives up after [`PATIENCE`], so no test sleeps for luck.

mod client;
mod eventually;
mod pattern;
mod server;

pub use client::{Client, PATIENCE, counted_octets};
pub use eventually::eventually;
pub use pattern::Captures;
pub use server::TestServer;

//! A server in process and clients on real sockets, for tests that talk.
//!
//! Everything waits for what it expects and gives up after [`PATIENCE`], so no test sleeps for luck.

mod client;
pub mod dialogue;
mod pattern;
mod server;

pub use client::{Client, PATIENCE};
pub use pattern::Captures;
pub use server::TestServer;

//! A server in process and clients on real sockets, for tests that talk.
//!
//! Everything waits for what it expects and gives up after [`PATIENCE`], so no test sleeps for luck.

mod account;
mod client;
pub mod conformance;
pub mod dialogue;
pub mod durability;
mod eventually;
mod output;
mod pattern;
mod proxy;
mod server;
mod stopped;
mod wire;

pub use account::Account;
pub use client::{Client, PATIENCE, counted_octets};
pub use eventually::{eventually, eventually_within};
pub use output::print;
pub use pattern::Captures;
pub use proxy::Proxy;
pub use server::TestServer;
pub use stopped::stopped_member;

/// The code of the README is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

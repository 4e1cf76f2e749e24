//! The conversation without a socket: one state machine for each side.
//!
//! Time and octets are arguments, effects are values. A session never waits, holds no octets and knows no clock: the
//! caller keeps what a session leaves in `input`, and hands it over again with what came since.
//!
//! - [`ServerSession`]: the server's side, in both modes.
//! - [`ClientSession`]: a program's side, with frames.
//! - [`PlainSession`]: the side of a program that reads along in plain mode.

mod client;
mod keep_alive;
mod opening;
mod plain;
mod server;

pub use client::{ClientEvent, ClientSession, Done, Request, SendError, ServerFault};
pub use plain::{PlainEvent, PlainSession};
pub use server::{Due, Incoming, ServerSession, SessionLimits};

/// A monotonic time in milliseconds, from an origin that the caller chooses and keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Millis(pub u64);

impl core::ops::Add<u64> for Millis {
    type Output = Self;

    /// So many milliseconds later.
    fn add(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

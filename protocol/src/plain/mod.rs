//! Plain mode: the lines that a person reads and types with `nc`. SPEC.md, section 10.
//!
//! A person's line becomes a [`Command`]; a [`ServerMessage`](crate::ServerMessage) becomes lines of which each shows
//! by its first characters what it is ([`ServerLine`]), so that nobody's name or text can pass for another's.

mod command;
mod dialect;
mod lines;
mod render;
mod server_line;

pub use command::Command;
pub use dialect::Dialect;
pub use lines::{LineFault, Lines, PlainLine};
pub use render::Reply;
pub use server_line::ServerLine;

/// The room that a person is in at first. SPEC.md, section 10.1.
pub const LOBBY: &str = "#lobby";

/// How many messages `/history` shows if nothing else is asked for. SPEC.md, section 10.2.
pub const HISTORY_DEFAULT: u32 = 20;

//! The server that is measured, as a process of this machine.

mod find;
mod kind;
mod program;
mod recipe;
mod spawn;
mod starting;

pub use find::process_that_listens;
pub use kind::{Kind, UnknownKind};
pub use spawn::{SpawnError, Spawned};

//! The server that is measured, as a process of this machine.

mod find;
mod spawn;

pub use find::process_that_listens;
pub use spawn::{SpawnError, Spawned};

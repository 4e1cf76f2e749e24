//! The reference server of Fanfare/1, as a library: what `chat-server` runs, and what tests run in process.
//!
//! ```no_run
//! use fanfare_server::Server;
//! use fanfare_server::options::Options;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start(Options { listen: vec!["127.0.0.1:0".to_owned()], ..Options::default() })?;
//! println!("listening on {}", server.addresses()[0]);
//! server.shut_down();
//! # Ok(())
//! # }
//! ```
//!
//! ARCHITECTURE.md, at the root of the repository, says how it works.

mod acceptor;
mod admission;
mod clock;
pub mod descriptors;
mod history;
mod hub;
pub mod logging;
pub mod options;
mod rate;
mod server;
mod worker;

pub use server::{Server, ServerError};

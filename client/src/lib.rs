#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod ask;
mod client;
mod config;
mod conversation;
mod driver;
mod error;
mod event;
mod events;
mod mailbox;
mod owned;

pub use ask::{Found, History, Members, Position, Room, Rooms, Said, Since};
pub use client::{Client, Receipt};
pub use config::Config;
pub use error::{Ending, Error, Loss, Refusal};
pub use event::{Connected, Entered, Entry, Event, Gap, Message, Missed, Note, Told};
pub use events::Events;
pub use fanfare_protocol::session::ServerFault;
pub use fanfare_protocol::{Blame, Retry, TextError, ValueError};

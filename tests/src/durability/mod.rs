//! The proof that a durable history holds: rounds in which people talk while the server and the network are hurt, and a
//! judge who compares everything that was said, answered and seen with what the server has in the end.
//!
//! Who takes part writes down everything and checks nothing; the judge (`check`) knows no sockets. A round is made of
//! one seed, which decides everything but the moments.

pub mod check;
mod course;
mod direct;
mod disk;
mod faults;
mod finale;
mod founding;
mod library;
mod network;
mod person;
mod plain;
mod plan;
mod probe;
mod process;
pub mod record;
mod round;
mod script;
mod tally;
mod wire;

pub use plan::FaultKind;
pub use round::{NoRound, Outcome, Settings, round, rounds};
pub use tally::Tally;

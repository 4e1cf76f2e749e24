//! The library against a real server, over good and bad connections.

mod asking;
mod ending;
mod resuming;
mod slow;
mod support;

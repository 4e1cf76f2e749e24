//! The library against a real server, over good and bad connections.

mod asking;
mod ending;
mod restarting;
mod resuming;
mod searching;
mod slow;
mod storing;
mod support;

//! Runs over each wire, by the library: doubles that only deliver, and do wrong when told to.

mod beside;
mod double;
mod runs;

//! Runs over each wire, by the library: doubles that only deliver, and do wrong when told to.

mod double;
mod request;
mod runs;
mod thousandth;

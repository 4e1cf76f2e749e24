//! Runs over each wire, by the library: doubles that only deliver, and do wrong when told to.

mod double;
mod followers;
mod loads;
mod request;
mod rooms;
mod runs;
mod servers;
mod thousandth;

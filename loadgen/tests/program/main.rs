//! The program, from its command line to its exit code.

mod baselines;
mod compares;
mod display;
mod double;
mod exits;
mod faults;
mod method;
mod metrics;
mod page;
mod parts;
mod program;
mod ramps;
mod real;
mod saved;
mod schema;
mod terminal;
mod workers;
mod workloads;

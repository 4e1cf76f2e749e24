//! The program, from its command line to its exit code.

mod display;
mod double;
mod exits;
mod faults;
mod metrics;
mod parts;
mod program;
mod real;
mod terminal;

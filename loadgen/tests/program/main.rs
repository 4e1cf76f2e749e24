//! The program, from its command line to its exit code.

mod double;
mod exits;
mod faults;
mod parts;
mod program;
mod real;
mod saved;

//! The tests of the bench `fanout`: it has a `main` of its own in the place of a test harness, so they have a target of
//! their own with the same files.

mod floor;
mod outcome;
mod person;
#[path = "../program.rs"]
mod program;
mod statistics;
mod system;

fn main() -> std::process::ExitCode {
    program::main()
}

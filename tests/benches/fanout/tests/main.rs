//! The tests of the bench `fanout`: it has a `main` of its own in the place of a test harness, so they have a target of
//! their own with the same files.

mod floor;
#[path = "../program.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}

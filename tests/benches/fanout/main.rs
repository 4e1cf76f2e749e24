//! How close `chat-server` comes to a server that does nothing but deliver.
//!
//! `cargo bench --bench fanout -- --help` explains.

// With a path, what it declares is beside it and not in a folder of its name.
#[path = "program.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}

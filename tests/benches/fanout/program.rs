//! The program: what the command line says.

pub(crate) mod floor;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::floor::ring::Ring;
use self::floor::write::Write;

/// Measures how close chat-server comes to a server that does nothing but deliver.
#[derive(Debug, Parser)]
#[command(name = "fanout", bin_name = "cargo bench --bench fanout --")]
struct Options {
    #[command(subcommand)]
    role: Option<Role>,
    /// What cargo says to a bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// This program runs itself as a floor.
#[derive(Debug, Subcommand)]
enum Role {
    #[command(hide = true)]
    FloorWrite,
    #[command(hide = true)]
    FloorRing,
}

pub(crate) fn main() -> ExitCode {
    let options = Options::parse();
    let ended = match options.role {
        Some(Role::FloorWrite) => floor::run(Write::new()),
        Some(Role::FloorRing) => floor::run(Ring::new()),
        None => return ExitCode::SUCCESS,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever has closed it does not want to know.
            let _ = writeln!(io::stderr(), "fanout: {error}");
            ExitCode::FAILURE
        }
    }
}

//! The program: what the command line says.

mod beside;
mod cells;
mod churn;
pub(crate) mod floor;
pub(crate) mod kernel;
mod machine;
pub(crate) mod outcome;
pub(crate) mod person;
pub(crate) mod processors;
mod rounds;
mod series;
mod show;
pub(crate) mod statistics;
mod subject;

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use serde_json::json;

use self::cells::{CELLS, Cell};
use self::floor::ring::Ring;
use self::floor::write::Write;
use self::outcome::Outcome;
use self::processors::Processors;
use self::rounds::{Bench, progress};

/// As many as a process of the bench may open: 12,000 connections, and some to spare.
const FILES: u64 = 16_000;

/// Measures how close chat-server comes to a server that does nothing but deliver.
///
/// Every cell asks one thing, and compares rounds that are made in turn, or at the same time: read the ratios, as the
/// speed of most machines changes within minutes. The server is on one processor, the load on another. Standard output
/// has a table for each cell, standard error a line for each round.
///
/// The exit code is 0 when everything ran, whatever it measured, 1 when something was lost, repeated, reordered or
/// corrupt, or a cell failed.
#[derive(Debug, Parser)]
#[command(name = "fanout", bin_name = "cargo bench --bench fanout --", args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    role: Option<Role>,
    /// Only this cell; can be given more than once
    #[arg(long, value_name = "NAME")]
    cell: Vec<String>,
    /// Lists the cells
    #[arg(long)]
    list: bool,
    /// So many rounds in each cell, in the place of its own number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// So long a round, in the place of its own time
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,
    /// Server and generator use whichever processors they get
    #[arg(long)]
    unpinned: bool,
    /// Writes everything that was found, each round too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes a table of what was found
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
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

/// What keeps the whole bench from running.
#[derive(Debug, thiserror::Error)]
enum Fatal {
    #[error("there is no cell {0:?}; --list says which there are")]
    NoCell(String),
    #[error(transparent)]
    Start(#[from] subject::StartError),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error("the system refuses it: {0}")]
    System(#[from] io::Error),
}

pub(crate) fn main() -> ExitCode {
    let options = Options::parse();
    let ended = match options.role {
        Some(Role::FloorWrite) => floor::run(Write::new()).map(|()| true).map_err(Fatal::from),
        Some(Role::FloorRing) => floor::run(Ring::new()).map(|()| true).map_err(Fatal::from),
        None => bench(&options),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            progress(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Runs the cells. It returns whether nothing was lost in any, and none failed.
fn bench(options: &Options) -> Result<bool, Fatal> {
    let mut output = io::stdout();
    if options.list {
        for cell in CELLS {
            writeln!(output, "{:20}{}", cell.name, cell.about)?;
        }
        return Ok(true);
    }
    let cells = wanted(&options.cell)?;
    subject::build_chat_server()?;
    rlimit::increase_nofile_limit(FILES)?;
    let processors = Processors::find(!options.unpinned)?;
    let machine = machine::machine(&processors);
    for (what, value) in &machine {
        writeln!(output, "{what}: {value}")?;
    }
    let rounds = options.rounds.map(|rounds| rounds as usize);
    let bench = Bench { processors, rounds, seconds: options.seconds };
    let (mut found, mut all_is_well) = (Vec::new(), true);
    for cell in cells {
        let start = Instant::now();
        match (cell.run)(&bench) {
            Ok(outcome) => {
                all_is_well &= outcome.faults.is_empty();
                writeln!(output, "\n{}", show::text(cell, &outcome))?;
                found.push((cell, outcome));
            }
            Err(failure) => {
                all_is_well = false;
                writeln!(output, "\n{}: FAILED: {failure}", cell.name)?;
            }
        }
        progress(&format!("{} took {:.0} s", cell.name, start.elapsed().as_secs_f64()));
        write_files(options, &machine, &found)?;
    }
    Ok(all_is_well)
}

/// The cells of these names; all, if there are none.
fn wanted(names: &[String]) -> Result<Vec<&'static Cell>, Fatal> {
    if names.is_empty() {
        return Ok(CELLS.iter().collect());
    }
    let find = |name: &String| CELLS.iter().find(|cell| cell.name == name).ok_or_else(|| Fatal::NoCell(name.clone()));
    names.iter().map(find).collect()
}

/// After each cell, so that a bench that is interrupted has not been in vain.
fn write_files(
    options: &Options,
    machine: &[(&'static str, String)],
    found: &[(&'static Cell, Outcome)],
) -> Result<(), Fatal> {
    let write = |file: &PathBuf, text: String| fs::write(file, text).map_err(|error| Fatal::File(file.clone(), error));
    if let Some(file) = &options.markdown {
        write(file, show::markdown(machine, found))?;
    }
    if let Some(file) = &options.json {
        let machine: serde_json::Map<_, _> =
            machine.iter().map(|(what, value)| ((*what).to_owned(), json!(value))).collect();
        let cells: Vec<_> = found
            .iter()
            .map(|(cell, outcome)| json!({ "cell": cell.name, "about": cell.about, "found": outcome }))
            .collect();
        write(file, format!("{:#}\n", json!({ "machine": machine, "cells": cells })))?;
    }
    Ok(())
}

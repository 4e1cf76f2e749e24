//! The program of a server: where it is, and what it says about its version.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Kind, SpawnError};
use crate::target::Spawn;

/// Where servers are that only root has in its PATH.
const OF_ROOT: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// The most octets that are read of what one says about its version.
const MOST_VERSION: u64 = 4_096;

/// The program that is to be started: the one that was named, or what is installed; of a `chat-server`, the one beside this
/// program.
pub(super) fn path(spawn: &Spawn) -> PathBuf {
    let name = spawn.kind.program();
    if let Some(program) = &spawn.program {
        return program.clone();
    }
    if spawn.kind == Kind::Fanfare {
        return std::env::current_exe().map_or_else(|_| name.into(), |own| own.with_file_name(name));
    }
    let directories = std::env::var_os("PATH").unwrap_or_default();
    let directories = std::env::split_paths(&directories).chain(OF_ROOT.map(PathBuf::from));
    directories.map(|directory| directory.join(name)).find(|path| path.is_file()).unwrap_or_else(|| name.into())
}

/// The first line that a program says when it is asked for its version, if it says one.
///
/// # Errors
///
/// It can't be run.
pub(super) fn version(kind: Kind, path: &Path) -> Result<Option<String>, SpawnError> {
    // One has no option for it, and its help begins with it.
    let question = if kind == Kind::Mqtt { "-h" } else { "--version" };
    let child =
        Command::new(path).arg(question).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.map_err(|source| not_run(kind, path, source))?;
    let output = child.stdout.take().into_iter().flat_map(|output| BufReader::new(output.take(MOST_VERSION)).lines());
    let line = output.map_while(Result::ok).map(|line| line.trim().to_owned()).find(|line| !line.is_empty());
    // What it says behind that is not waited for.
    let _ = child.kill();
    let _ = child.wait();
    Ok(line)
}

pub(super) fn not_run(kind: Kind, path: &Path, source: io::Error) -> SpawnError {
    let path = path.to_owned();
    match kind {
        Kind::Fanfare => SpawnError::NotBuilt { path, source },
        _ => SpawnError::NotInstalled { path, kind, package: kind.program(), source },
    }
}

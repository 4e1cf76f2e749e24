//! Where the history of a round is kept: a directory, or a disk so small that it can be filled.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::process::{Process, ProcessError, write_ballast};

/// The size of a small disk.
const SIZE: &str = "32m";

/// How long making a disk may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a history is kept.
#[derive(Debug)]
pub(super) enum Disk {
    /// A directory on a disk that stays as it is.
    Large(PathBuf),
    /// A tmpfs in a mount namespace of its own. The system takes it away with the last process that is in it, whatever
    /// becomes of the harness.
    Small {
        /// Where it is mounted.
        directory: PathBuf,
        /// Keeps the namespace. It ends when its input does.
        keeper: Child,
    },
    /// A directory; the server is given a limit of the length of its files in place of a full disk.
    Limited(PathBuf),
}

impl Disk {
    /// One that can be filled: a small one where mounting is permitted, and otherwise limits.
    pub(super) async fn to_be_filled(directory: PathBuf) -> io::Result<Self> {
        match mount(&directory).await {
            Ok(keeper) => Ok(Self::Small { directory, keeper }),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(Self::Limited(directory)),
            Err(error) => Err(error),
        }
    }

    /// The directory, as the server sees it.
    pub(super) fn directory(&self) -> &Path {
        match self {
            Self::Large(directory) | Self::Limited(directory) | Self::Small { directory, .. } => directory,
        }
    }

    /// How it is filled, for the summary.
    pub(super) fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Large(_) => None,
            Self::Small { .. } => Some("a tmpfs of 32 MiB"),
            Self::Limited(_) => Some("RLIMIT_FSIZE"),
        }
    }

    /// A program that sees this disk; its arguments are to follow.
    pub(super) fn command(&self, program: &Path) -> Command {
        match self {
            Self::Large(_) => Command::new(program),
            Self::Small { keeper, .. } => {
                let mut command = Command::new("/usr/bin/nsenter");
                command.arg("--target").arg(keeper.id().unwrap_or_default().to_string());
                command.arg("--mount").arg("--").arg(program);
                command
            }
            Self::Limited(_) => {
                // What would be too long is an error to the server then, and not its end.
                let mut command = Command::new("/bin/sh");
                command.arg("-c").arg(r#"trap "" XFSZ; exec "$0" "$@""#).arg(program);
                command
            }
        }
    }

    /// Fills it up. What the server has given back since can be filled once more.
    pub(super) async fn fill(&self, process: &Process) -> Result<(), ProcessError> {
        match self {
            Self::Large(_) => Ok(()),
            Self::Small { .. } => {
                let ballast = self.ballast();
                let written = tokio::task::spawn_blocking(move || write_ballast(&ballast)).await;
                let written = written.unwrap_or_else(|error| Err(io::Error::other(error)));
                written.map_err(|source| ProcessError::System { what: "can't fill the disk".to_owned(), source })
            }
            Self::Limited(_) => process.limit_files(Some(0)),
        }
    }

    /// Gives the room back, if it was not done already.
    pub(super) fn free(&self, process: &Process) -> Result<(), ProcessError> {
        match self {
            Self::Large(_) => Ok(()),
            Self::Small { .. } => match std::fs::remove_file(self.ballast()) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    Err(ProcessError::System { what: "can't free the disk".to_owned(), source })
                }
                _ => Ok(()),
            },
            Self::Limited(_) => process.limit_files(None),
        }
    }

    /// The file that fills it, as it is seen from outside of the namespace.
    fn ballast(&self) -> PathBuf {
        match self {
            Self::Small { directory, keeper } => {
                let root = PathBuf::from(format!("/proc/{}/root", keeper.id().unwrap_or_default()));
                root.join(directory.strip_prefix("/").unwrap_or(directory)).join("ballast")
            }
            Self::Large(directory) | Self::Limited(directory) => directory.join("ballast"),
        }
    }
}

/// Mounts a small disk on a directory, for the processes of a namespace alone.
async fn mount(directory: &Path) -> io::Result<Child> {
    let script = format!("mount -t tmpfs -o size={SIZE} tmpfs \"$0\" && echo ready && exec cat");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--", "/bin/sh", "-c", &script]).arg(directory);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut keeper = command.spawn().map_err(|_| io::Error::from(io::ErrorKind::PermissionDenied))?;
    let mut ready = [0; 6];
    let output = keeper.stdout.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
    match timeout(PATIENCE, output.read_exact(&mut ready)).await {
        Ok(Ok(_)) => Ok(keeper),
        // It is not allowed here, or there is no such program.
        Ok(Err(_)) => Err(io::ErrorKind::PermissionDenied.into()),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

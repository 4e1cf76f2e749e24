//! A little space that is kept for a full disk: before the server can make room by forgetting, it has to write what it
//! forgets, and at its start that it runs.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::statvfs;
use tracing::warn;

use super::lock::private;
use super::{OpenError, StoreError};

/// How much is kept, in octets.
const RESERVE: usize = 2 << 20;

/// With less space than this, in octets, SQLite may say anything but that the disk is full.
const LITTLE: u64 = 256 << 10;

/// Opens something in a directory. If it can't be since the disk is full, the reserve is given up and it is tried again.
/// `Ok(_, true)` says that this was so.
pub(super) fn with_reserve<T>(
    dir: &Path,
    mut open: impl FnMut() -> Result<T, OpenError>,
) -> Result<(T, bool), OpenError> {
    match open() {
        Err(error) if is_for_want_of_space(dir, &error) && give_up(dir) => {
            warn!(%error, "the disk is full: the space that was kept for this start is given up");
            Ok((open()?, true))
        }
        result => Ok((result?, false)),
    }
}

/// Gives the reserve up. Returns whether it was there.
pub(super) fn give_up(dir: &Path) -> bool {
    fs::remove_file(file(dir)).is_ok()
}

/// Makes the reserve, unless it is there or the disk has no space for it: that is no error. Only for who holds the lock of
/// the directory.
pub(super) fn keep(dir: &Path) {
    let path = file(dir);
    let is_there = fs::metadata(&path).is_ok_and(|file| file.len() == RESERVE as u64);
    // Something is left for what is to be stored.
    if !is_there && space(dir).is_none_or(|space| space > RESERVE as u64 + LITTLE) && fill(&path).is_err() {
        // What is there is of no use to anybody, and takes space.
        let _ = fs::remove_file(&path);
    }
}

/// Octets and not only a length: a file of holes keeps no space.
fn fill(path: &Path) -> io::Result<()> {
    let mut file: File = private(path)?;
    file.set_len(0)?;
    file.write_all(&vec![0; RESERVE])
}

fn file(dir: &Path) -> PathBuf {
    dir.join("reserve")
}

fn is_for_want_of_space(dir: &Path, error: &OpenError) -> bool {
    match error {
        OpenError::Failed { cause: StoreError::Full(_), .. } => true,
        OpenError::Directory { cause, .. } if cause.kind() == io::ErrorKind::StorageFull => true,
        OpenError::Failed { .. } | OpenError::Directory { .. } => space(dir).is_some_and(|space| space < LITTLE),
        _ => false,
    }
}

/// How much may still be written to a directory, in octets, if the system says.
fn space(dir: &Path) -> Option<u64> {
    let of = statvfs(dir).ok()?;
    Some(of.f_bavail.saturating_mul(of.f_frsize))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::*;

    fn full() -> OpenError {
        OpenError::Directory { path: "lock".into(), cause: io::ErrorKind::StorageFull.into() }
    }

    fn kept() -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a directory");
        keep(dir.path());
        dir
    }

    #[test]
    fn the_reserve_takes_its_space_and_is_its_owners() {
        let dir = kept();
        let made = fs::metadata(file(dir.path())).expect("it is there");
        assert_eq!(made.len(), 2 << 20);
        assert!(made.blocks() * 512 >= 2 << 20, "it has {} blocks", made.blocks());
        assert_eq!(made.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_full_disk_costs_the_reserve_once_and_another_error_does_not() {
        let dir = kept();
        let foreign = || OpenError::Foreign { path: "history.db".into() };
        assert!(with_reserve(dir.path(), || Err::<(), _>(foreign())).is_err());
        assert!(file(dir.path()).exists());
        let mut tried = 0;
        let opened = with_reserve(dir.path(), || {
            tried += 1;
            if file(dir.path()).exists() { Err(full()) } else { Ok("opened") }
        });
        assert_eq!((opened.expect("at the second time"), tried), (("opened", true), 2));
        let mut tried = 0;
        let refused = with_reserve(dir.path(), || {
            tried += 1;
            Err::<(), _>(full())
        });
        assert!(refused.is_err() && tried == 1, "there is nothing more to give up");
    }
}

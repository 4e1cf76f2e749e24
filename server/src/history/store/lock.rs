//! The directory of the history, which one process uses at a time.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::OpenError;

/// The directory, held until this is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    dir: PathBuf,
    /// The system lets go of it with the last copy of the descriptor, however the process ends.
    file: File,
}

impl Lock {
    /// Makes the directory, for its owner alone, and locks it.
    pub(super) fn take(dir: &Path) -> Result<Self, OpenError> {
        let unwritable = |path: &Path| {
            let path = path.to_owned();
            move |cause| OpenError::Directory { path, cause }
        };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(unwritable(dir))?;
        // Absolute, so that no name of a directory looks to SQLite like a URI.
        let dir = fs::canonicalize(dir).map_err(unwritable(dir))?;
        let path = dir.join("lock");
        let mut file = private(&path).map_err(unwritable(&path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(OpenError::InUse { dir, pid: holder(&mut file) }),
            Err(error) => return Err(unwritable(&path)(error.into())),
        }
        let sign = |file: &mut File| {
            file.set_len(0)?;
            writeln!(file, "{}", std::process::id())
        };
        sign(&mut file).map_err(unwritable(&path))?;
        Ok(Self { dir, file })
    }

    /// The directory, absolute.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// A file in the directory, which is made if it isn't there: empty, for its owner alone. What SQLite makes beside
    /// it gets the same rights.
    pub(super) fn file(&self, name: &str) -> Result<PathBuf, OpenError> {
        let path = self.dir.join(name);
        let made = private(&path).and_then(|_| File::open(&self.dir)?.sync_all());
        made.map_err(|cause| OpenError::Directory { path: path.clone(), cause })?;
        Ok(path)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A process that another thread is starting has a copy of the descriptor, until it becomes another program.
        // Without this it would hold the directory so long.
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

/// Opens a file, which is made for its owner alone if it isn't there.
pub(super) fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Who has signed the lock's file.
fn holder(file: &mut File) -> Option<Box<str>> {
    let mut pid = String::new();
    file.take(20).read_to_string(&mut pid).ok()?;
    let pid = pid.trim();
    (!pid.is_empty() && pid.bytes().all(|octet| octet.is_ascii_digit())).then(|| pid.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_free_at_once_even_if_a_process_that_is_being_started_has_a_copy_of_the_descriptor() {
        let dir = tempfile::tempdir().expect("a directory");
        let lock = Lock::take(dir.path()).expect("nobody has it");
        assert!(matches!(Lock::take(dir.path()), Err(OpenError::InUse { pid: Some(_), .. })));
        let copy = lock.file.try_clone().expect("there are descriptors");
        drop(lock);
        Lock::take(dir.path()).expect("nobody has it any more");
        drop(copy);
    }
}

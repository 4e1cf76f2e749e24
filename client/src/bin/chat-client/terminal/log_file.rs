//! A file that keeps what is shown, and that nobody else can read.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// The system refused the file.
    #[error("can't open {}: {error}; name another file with --log, or leave it out", .path.display())]
    Open { path: PathBuf, error: io::Error },
    /// It is a link, which somebody else may have put there.
    #[error("{} is a symbolic link, which a private log does not follow; name the file itself with --log", .0.display())]
    Link(PathBuf),
    /// It is a directory, a pipe or a device.
    #[error("{} is no ordinary file; name another one with --log", .0.display())]
    NoFile(PathBuf),
    /// Other people can read it or write to it.
    #[error(
        "{path} is not private: others have access to it (mode {mode:03o}, user {owner}); \
         `chmod 600 {path}` as its owner, or name another file with --log", path = .path.display()
    )]
    NotPrivate { path: PathBuf, mode: u32, owner: u32 },
}

/// The file.
#[derive(Debug)]
pub(crate) struct LogFile {
    file: File,
}

impl LogFile {
    /// Opens a file to append to, or makes one of mode 600.
    pub(crate) fn open(path: &Path) -> Result<Self, LogError> {
        let path = || path.to_owned();
        // What opens a pipe must not wait for who reads it.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(i32::try_from(flags).expect("flags of open are an int"))
            .open(path())
            .map_err(|error| match error.raw_os_error() {
                Some(code) if code == rustix::io::Errno::LOOP.raw_os_error() => LogError::Link(path()),
                _ => LogError::Open { path: path(), error },
            })?;
        let metadata = file.metadata().map_err(|error| LogError::Open { path: path(), error })?;
        if !metadata.is_file() {
            return Err(LogError::NoFile(path()));
        }
        let (mode, owner) = (metadata.mode() & 0o777, metadata.uid());
        if mode & 0o077 != 0 || owner != geteuid().as_raw() {
            return Err(LogError::NotPrivate { path: path(), mode, owner });
        }
        Ok(Self { file })
    }

    /// Appends lines, in one write.
    pub(crate) fn append(&mut self, lines: &str) -> io::Result<()> {
        self.file.write_all(lines.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").mode() & 0o777
    }

    #[test]
    fn a_new_log_is_private_and_an_old_one_is_appended_to() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("log");
        for line in ["one\n", "two\n"] {
            LogFile::open(&path).expect("it is private").append(line).expect("there is room");
        }
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "one\ntwo\n");
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("log");
        fs::write(&path, "old").expect("there is room");
        for others in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(others)).expect("it is ours");
            let error = LogFile::open(&path).expect_err("it is not private");
            assert!(error.to_string().contains(&format!("mode {others:o}")), "{error}");
            assert_eq!((mode(&path), fs::read_to_string(&path).expect("it is there")), (others, "old".to_owned()));
        }
    }

    #[test]
    fn a_link_and_a_pipe_are_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let link = directory.path().join("link");
        symlink(directory.path().join("elsewhere"), &link).expect("links can be made");
        assert!(matches!(LogFile::open(&link), Err(LogError::Link(_))));
        assert!(!directory.path().join("elsewhere").exists());
        assert!(matches!(LogFile::open(Path::new("/dev/null")), Err(LogError::NoFile(_))));
        assert!(matches!(LogFile::open(directory.path()), Err(LogError::Open { .. })));
    }
}

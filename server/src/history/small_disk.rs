//! A small file system, for tests of what a full one does.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A file system of a few MiB, until this is dropped.
#[derive(Debug)]
pub(super) struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this process may make none.
    pub(super) fn new(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().expect("a directory");
        let mut mount = Command::new("mount");
        let made = mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(dir.path()).output();
        if made.is_ok_and(|made| made.status.success()) {
            return Some(Self(dir));
        }
        #[expect(clippy::print_stderr, reason = "whoever runs the tests should know")]
        {
            eprintln!("skipped: only root may mount a small file system");
        }
        None
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all its space but so many octets.
    pub(super) fn fill(&self, free: u64) {
        let mut filler = OpenOptions::new().append(true).create(true).open(self.filler()).expect("a file");
        while filler.write_all(&[1; 512]).is_ok() {}
        let length = filler.metadata().expect("it is there").len();
        filler.set_len(length.saturating_sub(free)).expect("cut off");
    }

    /// Gives the space back.
    pub(super) fn empty(&self) {
        fs::remove_file(self.filler()).expect("it was filled");
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l".as_ref(), self.path()]).status();
    }
}

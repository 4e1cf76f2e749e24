//! A disk that is full.

use std::io::Write as _;
use std::process::Command;

use super::ids::{kept_ids, say_with_ids};
use super::*;

#[test]
fn a_full_disk_refuses_the_group_and_nothing_else() {
    let dir = dir();
    let (mut store, _) = open(dir.path());
    let r = add_room(&mut store, "#r");
    say(&mut store, r, [1]);
    let text = "x".repeat(30_000);
    let limit = |store: &Store, pages: u32| {
        store.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).expect("set");
    };
    limit(&store, 20);
    let mut group = store.begin().expect("a group");
    let refused = (2..9).find_map(|seq| group.message(r, &message(seq, &text)).err()).expect("it is full");
    assert!(matches!(refused, StoreError::Full(_)), "{refused}");
    // Whatever comes then must not be stored by itself.
    assert!(matches!(group.message(r, &message(9, "small")), Err(StoreError::Undone) | Ok(())));
    drop(group);
    assert_eq!((kept(dir.path(), r), store.newest), (vec![1], Place(1)));

    let mut group = store.begin().expect("a group");
    group.message(r, &message(2, "small")).expect("there is room for it");
    group.commit().expect("stored");
    limit(&store, 1_000);
    let mut group = store.begin().expect("a group");
    group.message(r, &message(3, &text)).expect("there is room again");
    group.commit().expect("stored");
    assert_eq!(kept(dir.path(), r), [1, 2, 3]);
}

/// A file system of a few MiB, until this is dropped.
struct Disk(TempDir);

impl Disk {
    /// `None` where this process may make none.
    fn new(size: &str) -> Option<Self> {
        let dir = dir();
        let mut mount = Command::new("mount");
        let made = mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(dir.path()).output();
        made.is_ok_and(|made| made.status.success()).then_some(Self(dir))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l".as_ref(), self.0.path()]).status();
    }
}

#[test]
fn a_history_on_a_full_disk_opens_and_can_forget() {
    let Some(disk) = Disk::new("6m") else {
        #[expect(clippy::print_stderr, reason = "whoever runs the tests should know")]
        return eprintln!("skipped: only root may mount a small file system");
    };
    let data = disk.0.path().join("data");
    let (mut store, _) = open(&data);
    let r = add_room(&mut store, "#r");
    // What must not be said again is to be kept, which takes space, too.
    say_with_ids(&mut store, r, "alice", 1..=100);
    store.close().expect("closed");
    let mut filler = fs::File::create(disk.0.path().join("filler")).expect("a file");
    while filler.write_all(&[1; 512]).is_ok() {}
    for _ in 0..2 {
        let (mut store, found) = open(&data);
        assert_eq!(found.rooms[0].newest, number(100));
        trimmed(&mut store, r, seq(51), 99);
        assert_eq!(kept(&data, r).len(), 50);
        assert_eq!(kept_ids(&store, r).len(), 50);
        assert!(!data.join("reserve").exists(), "it was needed");
    }
    drop(filler);
    fs::remove_file(disk.0.path().join("filler")).expect("removed");
    open(&data);
    assert!(data.join("reserve").exists(), "there is room again");
}

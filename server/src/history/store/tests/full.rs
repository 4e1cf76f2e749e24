//! A disk that is full.

use super::ids::{kept_ids, say_with_ids};
use super::*;
use crate::history::small_disk::SmallDisk;

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

#[test]
fn a_history_on_a_full_disk_opens_and_can_forget() {
    let Some(disk) = SmallDisk::new("6m") else { return };
    let data = disk.path().join("data");
    let (mut store, _) = open(&data);
    let r = add_room(&mut store, "#r");
    // What must not be said again is to be kept, which takes space, too.
    say_with_ids(&mut store, r, "alice", 1..=100);
    store.close().expect("closed");
    disk.fill(0);
    for _ in 0..2 {
        let (mut store, found) = open(&data);
        assert_eq!(found.rooms[0].newest, number(100));
        trimmed(&mut store, r, seq(51), 99);
        assert_eq!(kept(&data, r).len(), 50);
        assert_eq!(kept_ids(&store, r).len(), 50);
        assert!(!data.join("reserve").exists(), "it was needed");
    }
    disk.empty();
    open(&data);
    assert!(data.join("reserve").exists(), "there is room again");
}

//! The store as a whole: what it keeps, over its ends and over crashes.

mod full;
mod ids;
mod killed;
mod opening;
mod reading;
mod retention;

use std::fs;
use std::path::Path;

use fanfare_protocol::{Epoch, Id, Message, Name, Number, RoomName, Seq, Text, Timestamp};
use tempfile::TempDir;

use super::trim::Trimmed;
use super::*;

/// How tests open a store.
pub(super) const START: Start<'_> = Start { sync: false, boot: Some("one"), id_octets: 1 << 20 };

pub(super) fn dir() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

pub(super) fn open(dir: &Path) -> (Store, Found) {
    Store::open(dir, START).expect("it opens")
}

pub(super) fn seq(seq: u64) -> Seq {
    Seq::new(seq).expect("a number")
}

fn number(number: u64) -> Number {
    Number::new(number).expect("a number")
}

fn room(name: &str) -> RoomName<'_> {
    RoomName::new(name).expect("a room")
}

/// A message of #r, sent at its number.
pub(super) fn message(number: u64, text: &str) -> Message<'_> {
    Message {
        room: room("#r"),
        seq: seq(number),
        at: Timestamp::from_millis(number),
        name: Name::new("Alice").expect("a name"),
        id: None,
        text: Text::new(text).expect("a text"),
    }
}

/// Stores a room, with the epoch "e".
pub(super) fn add_room(store: &mut Store, name: &str) -> RoomId {
    let mut group = store.begin().expect("a group");
    let id = group.room(room(name), Epoch::new("e").expect("an epoch"), Number::ZERO).expect("a room");
    group.commit().expect("stored");
    id
}

/// Stores messages of these numbers, each in a group of its own.
fn say(store: &mut Store, room: RoomId, seqs: impl IntoIterator<Item = u64>) {
    for seq in seqs {
        let mut group = store.begin().expect("a group");
        group.message(room, &message(seq, &format!("text {seq}"))).expect("a message");
        group.commit().expect("stored");
    }
}

/// Deletes up to `most` of a room's messages before a number.
pub(super) fn trimmed(store: &mut Store, room: RoomId, below: Seq, most: usize) -> Trimmed {
    store.trim(&[Cut { room, below, and_row: false }], most).expect("trimmed")[0]
}

/// The numbers of all messages of a room.
fn kept(dir: &Path, room: RoomId) -> Vec<u64> {
    let reader = Reader::open(dir).expect("a reader");
    let all = reader.range(room, Seq::FIRST, seq((1 << 53) - 1), usize::MAX, usize::MAX).expect("read");
    all.iter().map(|message| message.seq.get()).collect()
}

/// What would be left of a directory if the process ended now.
pub(super) fn crashed(from: &Path) -> TempDir {
    let to = dir();
    for file in fs::read_dir(from).expect("a directory") {
        let file = file.expect("a file");
        // Of the memory that processes share, nothing survives a machine, and it is made anew from the log.
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            fs::copy(file.path(), to.path().join(file.file_name())).expect("copied");
        }
    }
    to
}

//! The writer and the keeper together: what is to be forgotten is.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use fanfare_protocol::plain::Dialect;
use fanfare_protocol::session::Millis;
use fanfare_protocol::{Epoch, Message, Name, Number, RoomName, Seq, Text, Timestamp};

use super::keeper::Keeper;
use super::queue::Trim;
use super::restore::restore;
use super::small_disk::SmallDisk;
use super::store::{self, Reader, Retention, Start, Store};
use super::writer::Writer;
use super::*;
use crate::clock::Clock;
use crate::hub::{Home, Hub, WorkerId};
use crate::options::Options;
use crate::worker::{Mailbox, Shared, Sockets};

fn room(name: &str) -> RoomName<'_> {
    RoomName::new(name).expect("a room")
}

fn seq(seq: u64) -> Seq {
    Seq::new(seq).expect("a number")
}

fn text(text: &str) -> Text<'_> {
    Text::new(text).expect("a text")
}

/// Makes a history whose room `#old` has so many messages, and opens what a server would open.
fn open(dir: &Path, messages: u64, words: &str) -> (Store, History, Arc<Shared>, Sockets) {
    let start = Start { sync: false, boot: Some("one"), id_octets: 0 };
    let (mut store, _) = Store::open(dir, start).expect("it opens");
    let mut group = store.begin().expect("a group");
    let row = group.room(room("#old"), Epoch::new("e").expect("an epoch"), Number::ZERO).expect("a room");
    let (name, at) = (Name::new("alice").expect("a name"), Timestamp::from_millis(1));
    for number in 1..=messages {
        let message = Message { room: room("#old"), seq: seq(number), at, name, id: None, text: text(words) };
        group.message(row, &message).expect("a message");
    }
    group.commit().expect("stored");
    // As long as somebody reads it, what was written stays in the log.
    let _reader = Reader::open(dir).expect("a reader");
    drop(store);
    let (store, found) = Store::open(dir, start).expect("it opens again");
    let (history, options) = (History::new(), Options::default());
    let hub = Hub::new(&options, Some(Arc::clone(history.queue())), store.digests());
    restore(&hub, dir, &found, Millis(0));
    let (sockets, waker) = Sockets::new().expect("a poll");
    let mailboxes = vec![Mailbox::new(waker)];
    let shared = Shared { hub, clock: Clock::start(), options, mailboxes, history: Some(history.clone()) };
    (store, history, Arc::new(shared), sockets)
}

/// How many messages a room has on the disk.
fn kept(dir: &Path, room: &str) -> u64 {
    let shell = rusqlite::Connection::open(dir.join("history.db")).expect("opened");
    let count = "SELECT count(*) FROM messages JOIN rooms ON rooms.id = room WHERE rooms.name = ?";
    shell.query_row(count, (room,), |row| row.get::<_, u32>(0)).expect("a count").into()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < until, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn as_much_is_forgotten_as_is_stored_meanwhile() {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, history, shared, _sockets) = open(dir.path(), 5_000, "x");
    let row = shared.hub.stored_rooms(None, 1).0[0].row;
    history.queue.trim([Trim { name: "#old".into(), row, below: seq(5_001), and_row: false }]);
    let home = Home { worker: WorkerId::new(0), connection: 0, generation: 0 };
    let name = Name::new("bob").expect("a name");
    let bob = shared.hub.enter(name, None, Dialect::Framed, home, Millis(0)).expect("a free name").person;
    shared.hub.join(&bob, room("#new"), None, None, Millis(0)).expect("anyone may join");
    for _ in 0..4_096 {
        let times = (Millis(0), Timestamp::from_millis(2));
        assert!(shared.hub.say(&bob, room("#new"), None, text("y"), times).is_ok());
    }
    // It takes all of this at once, and nothing after it.
    history.end();
    Writer::new(store, shared, history).run();
    assert_eq!(kept(dir.path(), "#new"), 4_096);
    let left = kept(dir.path(), "#old");
    assert!(left <= 5_000 - 4_096, "{left} are left");
}

#[test]
fn a_server_on_a_full_disk_forgets_what_it_has_to_and_then_keeps_space_for_that_again() {
    let Some(disk) = SmallDisk::new("12m") else { return };
    let data = disk.path().join("data");
    // All of it is in the log, and has to be carried home to where there is no room.
    let (store, history, shared, _sockets) = open(&data, 300, &"x".repeat(4_000));
    let reserve = data.join("reserve");
    disk.fill(0);
    assert!(reserve.exists());
    let keeper = Keeper {
        keeper: store::Keeper::open(&data).expect("opened"),
        reader: Reader::open(&data).expect("opened"),
        retention: Retention { count: Some(10), ..Retention::default() },
        total: None,
        desk: Arc::clone(&history.keeper),
        queue: Arc::clone(&history.queue),
        shared: Arc::clone(&shared),
    };
    let writer = Writer::new(store, shared, history.clone());
    let threads = [thread::spawn(move || keeper.run()), thread::spawn(move || writer.run())];
    wait_until("it forgets", || kept(&data, "#old") == 10);
    assert!(!reserve.exists(), "it was needed");
    disk.empty();
    history.committed();
    wait_until("there is room again", || reserve.metadata().is_ok_and(|file| file.len() == 2 << 20));
    history.end();
    for thread in threads {
        thread.join().expect("it ends");
    }
}

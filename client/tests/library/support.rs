//! What the tests of the library share.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use fanfare_client::{Client, Config, Entry, Event, Events};
use fanfare_tests::PATIENCE;
use tokio::time::timeout;

/// A configuration that does not wait long between two connections.
pub(crate) fn config(address: SocketAddr, name: &str) -> Config {
    let config = Config::new(address.to_string(), name).expect("a name");
    config.backoff(Duration::from_millis(1)..=Duration::from_millis(20))
}

/// A conversation with a server.
pub(crate) async fn connect(address: SocketAddr, name: &str) -> (Client, Events) {
    patiently(Client::connect(config(address, name))).await.expect("the server welcomes")
}

/// A conversation of a member of `#r`, behind its own `Entered`.
pub(crate) async fn member(address: SocketAddr, name: &str) -> (Client, Events) {
    let (client, mut events) = connect(address, name).await;
    patiently(client.join("#r")).await.expect("it can be joined");
    until(&mut events, |event| matches!(event, Event::Entered(_))).await;
    (client, events)
}

/// What must come, and is waited for as long as any test waits.
pub(crate) async fn patiently<T>(work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.expect("it comes in time")
}

/// The first event that fits; those before it are passed over.
pub(crate) async fn until(events: &mut Events, fits: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = patiently(events.next()).await.expect("the conversation goes on");
        if fits(&event) {
            return event;
        }
    }
}

/// The numbers of rooms, checked as a program can check them: contiguous in each epoch, also over lost connections.
#[derive(Debug, Default)]
pub(crate) struct Account {
    rooms: BTreeMap<String, Room>,
}

/// What came of a room.
#[derive(Debug, Default)]
pub(crate) struct Room {
    epoch: String,
    /// The number that is due.
    pub(crate) due: u64,
    /// Texts of the messages that came, in their order.
    pub(crate) texts: Vec<String>,
    /// How many numbers were named in gaps.
    pub(crate) missed: u64,
    /// How often the membership went on after a lost connection.
    pub(crate) resumed: usize,
    /// How often the room was numbered anew.
    pub(crate) resets: usize,
}

impl Account {
    /// Enters an event.
    #[track_caller]
    pub(crate) fn enter(&mut self, event: &Event) {
        match event {
            Event::Entered(entered) => {
                let room = self.rooms.entry(entered.room.clone()).or_default();
                match entered.how {
                    Entry::Fresh => room.due = entered.next,
                    Entry::Reset => {
                        assert_ne!(room.epoch, entered.epoch);
                        room.resets += 1;
                        room.due = entered.next;
                    }
                    Entry::Resumed => {
                        assert_eq!((&*room.epoch, room.due), (&*entered.epoch, entered.next));
                        room.resumed += 1;
                    }
                }
                room.epoch.clone_from(&entered.epoch);
            }
            Event::Message(message) => {
                let room = self.rooms.get_mut(&message.room).expect("it was entered");
                assert_eq!(message.seq, room.due);
                room.due += 1;
                room.texts.push(message.text.clone());
            }
            Event::Gap(gap) => {
                let room = self.rooms.get_mut(&gap.room).expect("it was entered");
                assert_eq!(gap.first, room.due);
                room.due = gap.last + 1;
                room.missed += gap.count();
            }
            _ => {}
        }
    }

    /// That of a room that was entered.
    pub(crate) fn room(&self, room: &str) -> &Room {
        &self.rooms[room]
    }

    /// The highest number of a room that came or was named; 0 for none.
    pub(crate) fn newest(&self, room: &str) -> u64 {
        self.rooms.get(room).map_or(0, |room| room.due - 1)
    }

    /// Whether everything up to a number of a room came or was named.
    pub(crate) fn is_up_to(&self, room: &str, seq: u64) -> bool {
        self.rooms.get(room).is_some_and(|room| room.due > seq)
    }
}

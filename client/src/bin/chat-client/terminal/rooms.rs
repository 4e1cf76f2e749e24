//! The rooms one is in, of which one is the current room, and what is known about each.

use std::collections::BTreeMap;

/// How many names of a room are remembered for completion.
const NAMES: usize = 4_096;

/// How many wishes wait for a room that one is not in yet.
const WISHES: usize = 16;

/// Rooms in the order in which they were current; the last one is.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    rooms: Vec<Room>,
    /// Rooms that one was told of.
    others: Vec<String>,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Room {
    /// Its name.
    pub(crate) name: String,
    /// The name of its numbering; empty while one is not in it yet.
    pub(crate) epoch: String,
    /// The highest number that one knows of.
    pub(crate) newest: u64,
    /// Up to which number messages are of the past.
    pub(crate) past: u64,
    /// What is to be asked when one is in it.
    wishes: Vec<Wish>,
    /// The people one knows of, by their names in lower case.
    names: BTreeMap<String, String>,
}

/// What somebody wants to see of a room's past. It can be asked for once one is in the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// So many of the last messages.
    History(u64),
    /// Messages with these words, or what was searched for last.
    Search(Option<String>),
    /// What was missed.
    Missed,
}

impl Rooms {
    /// The room that one speaks in.
    pub(crate) fn current(&self) -> Option<&str> {
        self.rooms.last().map(|room| room.name.as_str())
    }

    /// One of the rooms.
    pub(crate) fn get(&mut self, name: &str) -> Option<&mut Room> {
        self.rooms.iter_mut().find(|room| room.name == name)
    }

    /// Makes a room the current one. Whether one was not in it: then it is to be joined.
    pub(crate) fn switch(&mut self, name: &str) -> bool {
        match self.rooms.iter().position(|room| room.name == name) {
            Some(index) => {
                let room = self.rooms.remove(index);
                self.rooms.push(room);
                false
            }
            None => {
                self.rooms.push(Room {
                    name: name.to_owned(),
                    epoch: String::new(),
                    newest: 0,
                    past: 0,
                    wishes: Vec::new(),
                    names: BTreeMap::new(),
                });
                true
            }
        }
    }

    /// A membership begins or goes on. One that was given up meanwhile is not known here.
    /// Its numbers up to `newest` follow; they are of the past unless one had been away.
    pub(crate) fn entered(&mut self, room: &str, epoch: &str, newest: u64, was_away: bool) -> Option<&mut Room> {
        let room = self.get(room)?;
        room.epoch = epoch.to_owned();
        room.newest = newest;
        room.past = if was_away { 0 } else { newest };
        Some(room)
    }

    /// One is not in a room any more. The one before becomes the current one. Whether something was to be asked there.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let had_wishes = self.rooms.iter().any(|room| room.name == name && !room.wishes.is_empty());
        self.rooms.retain(|room| room.name != name);
        had_wishes
    }

    /// A request to leave was answered. A room that is to be joined again stays.
    pub(crate) fn left(&mut self, name: &str) {
        self.rooms.retain(|room| room.name != name || room.epoch.is_empty());
    }

    /// There are these rooms.
    pub(crate) fn told_of(&mut self, rooms: impl Iterator<Item = String>) {
        self.others = rooms.collect();
    }

    /// All rooms one knows of.
    pub(crate) fn known(&self) -> Vec<&str> {
        let mut known: Vec<_> =
            self.rooms.iter().map(|room| &*room.name).chain(self.others.iter().map(|room| &**room)).collect();
        known.sort_unstable();
        known.dedup();
        known
    }

    /// The people one knows of: those of the current room, or of all if one is in none.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.rooms.last().into_iter().flat_map(|room| room.names.values().map(String::as_str)).collect()
    }
}

impl Room {
    /// Whether the answer to joining it has not come.
    pub(crate) fn is_being_joined(&self) -> bool {
        self.epoch.is_empty()
    }

    /// Keeps a wish until one is in the room. Whether there was place for it.
    pub(crate) fn wish(&mut self, wish: Wish) -> bool {
        let has_place = self.wishes.len() < WISHES;
        if has_place {
            self.wishes.push(wish);
        }
        has_place
    }

    /// The wishes that were kept, in their order.
    pub(crate) fn take_wishes(&mut self) -> Vec<Wish> {
        std::mem::take(&mut self.wishes)
    }

    /// Somebody is there.
    pub(crate) fn is_here(&mut self, name: &str) {
        if self.names.len() < NAMES {
            self.names.insert(name.to_ascii_lowercase(), name.to_owned());
        }
    }

    /// Somebody has gone.
    pub(crate) fn is_gone(&mut self, name: &str) {
        self.names.remove(&name.to_ascii_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_room_is_the_last_that_was_switched_to() {
        let mut rooms = Rooms::default();
        assert_eq!(rooms.current(), None);
        assert!(rooms.switch("#a") && rooms.switch("#b"));
        assert_eq!(rooms.current(), Some("#b"));
        assert!(!rooms.switch("#a"));
        assert_eq!(rooms.current(), Some("#a"));
        rooms.remove("#a");
        assert_eq!(rooms.current(), Some("#b"));
    }

    #[test]
    fn a_room_that_was_left_before_one_was_in_it_stays_left() {
        let mut rooms = Rooms::default();
        rooms.switch("#a");
        rooms.remove("#a");
        assert!(rooms.entered("#a", "e", 0, false).is_none());
        assert_eq!(rooms.current(), None);
    }

    #[test]
    fn a_room_that_is_joined_again_before_the_answer_to_leaving_it_stays() {
        let mut rooms = Rooms::default();
        rooms.switch("#a");
        rooms.entered("#a", "e", 0, false).expect("it is wanted");
        rooms.remove("#a");
        rooms.switch("#a");
        rooms.left("#a");
        assert_eq!(rooms.current(), Some("#a"));
        rooms.entered("#a", "e", 0, false).expect("it is wanted");
        rooms.left("#a");
        assert_eq!(rooms.current(), None);
    }

    #[test]
    fn names_are_those_of_the_current_room() {
        let mut rooms = Rooms::default();
        rooms.switch("#a");
        let room = rooms.get("#a").expect("it is there");
        for name in ["Bob", "alice", "BOB"] {
            room.is_here(name);
        }
        room.is_gone("ALICE");
        assert_eq!(rooms.names(), ["BOB"]);
        rooms.switch("#b");
        assert!(rooms.names().is_empty());
        rooms.told_of(["#a", "#z"].map(str::to_owned).into_iter());
        assert_eq!(rooms.known(), ["#a", "#b", "#z"]);
    }
}

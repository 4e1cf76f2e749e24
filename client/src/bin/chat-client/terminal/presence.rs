//! Whose comings and goings are shown.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::options::Presence;

/// How long somebody who spoke is of interest.
const LATELY: SignedDuration = SignedDuration::from_mins(10);

/// How many speakers are remembered before those of long ago are forgotten.
const REMEMBERED: usize = 1_024;

/// Who spoke lately, and whose presence is wanted.
#[derive(Debug)]
pub(crate) struct Speakers {
    /// Whose comings and goings are shown.
    pub(crate) wanted: Presence,
    /// When somebody last spoke, by room and by name in lower case.
    spoke: HashMap<(String, String), Timestamp>,
}

impl Speakers {
    /// Nobody has spoken yet.
    pub(crate) fn new(wanted: Presence) -> Self {
        Self { wanted, spoke: HashMap::new() }
    }

    /// Somebody says something.
    pub(crate) fn speaks(&mut self, room: &str, name: &str, at: Timestamp) {
        if self.spoke.len() >= REMEMBERED {
            self.spoke.retain(|_, spoke| at.duration_since(*spoke) <= LATELY);
        }
        let key = key(room, name);
        if self.spoke.len() < REMEMBERED || self.spoke.contains_key(&key) {
            self.spoke.insert(key, at);
        }
    }

    /// Whether it is shown that somebody comes or goes.
    pub(crate) fn shows(&self, room: &str, name: &str, now: Timestamp) -> bool {
        match self.wanted {
            Presence::Off => false,
            Presence::All => true,
            Presence::Smart => {
                self.spoke.get(&key(room, name)).is_some_and(|spoke| now.duration_since(*spoke) <= LATELY)
            }
        }
    }
}

fn key(room: &str, name: &str) -> (String, String) {
    (room.to_owned(), name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + minute * 60).expect("a time")
    }

    #[test]
    fn smart_shows_those_who_spoke_in_the_room_within_ten_minutes() {
        let mut speakers = Speakers::new(Presence::Smart);
        speakers.speaks("#tea", "Bob", minute(0));
        assert!(speakers.shows("#tea", "bob", minute(10)));
        assert!(!speakers.shows("#tea", "bob", minute(11)));
        assert!(!speakers.shows("#coffee", "bob", minute(1)));
        assert!(!speakers.shows("#tea", "eve", minute(1)));
        speakers.speaks("#tea", "BOB", minute(9));
        assert!(speakers.shows("#tea", "bob", minute(19)));
    }

    #[test]
    fn all_shows_everybody_and_off_nobody() {
        let mut speakers = Speakers::new(Presence::All);
        speakers.speaks("#tea", "bob", minute(0));
        assert!(speakers.shows("#tea", "eve", minute(0)));
        speakers.wanted = Presence::Off;
        assert!(!speakers.shows("#tea", "bob", minute(0)));
    }

    #[test]
    fn a_crowd_of_speakers_has_a_bound_and_those_of_long_ago_give_way() {
        let mut speakers = Speakers::new(Presence::Smart);
        for number in 0..2 * REMEMBERED {
            speakers.speaks("#tea", &format!("n{number}"), minute(0));
        }
        assert_eq!(speakers.spoke.len(), REMEMBERED);
        speakers.speaks("#tea", "late", minute(11));
        assert_eq!(speakers.spoke.len(), 1);
        assert!(speakers.shows("#tea", "late", minute(11)));
    }

    #[test]
    fn one_of_a_crowd_of_speakers_who_speaks_again_has_spoken_lately() {
        let mut speakers = Speakers::new(Presence::Smart);
        for number in 0..REMEMBERED {
            speakers.speaks("#tea", &format!("n{number}"), minute(0));
        }
        speakers.speaks("#tea", "n0", minute(9));
        assert!(speakers.shows("#tea", "n0", minute(19)));
    }
}

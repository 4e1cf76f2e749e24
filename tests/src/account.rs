//! An account of the numbers of a membership.

use crate::{Captures, Client};

/// What came of a room in one membership: each number once and in order, or in a gap. SPEC.md, section 6.5.
#[derive(Debug)]
pub struct Account {
    room: String,
    due: u64,
    /// How many numbers came as messages.
    pub received: u64,
    /// How many numbers were named in gaps.
    pub missed: u64,
    /// How many gaps there were.
    pub gaps: u64,
    /// How often a fresh count of members came.
    pub members: u64,
}

impl Account {
    /// That of a membership in a room that begins at a number.
    pub fn new(room: &str, next: u64) -> Self {
        Self { room: room.to_owned(), due: next, received: 0, missed: 0, gaps: 0, members: 0 }
    }

    /// The number that must come next.
    pub fn due(&self) -> u64 {
        self.due
    }

    /// Enters a line. Whether it was one of this room's events.
    #[track_caller]
    pub fn enter(&mut self, line: &str) -> bool {
        let mut captures = Captures::default();
        let room = &self.room;
        if captures.fit(&format!("MSG {room} <seq> <rest>"), line) {
            assert_eq!(captures.number("seq"), self.due, "{line:.80}");
            self.received += 1;
            self.due += 1;
        } else if captures.fit(&format!("GAP {room} <first> <last> slow"), line) {
            let (first, last) = (captures.number("first"), captures.number("last"));
            assert!(first == self.due && last >= first, "{line:?} came when {} was due", self.due);
            self.missed += last + 1 - first;
            self.gaps += 1;
            self.due = last + 1;
        } else if line.starts_with(&format!("MEMBERS {room} ")) {
            self.members += 1;
        } else {
            return false;
        }
        true
    }

    /// Reads until a number has come or was named in a gap. The lines of nothing else may come.
    #[track_caller]
    pub fn read_up_to(&mut self, client: &mut Client, last: u64) {
        while self.due <= last {
            let line = client.line_and_text();
            assert!(self.enter(&line) || is_presence(&line), "{line:.80} came");
        }
    }
}

fn is_presence(line: &str) -> bool {
    line.starts_with("JOINED ") || line.starts_with("LEFT ")
}

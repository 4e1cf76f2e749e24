//! What the writer has still to forget.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::super::RoomId;
use super::super::queue::Trim;
use super::super::store::{Store, StoreError};
use super::{PAUSE, STEP};

/// One trim of each room at most, which is kept until it is done.
#[derive(Debug, Default)]
pub(super) struct Trims {
    waiting: BTreeMap<RoomId, Trim>,
    /// The last step failed: when to try again.
    again: Option<Instant>,
}

/// A trim that is done.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) trim: Trim,
    /// The store has no row of the room any more.
    pub(super) removed: bool,
}

impl Trims {
    /// Adds trims. One of a room takes the place of an earlier one.
    pub(super) fn add(&mut self, trims: BTreeMap<RoomId, Trim>) {
        self.waiting.extend(trims);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether the last step failed.
    pub(super) fn is_failing(&self) -> bool {
        self.again.is_some()
    }

    /// How long it takes until there is something to do; `None` if there will be nothing.
    pub(super) fn due_in(&self, now: Instant) -> Option<Duration> {
        let again = self.again.unwrap_or(now);
        (!self.is_empty()).then(|| again.saturating_duration_since(now))
    }

    /// Forgets a few messages, of as many rooms as they are of. What fails is tried again after a pause.
    pub(super) fn step(&mut self, store: &mut Store, now: Instant) -> Result<Vec<Done>, StoreError> {
        let cuts: Vec<_> = self.waiting.values().take(STEP).map(Trim::cut).collect();
        let trimmed = match store.trim(&cuts, STEP) {
            Ok(trimmed) => trimmed,
            Err(error) => {
                self.again = Some(now + PAUSE);
                return Err(error);
            }
        };
        self.again = None;
        let done = cuts.iter().zip(trimmed).filter(|(_, trimmed)| !trimmed.more);
        Ok(done
            .filter_map(|(cut, trimmed)| Some(Done { trim: self.waiting.remove(&cut.room)?, removed: trimmed.removed }))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use fanfare_protocol::{Epoch, Message, Name, Number, RoomName, Seq, Text, Timestamp};
    use rusqlite::Connection;
    use tempfile::TempDir;

    use super::*;
    use crate::history::store::Start;

    fn seq(seq: u64) -> Seq {
        Seq::new(seq).expect("a number")
    }

    /// A store with rooms that have so many messages each.
    fn store(rooms: usize, messages: u64) -> (TempDir, Store, Vec<RoomId>) {
        let dir = tempfile::tempdir().expect("a directory");
        let start = Start { sync: false, boot: None, id_octets: 0 };
        let (mut store, _) = Store::open(dir.path(), start).expect("it opens");
        let mut group = store.begin().expect("a group");
        let mut rows = Vec::new();
        for index in 0..rooms {
            let name = format!("#r{index}");
            let room = RoomName::new(&name).expect("a room");
            let row = group.room(room, Epoch::new("e").expect("an epoch"), Number::ZERO).expect("a room");
            for number in 1..=messages {
                let (name, text) = (Name::new("a").expect("a name"), Text::new("x").expect("a text"));
                let message = Message { room, seq: seq(number), at: Timestamp::from_millis(1), name, id: None, text };
                group.message(row, &message).expect("a message");
            }
            rows.push(row);
        }
        group.commit().expect("stored");
        (dir, store, rows)
    }

    fn trims(rows: &[RoomId], below: u64, and_row: bool) -> BTreeMap<RoomId, Trim> {
        let trim = |&row| (row, Trim { name: "#r".into(), row, below: seq(below), and_row });
        rows.iter().map(trim).collect()
    }

    fn shell(dir: &Path) -> Connection {
        Connection::open(dir.join("history.db")).expect("opened")
    }

    #[test]
    fn what_could_not_be_forgotten_is_tried_again_after_a_pause_with_all_else() {
        let (dir, mut store, rows) = store(2, 3);
        let mut waiting = Trims::default();
        let now = Instant::now();
        assert_eq!(waiting.due_in(now), None);
        waiting.add(trims(&rows, 3, false));
        assert_eq!(waiting.due_in(now), Some(Duration::ZERO));
        let shell = shell(dir.path());
        shell.execute_batch("ALTER TABLE messages RENAME TO away").expect("renamed");
        waiting.step(&mut store, now).expect_err("there is no such table");
        assert_eq!((waiting.due_in(now), waiting.is_failing()), (Some(PAUSE), true));
        shell.execute_batch("ALTER TABLE away RENAME TO messages").expect("renamed");
        assert_eq!(waiting.due_in(now + PAUSE), Some(Duration::ZERO));
        let done = waiting.step(&mut store, now + PAUSE).expect("trimmed");
        assert_eq!((done.len(), waiting.is_empty(), waiting.is_failing()), (2, true, false));
        let left: i64 = shell.query_row("SELECT count(*) FROM messages", (), |row| row.get(0)).expect("a count");
        assert_eq!(left, 2);
    }

    #[test]
    fn one_step_is_of_as_many_rooms_as_its_messages_are_of() {
        let (_dir, mut store, rows) = store(STEP, 2);
        let mut waiting = Trims::default();
        waiting.add(trims(&rows, 2, false));
        waiting.add(trims(&rows[..1], 3, false));
        let now = Instant::now();
        let done = waiting.step(&mut store, now).expect("trimmed");
        // The first has two to be forgotten: the later trim has taken the place of the earlier one.
        assert_eq!(done.len(), STEP - 1);
        assert_eq!((waiting.step(&mut store, now).expect("trimmed").len(), waiting.is_empty()), (1, true));
    }

    #[test]
    fn a_trim_of_a_row_that_is_gone_is_done_and_keeps_no_other_from_being_done() {
        let (dir, mut store, rows) = store(2, 1);
        shell(dir.path())
            .execute_batch("DELETE FROM messages WHERE room = 1; DELETE FROM rooms WHERE id = 1")
            .expect("gone");
        let mut waiting = Trims::default();
        waiting.add(trims(&rows, 2, false));
        let done = waiting.step(&mut store, Instant::now()).expect("trimmed");
        assert_eq!(done.iter().map(|done| done.removed).collect::<Vec<_>>(), [true, false]);
    }
}

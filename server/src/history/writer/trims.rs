//! What the writer has still to forget.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::super::RoomId;
use super::super::queue::Trim;
use super::super::store::{Store, StoreError};
use super::{PAUSE, STEP};

/// How many messages are forgotten while nobody says anything, at most: what is looked through for them is bounded by it
/// too.
const MOST: u64 = 8_192;

/// How long that takes, but for its commit: what is said meanwhile waits so long.
const MOMENT: Duration = Duration::from_millis(4);

/// One trim of each room at most, which is kept until it is done.
#[derive(Debug, Default)]
pub(super) struct Trims {
    waiting: BTreeMap<RoomId, Trim>,
    /// The last step failed: when to try again.
    again: Option<Instant>,
}

/// How much is forgotten at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portion {
    /// So many messages, however long it takes.
    least: u64,
    /// So many, if it takes no longer than this.
    most: u64,
    time: Duration,
}

/// A trim that is done.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) trim: Trim,
    /// The store has no row of the room any more.
    pub(super) removed: bool,
}

impl Portion {
    /// Behind a group of so many messages that took so long to be stored: as many, so that there are never more of them
    /// than before, and up to twice as many, so that what has piled up goes.
    pub(super) fn behind(stored: usize, took: Duration) -> Self {
        let stored = stored as u64;
        Self { least: stored.max(STEP as u64), most: (2 * stored).max(STEP as u64), time: MOMENT.max(2 * took) }
    }

    /// When nothing is to be stored.
    pub(super) fn of_a_moment() -> Self {
        Self { least: STEP as u64, most: MOST, time: MOMENT }
    }

    /// How many more may be forgotten after so many, and so much time.
    fn left(self, forgotten: u64, time: Duration) -> u64 {
        let most = if time < self.time { self.most } else { self.least };
        most.saturating_sub(forgotten)
    }
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

    /// Forgets a few messages, of as many rooms as they are of, in one commit. What fails is tried again after a pause.
    pub(super) fn step(&mut self, store: &mut Store, portion: Portion, now: Instant) -> Result<Vec<Done>, StoreError> {
        let rooms = usize::try_from(portion.most).unwrap_or(usize::MAX);
        let cuts: Vec<_> = self.waiting.values().take(rooms).map(Trim::cut).collect();
        let trimmed = match store.trim(&cuts, |forgotten| portion.left(forgotten, now.elapsed())) {
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

    /// So little as is always forgotten.
    const LITTLE: Portion = Portion { least: STEP as u64, most: STEP as u64, time: Duration::ZERO };

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
        waiting.step(&mut store, LITTLE, now).expect_err("there is no such table");
        assert_eq!((waiting.due_in(now), waiting.is_failing()), (Some(PAUSE), true));
        shell.execute_batch("ALTER TABLE away RENAME TO messages").expect("renamed");
        assert_eq!(waiting.due_in(now + PAUSE), Some(Duration::ZERO));
        let done = waiting.step(&mut store, LITTLE, now + PAUSE).expect("trimmed");
        assert_eq!((done.len(), waiting.is_empty(), waiting.is_failing()), (2, true, false));
        let left: i64 = shell.query_row("SELECT count(*) FROM messages", (), |row| row.get(0)).expect("a count");
        assert_eq!(left, 2);
    }

    #[test]
    fn a_portion_is_as_much_as_was_stored_and_twice_as_much_in_twice_the_time() {
        let (took, moment) = (Duration::from_millis(30), MOMENT / 2);
        let behind = Portion::behind(2_000, took);
        assert_eq!((behind.left(0, moment), behind.left(2_000, moment), behind.left(4_000, moment)), (4_000, 2_000, 0));
        assert_eq!((behind.left(500, 2 * took), behind.left(2_000, 2 * took)), (1_500, 0));
        let behind_one = Portion::behind(1, Duration::ZERO);
        assert_eq!((behind_one.left(0, took), behind_one.left(STEP as u64, moment)), (STEP as u64, 0));
        let of_a_moment = Portion::of_a_moment();
        assert_eq!(
            (of_a_moment.left(STEP as u64, moment), of_a_moment.left(STEP as u64, MOMENT)),
            (MOST - STEP as u64, 0)
        );
    }

    #[test]
    fn one_step_is_of_as_many_rooms_as_its_messages_are_of() {
        let (_dir, mut store, rows) = store(STEP, 2);
        let mut waiting = Trims::default();
        waiting.add(trims(&rows, 2, false));
        waiting.add(trims(&rows[..1], 3, false));
        let now = Instant::now();
        let done = waiting.step(&mut store, LITTLE, now).expect("trimmed");
        // The first has two to be forgotten: the later trim has taken the place of the earlier one.
        assert_eq!(done.len(), STEP - 1);
        assert_eq!((waiting.step(&mut store, LITTLE, now).expect("trimmed").len(), waiting.is_empty()), (1, true));
    }

    #[test]
    fn a_trim_of_a_row_that_is_gone_is_done_and_keeps_no_other_from_being_done() {
        let (dir, mut store, rows) = store(2, 1);
        shell(dir.path())
            .execute_batch("DELETE FROM messages WHERE room = 1; DELETE FROM rooms WHERE id = 1")
            .expect("gone");
        let mut waiting = Trims::default();
        waiting.add(trims(&rows, 2, false));
        let done = waiting.step(&mut store, LITTLE, Instant::now()).expect("trimmed");
        assert_eq!(done.iter().map(|done| done.removed).collect::<Vec<_>>(), [true, false]);
    }
}

//! The way to the writer: what was said and is not stored yet, and what is to be forgotten.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fanfare_protocol::{Id, Seq, Text, Timestamp};

use super::RoomId;
use super::store::Cut;
use crate::hub::{Person, Room};

/// What a message costs besides its own octets: its fields, its place in the queue, its allocations.
const COST: usize = size_of::<Saying>() + size_of::<[usize; 8]>();

/// A message that waits for its number.
#[derive(Debug)]
pub(crate) struct Saying {
    pub(super) room: Arc<Room>,
    pub(super) person: Arc<Person>,
    id: Option<Box<str>>,
    text: Box<str>,
    /// When it was said.
    pub(super) at: Timestamp,
}

/// Messages of a room that are to be forgotten.
#[derive(Debug)]
pub(super) struct Trim {
    pub(super) name: Box<str>,
    pub(super) row: RoomId,
    /// All before this number.
    pub(super) below: Seq,
    /// Nobody holds the room, and no message of it stays: its row goes too.
    pub(super) and_row: bool,
}

/// What the writer is to do.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) sayings: VecDeque<Saying>,
    /// One of each room at most: the latest.
    pub(super) trims: BTreeMap<RoomId, Trim>,
    /// The database's log has grown so long that it has to begin anew.
    pub(super) restart_log: bool,
}

/// What waits for the writer. Shared by all workers, with a lock that is held for a push. Each worker bounds what it has in
/// it, by reading no further.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Debug, Default)]
struct State {
    work: Work,
    writer_sleeps: bool,
    /// Trims are here, or the writer has some that are not done.
    trimming: bool,
    /// The writer finds no room on the disk for what is said.
    refusing: bool,
    ended: bool,
}

impl Saying {
    pub(crate) fn new(room: Arc<Room>, person: Arc<Person>, id: Option<Id<'_>>, text: Text<'_>, at: Timestamp) -> Self {
        Self { room, person, id: id.map(|id| id.as_str().into()), text: text.as_str().into(), at }
    }

    pub(super) fn id(&self) -> Option<Id<'_>> {
        self.id.as_deref().map(|id| Id::new(id).expect("it was made of an id"))
    }

    pub(super) fn text(&self) -> Text<'_> {
        Text::new(&self.text).expect("it was made of a text")
    }

    /// What it keeps in memory, in octets.
    pub(crate) fn octets(&self) -> usize {
        COST + self.text.len() + self.id.as_ref().map_or(0, |id| id.len())
    }
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::default(), came: Condvar::new() }
    }

    /// One more message is to be stored. After the end, it is dropped: nobody waits for its answer any more.
    pub(crate) fn push(&self, saying: Saying) {
        let mut state = self.lock();
        if state.ended {
            return;
        }
        state.work.sayings.push_back(saying);
        self.wake(state);
    }

    /// Messages that are to be forgotten, when there is time.
    pub(super) fn trim(&self, trims: impl IntoIterator<Item = Trim>) {
        let mut state = self.lock();
        state.work.trims.extend(trims.into_iter().map(|trim| (trim.row, trim)));
        if state.work.trims.is_empty() {
            return;
        }
        state.trimming = true;
        self.wake(state);
    }

    /// Whether there is still something to be forgotten.
    pub(super) fn is_trimming(&self) -> bool {
        self.lock().trimming
    }

    /// The writer has forgotten all that it knew of.
    pub(super) fn trimmed(&self) {
        let mut state = self.lock();
        state.trimming = !state.work.trims.is_empty();
    }

    /// Whether there is no room on the disk for what is said.
    pub(super) fn is_refusing(&self) -> bool {
        self.lock().refusing
    }

    /// The last group was refused for want of room on the disk, or was not.
    pub(super) fn refuses(&self, refusing: bool) {
        self.lock().refusing = refusing;
    }

    /// The database's log is to begin anew.
    pub(super) fn restart_log(&self) {
        let mut state = self.lock();
        state.work.restart_log = true;
        self.wake(state);
    }

    /// The writer ends, when all that is there by now is stored.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        self.wake(state);
    }

    /// The writer takes all that there is. If that is nothing, it waits for something: some time at most, or for as long
    /// as it takes. `None` at the end.
    pub(super) fn take(&self, patience: Option<Duration>) -> Option<Work> {
        let mut state = self.lock();
        if patience != Some(Duration::ZERO) {
            state.writer_sleeps = true;
            let nothing = |state: &mut State| state.work.is_empty() && !state.ended;
            state = match patience {
                None => self.came.wait_while(state, nothing).unwrap_or_else(PoisonError::into_inner),
                Some(time) => {
                    self.came.wait_timeout_while(state, time, nothing).unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.writer_sleeps = false;
        }
        if state.ended && state.work.sayings.is_empty() { None } else { Some(std::mem::take(&mut state.work)) }
    }

    fn wake(&self, state: MutexGuard<'_, State>) {
        let sleeps = state.writer_sleeps;
        drop(state);
        if sleeps {
            self.came.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trim {
    /// What the store has to do for it.
    pub(super) fn cut(&self) -> Cut {
        Cut { room: self.row, below: self.below, and_row: self.and_row }
    }
}

impl Work {
    fn is_empty(&self) -> bool {
        self.sayings.is_empty() && self.trims.is_empty() && !self.restart_log
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    fn trim(below: u64) -> Trim {
        let below = Seq::new(below).expect("a number");
        Trim { name: "#r".into(), row: RoomId::for_tests(1), below, and_row: false }
    }

    #[test]
    fn a_writer_with_nothing_to_do_is_woken_by_whatever_comes() {
        let queue = Arc::new(Queue::new());
        let (tell, told) = mpsc::channel();
        let writer = thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                while let Some(work) = queue.take(None) {
                    tell.send((work.trims.len(), work.restart_log)).expect("somebody listens");
                }
            }
        });
        let patience = Duration::from_secs(10);
        queue.trim([trim(2), trim(3)]);
        assert_eq!(told.recv_timeout(patience), Ok((1, false)), "the later takes the place of the earlier");
        queue.restart_log();
        assert_eq!(told.recv_timeout(patience), Ok((0, true)));
        queue.end();
        writer.join().expect("it ends");
    }

    #[test]
    fn a_writer_that_has_something_to_do_does_not_wait() {
        let queue = Queue::new();
        assert!(queue.take(Some(Duration::ZERO)).is_some_and(|work| work.is_empty()));
        assert!(queue.take(Some(Duration::from_millis(1))).is_some_and(|work| work.is_empty()));
        queue.end();
        assert!(queue.take(Some(Duration::ZERO)).is_none());
    }

    #[test]
    fn what_is_to_be_forgotten_is_so_until_the_writer_says_that_it_is_forgotten() {
        let queue = Queue::new();
        queue.trim([]);
        assert!(!queue.is_trimming());
        queue.trim([trim(2)]);
        let taken = queue.take(None).expect("a trim");
        assert_eq!((taken.trims.len(), queue.is_trimming()), (1, true));
        queue.trim([trim(3)]);
        queue.trimmed();
        assert!(queue.is_trimming(), "one came meanwhile");
        queue.take(None).expect("a trim");
        queue.trimmed();
        assert!(!queue.is_trimming());
    }
}

//! The durable history: messages are stored before anybody sees them.
//!
//! | thread | owns | does |
//! | --- | --- | --- |
//! | writer | the store's one writing connection | numbers what was said, commits it, then publishes and answers it |
//! | readers | a reading connection each | fetch pages for replays and `HISTORY` |
//! | searcher | the index of words | follows the store, and answers `SEARCH` |
//! | long searcher | a connection that searches | answers each `SEARCH` that takes longer than a moment |
//! | keeper | a connection for checkpoints | carries the log of the database home, and says what is to be forgotten |
//!
//! No worker ever waits for any of them: what it asks goes into a queue, and the answer comes in a letter.

mod drafts;
mod errand;
mod finder;
mod keeper;
mod long;
mod queue;
mod reader;
mod restore;
mod searcher;
mod store;
mod threads;
mod writer;

use std::sync::Arc;

pub(crate) use drafts::Outcome;
use errand::Desk;
pub(crate) use errand::{Errand, Fetch, Fetched};
pub(crate) use queue::{Queue, Saying};
pub(crate) use store::{RoomId, StoredMessage, Terms};
pub(crate) use threads::{Opened, Threads};
pub(crate) use writer::{News, Stored};

/// The ways to the threads of the history.
#[derive(Clone, Debug)]
pub(crate) struct History {
    queue: Arc<Queue>,
    readers: Arc<Desk>,
    searcher: Arc<Desk>,
    long: Arc<Desk>,
    keeper: Arc<Desk>,
}

impl History {
    fn new() -> Self {
        let [readers, searcher, long, keeper] = [(); 4].map(|()| Arc::new(Desk::new()));
        Self { queue: Arc::new(Queue::new()), readers, searcher, long, keeper }
    }

    /// Something was committed.
    fn committed(&self) {
        self.searcher.poke();
        self.keeper.poke();
    }

    /// All threads end: the writer when everything that was said is stored.
    fn end(&self) {
        self.queue.end();
        for desk in [&self.readers, &self.searcher, &self.long, &self.keeper] {
            desk.end();
        }
    }

    /// Somebody waits for the end: what still is to be found is found at once, or not at all.
    pub(crate) fn hurry(&self) {
        for desk in [&self.searcher, &self.long] {
            desk.hurry();
        }
    }

    /// Where what is said goes.
    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// Has something fetched. A connection has one errand at a time, and those of people who are gone are dropped unseen.
    pub(crate) fn send(&self, errand: Errand) {
        match errand.fetch {
            Fetch::Range(_) | Fetch::Numbers(_) => self.readers.push(errand),
            Fetch::Search { .. } => self.searcher.push(errand),
        }
    }
}

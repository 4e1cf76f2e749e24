//! The thread that stores what was said, and only then lets it be seen.
//!
//! Whatever has come while the last group was committed is the next group: so a commit costs little where much is said,
//! and nobody waits for a timer where little is.

mod ages;
mod trims;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fanfare_protocol::{ErrCode, Number};
use tracing::{error, info, warn};

use super::History;
use super::drafts::{Drafts, Outcome, RoomDraft};
use super::queue::{Saying, Work};
use super::store::{Store, StoreError};
use crate::hub::{Home, ID_LIFE, Room};
use crate::worker::{Letter, Shared};
use ages::Ages;
use trims::{Done, Portion, Trims};

/// How many messages, and how many of their octets, are committed together at most: so that no reader waits long for the
/// first of them.
const GROUP: usize = 2_048;
const GROUP_OCTETS: usize = 2 << 20;

/// How many messages, and how many ids, are forgotten at a time, and behind a group as many as it has, if these are more: so
/// that what is said meanwhile waits for a few milliseconds at most.
const STEP: usize = 256;

/// How long it takes until what could not be forgotten is tried again.
const PAUSE: Duration = Duration::from_secs(5);

/// How many pages of the file are given back to the file system at a time.
const PAGES: u32 = 64;

/// How long the sender of a message that could not be stored is asked to wait, in milliseconds.
const RETRY: u32 = 1_000;

/// What became of a connection's message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored {
    pub(crate) home: Home,
    pub(crate) outcome: Outcome,
}

/// The one who writes.
pub(super) struct Writer {
    store: Store,
    shared: Arc<Shared>,
    history: History,
    trims: Trims,
    ages: Ages,
    /// Something was forgotten, and what it took is not given back to the file system yet.
    has_free_pages: bool,
    /// The last group could not be stored.
    failing: bool,
}

/// What a worker is told of a group.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// What became of the messages of its connections.
    pub(crate) answers: Vec<Stored>,
    /// What these messages kept in memory, in octets.
    pub(crate) octets: usize,
    /// The rooms in which there is something to read.
    pub(crate) rooms: Vec<Arc<Room>>,
}

impl Writer {
    pub(super) fn new(store: Store, shared: Arc<Shared>, history: History) -> Self {
        let mut ages = Ages::new(Duration::from_millis(ID_LIFE));
        ages.note(Instant::now(), store.newest());
        Self { store, shared, history, trims: Trims::default(), ages, has_free_pages: false, failing: false }
    }

    /// Stores until the queue has ended and is empty, and closes the store.
    pub(super) fn run(mut self) {
        loop {
            let now = Instant::now();
            let due = self.trims.due_in(now).into_iter().chain(self.ages.due_in(&self.store, now)).min();
            let patience = if self.has_free_pages { Some(Duration::ZERO) } else { due };
            let Some(Work { mut sayings, trims, restart_log }) = self.history.queue.take(patience) else { break };
            for trim in trims.values() {
                // Nobody is promised any more what is about to go.
                self.shared.hub.keep_from(&trim.name, trim.row, trim.below);
            }
            self.trims.add(trims);
            if sayings.is_empty() {
                self.forget_some(Portion::of_a_moment());
                self.forget_ids(STEP);
            }
            while !sayings.is_empty() {
                let (group, begun) = (next_group(&mut sayings), Instant::now());
                self.store_group(&group);
                self.forget_some(Portion::behind(group.len(), begun.elapsed()));
                self.forget_ids(STEP.max(2 * group.len()));
            }
            if restart_log && let Err(error) = self.store.restart_wal() {
                warn!(%error, "the log of the history's database can't begin anew");
            }
        }
        if let Err(error) = self.store.close() {
            warn!(%error, "the history was not closed cleanly; nothing is lost, unless this machine crashes now");
        }
    }

    fn store_group(&mut self, group: &[Saying]) {
        //= protocol/SPEC.md#4-7-say
        //# A server MUST NOT send the `MSG` or the `OK` of a message before it is stored, where the room keeps a durable
        //# history.
        let mut drafts = Drafts::default();
        for saying in group {
            drafts.number(saying);
        }
        match self.commit(&mut drafts) {
            Ok(()) => {
                if !drafts.is_empty() && std::mem::take(&mut self.failing) {
                    info!("the history can be written again");
                    self.history.queue.refuses(false);
                }
                let (rooms, outcomes) = drafts.finish();
                self.publish(rooms, group, outcomes);
                // An id lives from when it is published.
                self.ages.note(Instant::now(), self.store.newest());
            }
            Err(error) => {
                if !std::mem::replace(&mut self.failing, true) {
                    error!(%error, "the history can't be written: messages are refused until it can");
                }
                self.history.queue.refuses(matches!(error, StoreError::Full(_)));
                //= protocol/SPEC.md#4-7-say
                //# A server that cannot store a message of a room that keeps a durable history MUST answer its `SAY` with
                //# `ERR internal` and `retry`.
                let outcomes = drafts.fail(Outcome::Refused(ErrCode::Internal, Some(RETRY)));
                self.publish(Vec::new(), group, outcomes);
            }
        }
        for saying in group {
            saying.room.expected_message_came();
        }
        self.history.committed();
    }

    /// Stores a group. What fails has changed nothing.
    fn commit(&mut self, drafts: &mut Drafts<'_>) -> Result<(), StoreError> {
        if drafts.is_empty() {
            return Ok(());
        }
        let mut transaction = self.store.begin()?;
        drafts.each(|room, message| {
            let row = match room.row {
                Some(row) => row,
                None => {
                    let given = Number::saturating(message.seq.get() - 1);
                    transaction.room(message.room, room.room.epoch(), given)?
                }
            };
            room.row = Some(row);
            transaction.message(row, &message)
        })?;
        transaction.commit()
    }

    /// Lets everybody see what is stored, and answers those who said it.
    fn publish(&self, rooms: Vec<RoomDraft<'_>>, group: &[Saying], outcomes: Vec<Outcome>) {
        let now = self.shared.clock.now();
        let mut news: Vec<News> = self.shared.mailboxes.iter().map(|_| News::default()).collect();
        for draft in rooms {
            let Some(row) = draft.row.filter(|_| !draft.messages.is_empty()) else { continue };
            let wake = self.shared.hub.publish(draft.room, row, draft.messages, now);
            for worker in wake.iter() {
                news[worker.index()].rooms.push(Arc::clone(draft.room));
            }
        }
        for (saying, outcome) in group.iter().zip(outcomes) {
            let home = saying.person.home();
            let news = &mut news[home.worker.index()];
            news.answers.push(Stored { home, outcome });
            news.octets += saying.octets();
        }
        for (mailbox, news) in self.shared.mailboxes.iter().zip(news) {
            if !news.answers.is_empty() || !news.rooms.is_empty() {
                mailbox.send(Letter::Stored(news));
            }
        }
    }

    /// Forgets a few messages of those that are to be forgotten.
    fn forget_some(&mut self, portion: Portion) {
        let now = Instant::now();
        if self.trims.due_in(now) != Some(Duration::ZERO) {
            return self.give_back();
        }
        let was_failing = self.trims.is_failing();
        let mut step = self.trims.step(&mut self.store, portion, now);
        if matches!(step, Err(StoreError::Full(_))) && self.store.give_up_reserve() {
            warn!("the disk is full: the space that was kept for forgetting is given up");
            // Where that succeeds, the log begins anew in the space that it has. Else the step takes from the reserve.
            if let Err(error) = self.store.restart_wal() {
                warn!(%error, "the log of the history's database can't begin anew");
            }
            step = self.trims.step(&mut self.store, portion, Instant::now());
        }
        let done = match step {
            Ok(done) => done,
            Err(error) => {
                if !was_failing {
                    warn!(%error, "old messages can't be forgotten: it is tried until they can");
                }
                return;
            }
        };
        if was_failing {
            info!("old messages can be forgotten again");
        }
        for Done { trim, .. } in done.iter().filter(|done| done.removed) {
            self.shared.hub.row_removed(&trim.name, trim.row);
        }
        if self.trims.is_empty() {
            self.history.queue.trimmed();
        }
        if !done.is_empty() {
            self.has_free_pages = true;
            self.history.committed();
        }
    }

    /// Forgets a few ids, up to `most`, of those that have lived long enough.
    fn forget_ids(&mut self, most: usize) {
        let now = Instant::now();
        if let Some(place) = self.ages.pass(now) {
            self.store.ids_outlived(place);
        }
        if self.ages.due_in(&self.store, now) != Some(Duration::ZERO) {
            return;
        }
        let was_failing = self.ages.is_failing();
        match self.ages.step(&mut self.store, most, now) {
            Ok(()) => {
                if was_failing {
                    info!("old ids can be forgotten again");
                }
                self.has_free_pages = true;
                self.history.committed();
            }
            Err(error) if !was_failing => warn!(%error, "old ids can't be forgotten: it is tried until they can"),
            Err(_) => {}
        }
    }

    /// Gives a few pages of the file back to the file system, if there are some.
    fn give_back(&mut self) {
        if self.has_free_pages {
            // What can't be given back now is used again.
            self.has_free_pages = self.store.give_back(PAGES).unwrap_or(false);
        }
    }
}

/// The messages that are stored next.
fn next_group(sayings: &mut VecDeque<Saying>) -> Vec<Saying> {
    let mut octets = 0;
    let count = sayings.iter().take(GROUP).take_while(|saying| {
        let fits = octets < GROUP_OCTETS;
        octets += saying.octets();
        fits
    });
    let count = count.count();
    sayings.drain(..count).collect()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use fanfare_protocol::{Epoch, Id, Message, Name, RoomName, Seq, Text, Timestamp};

    use super::super::store::{Cut, Start};
    use super::*;
    use crate::clock::Clock;
    use crate::hub::Hub;
    use crate::options::Options;

    /// A store that has forgotten a message, and not its id.
    fn store(dir: &std::path::Path) -> Store {
        let start = Start { sync: false, boot: None, id_octets: 0 };
        let (mut store, _) = Store::open(dir, start).expect("it opens");
        let mut group = store.begin().expect("a group");
        let room = RoomName::new("#r").expect("a room");
        let row = group.room(room, Epoch::new("e").expect("an epoch"), Number::ZERO).expect("a room");
        let (name, text) = (Name::new("a").expect("a name"), Text::new("x").expect("a text"));
        let (seq, at, id) = (Seq::FIRST, Timestamp::from_millis(1), Id::new("i").ok());
        group.message(row, &Message { room, seq, at, name, id, text }).expect("a message");
        group.commit().expect("stored");
        store
            .trim(&[Cut { room: row, below: Seq::new(2).expect("a number"), and_row: false }], |done| 1 - done)
            .expect("trimmed");
        assert!(store.keeps_ids());
        store
    }

    #[test]
    fn a_writer_with_nothing_to_do_forgets_ids_that_have_lived_long_enough() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = store(dir.path());
        let history = History::new();
        let options = Options::default();
        let hub = Hub::new(&options, Some(Arc::clone(&history.queue)), store.digests());
        let shared = Shared { hub, clock: Clock::start(), options, mailboxes: Vec::new(), history: None };
        let mut writer = Writer::new(store, Arc::new(shared), history.clone());
        writer.ages = Ages::new(Duration::from_millis(50));
        writer.ages.note(Instant::now(), writer.store.newest());
        let writer = thread::spawn(move || writer.run());
        let keeps = || {
            let shell = rusqlite::Connection::open(dir.path().join("history.db")).expect("opened");
            shell.query_row("SELECT count(*) FROM ids", (), |row| row.get::<_, i64>(0)).expect("a count") > 0
        };
        let until = Instant::now() + Duration::from_secs(20);
        while keeps() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(!keeps(), "it is forgotten without anybody saying anything");
        history.end();
        writer.join().expect("it ends");
    }
}

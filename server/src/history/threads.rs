//! The threads of the history, from start to end.

use std::io;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::warn;

use super::finder::Finder;
use super::keeper::Keeper;
use super::restore::restore;
use super::searcher::Searcher;
use super::store::{self, Found, Lock, Made, OpenError, Reader, Retention, SearchIndex, Start, Store, boot_id};
use super::writer::Writer;
use super::{History, long, reader};
use crate::clock::millis;
use crate::hub::Digests;
use crate::options::{Options, Switch};
use crate::worker::Shared;

/// How many threads fetch pages: one more than one, so that a slow page of the disk does not delay all others.
const READERS: usize = 2;

/// The store, opened, before there are threads.
pub(crate) struct Opened {
    store: Store,
    found: Found,
    beside: Beside,
    history: History,
}

/// What is open beside the one who writes.
struct Beside {
    readers: [Reader; READERS],
    finders: [(store::Searcher, Reader); 2],
    keeper: store::Keeper,
    keeping: Reader,
    /// Behind those who only read: the last to close the file puts it in order.
    index: SearchIndex,
}

/// The threads that run.
#[derive(Debug)]
pub(crate) struct Threads {
    history: History,
    threads: Vec<JoinHandle<()>>,
    /// Each thread has one end of it as long as it runs.
    running: (mpsc::Sender<()>, mpsc::Receiver<()>),
    /// Each thread holds it as long as it runs: nobody else may use a file that one of them still has open.
    lock: Arc<Lock>,
}

impl Beside {
    /// Of the directory of an open store that was not written to yet.
    fn open(dir: &Path) -> Result<Self, OpenError> {
        let failed = |cause| OpenError::of(dir, cause);
        let (index, made) = SearchIndex::open(dir)?;
        if let Made::Anew(reason) = made {
            warn!(%reason, "the index of the history is made anew");
        }
        let reader = || Reader::open(dir).map_err(failed);
        let finder = || Ok((store::Searcher::open(dir).map_err(failed)?, reader()?));
        Ok(Self {
            readers: [reader()?, reader()?],
            index,
            finders: [finder()?, finder()?],
            keeper: store::Keeper::open(dir).map_err(failed)?,
            keeping: reader()?,
        })
    }
}

impl Opened {
    /// Opens the store that the options name, if they ask for one.
    pub(crate) fn new(options: &Options) -> Result<Option<Self>, OpenError> {
        if options.history == Switch::Off {
            return Ok(None);
        }
        let boot = boot_id();
        let start =
            Start { sync: options.history_sync == Switch::On, boot: boot.as_deref(), id_octets: options.log_memory };
        let (store, found) = Store::open(&options.data_dir, start)?;
        // Whatever the directory is that the server works in.
        let beside = store.open_beside(|| Beside::open(store.dir()))?;
        Ok(Some(Self { store, found, beside, history: History::new() }))
    }

    /// The ways to the threads that will be.
    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    /// How the store compares texts: the hub has to do it in the same way.
    pub(crate) fn digests(&self) -> Digests {
        self.store.digests()
    }

    /// Tells the hub what the store has, and starts the threads.
    pub(crate) fn start(self, shared: &Arc<Shared>) -> io::Result<Threads> {
        let Self { store, found, beside, history } = self;
        let Beside { readers, index, finders, keeper, keeping } = beside;
        restore(&shared.hub, store.dir(), &found, shared.clock.now());
        drop(found);
        let mut threads = Threads::none(history.clone(), store.lock());
        for reader in readers {
            let (desk, shared) = (Arc::clone(&history.readers), Arc::clone(shared));
            threads.spawn("history-reader", move || reader::run(&reader, &desk, &shared))?;
        }
        let finder =
            |(searching, reader), desk| Finder { searching, reader, desk: Arc::clone(desk), clock: shared.clock };
        let [brief, long] = finders;
        let (finder, long_finder) = (finder(brief, &history.searcher), finder(long, &history.long));
        let (running, long_running) = mpsc::channel();
        let long_shared = Arc::clone(shared);
        threads.spawn("history-long", move || {
            long::run(&long_finder, &long_shared);
            drop((long_finder, running));
        })?;
        let searcher =
            Searcher { finder, index, long: Arc::clone(&history.long), long_running, shared: Arc::clone(shared) };
        threads.spawn("history-search", move || searcher.run())?;
        let options = &shared.options;
        let keeper = Keeper {
            keeper,
            reader: keeping,
            retention: Retention {
                age: options.history_age.map(millis),
                count: options.history_count,
                size: options.history_size,
            },
            total: options.history_total,
            desk: Arc::clone(&history.keeper),
            queue: Arc::clone(&history.queue),
            shared: Arc::clone(shared),
        };
        threads.spawn("history-keeper", move || keeper.run())?;
        let writer = Writer::new(store, Arc::clone(shared), history);
        threads.spawn("history-writer", move || writer.run())?;
        Ok(threads)
    }
}

impl Threads {
    fn none(history: History, lock: Arc<Lock>) -> Self {
        Self { history, threads: Vec::new(), running: mpsc::channel(), lock }
    }

    fn spawn(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let (running, lock) = (self.running.0.clone(), Arc::clone(&self.lock));
        let run = move || {
            run();
            drop(lock);
            drop(running);
        };
        self.threads.push(thread::Builder::new().name(name.to_owned()).spawn(run)?);
        Ok(())
    }

    /// Stores what was said, closes the store, and returns when that is done, or when the disk has not done it within some
    /// time.
    pub(crate) fn shut_down(self, within: Duration) {
        self.history.end();
        let mut threads = self;
        let (ours, ended) = std::mem::replace(&mut threads.running, mpsc::channel());
        drop(ours);
        // Nothing is ever sent: it ends with the last thread.
        if ended.recv_timeout(within) == Err(mpsc::RecvTimeoutError::Timeout) {
            warn!("the history's disk does not answer: what it has not stored was never acknowledged");
            return;
        }
        for thread in threads.threads.drain(..) {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

impl Drop for Threads {
    /// They end by themselves, without anybody who waits.
    fn drop(&mut self) {
        self.history.end();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::small_disk::SmallDisk;
    use super::*;

    fn options(dir: &Path) -> Options {
        Options { data_dir: dir.to_owned(), ..Options::default() }
    }

    #[test]
    fn the_directory_is_not_let_go_of_before_the_last_thread_has_ended() {
        let dir = tempfile::tempdir().expect("a directory");
        let options = options(dir.path());
        let Opened { store, history, beside, .. } = Opened::new(&options).expect("it opens").expect("there is one");
        let mut threads = Threads::none(history, store.lock());
        let (go, gone) = mpsc::channel::<()>();
        // A long search, while the writer has ended.
        threads
            .spawn("slow", move || {
                let _ = gone.recv();
                drop(beside);
            })
            .expect("a thread");
        store.close().expect("closed");
        threads.shut_down(Duration::from_millis(1));
        assert!(matches!(Opened::new(&options), Err(OpenError::InUse { .. })));
        drop(go);
        let until = Instant::now() + Duration::from_secs(20);
        while matches!(Opened::new(&options), Err(OpenError::InUse { .. })) {
            assert!(Instant::now() < until, "it is never let go of");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_start_that_has_too_little_space_for_any_of_its_files_is_given_the_reserve() {
        let Some(disk) = SmallDisk::new("6m") else { return };
        let data = disk.path().join("data");
        let options = options(&data);
        let open = || Opened::new(&options).map(|opened| opened.expect("there is one"));
        for free in (0..=96).step_by(8) {
            let Opened { store, beside, .. } = open().expect("there is room");
            drop(beside);
            store.close().expect("closed");
            assert!(data.join("reserve").exists());
            disk.fill(free << 10);
            if let Err(error) = open() {
                panic!("it does not start with {free} KiB: {error}");
            }
            disk.empty();
        }
    }
}

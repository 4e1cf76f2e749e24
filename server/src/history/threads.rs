//! The threads of the history, from start to end.

use std::io;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::warn;

use super::finder::Finder;
use super::keeper::Keeper;
use super::restore::restore;
use super::searcher::Searcher;
use super::store::{self, Found, Made, OpenError, Reader, Retention, SearchIndex, Start, Store, boot_id};
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
    readers: [Reader; READERS],
    index: SearchIndex,
    finders: [(store::Searcher, Reader); 2],
    keeper: store::Keeper,
    keeping: Reader,
    history: History,
}

/// The threads that run.
#[derive(Debug)]
pub(crate) struct Threads {
    history: History,
    threads: Vec<JoinHandle<()>>,
    /// Each thread has one end of it as long as it runs.
    running: (mpsc::Sender<()>, mpsc::Receiver<()>),
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
        let dir = store.dir().to_owned();
        let dir = dir.as_path();
        let failed = |cause| OpenError::of(dir, cause);
        let (index, made) = SearchIndex::open(dir)?;
        if let Made::Anew(reason) = made {
            warn!(%reason, "the index of the history is made anew");
        }
        let reader = || Reader::open(dir).map_err(failed);
        let finder = || Ok((store::Searcher::open(dir).map_err(failed)?, reader()?));
        Ok(Some(Self {
            store,
            found,
            readers: [reader()?, reader()?],
            index,
            finders: [finder()?, finder()?],
            keeper: store::Keeper::open(dir).map_err(failed)?,
            keeping: reader()?,
            history: History::new(),
        }))
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
        let Self { store, found, readers, index, finders, keeper, keeping, history } = self;
        restore(&shared.hub, store.dir(), &found, shared.clock.now());
        drop(found);
        let mut threads = Threads { history: history.clone(), threads: Vec::new(), running: mpsc::channel() };
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
    fn spawn(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let running = self.running.0.clone();
        let run = move || {
            run();
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

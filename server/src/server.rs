//! A running server: its threads, from start to end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};
use tracing::info;

use crate::acceptor::{self, Acceptor};
use crate::admission::Admission;
use crate::clock::{Clock, millis};
use crate::history;
use crate::hub::{Digests, Hub, WorkerId};
use crate::options::Options;
use crate::worker::{Letter, Mailbox, Shared, Sockets, Worker};

/// How often the hub forgets what has lived long enough.
const EXPIRE_EVERY: Duration = Duration::from_secs(1);

/// How long the history's disk may take to store what was said and to be closed, when the server ends.
const CLOSE: Duration = Duration::from_secs(10);

/// Why a server can't start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    /// An address can't be listened on.
    #[error("can't listen on {address}: {cause}; stop what uses it, or choose another address with --listen")]
    Listen {
        /// The address, as it was given.
        address: String,
        /// What the system says.
        cause: io::Error,
    },

    /// The durable history can't be opened.
    #[error("{0}")]
    History(Box<dyn std::error::Error + Send + Sync>),

    /// A thread or its event queue can't be had.
    #[error("can't start a thread: {0}")]
    Thread(#[from] io::Error),
}

/// A server that accepts and serves until it is shut down or dropped.
#[derive(Debug)]
pub struct Server {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    /// Dropping it stops the acceptors.
    stop_accepting: Option<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
    /// Ends behind all others, so that everything that was said is stored.
    history: Option<history::Threads>,
}

impl Server {
    /// Listens, starts the workers and returns.
    ///
    /// # Errors
    ///
    /// An address can't be listened on, the history can't be opened, or the system has no threads or descriptors left.
    pub fn start(options: Options) -> Result<Self, ServerError> {
        let clock = Clock::start();
        let sockets = (0..options.workers.get()).map(|_| Sockets::new()).collect::<io::Result<Vec<_>>>()?;
        let (sockets, wakers): (Vec<_>, Vec<_>) = sockets.into_iter().unzip();
        let mailboxes = wakers.into_iter().map(Mailbox::new).collect();
        let admission = Admission::new(options.max_connections, options.max_connections_per_address);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut listeners = Vec::new();
        for address in &options.listen {
            listeners.extend(runtime.block_on(acceptor::listen(address))?);
        }

        let opened = history::Opened::new(&options).map_err(|error| ServerError::History(error.into()))?;
        let history = opened.as_ref().map(|opened| opened.history().clone());
        let digests = opened.as_ref().map_or_else(Digests::random, history::Opened::digests);
        let hub = Hub::new(&options, history.as_ref().map(|history| Arc::clone(history.queue())), digests);
        let shared = Arc::new(Shared { hub, clock, options, mailboxes, history });
        let addresses = listeners.iter().map(TcpListener::local_addr).collect::<io::Result<_>>()?;

        let (stop_accepting, stopped) = oneshot::channel::<()>();
        // Dropped with the threads that there are, if another can't be had.
        let history = opened.map(|opened| opened.start(&shared)).transpose()?;
        let mut server = Self { addresses, shared, stop_accepting: Some(stop_accepting), threads: Vec::new(), history };
        for (index, sockets) in sockets.into_iter().enumerate() {
            let worker = Worker::new(WorkerId::new(index), Arc::clone(&server.shared), sockets);
            server.threads.push(thread::Builder::new().name(format!("worker-{index}")).spawn(move || worker.run())?);
        }
        let in_front = Arc::clone(&server.shared);
        server.threads.push(thread::Builder::new().name("acceptor".to_owned()).spawn(move || {
            runtime.block_on(async {
                let next = Arc::new(AtomicUsize::new(0));
                for listener in listeners {
                    let mailboxes = in_front.mailboxes.clone();
                    let acceptor = Acceptor::new(admission.clone(), mailboxes, Arc::clone(&next));
                    tokio::spawn(acceptor.run(listener));
                }
                tokio::spawn(expire(in_front));
                // An error says that the sender was dropped, which is how it is told to stop.
                let _ = stopped.await;
            });
        })?);
        Ok(server)
    }

    /// The addresses that the server listens on, with the ports that it got for port 0.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Accepts and reads nothing more, delivers what there is, says `BYE shutdown` to everyone and returns when all are
    /// gone, or when [`Options::drain_timeout`] has passed. SPEC.md, section 9.3.
    pub fn shut_down(mut self) {
        info!("shutting down");
        self.tell_to_end(self.shared.options.drain_timeout);
        for thread in self.threads.drain(..) {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
        if let Some(history) = self.history.take() {
            history.shut_down(CLOSE);
        }
    }

    fn tell_to_end(&mut self, within: Duration) {
        self.stop_accepting = None;
        // Nobody waits for a search of seconds: it is refused, and its connection told goodbye.
        if let Some(history) = &self.shared.history {
            history.hurry();
        }
        let until = self.shared.clock.now() + millis(within);
        for mailbox in &self.shared.mailboxes {
            mailbox.send(Letter::Shutdown(until));
        }
    }
}

impl Drop for Server {
    /// Ends without waiting for anybody.
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.tell_to_end(Duration::ZERO);
        }
    }
}

/// Forgets what has lived long enough, as long as the server lives.
async fn expire(shared: Arc<Shared>) {
    let mut tick = interval(EXPIRE_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        shared.hub.expire(shared.clock.now());
    }
}

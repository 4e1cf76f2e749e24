//! Waiting for workers.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::link::{Event, Link, accept, read};
use super::message::ToWorker;
use super::{ALIVE, Endpoint, TICK, WorkersError};
use crate::error::RunError;

/// The most connections that have not said yet who they are. Those beyond are closed.
const MOST_STRANGERS: usize = 64;

/// Where workers can come.
#[derive(Debug)]
pub struct Coordinator {
    listener: TcpListener,
    address: SocketAddr,
}

/// The workers of a run, all of them there.
#[derive(Debug)]
pub struct Crew {
    pub(super) links: Vec<Link>,
    pub(super) events: Receiver<Event>,
    /// What the own run tells of itself.
    pub(super) sender: Sender<Event>,
}

/// What was seen while workers were waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A worker has come.
    Came {
        /// What it is called.
        name: String,
        /// How many are there.
        there: usize,
    },
    /// A worker that was there has gone.
    Left {
        /// What it was called.
        name: String,
        /// Why.
        reason: String,
        /// How many are there.
        there: usize,
    },
    /// Somebody else has come, and was sent away.
    Refused {
        /// Where from.
        from: String,
        /// Why.
        reason: String,
    },
}

impl Coordinator {
    /// Lets workers come to a place.
    ///
    /// # Errors
    ///
    /// No one can listen there.
    pub fn listen(endpoint: &Endpoint) -> Result<Self, WorkersError> {
        let bind = || {
            let listener = TcpListener::bind((&*endpoint.host, endpoint.port))?;
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        };
        bind().map_err(|source| WorkersError::Listen { address: endpoint.clone(), source })
    }

    /// Where.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for so many workers, and tells what is seen meanwhile. Then nobody can come any more.
    ///
    /// # Errors
    ///
    /// They were not there in time, or it was told to stop.
    pub fn gather(
        self,
        wanted: u32,
        wait: Duration,
        stop: &AtomicBool,
        mut tell: impl FnMut(Seen),
    ) -> Result<Crew, WorkersError> {
        let wanted = wanted as usize;
        let (sender, events) = channel();
        let mut crew = Crew { links: Vec::new(), events, sender };
        let (mut strangers, mut connections) = (0, 0);
        let deadline = Instant::now() + wait;
        let mut alive = Instant::now();
        while crew.links.len() < wanted {
            if stop.load(Ordering::Relaxed) {
                return Err(RunError::Interrupted.into());
            }
            let now = Instant::now();
            if now >= deadline {
                return Err(WorkersError::TooFew { there: crew.links.len(), wanted, waited: wait });
            }
            while let Some((stream, from)) = accept(&self.listener) {
                if strangers >= MOST_STRANGERS {
                    tell(Seen::Refused { from, reason: "too many others have not said who they are".to_owned() });
                    continue;
                }
                (strangers, connections) = (strangers + 1, connections + 1);
                let (id, events) = (connections, crew.sender.clone());
                thread::spawn(move || read(stream, id, from, &events));
            }
            if now >= alive {
                alive = now + ALIVE;
                // Who does not hear it is seen to be gone.
                crew.links.iter().for_each(|link| drop(link.tell(&ToWorker::Alive)));
            }
            match crew.events.recv_timeout(TICK) {
                Ok(Event::Came(link)) => {
                    strangers -= 1;
                    let name = link.name.clone();
                    crew.links.push(link);
                    tell(Seen::Came { name, there: crew.links.len() });
                }
                Ok(Event::Refused { from, reason }) => {
                    strangers -= 1;
                    tell(Seen::Refused { from, reason });
                }
                Ok(Event::Gone { id, reason }) => {
                    if let Some(at) = crew.links.iter().position(|link| link.id == id) {
                        let name = crew.links.swap_remove(at).name.clone();
                        tell(Seen::Left { name, reason, there: crew.links.len() });
                    }
                }
                // Nothing that is said before there is something to do matters.
                Ok(Event::Said { .. } | Event::OwnRun { .. }) | Err(_) => {}
            }
        }
        Ok(crew)
    }
}

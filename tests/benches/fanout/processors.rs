//! Which processors the server and the generator run on.

use std::io;
use std::process::{Child, Command};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The processors of a measurement.
#[derive(Clone, Debug)]
pub(crate) struct Processors {
    /// All that this process may use.
    all: CpuSet,
    /// The server's one and the generator's one. Unpinned, both use all.
    pins: Option<(usize, usize)>,
}

impl Processors {
    /// The last two that this process may use, as the first ones have most of the system's own work; unpinned, or where
    /// there is one alone, all.
    ///
    /// # Errors
    ///
    /// The system does not say.
    pub(crate) fn find(pinned: bool) -> io::Result<Self> {
        let all = sched_getaffinity(None)?;
        let mut last = (0..CpuSet::MAX_CPU).rev().filter(|&at| all.is_set(at));
        let pins = last.next().zip(last.next()).filter(|_| pinned);
        Ok(Self { all, pins })
    }

    /// All of them, for everybody.
    pub(crate) fn free(&self) -> Self {
        Self { all: self.all, pins: None }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        self.all.count()
    }

    /// Which are whose, in words.
    pub(crate) fn words(&self) -> String {
        match self.pins {
            Some((server, generator)) => format!("server on processor {server}, generator on processor {generator}"),
            None => format!("nothing pinned to any of {} processors", self.count()),
        }
    }

    /// Starts a server in its place, which a child inherits of the calling thread. That one is in the generator's place
    /// afterwards, and with it the threads that it starts.
    ///
    /// # Errors
    ///
    /// The command can't be run, or the system refuses the place.
    pub(crate) fn spawn_server(&self, command: &mut Command) -> io::Result<Child> {
        sched_setaffinity(None, &self.pins.map_or(self.all, |(server, _)| only(server)))?;
        let child = command.spawn();
        sched_setaffinity(None, &self.pins.map_or(self.all, |(_, generator)| only(generator)))?;
        child
    }
}

fn only(processor: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(processor);
    set
}

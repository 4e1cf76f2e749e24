//! What is measured: each cell asks one thing.

mod churn;
mod compared;
mod crowd;
mod idle;
mod rooms;
mod stalled;
mod storm;
mod workers;

use super::outcome::Outcome;
use super::rounds::{Bench, Failure};

/// One thing that is measured.
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    /// What it does, in a line without a full stop.
    pub(crate) about: &'static str,
    pub(crate) run: fn(&Bench) -> Result<Outcome, Failure>,
}

/// All of them, in the order in which they are run.
pub(crate) const CELLS: &[Cell] = &[
    Cell { name: "steady-20", about: "1,000 members, 20 messages a second, one worker", run: compared::steady_20 },
    Cell { name: "steady-100", about: "1,000 members, 100 messages a second, one worker", run: compared::steady_100 },
    Cell {
        name: "window-64",
        about: "1,000 members, as fast as it goes with at most 64 messages in flight, one worker",
        run: compared::window_64,
    },
    Cell {
        name: "window-1024",
        about: "1,000 members, as fast as it goes with at most 1,024 messages in flight, one worker",
        run: compared::window_1024,
    },
    Cell {
        name: "window-64-of-100",
        about: "100 members, as fast as it goes with at most 64 messages in flight, one worker",
        run: compared::window_64_of_100,
    },
    Cell {
        name: "window-1024-of-100",
        about: "100 members, as fast as it goes with at most 1,024 messages in flight, one worker",
        run: compared::window_1024_of_100,
    },
    Cell {
        name: "io-uring",
        about: "1,000 members, 50 messages a second and 64 in flight, one worker, with io_uring and without",
        run: compared::io_uring,
    },
    Cell {
        name: "crowd",
        about: "10 to 10,000 members, 20,000 deliveries a second in all, one worker",
        run: crowd::run,
    },
    Cell {
        name: "two-workers",
        about: "1,000 members, 20 messages a second, one worker and two, nothing pinned",
        run: workers::run,
    },
    Cell { name: "idle", about: "10,000 members of a room in which nobody says anything", run: idle::run },
    Cell {
        name: "stalled",
        about: "a room of which many members have stopped reading: 1,000 that read at 1 MB/s (100 texts of 10,000 octets a \
                second) and 1,000 that don't, and 10 that read as fast as it goes and 1,000 that don't",
        run: stalled::run,
    },
    Cell {
        name: "rooms",
        about: "10,000 members in 1,000 rooms where somebody says 2 messages a second, against one room of as many \
                deliveries a second",
        run: rooms::run,
    },
    Cell {
        name: "churn",
        about: "5,000 members, 4 messages a second, without and with 2,000 joins and leaves a second",
        run: churn::run,
    },
    Cell { name: "storm", about: "10,000 people connect, register and join, one worker", run: storm::run },
];

//! Every raw figure of a run.

use std::collections::BTreeMap;
use std::time::SystemTime;

use hdrhistogram::Histogram;

use crate::beside::BesideMeasured;
use crate::clock::nanos;
use crate::completions::Completions;
use crate::latency::Latencies;
use crate::plan::Plan;
use crate::series::{Series, Spread};
use crate::usage::Usage;
use crate::verify::Tally;

/// What a run has measured. Times are nanoseconds.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What was run.
    pub plan: Plan,
    /// When the first message was meant to be sent.
    pub started: SystemTime,
    /// Whether it was told to stop before its time.
    pub interrupted: bool,
    /// From the first connection to the last joining.
    pub ramp: u64,
    /// From when the first message was meant to be sent to the last delivery.
    pub window: u64,
    /// From when the first message was meant to be sent to the end of sending.
    pub sending: u64,
    /// Messages that were sent.
    pub published: u64,
    /// Messages that the server accepted.
    pub accepted: u64,
    /// Deliveries of these: each once for each member of its room.
    pub owed: u64,
    /// Messages that the server refused, by the code of its `ERR`.
    pub refused: BTreeMap<String, u64>,
    /// Messages that could not be sent when they were due because the server did not take what was sent before.
    pub held: u64,
    /// Messages that were due and were never sent.
    pub unsent: u64,
    /// Messages that did not reach everybody.
    pub incomplete: u64,
    /// What became of the deliveries.
    pub tally: Tally,
    /// Messages that came to those who only publish; they are not among the deliveries.
    pub unverified: u64,
    /// How long they took.
    pub latencies: Latencies,
    /// When each message had reached everybody, if the plan asks for it.
    pub completions: Option<Completions>,
    /// How long after it was meant to be sent each message was sent, those apart that the server held up.
    pub lateness: Histogram<u64>,
    /// Connections that ended, by reason.
    pub disconnected: BTreeMap<String, u64>,
    /// Reads that brought something, after all had joined; those that only counted it too.
    pub reads: u64,
    /// What the thread that made the run used from the first message to the last delivery. The memory is that of its process.
    pub generator: Usage,
    /// What the server used, if its process is known.
    pub server: Option<ServerUsage>,
    /// How it went on.
    pub series: Series,
    /// The distributions of each part of `series`.
    pub spreads: Vec<Spread>,
    /// What became of those beside the receivers.
    pub beside: BesideMeasured,
}

impl Measured {
    /// What a rate is counted over, and the generator's use: from when the first message was meant to be sent to the last
    /// delivery, or to the end of sending if that is later, so that a server that stands still at the end is slow. An open
    /// loop's is its planned duration at least, as each message has a part of that to itself, unless it was interrupted.
    pub fn elapsed(&self) -> u64 {
        let planned = self.plan.load.is_open() && !self.interrupted;
        let planned = if planned { nanos(self.plan.duration) } else { 0 };
        self.window.max(self.sending).max(planned)
    }
}

/// What a server's process used.
#[derive(Clone, Copy, Debug)]
pub struct ServerUsage {
    /// Its process.
    pub pid: u32,
    /// Processor time from the first message to the last delivery.
    pub cpu: u64,
    /// Resident memory before the first connection.
    pub memory_before: u64,
    /// Resident memory when all had joined.
    pub memory_joined: u64,
}

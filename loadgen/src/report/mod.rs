//! What a run's raw figures amount to.
//!
//! The JSON form has a schema, `report.schema.json`. All times are nanoseconds, all sizes octets.

mod beside;
mod faults;
mod figures;
pub mod histograms;
mod machine;
mod table;
mod trust;
mod units;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::engine::Measured;
use crate::plan::Load;
use crate::series::Series;
use crate::verify::Tally;
use crate::workers::Worker;
use crate::workload::Workload;

pub use beside::{Beside, Churn};
pub(crate) use figures::percentiles;
pub use figures::{Figure, figures};
use histograms::{Histograms, Set, Stored};
pub use machine::Machine;
pub use table::table;
pub(crate) use table::{line, load};
pub use units::Unit;

/// The version of the JSON form: it changes when a reader of an older one would go wrong.
pub const VERSION: u32 = 2;

/// A run in figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// What was run.
    pub run: Run,
    /// All of what was to be done, as a workload file says it.
    pub workload: Workload,
    /// Whether the figures are the server's, and not the generator's own.
    pub valid: bool,
    /// Why they are not.
    pub invalid: Vec<String>,
    /// Whether each message that was due came to everybody, once and in order, or was named in a `GAP`; and nobody was
    /// cut off, and nothing was refused.
    pub clean: bool,
    /// Whether it was stopped before its time.
    pub interrupted: bool,
    /// The ramp.
    pub connects: Connects,
    /// What was said.
    pub messages: Messages,
    /// What was received.
    pub deliveries: Deliveries,
    /// How long it took, from when the messages were meant to be sent.
    pub latency: Latency,
    /// The same from when they were sent: what they waited for before is left out.
    pub uncorrected: Latency,
    /// How long after it was meant to be sent a message was sent.
    pub lateness: Distribution,
    /// What the generator used.
    pub generator: Generator,
    /// What the server used; `null` where that is not known.
    pub server: Option<Server>,
    /// Connections that ended, by reason.
    pub disconnected: BTreeMap<String, u64>,
    /// How the run went on.
    pub series: Series,
    /// All that `latency` and `lateness` sum up.
    pub histograms: Histograms,
    /// What became of those beside the receivers.
    pub beside: Beside,
}

/// What was run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the option of that name")]
pub struct Run {
    /// Where the server was, as a URL: what was spoken, and the address.
    pub target: String,
    /// What the server said that it is, if it was started for the run.
    pub server: Option<String>,
    pub room: String,
    pub clients: u32,
    pub publishers: u32,
    pub size: usize,
    /// `None` only before there is a run.
    pub load: Option<Load>,
    pub duration_ns: u64,
    pub label: Option<String>,
    /// When the first message was meant to be sent, by the clock of the machine: milliseconds since 1970 in UTC.
    pub started_ms: u64,
    /// How many loadgens this is the run of: more than 1 where it has workers, or saved runs were merged.
    pub processes: u32,
    /// The version of loadgen.
    pub loadgen: String,
    /// What it ran on; `None` where that is several machines.
    pub machine: Option<Machine>,
    /// The other processes, where one run was made by several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<Worker>,
}

impl Run {
    /// What was spoken.
    pub fn protocol(&self) -> &str {
        self.target.split_once("://").map_or("", |(protocol, _)| protocol)
    }
}

/// The ramp.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Connects {
    /// Connections that were made and joined: the clients', and those that only publish.
    pub count: u32,
    /// From the first connection to the last joining.
    pub elapsed_ns: u64,
    /// `count` by that time.
    pub per_second: f64,
}

/// What was said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Messages {
    /// Messages that were sent.
    pub published: u64,
    /// Of these, how many the server accepted.
    pub accepted: u64,
    /// Of these, how many the server refused, by code.
    pub refused: BTreeMap<String, u64>,
    /// Of these, how many have no answer.
    pub unanswered: u64,
    /// Messages that waited because the server did not take those before.
    pub held: u64,
    /// Messages that were due and never sent.
    pub unsent: u64,
    /// Messages that did not reach everybody.
    pub incomplete: u64,
}

/// What was received.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Deliveries {
    /// Accepted messages, each once for each member of its room.
    pub owed: u64,
    /// What became of them.
    #[serde(flatten)]
    pub tally: Tally,
    /// From when the first message was meant to be sent to the last delivery, or to the end of sending if that is later; of
    /// an open loop that was not interrupted its planned duration at least.
    pub elapsed_ns: u64,
    /// What was `received`, by that time.
    pub per_second: f64,
    /// How many came with one read, on average.
    pub per_read: f64,
    /// Messages that came to those who only publish; they are none of these deliveries, and not verified.
    pub unverified: u64,
}

/// How long it took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Every delivery.
    pub all: Distribution,
    /// Each message's first receiver.
    pub first: Distribution,
    /// The receiver with whom half of them have a message.
    pub median: Distribution,
    /// The last receiver of each message that reached everybody.
    pub last: Distribution,
}

/// Times, exact to three digits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the percentile of that name")]
pub struct Distribution {
    pub count: u64,
    pub p50_ns: u64,
    pub p90_ns: u64,
    pub p99_ns: u64,
    pub p999_ns: u64,
    pub max_ns: u64,
    pub mean_ns: f64,
}

/// What the generator used, from the first message to the last delivery.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Generator {
    /// Processor time.
    pub cpu_ns: u64,
    /// That, as a part of one core's time in the deliveries' `elapsed_ns`.
    pub cpu_share: f64,
    /// How much of that time it was ready and had to wait for a core.
    pub waited_share: f64,
}

/// What the server used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// Its process.
    pub pid: u32,
    /// Processor time from the first message to the last delivery.
    pub cpu_ns: u64,
    /// That, for each delivery.
    pub cpu_per_delivery_ns: f64,
    /// Resident memory before the first connection.
    pub memory_before: u64,
    /// Resident memory when all had joined.
    pub memory_joined: u64,
    /// What came on, for each connection.
    pub memory_per_connection: f64,
}

impl From<&Histogram<u64>> for Distribution {
    fn from(times: &Histogram<u64>) -> Self {
        Self {
            count: times.len(),
            p50_ns: times.value_at_quantile(0.5),
            p90_ns: times.value_at_quantile(0.9),
            p99_ns: times.value_at_quantile(0.99),
            p999_ns: times.value_at_quantile(0.999),
            max_ns: times.max(),
            mean_ns: times.mean(),
        }
    }
}

impl From<&Set> for Latency {
    fn from(set: &Set) -> Self {
        Self {
            all: (&set.all.0).into(),
            first: (&set.first.0).into(),
            median: (&set.median.0).into(),
            last: (&set.last.0).into(),
        }
    }
}

impl From<&Measured> for Report {
    fn from(measured: &Measured) -> Self {
        let (plan, tally) = (&measured.plan, &measured.tally);
        let refused: u64 = measured.refused.values().sum();
        let histograms = Histograms {
            corrected: (&measured.latencies.corrected).into(),
            uncorrected: (&measured.latencies.uncorrected).into(),
            late: Stored(measured.lateness.clone()),
            parts: measured.spreads.clone(),
        };
        let connections = plan.connections();
        let mut report = Self {
            version: VERSION,
            run: Run {
                target: format!("{}://{}", plan.wire.scheme(), plan.address),
                server: None,
                room: plan.room.clone(),
                clients: plan.clients,
                publishers: plan.publishers,
                size: plan.size,
                load: Some(plan.load),
                duration_ns: crate::clock::nanos(plan.duration),
                label: None,
                started_ms: millis(measured.started),
                processes: 1,
                loadgen: env!("CARGO_PKG_VERSION").to_owned(),
                machine: Some(Machine::this()),
                workers: Vec::new(),
            },
            workload: Workload::of(plan),
            valid: true,
            invalid: Vec::new(),
            clean: false,
            interrupted: measured.interrupted,
            connects: Connects {
                count: connections,
                elapsed_ns: measured.ramp,
                per_second: per_second(connections.into(), measured.ramp),
            },
            messages: Messages {
                published: measured.published,
                accepted: measured.accepted,
                refused: measured.refused.clone(),
                unanswered: measured.published.saturating_sub(measured.accepted + refused),
                held: measured.held,
                unsent: measured.unsent,
                incomplete: measured.incomplete,
            },
            deliveries: Deliveries {
                owed: measured.owed,
                tally: *tally,
                elapsed_ns: measured.elapsed(),
                per_second: per_second(tally.received, measured.elapsed()),
                per_read: ratio(tally.received, measured.reads),
                unverified: measured.unverified,
            },
            latency: (&histograms.corrected).into(),
            uncorrected: (&histograms.uncorrected).into(),
            lateness: (&histograms.late.0).into(),
            generator: Generator {
                cpu_ns: measured.generator.cpu,
                cpu_share: ratio(measured.generator.cpu, measured.elapsed()),
                waited_share: ratio(measured.generator.waited, measured.elapsed()),
            },
            server: measured.server.map(|server| {
                let grown = server.memory_joined.saturating_sub(server.memory_before);
                Server {
                    pid: server.pid,
                    cpu_ns: server.cpu,
                    cpu_per_delivery_ns: ratio(server.cpu, tally.received),
                    memory_before: server.memory_before,
                    memory_joined: server.memory_joined,
                    memory_per_connection: ratio(grown, u64::from(connections) + measured.beside.standing()),
                }
            }),
            disconnected: measured.disconnected.clone(),
            series: measured.series.clone(),
            histograms,
            beside: (&measured.beside).into(),
        };
        let messages = &report.messages;
        report.clean = tally.is_clean()
            && measured.refused.is_empty()
            && measured.disconnected.is_empty()
            && messages.unanswered + messages.unsent == 0;
        report.invalid = trust::doubts(&report);
        report.valid = report.invalid.is_empty();
        report
    }
}

/// Since 1970 in UTC; 0 if it was before.
fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn per_second(count: u64, nanos: u64) -> f64 {
    ratio(count, nanos) * 1e9
}

/// 0 where there is nothing to divide by.
pub(crate) fn ratio(one: u64, other: u64) -> f64 {
    if other == 0 { 0.0 } else { one as f64 / other as f64 }
}

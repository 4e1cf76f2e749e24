//! The metrics of a run, as Prometheus calls them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use super::Facts;
use super::words::FAULTS;
use crate::engine::{Count, Phase, Progress};
use crate::plan::Load;
use crate::spread::{Buckets, LIMITS};
use crate::usage::Usage;

/// The names of the phases.
const PHASES: [(Phase, &str); 6] = [
    (Phase::Ramp, "ramp"),
    (Phase::Settle, "settle"),
    (Phase::Ready, "ready"),
    (Phase::Load, "load"),
    (Phase::Drain, "drain"),
    (Phase::Over, "over"),
];

/// Counters, and what they count.
const COUNTERS: [(&str, Count, &str); 7] = [
    ("connections_joined", Count::Joined, "Clients, and those who only publish, that have joined"),
    ("messages_published", Count::Published, "Messages that were sent"),
    ("messages_accepted", Count::Accepted, "Messages that the server accepted"),
    ("messages_held", Count::Held, "Messages that were due while the server did not take those before"),
    ("deliveries", Count::Received, "Messages that came whole, each once for each receiver"),
    ("deliveries_missed", Count::Missed, "Messages that a GAP named to a receiver"),
    ("received_octets", Count::Octets, "Octets that were read or counted"),
];

/// A run.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) facts: Facts,
    pub(super) progress: Arc<Progress>,
}

/// What is known of the run of the moment, if there is one.
#[derive(Debug)]
pub(super) struct Metrics(Arc<Mutex<Option<Source>>>);

impl Metrics {
    pub(super) fn new(source: &Arc<Mutex<Option<Source>>>) -> Self {
        Self(source.clone())
    }
}

impl Collector for Metrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let source = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        source.map_or(Ok(()), |source| Page(encoder).run(&source))
    }
}

struct Page<'e>(DescriptorEncoder<'e>);

impl Page<'_> {
    fn run(&mut self, Source { facts, progress }: &Source) -> fmt::Result {
        self.info(facts)?;
        // In this order: who sees that the run is over sees its last figures.
        let phase = progress.phase();
        let (counts, spread) = (progress.counts(), progress.spread());
        for (name, count, help) in COUNTERS {
            self.counter(name, help, None, counts.get(count))?;
        }
        let faults = FAULTS.map(|(count, name)| (name, counts.get(count)));
        self.family("faults", "What went wrong", MetricType::Counter, "fault", &faults)?;
        let phases = PHASES.map(|(its, name)| (name, u64::from(its == phase)));
        self.family("phase", "What the run does: 1 at one of them", MetricType::Gauge, "phase", &phases)?;
        self.gauge("clients", "Clients that are to join", None, facts.clients)?;
        self.gauge("connected_clients", "Clients whose connections stand", None, counts.get(Count::Connected))?;
        let unsettled = counts.get(Count::Unsettled);
        self.gauge("messages_unsettled", "Messages that somebody has still to receive", None, unsettled)?;
        match facts.load {
            Load::Rate(rate) => self.gauge("target_rate", "Messages a second that are to be sent", None, rate)?,
            Load::Burst { messages, every } => {
                let rate = f64::from(messages) / every.as_secs_f64();
                self.gauge("target_rate", "Messages a second that are to be sent", None, rate)?;
            }
            Load::Idle => {}
            Load::InFlight(window) => self.gauge("target_in_flight", "Messages in flight at most", None, window)?,
        }
        let help = "How long deliveries took, from when their messages were meant to be sent";
        self.histogram("delivery_latency", help, &spread.all)?;
        let help = "The same, for each message that reached everybody its last receiver";
        self.histogram("last_receiver_latency", help, &spread.last)?;
        self.generator(progress, counts.get(Count::Late))
    }

    fn info(&mut self, facts: &Facts) -> fmt::Result {
        let mut metric = self.0.encode_descriptor("run", "The run", None, MetricType::Info)?;
        let label = escaped(facts.heading.as_deref().unwrap_or_default());
        let target = escaped(&facts.target);
        let (clients, publishers) = (facts.clients.to_string(), facts.publishers.to_string());
        let (rooms, size) = (facts.rooms.to_string(), facts.size.to_string());
        metric.encode_info(&[
            ("target", &*target),
            ("label", &label),
            ("clients", &clients),
            ("publishers", &publishers),
            ("rooms", &rooms),
            ("size", &size),
        ])
    }

    /// How the generator itself is doing.
    fn generator(&mut self, progress: &Progress, late: u64) -> fmt::Result {
        let help = "How late the latest message was sent that the server did not hold up";
        self.gauge("generator_late_max", help, Some(&Unit::Seconds), seconds(late))?;
        let Some(usage) = progress.thread().and_then(Usage::of_thread) else { return Ok(()) };
        let help = "Time of the thread that makes the run on a processor";
        self.counter("generator_cpu", help, Some(&Unit::Seconds), seconds(usage.cpu))?;
        let help = "Time for which that thread waited for a processor";
        self.counter("generator_waited", help, Some(&Unit::Seconds), seconds(usage.waited))
    }

    fn counter(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        number: impl EncodeCounterValue + Copy,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, unit, MetricType::Counter)?;
        metric.encode_counter::<NoLabelSet, _, u64>(&number, None)
    }

    fn gauge(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        number: impl EncodeGaugeValue + Copy,
    ) -> fmt::Result {
        self.0.encode_descriptor(name, help, unit, MetricType::Gauge)?.encode_gauge(&number)
    }

    /// Numbers that one label tells apart.
    fn family(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        label: &str,
        numbers: &[(&str, u64)],
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, kind)?;
        for (value, number) in numbers {
            let labels = [(label, *value)];
            let mut metric = metric.encode_family(&labels)?;
            match kind {
                MetricType::Counter => metric.encode_counter::<NoLabelSet, _, u64>(number, None)?,
                _ => metric.encode_gauge(number)?,
            }
        }
        Ok(())
    }

    fn histogram(&mut self, name: &str, help: &str, buckets: &Buckets) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        // The crate adds them up, and writes the greatest number as infinity.
        let limits = LIMITS.into_iter().map(seconds).chain([f64::MAX]);
        let counts: Vec<_> = limits.zip(buckets.counts).collect();
        let count = buckets.counts.iter().sum();
        metric.encode_histogram::<NoLabelSet>(seconds(buckets.sum), count, &counts, None)
    }
}

/// The value of a label as it must be written, which the crate leaves to who has one that is not its own.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

//! All rounds of one subject with one task.

use fanfare_loadgen::report::{Report, Unit};
use fanfare_loadgen::{Load, Measured};
use hdrhistogram::Histogram;

use super::statistics::{Summary, merged};

/// Rounds of one subject.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Why there are none.
    pub(crate) absent: Option<String>,
    pub(crate) rounds: Vec<Measured>,
    pub(crate) reports: Vec<Report>,
}

impl Series {
    pub(crate) fn new(name: String) -> Self {
        Self { name, absent: None, rounds: Vec::new(), reports: Vec::new() }
    }

    pub(crate) fn add(&mut self, measured: Measured) {
        self.reports.push(Report::from(&measured));
        self.rounds.push(measured);
    }

    /// The processor time of the server for each delivery, in nanoseconds, round by round.
    pub(crate) fn cpu(&self) -> Vec<f64> {
        self.reports.iter().map(|report| report.server.as_ref().map_or(f64::NAN, |of| of.cpu_per_delivery_ns)).collect()
    }

    /// Deliveries a second, round by round.
    pub(crate) fn per_second(&self) -> Vec<f64> {
        self.reports.iter().map(|report| report.deliveries.per_second).collect()
    }

    /// Connections a second, round by round.
    pub(crate) fn connects(&self) -> Vec<f64> {
        self.reports.iter().map(|report| report.connects.per_second).collect()
    }

    /// When each receiver had a message, over all rounds.
    pub(crate) fn each(&self) -> Histogram<u64> {
        merged(self.rounds.iter().map(|measured| &measured.latencies.corrected.all))
    }

    /// When the last receiver had a message, over all rounds.
    pub(crate) fn last(&self) -> Histogram<u64> {
        merged(self.rounds.iter().map(|measured| &measured.latencies.corrected.last))
    }

    /// How much of its processor the generator used, in the middle.
    pub(crate) fn generator(&self) -> Option<f64> {
        let shares: Vec<_> = self.reports.iter().map(|report| report.generator.cpu_share).collect();
        Summary::of(&shares).map(|shares| shares.median)
    }

    /// The newest round in a line.
    pub(crate) fn newest(&self) -> String {
        let Some(report) = self.reports.last() else { return self.name.clone() };
        let mut line = format!(
            "{}: {} a delivery, {}, last receiver p50 {} p99 {}",
            self.name,
            report.server.as_ref().map_or_else(|| "?".to_owned(), |of| Unit::Time.show(of.cpu_per_delivery_ns)),
            Unit::Rate.show(report.deliveries.per_second),
            Unit::Time.show(report.latency.last.p50_ns as f64),
            Unit::Time.show(report.latency.last.p99_ns as f64),
        );
        if !report.clean {
            line.push_str("; NOT CLEAN");
        }
        for doubt in &report.invalid {
            line.push_str("; ");
            line.push_str(doubt);
        }
        line
    }

    /// What went wrong with deliveries, by rounds: what is owed and did not come once, in order and as it was sent.
    pub(crate) fn faults(&self) -> Vec<String> {
        let faulty = self.rounds.iter().enumerate().filter(|(_, measured)| !measured.tally.is_clean());
        faulty
            .map(|(round, measured)| {
                let tally = &measured.tally;
                format!(
                    "{}, round {}: {} lost, {} cut off, {} repeated, {} reordered, {} corrupt",
                    self.name,
                    round + 1,
                    tally.lost,
                    tally.cut,
                    tally.repeated,
                    tally.reordered,
                    tally.corrupt
                )
            })
            .collect()
    }

    /// Why the figures of a load may be too bad.
    pub(crate) fn doubts(&self) -> Option<String> {
        let all = self.reports.len();
        let invalid: Vec<_> = self.reports.iter().filter(|report| !report.valid).collect();
        // As fast as it goes, something is the limit, and processor time for a delivery is the server's in any case.
        let saturated = self.rounds.iter().all(|measured| matches!(measured.plan.load, Load::InFlight(_)));
        let report = invalid.first()?;
        let so = if saturated { " (the server could have delivered more a second)" } else { "" };
        let many = invalid.len();
        Some(format!("{}: in {many} of {all} rounds, as in this one, {}{so}", self.name, report.invalid.join("; ")))
    }

    /// What a reader of the figures should know.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes: Vec<_> = self.absent.iter().map(|absent| format!("left out: {absent}")).collect();
        let named = |count: fn(&Measured) -> u64, what: &str| {
            let sum: u64 = self.rounds.iter().map(count).sum();
            (sum > 0).then(|| format!("{}: {sum} {what}", self.name))
        };
        notes.extend(named(|measured| measured.tally.missed, "deliveries were named in a GAP"));
        notes.extend(named(|measured| measured.unsent, "messages were due and never sent: it did not keep up"));
        notes.extend(named(|measured| measured.held, "messages waited because it did not take those before"));
        notes.extend(named(|measured| measured.refused.values().sum(), "messages were refused"));
        notes.extend(named(|measured| measured.disconnected.values().sum(), "connections ended"));
        notes
    }
}

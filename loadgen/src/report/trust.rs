//! Are the figures the server's? Not where the generator was what limited them, or does not know them all.

use super::Report;
use super::units::Unit;
use crate::published::REMEMBERED;

/// How much of a core's time the generator may use or wait for.
const MOST_BUSY: f64 = 0.9;

/// How late one message in a hundred may be sent, in any case, in nanoseconds.
const LATE: f64 = 1e6;

/// How late, as a part of the time in which one message in two has reached everybody.
const LATE_PART: f64 = 0.1;

/// Why the figures can't be trusted.
pub(super) fn doubts(report: &Report) -> Vec<String> {
    let mut doubts = Vec::new();
    let generator = &report.generator;
    let busy = generator.cpu_share + generator.waited_share;
    if busy > MOST_BUSY {
        doubts.push(format!(
            "the generator was the limit: it ran or waited for a core {} of the time ({} ran, {} waited)",
            Unit::Share.show(busy),
            Unit::Share.show(generator.cpu_share),
            Unit::Share.show(generator.waited_share)
        ));
    }
    let late = report.lateness.p99_ns as f64;
    let allowed = LATE.max(LATE_PART * report.latency.last.p50_ns as f64);
    if late > allowed {
        doubts.push(format!(
            "the generator was late: one message in a hundred was sent {} or more after its time, and {} is allowed",
            Unit::Time.show(late),
            Unit::Time.show(allowed)
        ));
    }
    let untimed = report.deliveries.tally.received.saturating_sub(report.latency.all.count);
    if untimed > 0 {
        doubts.push(format!(
            "{untimed} deliveries came when more than {REMEMBERED} later messages had been said, and have no time: the \
             percentiles are too low"
        ));
    }
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_generator_is_named() {
        let mut report = Report::default();
        report.generator.cpu_share = 0.5;
        report.generator.waited_share = 0.39;
        assert!(doubts(&report).is_empty());
        report.generator.waited_share = 0.41;
        assert!(doubts(&report)[0].contains("91.0 %"), "{:?}", doubts(&report));
    }

    #[test]
    fn deliveries_that_have_no_time_are_named() {
        let mut report = Report::default();
        (report.deliveries.tally.received, report.latency.all.count) = (10, 10);
        assert!(doubts(&report).is_empty());
        report.latency.all.count = 7;
        assert!(doubts(&report)[0].starts_with("3 deliveries"), "{:?}", doubts(&report));
    }

    #[test]
    fn a_late_generator_is_named_unless_the_server_took_far_longer() {
        let mut report = Report::default();
        report.lateness.p99_ns = 1_000_000;
        assert!(doubts(&report).is_empty());
        report.lateness.p99_ns = 2_000_000;
        assert!(doubts(&report)[0].contains("2.00 ms"), "{:?}", doubts(&report));
        report.latency.last.p50_ns = 20_000_000;
        assert!(doubts(&report).is_empty());
    }
}

//! How a run went on, as CSV.

use serde::Serialize;

use crate::report::Report;

/// One line: one part of the run's time. The names have their units; what has none is a count.
#[derive(Serialize)]
struct Row {
    from_ns: u64,
    to_ns: u64,
    published: u64,
    deliveries: u64,
    errors: u64,
    connected: u32,
    all_count: u64,
    all_p50_ns: u64,
    all_p99_ns: u64,
    all_max_ns: u64,
    last_count: u64,
    last_p50_ns: u64,
    last_p99_ns: u64,
    last_max_ns: u64,
}

/// A line of names, and one for each part of the run's time. Where nothing was delivered, the percentiles are 0, as the
/// counts beside them are.
pub fn csv(report: &Report) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut from_ns = 0;
    for moment in &report.series.moments {
        let (all, last) = (&moment.all, &moment.last);
        let row = Row {
            from_ns,
            to_ns: moment.at_ns,
            published: moment.published,
            deliveries: moment.deliveries,
            errors: moment.errors,
            connected: moment.connected,
            all_count: all.count,
            all_p50_ns: all.p50_ns,
            all_p99_ns: all.p99_ns,
            all_max_ns: all.max_ns,
            last_count: last.count,
            last_p50_ns: last.p50_ns,
            last_p99_ns: last.p99_ns,
            last_max_ns: last.max_ns,
        };
        writer.serialize(row).expect("a vector takes every line, and all have as many fields");
        from_ns = moment.at_ns;
    }
    writer.into_inner().expect("a vector takes everything")
}

//! What the end of a part of a run's time costs, which comes once in 100 ms or less often: the run stands still for it.
//!
//! `cargo bench -p fanfare-loadgen --bench parts`

#![allow(missing_docs, reason = "criterion's macros make items without docs")]

use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use fanfare_loadgen::latency::Times;
use fanfare_loadgen::series::{Recorder, Totals};

/// How long a part is, in nanoseconds.
const PART: u64 = 100_000_000;

fn totals(latencies: &Times) -> Totals<'_> {
    Totals { published: 0, deliveries: latencies.all.len(), errors: 0, connected: 1_000, latencies }
}

/// Adds deliveries that took 50 microseconds to 1 second, most of them less than 2 milliseconds.
fn deliver(latencies: &mut Times, deliveries: u64) {
    for at in 0..deliveries {
        let nanos = 50_000 + 1_000_000_000 / (1 + at * 7_919 % 9_973);
        latencies.all.saturating_record(nanos);
        if at % 1_000 == 0 {
            latencies.last.saturating_record(nanos);
        }
    }
}

fn parts(c: &mut Criterion) {
    let mut group = c.benchmark_group("the end of a part");
    for deliveries in [0, 2_000, 25_000] {
        group.bench_with_input(BenchmarkId::new("deliveries", deliveries), &deliveries, |b, &deliveries| {
            b.iter_batched(
                || {
                    let (mut recorder, mut latencies) = (Recorder::new(0, Duration::from_secs(10)), Times::default());
                    deliver(&mut latencies, 100_000);
                    recorder.record(PART, &totals(&latencies));
                    deliver(&mut latencies, deliveries);
                    (recorder, latencies)
                },
                |(mut recorder, latencies)| {
                    let moment = recorder.record(2 * PART, &totals(&latencies));
                    (recorder, latencies, moment)
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, parts);
criterion_main!(benches);

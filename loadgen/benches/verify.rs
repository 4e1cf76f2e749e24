//! What one delivery costs to verify, from memory: many messages to a read, and one message to a read.
//!
//! `cargo bench -p fanfare-loadgen`; elements a second are deliveries a second.

#![allow(missing_docs, reason = "criterion's macros make items without docs")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fanfare_loadgen::published::Published;
use fanfare_loadgen::text::Texts;
use fanfare_loadgen::verify::{Receiver, Verifier};

const ROOM: &str = "#load-0000002a";
const RECEIVERS: u64 = 1_000;

/// So many messages as the room's members read them; each is meant to be sent `step` nanoseconds after the one before.
fn scene(messages: u64, size: usize, step: u64) -> (Verifier, Vec<Receiver>, Vec<u8>) {
    let texts = Texts::new(42, size);
    let mut verifier = Verifier::new(ROOM, texts.clone(), Published::new("load-0000002a-", 1));
    let receivers = (0..RECEIVERS).map(|_| verifier.join(0)).collect();
    let (mut stream, mut text) = (String::new(), String::new());
    for index in 0..messages {
        verifier.published().say(index * step);
        texts.write(index, &mut text);
        stream.push_str(&format!("MSG {ROOM} {} 1700000000000 load-0000002a-0 :{text}\n", index + 1));
    }
    (verifier, receivers, stream.into_bytes())
}

/// Everybody reads the stream, in turn.
fn read(verifier: &mut Verifier, receivers: &mut [Receiver], stream: &[u8]) {
    let mut notices = Vec::new();
    for receiver in receivers {
        let taken = verifier.receive(receiver, black_box(stream), 5_000_000, &mut notices);
        assert_eq!(taken, Ok(stream.len()));
    }
}

fn verify(c: &mut Criterion) {
    let mut group = c.benchmark_group("verify");
    for messages in [1, 8, 64, 512] {
        for (name, step) in [("published at once", 0), ("published apart", 1_000)] {
            group.throughput(Throughput::Elements(messages * RECEIVERS));
            group.bench_with_input(BenchmarkId::new(name, messages), &messages, |b, &messages| {
                b.iter_batched(
                    || scene(messages, 40, step),
                    |(mut verifier, mut receivers, stream)| {
                        read(&mut verifier, &mut receivers, &stream);
                        assert!(verifier.tally().is_clean());
                        (verifier, receivers)
                    },
                    criterion::BatchSize::LargeInput,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(benches, verify);
criterion_main!(benches);

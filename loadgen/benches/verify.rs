//! What one delivery costs to verify, from memory: many messages to a read, and one message to a read.
//!
//! `cargo bench -p fanfare-loadgen`; elements a second are deliveries a second.

#![allow(missing_docs, reason = "criterion's macros make items without docs")]

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fanfare_loadgen::Wire;
use fanfare_loadgen::latency::Sending;
use fanfare_loadgen::published::Published;
use fanfare_loadgen::text::Texts;
use fanfare_loadgen::verify::{Receiver, Verifier};

const ROOM: &str = "#load-0000002a";
const RECEIVERS: usize = 1_000;

/// What somebody does with a stream that has come.
type Read = fn(&mut Verifier, &mut [Receiver], &[u8]);

/// So many messages as the room's members read them; each is meant to be sent `step` nanoseconds after the one before, and
/// is if nothing is `Late`.
fn scene(messages: u64, size: usize, step: u64, sending: Sending) -> (Verifier, Vec<Receiver>, Vec<u8>) {
    let texts = Texts::new(42, size);
    let published = Published::new("load-0000002a-", 1, sending);
    let mut verifier = Verifier::new(Wire::Fanfare, &[ROOM.to_owned()], texts.clone(), published);
    let receivers = (0..RECEIVERS).map(|at| verifier.join(at, 0)).collect();
    verifier.begin();
    let (mut stream, mut text) = (String::new(), String::new());
    for index in 0..messages {
        verifier.published().say(index * step, index * step + u64::from(sending == Sending::Late));
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

/// One reads the stream. For the others all but the last message is counted, and that one is read.
fn count(verifier: &mut Verifier, receivers: &mut [Receiver], stream: &[u8]) {
    let (first, others) = receivers.split_first_mut().expect("there are some");
    read(verifier, std::slice::from_mut(first), stream);
    for receiver in others {
        let most = verifier.countable(receiver, &[]);
        assert!(verifier.count(receiver, 0, black_box(most), 5_000_000).is_empty());
        read(verifier, std::slice::from_mut(receiver), &stream[most..]);
    }
}

fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    messages: u64,
    (step, sending): (u64, Sending),
    all_read: Read,
) {
    group.throughput(Throughput::Elements(messages * RECEIVERS as u64));
    group.bench_with_input(BenchmarkId::new(name, messages), &messages, |b, &messages| {
        b.iter_batched(
            || scene(messages, 40, step, sending),
            |(mut verifier, mut receivers, stream)| {
                all_read(&mut verifier, &mut receivers, &stream);
                assert!(verifier.tally().is_clean());
                (verifier, receivers)
            },
            criterion::BatchSize::LargeInput,
        );
    });
}

fn verify(c: &mut Criterion) {
    let mut group = c.benchmark_group("verify");
    for messages in [1, 8, 64, 512] {
        measure(&mut group, "published at once", messages, (0, Sending::OnTime), read);
        measure(&mut group, "published apart", messages, (1_000, Sending::OnTime), read);
        measure(&mut group, "published late", messages, (1_000, Sending::Late), read);
    }
    for messages in [64, 512] {
        measure(&mut group, "counted, published at once", messages, (0, Sending::OnTime), count);
        measure(&mut group, "counted, published apart", messages, (1_000, Sending::OnTime), count);
    }
    group.finish();
}

criterion_group!(benches, verify);
criterion_main!(benches);

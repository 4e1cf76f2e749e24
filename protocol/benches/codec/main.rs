//! What a message costs to decode and to encode, in ns and in octets of text a second, beside other protocols' codecs
//! and a floor. BENCHMARKS.md says what each of them checks.
//!
//! `cargo bench -p fanfare-protocol`

#![allow(missing_docs, reason = "criterion's macros make items without docs")]

mod codec;
mod fanfare;
mod floor;
mod irc;
mod mqtt;
mod redis;
mod text;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

use codec::{Codec, Side};
use text::Sample;

/// What a socket's read may have brought: as many frames as fit, and few enough to stay in a processor's first cache.
const READ: usize = 16_384;

/// All codecs with one text next to one another, so that their ratio means something on a machine that is not quiet.
fn codecs(c: &mut Criterion) {
    for side in [Side::Client, Side::Server] {
        for sample in text::samples() {
            let mut bench = Bench { c, side, sample: &sample };
            bench.decode();
            bench.encode();
        }
    }
}

struct Bench<'c, 's> {
    c: &'c mut Criterion,
    side: Side,
    sample: &'s Sample,
}

impl Bench<'_, '_> {
    fn decode(&mut self) {
        let (side, text) = (self.side, &*self.sample.text);
        let mut group = self.group("decode");
        decode(&mut group, floor::Search::new(side, text));
        match side {
            Side::Client => decode(&mut group, fanfare::Msg::new(text)),
            Side::Server => decode(&mut group, fanfare::Say::new(text)),
        }
        decode(&mut group, irc::Irc::new(side, text));
        decode(&mut group, redis::Redis::<false>::new(side, text));
        decode(&mut group, redis::Redis::<true>::new(side, text));
        decode(&mut group, mqtt::Mqtt::<false>::new(text));
        decode(&mut group, mqtt::Mqtt::<true>::new(text));
        group.finish();
    }

    fn encode(&mut self) {
        let (side, text) = (self.side, &*self.sample.text);
        let mut group = self.group("encode");
        encode(&mut group, floor::Copy::new(text));
        // What a client reads is what a server writes.
        match side {
            Side::Client => encode(&mut group, fanfare::Msg::new(text)),
            Side::Server => encode(&mut group, fanfare::Say::new(text)),
        }
        encode(&mut group, irc::Irc::new(side, text));
        encode(&mut group, redis::Redis::<false>::new(side, text));
        encode(&mut group, mqtt::Mqtt::<false>::new(text));
        group.finish();
    }

    fn group(&mut self, what: &str) -> BenchmarkGroup<'_, WallTime> {
        let mut group = self.c.benchmark_group(format!("{what} {} {}", self.side.verb(), self.sample.name));
        group.throughput(Throughput::Bytes(self.sample.text.len() as u64));
        group
    }
}

/// One iteration takes one frame off a stream of them.
fn decode(group: &mut BenchmarkGroup<'_, WallTime>, mut codec: impl Codec) {
    let frame = codec.encode().to_vec();
    let stream = frame.repeat((READ / frame.len()).max(1));
    group.bench_function(codec.name(), |b| {
        let mut input = &stream[..];
        b.iter(|| {
            if input.is_empty() {
                input = black_box(&stream);
            }
            input = codec.decode(input);
        });
    });
}

fn encode(group: &mut BenchmarkGroup<'_, WallTime>, mut codec: impl Codec) {
    group.bench_function(codec.name(), |b| {
        b.iter(|| {
            black_box(codec.encode());
        });
    });
}

criterion_group!(benches, codecs);
criterion_main!(benches);

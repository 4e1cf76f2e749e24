//! What one frame costs: reading (framing and parsing) and writing, beside a bare search for its LF as the floor.
//!
//! `cargo bench -p fanfare-protocol`

#![allow(missing_docs, reason = "criterion's macros make items without docs")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fanfare_protocol::{
    ClientMessage, Frame, Framed, Framer, Id, Message, Name, RoomName, Seq, ServerMessage, Text, Timestamp,
};

/// The last one needs counted text: it does not fit a line behind its header.
const TEXTS: [usize; 4] = [16, 64, 512, 4_096];

fn text(len: usize) -> String {
    "The quick brown fox jumps over the lazy dog. ".chars().cycle().take(len).collect()
}

fn say(text: &str) -> ClientMessage<'_> {
    ClientMessage::Say {
        room: RoomName::new("#lobby").expect("a room"),
        id: Some(Id::new("9f3c51d07a2be846-1").expect("an id")),
        text: Text::new(text).expect("a text"),
    }
}

fn msg(text: &str) -> ServerMessage<'_> {
    ServerMessage::Msg(Message {
        room: RoomName::new("#lobby").expect("a room"),
        seq: Seq::new(123_456).expect("a SEQ"),
        at: Timestamp::from_millis(1_795_000_000_000),
        name: Name::new("alice").expect("a name"),
        id: Some(Id::new("9f3c51d07a2be846-1").expect("an id")),
        text: Text::new(text).expect("a text"),
    })
}

/// The first frame of some octets.
fn frame(octets: &[u8]) -> Frame<'_> {
    let mut input = octets;
    match Framer::new().next(&mut input) {
        Ok(Framed::Frame(frame)) => frame,
        other => panic!("{other:?}"),
    }
}

/// One verb: its floor, its reading and its writing, for each length of text.
fn verb(c: &mut Criterion, name: &str, write: fn(&str, &mut Vec<u8>), read: fn(&Frame<'_>) -> bool) {
    let mut group = c.benchmark_group(name);
    for len in TEXTS {
        let text = text(len);
        let mut octets = Vec::new();
        write(&text, &mut octets);
        group.throughput(Throughput::Bytes(octets.len() as u64));
        // Line text has one LF to find, counted text a second one.
        group.bench_with_input(BenchmarkId::new("floor", len), &octets, |b, octets| {
            b.iter(|| {
                memchr::memchr_iter(b'\n', black_box(octets)).for_each(|at| {
                    black_box(at);
                });
            });
        });
        group.bench_with_input(BenchmarkId::new("frame", len), &octets, |b, octets| {
            b.iter(|| black_box(frame(black_box(octets))));
        });
        group.bench_with_input(BenchmarkId::new("frame and parse", len), &octets, |b, octets| {
            b.iter(|| read(&frame(black_box(octets))));
        });
        group.bench_with_input(BenchmarkId::new("encode", len), &text, |b, text| {
            let mut out = Vec::with_capacity(8_192);
            b.iter(|| {
                out.clear();
                write(black_box(text), &mut out);
                black_box(out.len())
            });
        });
    }
    group.finish();
}

fn codec(c: &mut Criterion) {
    verb(c, "SAY", |text, out| say(text).encode(out), |frame| black_box(ClientMessage::parse(frame)).is_ok());
    verb(c, "MSG", |text, out| msg(text).encode(out), |frame| black_box(ServerMessage::parse(frame)).is_ok());
}

criterion_group!(benches, codec);
criterion_main!(benches);

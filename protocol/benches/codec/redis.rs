//! RESP2, with redis-protocol: what a subscriber is sent, and a `PUBLISH`. Frames are ranges of the input.

use std::hint::black_box;

use redis_protocol::resp2::decode::decode_range;
use redis_protocol::resp2::encode::encode_borrowed;
use redis_protocol::resp2::types::{BorrowedFrame, RangeFrame};

use crate::codec::{Codec, ROOM, Side};

/// `UTF8`: whether the text is made a string.
pub(crate) struct Redis<'t, const UTF8: bool> {
    parts: [BorrowedFrame<'t>; 3],
    out: Vec<u8>,
}

impl<'t, const UTF8: bool> Redis<'t, UTF8> {
    pub(crate) fn new(side: Side, text: &'t str) -> Self {
        let what: &[u8] = match side {
            Side::Client => b"message",
            Side::Server => b"PUBLISH",
        };
        let parts = [what, ROOM.as_bytes(), text.as_bytes()].map(BorrowedFrame::BulkString);
        Self { parts, out: vec![0; 8_192] }
    }
}

impl<const UTF8: bool> Codec for Redis<'_, UTF8> {
    fn name(&self) -> &'static str {
        if UTF8 { "redis-protocol and from_utf8" } else { "redis-protocol" }
    }

    fn encode(&mut self) -> &[u8] {
        let frame = BorrowedFrame::Array(black_box(&self.parts));
        let len = encode_borrowed(&mut self.out, &frame, false).expect("it has room");
        &self.out[..len]
    }

    fn decode<'i>(&mut self, input: &'i [u8]) -> &'i [u8] {
        let (frame, len) = decode_range(input).expect("a frame").expect("a whole frame");
        let RangeFrame::Array(parts) = &frame else { panic!("{frame:?}") };
        for part in parts {
            let &RangeFrame::BulkString((begin, end)) = part else { panic!("{part:?}") };
            black_box(&input[begin..end]);
        }
        if UTF8 {
            let Some(&RangeFrame::BulkString((begin, end))) = parts.last() else { panic!("{parts:?}") };
            black_box(std::str::from_utf8(&input[begin..end]).expect("UTF-8"));
        }
        &input[len..]
    }
}

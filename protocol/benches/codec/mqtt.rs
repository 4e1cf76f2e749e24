//! MQTT 3.1.1, with mqttrs: a `PUBLISH` at most once, the same in both directions. Packets borrow from the input.

use std::hint::black_box;

use mqttrs::{Packet, Publish, QosPid, decode_slice, encode_slice};

use crate::codec::{Codec, ROOM};

/// `UTF8`: whether the text is made a string.
pub(crate) struct Mqtt<'t, const UTF8: bool> {
    packet: Packet<'t>,
    out: Vec<u8>,
}

impl<'t, const UTF8: bool> Mqtt<'t, UTF8> {
    pub(crate) fn new(text: &'t str) -> Self {
        let publish = Publish {
            dup: false,
            qospid: QosPid::AtMostOnce,
            retain: false,
            topic_name: ROOM,
            payload: text.as_bytes(),
        };
        Self { packet: publish.into(), out: vec![0; 8_192] }
    }
}

impl<const UTF8: bool> Codec for Mqtt<'_, UTF8> {
    fn name(&self) -> &'static str {
        if UTF8 { "mqttrs and from_utf8" } else { "mqttrs" }
    }

    fn encode(&mut self) -> &[u8] {
        let len = encode_slice(black_box(&self.packet), &mut self.out).expect("it has room");
        &self.out[..len]
    }

    fn decode<'i>(&mut self, input: &'i [u8]) -> &'i [u8] {
        // A packet is large, and moving it would cost as much as reading it.
        let packet = decode_slice(input);
        let Ok(Some(Packet::Publish(publish))) = &packet else { panic!("{packet:?}") };
        black_box(publish);
        if UTF8 {
            black_box(std::str::from_utf8(publish.payload).expect("UTF-8"));
        }
        // The payload is what ends the packet.
        let end = publish.payload.as_ptr_range().end as usize - input.as_ptr() as usize;
        &input[end..]
    }
}

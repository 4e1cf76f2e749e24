//! The octets that are for one connection alone: answers, private messages, the rest of a frame that was cut.

use bytes::{Buf, BytesMut};
use fanfare_protocol::ServerMessage;
use fanfare_protocol::plain::Dialect;

/// What waits for one connection, in order.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    octets: BytesMut,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.octets.len()
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Where to encode what comes next.
    pub(crate) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.octets
    }

    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    pub(crate) fn encode(&mut self, dialect: Dialect, message: &ServerMessage<'_>) {
        //= protocol/SPEC.md#4-1-rules-for-all-requests
        //# A server MUST send `OK`, `ERR` and `WELCOME` in the order in which the requests came.
        dialect.encode(message, &mut self.octets);
    }

    /// So many octets were sent. An empty outbox keeps no memory.
    pub(crate) fn sent(&mut self, count: usize) {
        self.octets.advance(count);
        if self.octets.is_empty() {
            self.octets = BytesMut::new();
        }
    }
}

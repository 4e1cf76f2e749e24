//! Octets to a client's messages and back.

use std::iter;

use fanfare_protocol::limits::{MAX_LINE, MAX_TEXT};
use fanfare_protocol::{ClientMessage, Framer};

use crate::kept::{self, Side};
use crate::script::Script;
use crate::{codec, naive};

/// Any octets are the frames that SPEC.md says they are, and what a server understands of them can be said again: its
/// canonical octets are read as the same message, are the same when it is written once more, and say what the frame said.
///
/// The octets are looked at as they are, and as the stream of the script that they are.
pub fn client_decoder(data: &[u8]) {
    let script = Script::read(data);
    let written_out = (script.octets != data).then_some(&script.octets[..]);
    for octets in iter::once(data).chain(written_out) {
        naive::check(Framer::new(), octets, MAX_TEXT, |frame| {
            if let Ok(message) = ClientMessage::parse(frame) {
                kept::check(Side::Client, frame, &codec::client(&message));
            }
        });
        naive::check(Framer::with_text_limit(MAX_LINE), octets, MAX_LINE, |_| {});
    }
}

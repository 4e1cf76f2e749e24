//! Octets to a client's messages and back.

use std::iter;

use fanfare_protocol::limits::{MAX_LINE, MAX_TEXT};
use fanfare_protocol::{ClientMessage, Framer, Text};

use crate::naive::message;
use crate::script::Script;
use crate::{codec, naive};

/// Any octets are the frames that SPEC.md says they are, and each frame is the message or the fault that it says. What a
/// server understands can be said again: its canonical octets are read as the same message.
///
/// The octets are looked at as they are, and as the stream of the script that they are.
pub fn client_decoder(data: &[u8]) {
    let script = Script::read(data);
    let written_out = (script.octets != data).then_some(&script.octets[..]);
    for octets in iter::once(data).chain(written_out) {
        naive::check(Framer::new(), octets, MAX_TEXT, |frame| {
            let wanted = message::client(frame.header(), frame.text().map(Text::as_str));
            match (ClientMessage::parse(frame), wanted) {
                (Ok(message), Ok(wanted)) => {
                    assert!(codec::client(&message) == wanted.canonical(), "{message:?} in place of {wanted:?}");
                }
                (Err(error), Err(wanted)) => assert_eq!(error, wanted, "{}", frame.header()),
                (parsed, wanted) => panic!("{parsed:?} in place of {wanted:?}: {}", frame.header()),
            }
        });
        naive::check(Framer::with_text_limit(MAX_LINE), octets, MAX_LINE, |_| {});
    }
}

//! Octets to a server's messages and back.

use std::iter;

use fanfare_protocol::limits::MAX_TEXT;
use fanfare_protocol::{Framer, Greeting, ServerMessage};

use crate::kept::{self, Side};
use crate::script::Script;
use crate::{codec, naive};

/// Any octets are the frames that SPEC.md says they are, and what a client understands of them can be said again, as in
/// [`client_decoder`](crate::client_decoder()). A greeting speaks of the versions that stand in it.
pub fn server_decoder(data: &[u8]) {
    let script = Script::read(data);
    let written_out = (script.octets != data).then_some(&script.octets[..]);
    for octets in iter::once(data).chain(written_out) {
        naive::check(Framer::new(), octets, MAX_TEXT, |frame| {
            if let Ok(message) = ServerMessage::parse(frame) {
                kept::check(Side::Server, frame, &codec::server(&message));
            }
        });
        greeting(octets.split(|&octet| octet == b'\n').next().unwrap_or_default());
    }
}

fn greeting(line: &[u8]) {
    let Ok(greeting) = Greeting::parse(line) else { return };
    let words = greeting.words().as_bytes();
    let versions = line.strip_suffix(words).and_then(|line| line.strip_prefix(b"FANFARE/")).expect("its two parts");
    let speaks_1 = versions.trim_ascii_end().split(|&octet| octet == b',').any(|version| version == b"1");
    assert_eq!(greeting.speaks_version_1(), speaks_1, "{}", line.escape_ascii());
}

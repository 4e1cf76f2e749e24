//! Octets to a server's messages and back.

use std::iter;

use fanfare_protocol::limits::MAX_TEXT;
use fanfare_protocol::{Framer, Greeting, MessageError, ServerMessage, Text};

use crate::naive::{greeting, message};
use crate::script::Script;
use crate::{codec, naive};

/// Any octets are the frames that SPEC.md says they are, and what a client understands of them is what they say, as in
/// [`client_decoder`](crate::client_decoder()). A greeting is one, and speaks of the versions that stand in it.
pub fn server_decoder(data: &[u8]) {
    let script = Script::read(data);
    let written_out = (script.octets != data).then_some(&script.octets[..]);
    for octets in iter::once(data).chain(written_out) {
        naive::check(Framer::new(), octets, MAX_TEXT, |frame| {
            let wanted = message::server(frame.header(), frame.text().map(Text::as_str));
            match (ServerMessage::parse(frame), wanted) {
                (Ok(message), Ok(wanted)) => {
                    assert!(codec::server(&message) == wanted.canonical(), "{message:?} in place of {wanted:?}");
                }
                // A client passes over what it does not know; what else is wrong has no code.
                (Err(error), Err(wanted)) => {
                    let unknown = [error, wanted].map(|error| error == MessageError::UnknownVerb);
                    assert_eq!(unknown[0], unknown[1], "{error} in place of {wanted}: {}", frame.header());
                }
                (parsed, wanted) => panic!("{parsed:?} in place of {wanted:?}: {}", frame.header()),
            }
        });
        let line = octets.split(|&octet| octet == b'\n').next().unwrap_or_default();
        let read = Greeting::parse(line).ok().map(|greeting| (greeting.speaks_version_1(), greeting.words()));
        assert!(read == greeting(line), "{}", line.escape_ascii());
    }
}

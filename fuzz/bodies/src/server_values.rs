//! A server's messages to octets and back.

use fanfare_protocol::Name;

use crate::{codec, typed};

/// Any valid values make messages whose canonical octets are read as the same messages. Names are listed as they stand
/// there, and are the same and in order without their case.
pub fn server_values(data: &[u8]) {
    let parts = typed::parts(data);
    for message in parts.server() {
        codec::server(&message);
    }
    let listed: Vec<Name<'_>> = parts.names().iter().collect();
    let spelled: Vec<&str> = listed.iter().map(|name| name.as_str()).collect();
    assert_eq!(spelled.join(" "), parts.names().as_str());
    let folded: Vec<String> = spelled.iter().map(|name| name.to_ascii_lowercase()).collect();
    for (pair, folded) in listed.windows(2).zip(folded.windows(2)) {
        assert_eq!(pair[0].cmp(&pair[1]), folded[0].cmp(&folded[1]), "{pair:?}");
        assert_eq!(pair[0].key().cmp(&pair[1].key()), folded[0].cmp(&folded[1]), "{pair:?}");
        assert_eq!(pair[0] == pair[1], folded[0] == folded[1], "{pair:?}");
    }
}

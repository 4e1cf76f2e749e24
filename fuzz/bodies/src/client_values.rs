//! A client's messages to octets and back.

use crate::{codec, typed};

/// Any valid values make messages whose canonical octets are read as the same messages.
pub fn client_values(data: &[u8]) {
    for message in typed::parts(data).client() {
        codec::client(&message);
    }
}

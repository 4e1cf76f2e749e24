//! A relay that only delivers: what the publisher sends is what everybody reads.

use std::time::{SystemTime, UNIX_EPOCH};

use fanfare_protocol::{Message, Name, RoomName, Seq, ServerMessage, Timestamp};

use super::{Said, Turned, fanfare};

/// What a relay says to a connection that receives from then on.
const READY: &[u8] = b"FLOOR\n";

/// How many octets that took, and whether it has joined.
pub(super) fn opened(octets: &[u8]) -> Result<(usize, bool), Turned> {
    if octets.starts_with(READY) {
        Ok((READY.len(), true))
    } else if READY.starts_with(octets) {
        Ok((0, false))
    } else {
        Err(Turned::Otherwise("its first line is not FLOOR".to_owned()))
    }
}

pub(super) fn publish(said: &Said<'_>, out: &mut Vec<u8>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let at = Timestamp::from_millis(u64::try_from(now).unwrap_or(u64::MAX));
    let message = Message {
        room: RoomName::new(said.room).expect("the plan was checked"),
        seq: Seq::new(said.number).expect("no run has that many messages"),
        at,
        name: Name::new(said.name).expect("letters, digits and -"),
        id: None,
        text: fanfare::text(said),
    };
    ServerMessage::Msg(message).encode(out);
}

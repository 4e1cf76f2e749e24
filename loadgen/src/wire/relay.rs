//! A relay that only delivers: what the publisher sends is what everybody reads.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use fanfare_protocol::{Message, Name, RoomName, Seq, ServerMessage, Timestamp};

use super::adapter::{Adapter, Opener, Opening, by_frames};
use super::fanfare;
use super::words::{Joined, Next, Said, Turned};
use crate::plan::Plan;

/// What a relay says to a connection that receives from then on.
const READY: &[u8] = b"FLOOR\n";

pub(super) struct Relay;

impl Adapter for Relay {
    fn server(&self) -> &'static str {
        "relay"
    }

    fn start(&self, _address: SocketAddr) -> String {
        "start one there".to_owned()
    }

    fn open(&self, _opener: &Opener<'_>, _out: &mut Vec<u8>) -> Box<dyn Opening> {
        Box::new(Waiting)
    }

    fn publish(&self, said: &Said<'_>, out: &mut Vec<u8>) {
        publish(said, out);
    }

    fn next<'o>(&self, octets: &'o [u8]) -> Next<'o> {
        fanfare::next(octets)
    }

    fn pong(&self, token: Option<&str>, out: &mut Vec<u8>) {
        fanfare::pong(token, out);
    }

    fn place<'r>(&self, room: &'r str) -> &'r str {
        room
    }

    fn has_numbers(&self) -> bool {
        true
    }

    /// Who is connected has joined.
    fn must_join_to_publish(&self) -> bool {
        true
    }
}

/// A connection that does not receive yet.
#[derive(Debug)]
struct Waiting;

impl Opening for Waiting {
    fn receive(&mut self, octets: &[u8], _plan: &Plan, _out: &mut Vec<u8>) -> Result<(usize, Option<Joined>), Turned> {
        by_frames(octets, |rest| {
            if rest.starts_with(READY) {
                Ok((READY.len(), true))
            } else if READY.starts_with(rest) {
                Ok((0, false))
            } else {
                Err(Turned::Otherwise("its first line is not FLOOR".to_owned()))
            }
        })
    }
}

fn publish(said: &Said<'_>, out: &mut Vec<u8>) {
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

//! A client's session and a server's, back to back: from a list of operations.

use arbitrary::{Arbitrary, Unstructured};

use crate::frames::Frame;
use crate::naive::message::{CLIENT, EVENTS};
use crate::two_sessions::Talk;

/// Any operations: what [`two_sessions`](crate::two_sessions()) demands, with octets in any pieces in both directions.
pub fn both_ops(data: &[u8]) {
    let Ok(ops) = Vec::<Op<'_>>::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let mut talk = Talk::new();
    for op in ops {
        match op {
            Op::Hello => talk.play(b"HELLO 1 alice\n"),
            Op::Join => talk.play(b"JOIN #a\n"),
            Op::Say(frame) => talk.play(&frame.right(CLIENT)),
            Op::Again { frame, times } => {
                let frame = frame.right(CLIENT);
                talk.play(&frame.repeat(usize::from(times).min(MAX_AGAIN / frame.len())));
            }
            Op::Happens(frame) => talk.play(&frame.right(EVENTS)),
            Op::ToServer(count) => talk.server_receives(count.into()),
            Op::ToClient(count) => talk.client_receives(count.into()),
            Op::Everything => {
                talk.server_receives(usize::MAX);
                talk.client_receives(usize::MAX);
            }
            Op::Wait(millis) => talk.wait(millis.into()),
            Op::Deadline => talk.deadline(),
            Op::Refuse => talk.host.refuses = true,
            Op::Close => talk.host.close(),
        }
    }
    talk.end();
}

/// So many octets of the same frame, at most: more than 256 short ones, and few long ones.
const MAX_AGAIN: usize = 65_536;

#[derive(Debug, Arbitrary)]
enum Op<'a> {
    Hello,
    Join,
    Say(Frame<'a>),
    Again { frame: Frame<'a>, times: u8 },
    /// An event of a server.
    Happens(Frame<'a>),
    /// So many of the octets on their way come.
    ToServer(u16),
    ToClient(u16),
    Everything,
    Wait(u16),
    Deadline,
    /// The next name is refused.
    Refuse,
    Close,
}

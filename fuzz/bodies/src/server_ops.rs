//! A server's session, whatever is done with it: from a list of operations.

use arbitrary::{Arbitrary, Unstructured};

use crate::frames::Frame;
use crate::naive::message::CLIENT;
use crate::script::Script;
use crate::server_session::Alone;

/// Any operations: the session hears what SPEC.md says, with its answers.
pub fn server_ops(data: &[u8]) {
    let Ok(ops) = Vec::<Op<'_>>::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let (mut alone, mut on_its_way) = (Alone::new(), Vec::new());
    for op in ops {
        match op {
            Op::Hello => on_its_way.extend_from_slice(b"HELLO 1 alice\n"),
            Op::Frame(frame) => on_its_way.extend(frame.octets(CLIENT)),
            Op::Typed(line) => on_its_way.extend(line.octets()),
            Op::Again { what, times } => on_its_way.extend(AGAIN[usize::from(what) % AGAIN.len()].repeat(times.into())),
            Op::Script(octets) => on_its_way.extend(Script::read(octets).octets),
            Op::Some(count) => {
                let count = usize::from(count).min(on_its_way.len());
                alone.receive(&on_its_way.drain(..count).collect::<Vec<_>>());
            }
            Op::All => alone.receive(&std::mem::take(&mut on_its_way)),
            Op::Wait(millis) => alone.wait(millis.into()),
            Op::Deadline => alone.deadline(),
            Op::Refuse => alone.refuses = true,
            Op::Close => alone.server.close(),
        }
    }
    alone.receive(&on_its_way);
}

#[derive(Debug, Arbitrary)]
enum Op<'a> {
    /// A `HELLO` without fault.
    Hello,
    Frame(Frame<'a>),
    Typed(Typed<'a>),
    Again { what: u8, times: u8 },
    /// Octets as a [`Script`] has them, its cuts left out.
    Script(&'a [u8]),
    /// So many of the octets on their way come.
    Some(u16),
    All,
    Wait(u16),
    Deadline,
    /// The next name is refused.
    Refuse,
    /// The client's input ends, or the server does.
    Close,
}

/// What comes many times in a row: each kind of fault, what ends a row, and what does neither.
const AGAIN: &[&[u8]] =
    &[b"X\n", b"SAY a\n", b"SAY #a :\xff\n", b" \n", b"HELLO 1 alice\n", b"/x\n", b"PONG\n", b"\r\n", b"\n", b"x"];

/// A line that a person types.
#[derive(Debug, Arbitrary)]
enum Typed<'a> {
    Name(u8),
    Line(&'a [u8]),
    Command { word: u8, blanks: u8, argument: u8, rest: &'a [u8] },
}

impl Typed<'_> {
    fn octets(&self) -> Vec<u8> {
        match self {
            Self::Name(which) => {
                let names: [&[u8]; 5] = [b"alice\n", b" bob\t\r\n", b"root\n", b"no name\n", b"HELLO 1\n"];
                names[usize::from(*which) % names.len()].to_vec()
            }
            Self::Line(octets) => [octets, &b"\n"[..]].concat(),
            Self::Command { word, blanks, argument, rest } => {
                let words =
                    ["/join", "/msg", "/WHO", "/rooms", "/history", "/search", "/help", "/quit", "//", "/dance", "/"];
                let arguments = ["", "#a", "bob", "bob x", "20", "0", "1001", "-b"];
                let word = words[usize::from(*word) % words.len()].as_bytes();
                let argument = arguments[usize::from(*argument) % arguments.len()].as_bytes();
                let blanks = &b" \t "[usize::from(*blanks) % 4..];
                [word, b" ", blanks, argument, rest, b"\n"].concat()
            }
        }
    }
}

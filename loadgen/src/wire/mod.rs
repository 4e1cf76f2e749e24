//! The protocols that a run can speak. All that differs between them is here: what a client says on connecting and when
//! it has joined, how a message is published, and what the next frame of a stream is and means.
//!
//! The engine and [`verify`](crate::verify) know no frame of any protocol. Comparing, the hot path, comes by none of this.

mod fanfare;
mod nats;
mod redis;
mod relay;
#[cfg(test)]
mod tests;

use std::time::Duration;

use fanfare_protocol::limits::MAX_FRAME;
use fanfare_protocol::session::ClientSession;

use crate::error::RunError;
use crate::plan::Plan;

/// The most octets of an unfinished frame. An empty line's CR can stand before it.
pub const MOST_LEFT: usize = MAX_FRAME + 1;

/// What a run speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    /// Fanfare/1, to a `chat-server`.
    #[default]
    Fanfare,
    /// To a relay that only delivers: once a connection receives, the relay sends it the line `FLOOR`, and then every
    /// octet that it reads from anybody to everybody, the sender too. The publisher, of whom there is one, sends each `MSG`
    /// as a `chat-server` would send it to the members. A message is accepted when it is sent.
    Relay,
    /// The client protocol of NATS. The room is a subject. A message is accepted when it is sent, and has no number.
    Nats,
    /// Redis publish/subscribe in RESP3. The room is a channel. A message is accepted when the `PUBLISH` has its reply, and
    /// has no number.
    Redis,
}

/// What stands at the beginning of a stream's octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next<'o> {
    /// A frame of so many octets.
    Frame(usize, Word<'o>),
    /// So many octets that are no frame of the protocol. What follows can be read.
    Unreadable(usize),
    /// A frame that is not complete yet.
    Incomplete,
    /// Where the next frame begins can't be known.
    Broken,
}

/// What a frame means to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word<'o> {
    /// Somebody said something in a room.
    Message(Message<'o>),
    /// Something that is no message has a number of a room.
    Note { room: &'o str, number: u64 },
    /// These numbers of a room never come.
    Gap { room: &'o str, first: u64, last: u64 },
    /// Somebody came or went.
    Presence,
    /// It is to be answered, with the same token.
    Ping(Option<&'o str>),
    /// The oldest unanswered message was accepted, under this number if the protocol has numbers.
    Accepted(Option<u64>),
    /// The oldest unanswered message was refused, for this reason.
    Refused(&'o str),
    /// Nothing more comes, for this reason.
    End(&'o str),
    /// Something that does not matter to a run.
    Other,
}

/// A message of a room, as a receiver reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message<'o> {
    pub(crate) room: &'o str,
    /// Its number in the room and who said it, if the protocol tells.
    pub(crate) signed: Option<(u64, &'o str)>,
    pub(crate) text: &'o str,
}

/// A message that is to be published.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said<'s> {
    /// The room, as the wire calls it.
    pub(crate) room: &'s str,
    /// Which message of the room it is, from 1.
    pub(crate) number: u64,
    /// Who says it.
    pub(crate) name: &'s str,
    pub(crate) text: &'s str,
}

/// A connection whose client has not joined yet.
#[derive(Debug)]
pub(crate) enum Opening {
    Fanfare(Box<ClientSession>),
    Relay,
    Nats,
    Redis,
}

/// What a client learnt when it joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Joined {
    /// The room's newest number; 0 where there are none.
    pub(crate) newest: u64,
}

/// Why a client can't join.
#[derive(Debug)]
pub(crate) enum Turned {
    /// What answers speaks something else.
    Otherwise(String),
    /// The server does not want it.
    Away(String),
    /// What the server announces is not enough for the plan.
    Limited(RunError),
}

impl Wire {
    /// What a server of it is called.
    pub(crate) fn server(self) -> &'static str {
        match self {
            Self::Fanfare => "Fanfare/1 server",
            Self::Relay => "relay",
            Self::Nats => "NATS server",
            Self::Redis => "Redis server",
        }
    }

    /// What a room is called on the wire.
    pub(crate) fn place(self, room: &str) -> &str {
        match self {
            Self::Fanfare | Self::Relay => room,
            Self::Nats | Self::Redis => room.strip_prefix('#').unwrap_or(room),
        }
    }

    /// Whether each message that is published has an answer in its publisher's stream.
    pub(crate) fn answers(self) -> bool {
        matches!(self, Self::Fanfare | Self::Redis)
    }

    /// Whether messages bear their number in the room, and who said them.
    pub(crate) fn has_numbers(self) -> bool {
        matches!(self, Self::Fanfare | Self::Relay)
    }

    /// Whether members of a room hear who comes and goes.
    pub(crate) fn announces(self) -> bool {
        matches!(self, Self::Fanfare)
    }

    /// What a client says before it goes. `None` where there is nothing to say.
    pub(crate) fn farewell(self) -> Option<&'static [u8]> {
        match self {
            Self::Fanfare => Some(b"BYE\n"),
            Self::Redis => Some(b"*1\r\n$4\r\nQUIT\r\n"),
            Self::Relay | Self::Nats => None,
        }
    }

    /// How many messages of one publisher may have no answer yet.
    pub(crate) fn most_unanswered(self) -> usize {
        match self {
            Self::Fanfare => fanfare_protocol::limits::MAX_PIPELINE,
            Self::Relay | Self::Nats | Self::Redis => usize::MAX,
        }
    }

    /// Octets that mean nothing, so that a server which hears nothing else from a client does not ask it whether it is still
    /// there; and how often they are to be sent. `None` where the server asks nobody within minutes.
    pub(crate) fn idle(self) -> Option<(&'static [u8], Duration)> {
        match self {
            Self::Fanfare => Some((b"\n", fanfare::IDLE)),
            Self::Relay | Self::Nats | Self::Redis => None,
        }
    }

    /// Begins a connection of somebody who joins a place, with what is to be said at once.
    pub(crate) fn open(self, name: &str, place: &str, out: &mut Vec<u8>) -> Opening {
        match self {
            Self::Fanfare => Opening::Fanfare(Box::new(fanfare::open(name, place, out))),
            Self::Relay => Opening::Relay,
            Self::Nats => Opening::Nats,
            Self::Redis => {
                redis::open(place, out);
                Opening::Redis
            }
        }
    }

    /// Appends what publishes a message.
    pub(crate) fn publish(self, said: &Said<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Fanfare => fanfare::publish(said, out),
            Self::Relay => relay::publish(said, out),
            Self::Nats => nats::publish(said, out),
            Self::Redis => redis::publish(said, out),
        }
    }

    /// Appends the answer to a ping.
    pub(crate) fn pong(self, token: Option<&str>, out: &mut Vec<u8>) {
        match self {
            Self::Fanfare | Self::Relay => fanfare::pong(token, out),
            Self::Nats => out.extend_from_slice(nats::PONG),
            Self::Redis => {}
        }
    }

    /// What stands at the beginning of octets.
    pub(crate) fn next(self, octets: &[u8]) -> Next<'_> {
        let next = match self {
            Self::Fanfare | Self::Relay => fanfare::next(octets),
            Self::Nats => nats::next(octets),
            Self::Redis => redis::next(octets),
        };
        match next {
            Next::Incomplete if octets.len() > MOST_LEFT => Next::Broken,
            next => next,
        }
    }
}

impl Opening {
    /// Goes on with what came, to a client that joins a place. It returns how many octets that took, and what it learnt once
    /// it has joined.
    ///
    /// # Errors
    ///
    /// It will not join.
    pub(crate) fn receive(
        &mut self,
        octets: &[u8],
        place: &str,
        plan: &Plan,
        out: &mut Vec<u8>,
    ) -> Result<(usize, Option<Joined>), Turned> {
        if let Self::Fanfare(session) = self {
            return fanfare::receive(session, octets, plan, out);
        }
        let mut taken = 0;
        loop {
            let rest = &octets[taken..];
            let (octets, joined) = match self {
                Self::Fanfare(_) | Self::Relay => relay::opened(rest)?,
                Self::Nats => nats::opened(rest, place, out)?,
                Self::Redis => redis::opened(rest)?,
            };
            taken += octets;
            if joined || octets == 0 {
                return Ok((taken, joined.then_some(Joined { newest: 0 })));
            }
        }
    }
}

/// The octets before a CR LF, if it has come.
fn line(octets: &[u8]) -> Option<&[u8]> {
    let mut ends = octets.iter().enumerate().filter(|(_, octet)| **octet == b'\n').map(|(at, _)| at);
    ends.find_map(|end| octets[..end].strip_suffix(b"\r"))
}

/// A number in decimal digits, not so long that it overflows.
fn decimal(digits: &[u8]) -> Option<usize> {
    let digits =
        std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
    digits.parse().ok()
}

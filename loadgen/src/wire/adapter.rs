//! The one trait behind which all protocols stand.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use fanfare_protocol::limits::{MAX_NAME, MAX_ROOM, MAX_TEXT};

use super::words::{Joined, Next, Said, Turned};
use crate::login::Login;
use crate::plan::Plan;

/// Somebody who opens a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opener<'p> {
    /// Who it is.
    pub(crate) name: &'p str,
    /// The room that it joins, as the wire calls it. `None` if it receives nothing, where one can publish without joining.
    pub(crate) place: Option<&'p str>,
    /// How it makes itself known.
    pub(crate) login: &'p Login,
}

/// A protocol: all that differs between it and others.
pub(crate) trait Adapter: Sync {
    /// What a server of it is called.
    fn server(&self) -> &'static str;

    /// How somebody without a server there comes to one.
    fn start(&self, address: SocketAddr) -> String;

    /// Begins a connection, with what is to be said at once.
    fn open(&self, opener: &Opener<'_>, out: &mut Vec<u8>) -> Box<dyn Opening>;

    /// Appends what publishes a message.
    fn publish(&self, said: &Said<'_>, out: &mut Vec<u8>);

    /// What stands at the beginning of octets. Whatever they are, it does not panic.
    fn next<'o>(&self, octets: &'o [u8]) -> Next<'o>;

    /// Appends the answer to a ping, where servers ask.
    fn pong(&self, _token: Option<&str>, _out: &mut Vec<u8>) {}

    /// What a client says before it goes.
    fn farewell(&self) -> &'static [u8] {
        b""
    }

    /// Octets that mean nothing, so that a server which hears nothing else from a client does not ask it whether it is still
    /// there; and how often they are to be sent. `None` where the server asks nobody within minutes.
    fn idle(&self) -> Option<(&'static [u8], Duration)> {
        None
    }

    /// What a room is called on the wire.
    fn place<'r>(&self, room: &'r str) -> &'r str {
        room.strip_prefix('#').unwrap_or(room)
    }

    /// What the names of a run's people begin with; a number from 0 follows.
    fn name_prefix(&self, run: u32) -> String {
        format!("load-{run:08x}-")
    }

    /// What somebody is called who is no client of the run, but one of a kind with a number.
    fn name_beside(&self, prefix: &str, kind: &str, number: u64) -> String {
        format!("{prefix}{kind}-{number}")
    }

    /// Whether each message that is published has an answer in its publisher's stream.
    fn answers(&self) -> bool {
        false
    }

    /// Whether messages bear their number in the room, and who said them.
    fn has_numbers(&self) -> bool {
        false
    }

    /// Whether all members of a room receive what several publish there in one order. Where they do not, each publisher's
    /// order is kept, and there are neither numbers nor answers.
    fn has_one_order(&self) -> bool {
        true
    }

    /// Whether members of a room hear who comes and goes.
    fn announces(&self) -> bool {
        false
    }

    /// Whether a member who publishes receives its own messages.
    fn echoes(&self) -> bool {
        true
    }

    /// Whether only a member of a room can publish there.
    fn must_join_to_publish(&self) -> bool {
        false
    }

    /// How many connections may be opening at a time, whatever the plan says.
    fn most_opening(&self) -> u32 {
        u32::MAX
    }

    /// How many messages of one publisher may have no answer yet.
    fn most_unanswered(&self) -> usize {
        usize::MAX
    }

    /// The most octets of a text in a place.
    fn most_text(&self, _place: &str) -> usize {
        MAX_TEXT
    }

    /// The most octets of a room's name, and of somebody's.
    fn most_names(&self) -> (usize, usize) {
        (MAX_ROOM, MAX_NAME)
    }

    /// Why clients can't make themselves known so, if they can't.
    fn unfit(&self, _login: &Login) -> Option<&'static str> {
        None
    }

    /// What to do about what a server said to somebody who could not join, if that is known.
    fn remedy(&self, _reason: &str) -> &'static str {
        ""
    }
}

/// A connection whose client has not joined yet.
pub(crate) trait Opening: fmt::Debug + Send {
    /// Goes on with what came. It returns how many octets that took, and what the client learnt once it has joined, or can
    /// publish if it joins nothing.
    ///
    /// # Errors
    ///
    /// It will not join.
    fn receive(&mut self, octets: &[u8], plan: &Plan, out: &mut Vec<u8>) -> Result<(usize, Option<Joined>), Turned>;
}

/// Goes on frame by frame: a step says how many octets its frame took, 0 if it is not complete, and whether the client has
/// joined. For the protocols that have no numbers.
pub(super) fn by_frames(
    octets: &[u8],
    mut step: impl FnMut(&[u8]) -> Result<(usize, bool), Turned>,
) -> Result<(usize, Option<Joined>), Turned> {
    let mut taken = 0;
    loop {
        let (octets, joined) = step(&octets[taken..])?;
        taken += octets;
        if joined || octets == 0 {
            return Ok((taken, joined.then_some(Joined { newest: 0 })));
        }
    }
}

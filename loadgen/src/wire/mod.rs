//! The protocols that a run can speak. All that differs between them is here, behind one trait, with one file for each: what a
//! client says on connecting and when it has joined, how a message is published, and what the next frame of a stream is
//! and means.
//!
//! The engine and [`verify`](crate::verify) know no frame of any protocol. Comparing, the hot path, comes by none of this.

mod adapter;
mod fanfare;
mod irc;
mod mqtt;
mod nats;
mod octets;
mod redis;
mod relay;
#[cfg(test)]
mod tests;
mod words;

use std::net::SocketAddr;
use std::time::Duration;

use crate::login::Login;

use self::adapter::Adapter;
pub(crate) use self::adapter::{Opener, Opening};
pub use self::words::MOST_LEFT;
pub(crate) use self::words::{Message, Next, Said, Turned, Word};

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
    /// MQTT 3.1.1 at QoS 0. The room is a topic. A message is accepted when it is sent, and has no number.
    Mqtt,
    /// IRC. The room is a channel. A message is accepted when it is sent, and has no number; who says it does not receive
    /// it.
    Irc,
}

impl Wire {
    fn adapter(self) -> &'static dyn Adapter {
        match self {
            Self::Fanfare => &fanfare::Fanfare,
            Self::Relay => &relay::Relay,
            Self::Nats => &nats::Nats,
            Self::Redis => &redis::Redis,
            Self::Mqtt => &mqtt::Mqtt,
            Self::Irc => &irc::Irc,
        }
    }

    /// What its URLs begin with.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Fanfare => "fanfare",
            Self::Relay => "relay",
            Self::Nats => "nats",
            Self::Redis => "redis",
            Self::Mqtt => "mqtt",
            Self::Irc => "irc",
        }
    }

    /// What a server of it is called.
    pub(crate) fn server(self) -> &'static str {
        self.adapter().server()
    }

    /// How somebody without a server there comes to one.
    pub(crate) fn start(self, address: SocketAddr) -> String {
        self.adapter().start(address)
    }

    /// What a room is called on the wire.
    pub(crate) fn place(self, room: &str) -> &str {
        self.adapter().place(room)
    }

    /// What the names of a run's people begin with; a number from 0 follows.
    pub(crate) fn name_prefix(self, run: u32) -> String {
        self.adapter().name_prefix(run)
    }

    /// What somebody is called who is no client of the run.
    pub(crate) fn name_beside(self, prefix: &str, kind: &str, number: u64) -> String {
        self.adapter().name_beside(prefix, kind, number)
    }

    /// Whether each message that is published has an answer in its publisher's stream.
    pub(crate) fn answers(self) -> bool {
        self.adapter().answers()
    }

    /// Whether messages bear their number in the room, and who said them.
    pub(crate) fn has_numbers(self) -> bool {
        self.adapter().has_numbers()
    }

    /// Whether all members of a room receive what several publish there in one order.
    pub(crate) fn has_one_order(self) -> bool {
        self.adapter().has_one_order()
    }

    /// Whether a member who publishes receives its own messages.
    pub fn echoes(self) -> bool {
        self.adapter().echoes()
    }

    /// Whether only a member of a room can publish there.
    pub fn must_join_to_publish(self) -> bool {
        self.adapter().must_join_to_publish()
    }

    /// How many connections may be opening at a time, whatever the plan says.
    pub(crate) fn most_opening(self) -> u32 {
        self.adapter().most_opening()
    }

    /// Whether members of a room hear who comes and goes.
    pub(crate) fn announces(self) -> bool {
        self.adapter().announces()
    }

    /// How many messages of one publisher may have no answer yet.
    pub(crate) fn most_unanswered(self) -> usize {
        self.adapter().most_unanswered()
    }

    /// The most octets of a text in a place.
    pub(crate) fn most_text(self, place: &str) -> usize {
        self.adapter().most_text(place)
    }

    /// The most octets of a room's name behind its `#`, and of somebody's name.
    pub(crate) fn most_names(self) -> (usize, usize) {
        self.adapter().most_names()
    }

    /// Why clients can't make themselves known so, if they can't.
    pub(crate) fn unfit(self, login: &Login) -> Option<&'static str> {
        self.adapter().unfit(login)
    }

    /// What to do about what a server said to somebody who could not join, if that is known.
    pub(crate) fn remedy(self, reason: &str) -> &'static str {
        self.adapter().remedy(reason)
    }

    /// What a client says before it goes.
    pub(crate) fn farewell(self) -> &'static [u8] {
        self.adapter().farewell()
    }

    /// What a silent client says now and then, and how often: [`Adapter::idle`].
    pub(crate) fn idle(self) -> Option<(&'static [u8], Duration)> {
        self.adapter().idle()
    }

    /// Begins a connection, with what is to be said at once.
    pub(crate) fn open(self, opener: &Opener<'_>, out: &mut Vec<u8>) -> Box<dyn Opening> {
        self.adapter().open(opener, out)
    }

    /// Appends what publishes a message.
    pub(crate) fn publish(self, said: &Said<'_>, out: &mut Vec<u8>) {
        self.adapter().publish(said, out);
    }

    /// Appends the answer to a ping.
    pub(crate) fn pong(self, token: Option<&str>, out: &mut Vec<u8>) {
        self.adapter().pong(token, out);
    }

    /// What stands at the beginning of octets.
    pub(crate) fn next(self, octets: &[u8]) -> Next<'_> {
        match self.adapter().next(octets) {
            Next::Incomplete if octets.len() > MOST_LEFT => Next::Broken,
            next => next,
        }
    }
}

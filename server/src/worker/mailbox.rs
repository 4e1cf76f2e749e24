//! What workers are told from outside.

use std::net::TcpStream;
use std::sync::Arc;

use bytes::Bytes;
use fanfare_protocol::session::Millis;
use tokio::sync::mpsc;

use crate::admission::Ticket;
use crate::hub::{Home, Room};

/// A message to a worker.
///
/// The number of letters that wait is bounded by their kinds: connections by the gate, wakes by one a room, private
/// messages by their receivers' shares, the others by the number of connections.
#[derive(Debug)]
pub(crate) enum Letter {
    /// A new connection is to be served.
    Connection(TcpStream, Ticket),
    /// There is something to read in a room.
    Wake(Arc<Room>),
    /// A private message for a connection, in its dialect; its octets are taken from the person's share.
    Told(Home, Bytes),
    /// Another connection has taken over this one's name.
    Replaced(Home),
    /// The server ends; what is not delivered by then is not delivered.
    Shutdown(Millis),
}

/// The way to a worker. Letters to a worker that has ended are lost, and so is what they are about.
#[derive(Clone, Debug)]
pub(crate) struct Mailbox(mpsc::UnboundedSender<Letter>);

impl Mailbox {
    /// A mailbox, and its worker's end of it.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Letter>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    pub(crate) fn send(&self, letter: Letter) {
        // A worker ends only with the server, and with all that the letter could be about.
        let _ = self.0.send(letter);
    }
}

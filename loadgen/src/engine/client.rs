//! One connection.

use std::io::{self, ErrorKind, Write};

use mio::net::TcpStream;

use crate::verify::Receiver;
use crate::wire::Opening;

/// How much an empty buffer may keep for the next frame, in octets.
const KEPT: usize = 4_096;

/// The memory of a client besides its socket's: this, the rest of an unfinished frame, and 16 octets for each range of
/// numbers that it lacks, 33 at most.
#[derive(Debug)]
pub(super) struct Client {
    /// `None` once the connection has ended.
    pub(super) socket: Option<TcpStream>,
    /// Whether the server has ended its direction: what is left must be read up to the end.
    pub(super) closing: bool,
    /// The unfinished frame.
    pub(super) left: Vec<u8>,
    /// What is to be sent.
    pub(super) out: Vec<u8>,
    pub(super) state: State,
    /// How many of its reads are only counted before one is compared.
    pub(super) uncompared: u32,
}

const _: () = assert!(size_of::<Client>() <= 120, "README.md says so");

#[derive(Debug)]
pub(super) enum State {
    /// It connects, and then says who it is and joins.
    Opening(Box<dyn Opening>),
    Member(Receiver),
    /// It only publishes: what comes to it is not verified.
    Apart,
}

impl Client {
    /// Sends what there is to send, as far as the socket takes it.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let Some(socket) = &mut self.socket else { return Ok(()) };
        send(socket, &mut self.out).map(drop)
    }

    /// Keeps the rest of what was read.
    pub(super) fn keep(&mut self, rest: &[u8]) {
        self.left.clear();
        self.left.extend_from_slice(rest);
        release(&mut self.left);
    }

    /// Who reads along, if its connection stands.
    pub(super) fn receiver(&self) -> Option<&Receiver> {
        match &self.state {
            State::Member(receiver) if self.socket.is_some() => Some(receiver),
            _ => None,
        }
    }
}

/// Sends what there is to send, as far as a socket takes it. It returns how many octets that was.
pub(super) fn send(socket: &mut TcpStream, out: &mut Vec<u8>) -> io::Result<usize> {
    let mut sent = 0;
    while sent < out.len() {
        match socket.write(&out[sent..]) {
            Ok(octets) => sent += octets,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => break,
            Err(error) => return Err(error),
        }
    }
    out.drain(..sent);
    release(out);
    Ok(sent)
}

pub(super) fn release(buffer: &mut Vec<u8>) {
    if buffer.is_empty() && buffer.capacity() > KEPT {
        *buffer = Vec::new();
    }
}

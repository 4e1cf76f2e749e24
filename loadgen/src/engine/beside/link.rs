//! One connection beside the receivers: connecting, sending and reading, without a word of any protocol.

use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::engine::client::send;
use crate::sources::{Sources, Width};

/// A connection, and what is to be sent on it.
#[derive(Debug)]
pub(super) struct Link {
    socket: TcpStream,
    pub(super) out: Vec<u8>,
}

/// What one read brought.
#[derive(Debug)]
pub(super) enum Came {
    /// So many octets. There can be more.
    Octets(usize),
    /// Nothing, for now.
    Nothing,
    /// The connection has ended.
    End(io::Error),
}

impl Link {
    /// Begins a connection, of which the poll tells everything.
    pub(super) fn connect(
        sources: &mut Sources,
        to: SocketAddr,
        width: Width,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let mut socket = sources.connect(to, width)?;
        registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { socket, out: Vec::new() })
    }

    /// From now on the poll tells when octets have come, or does not: they still come, and wait.
    pub(super) fn tell_of_octets(&mut self, tell: bool, registry: &Registry, token: Token) -> io::Result<()> {
        let interest = if tell { Interest::READABLE | Interest::WRITABLE } else { Interest::WRITABLE };
        registry.reregister(&mut self.socket, token, interest)
    }

    /// Sends what there is to send, as far as the socket takes it. It returns how many octets that was.
    pub(super) fn flush(&mut self) -> io::Result<usize> {
        if self.out.is_empty() { Ok(0) } else { send(&mut self.socket, &mut self.out) }
    }

    /// Reads once.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Came {
        loop {
            return match self.socket.read(into) {
                Ok(0) => Came::End(ErrorKind::BrokenPipe.into()),
                Ok(octets) => Came::Octets(octets),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => Came::Nothing,
                Err(error) => Came::End(error),
            };
        }
    }

    /// Says that nothing more is sent. What comes can still be read.
    pub(super) fn end_output(&self) {
        // If the connection has ended, reading tells.
        let _ = self.socket.shutdown(std::net::Shutdown::Write);
    }

    /// Whether it stands, once the poll has told that it can be written to.
    ///
    /// # Errors
    ///
    /// It could not be made.
    pub(super) fn is_connected(&self) -> io::Result<bool> {
        if let Some(error) = self.socket.take_error()? {
            return Err(error);
        }
        Ok(self.socket.peer_addr().is_ok())
    }
}

//! Where connections come from: a system has only so many local ports for one address of its own.

use std::io;
use std::net::{IpAddr, SocketAddr};

use mio::net::TcpStream;
use nix::sys::socket::{setsockopt, sockopt::IpBindAddressNoPort};
use socket2::{Domain, Socket, Type};

/// The receive buffer of those who are to be slow, in octets. The system takes twice that, and the peer may send no more
/// than fits.
const NARROW: usize = 8 << 10;

/// The addresses that connections are bound to, in turn.
#[derive(Debug)]
pub(crate) struct Sources {
    addresses: Vec<IpAddr>,
    next: usize,
}

/// How much a socket takes that nobody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// What the system gives it.
    Usual,
    /// Little.
    Narrow,
}

impl Sources {
    /// With none, the system chooses the address.
    pub(crate) fn new(addresses: &[IpAddr]) -> Self {
        Self { addresses: addresses.to_vec(), next: 0 }
    }

    /// Begins a connection, which the poll tells when it stands.
    pub(crate) fn connect(&mut self, to: SocketAddr, width: Width) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        // What is published goes out at once, and does not wait until the server has acknowledged what went before.
        socket.set_tcp_nodelay(true)?;
        if width == Width::Narrow {
            // Before it connects: what the peer may send follows from it.
            socket.set_recv_buffer_size(NARROW)?;
        }
        if let Some(&source) = self.addresses.get(self.next) {
            self.next = (self.next + 1) % self.addresses.len();
            bind(&socket, source)?;
        }
        match socket.connect(&to.into()) {
            // It goes on.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => {}
            connected => connected?,
        }
        Ok(TcpStream::from_std(socket.into()))
    }

    /// Whether connections can be bound to an address at all.
    pub(crate) fn try_out(source: IpAddr) -> io::Result<()> {
        let address = SocketAddr::from((source, 0));
        bind(&Socket::new(Domain::for_address(address), Type::STREAM, None)?, source)
    }
}

/// Binds a socket to an address and no port yet: on connecting it gets one that nobody uses for that peer.
fn bind(socket: &Socket, source: IpAddr) -> io::Result<()> {
    // A system without it chooses a port now, which nobody else may use for any peer: it has fewer of them.
    let _ = setsockopt(socket, IpBindAddressNoPort, &true);
    socket.bind(&SocketAddr::from((source, 0)).into())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn what_is_published_waits_for_no_acknowledgement() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let to = listener.local_addr().expect("it is bound");
        for width in [Width::Usual, Width::Narrow] {
            let socket = Sources::new(&[]).connect(to, width).expect("it can be begun");
            assert_eq!(socket.nodelay().ok(), Some(true), "{width:?}");
        }
    }

    #[test]
    fn connections_come_from_each_address_in_turn() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let to = listener.local_addr().expect("it is bound");
        let addresses = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2])];
        let mut sources = Sources::new(&addresses);
        for at in 0..5 {
            let _socket = sources.connect(to, Width::Usual).expect("loopback connects");
            let (_, from) = listener.accept().expect("it has connected");
            assert_eq!(from.ip(), addresses[at % 2]);
        }
    }

    #[test]
    fn an_address_of_others_is_refused() {
        assert!(Sources::try_out(IpAddr::from([127, 0, 0, 3])).is_ok());
        // Of the addresses that are for documentation alone.
        let error = Sources::try_out(IpAddr::from([192, 0, 2, 1])).expect_err("it is not ours");
        assert_eq!(error.kind(), io::ErrorKind::AddrNotAvailable);
    }
}

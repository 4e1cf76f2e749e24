//! A connection of octets, with bounds in time. [`Client`](crate::Client) and
//! [`Peer`](crate::conformance::Peer) read and write through it.

use std::io::{self, BufRead, BufReader, Error, ErrorKind, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

/// The receive buffer of who is to be slow, in octets.
const NARROW: usize = 8 * 1_024;

/// The shortest time that a socket waits; none would be for ever.
const SHORTEST: Duration = Duration::from_millis(1);

/// The longest line that is read, in octets: far above what Fanfare/1 allows anybody to send.
const LONGEST: usize = 1_024 * 1_024;

/// One connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: BufReader<TcpStream>,
    /// What has come of something that is not complete yet.
    partial: Vec<u8>,
}

/// The octets before an LF, or before the end of the connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Without the LF.
    pub(crate) octets: Vec<u8>,
    /// Whether an LF came. A line without octets and LF is the end.
    pub(crate) complete: bool,
}

impl Wire {
    /// Connects within a time.
    pub(crate) fn connect(address: SocketAddr, within: Duration) -> io::Result<Self> {
        Self::over(TcpStream::connect_timeout(&address, within)?)
    }

    /// Connects with a receive buffer that is soon full.
    pub(crate) fn connect_narrow(address: SocketAddr, within: Duration) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.set_recv_buffer_size(NARROW)?;
        socket.connect_timeout(&address.into(), within)?;
        Self::over(socket.into())
    }

    /// Uses a connection that is there.
    pub(crate) fn over(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), partial: Vec::new() })
    }

    /// The socket, for what is done to it alone.
    pub(crate) fn socket(&self) -> &TcpStream {
        self.stream.get_ref()
    }

    /// Sends octets as they are, and waits as long as the socket's write timeout says.
    pub(crate) fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(octets)
    }

    /// Ends what is sent.
    pub(crate) fn end_input(&self) -> io::Result<()> {
        self.socket().shutdown(Shutdown::Write)
    }

    /// Breaks the connection once this is dropped, so that the peer's transport fails.
    pub(crate) fn set_to_reset(&self) -> io::Result<()> {
        SockRef::from(self.socket()).set_linger(Some(Duration::ZERO))
    }

    /// The next line. After a timeout, what had come of it is not lost.
    ///
    /// A line that has no end is an error of the kind `InvalidData`, and so is each attempt to read on after it.
    pub(crate) fn line(&mut self, deadline: Instant) -> io::Result<Line> {
        loop {
            let come = self.fill(deadline)?;
            let (taken, complete) = match come.iter().position(|&octet| octet == b'\n') {
                Some(end) => (end + 1, true),
                None => (come.len(), false),
            };
            let over = taken == 0;
            self.take(taken);
            if complete {
                self.partial.pop();
            }
            if complete || over {
                return Ok(Line { octets: mem::take(&mut self.partial), complete });
            }
            if self.partial.len() > LONGEST {
                return Err(Error::new(ErrorKind::InvalidData, format!("a line of more than {LONGEST} octets")));
            }
            in_time(deadline)?;
        }
    }

    /// So many octets, or fewer if the end came before.
    pub(crate) fn octets(&mut self, count: usize, deadline: Instant) -> io::Result<Vec<u8>> {
        while self.partial.len() < count {
            let taken = self.fill(deadline)?.len().min(count - self.partial.len());
            if taken == 0 {
                break;
            }
            self.take(taken);
            if self.partial.len() < count {
                in_time(deadline)?;
            }
        }
        Ok(mem::take(&mut self.partial))
    }

    fn take(&mut self, count: usize) {
        self.partial.extend_from_slice(&self.stream.buffer()[..count]);
        self.stream.consume(count);
    }

    /// What has come, at least an octet; nothing at the end.
    fn fill(&mut self, deadline: Instant) -> io::Result<&[u8]> {
        while self.stream.buffer().is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            self.socket().set_read_timeout(Some(left.max(SHORTEST)))?;
            match self.stream.fill_buf().map(<[u8]>::len) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.stream.buffer())
    }
}

/// Who always has a little more to send must not be waited for without end.
fn in_time(deadline: Instant) -> io::Result<()> {
    if Instant::now() < deadline { Ok(()) } else { Err(ErrorKind::TimedOut.into()) }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Connects to a server that sends the same until nobody is there any more.
    fn to_an_endless_server(octets: &'static [u8], pause: Duration) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("somebody connects");
            while stream.write_all(octets).is_ok() {
                thread::sleep(pause);
            }
        });
        Wire::connect(address, Duration::from_secs(10)).expect("it listens")
    }

    #[test]
    fn a_line_without_end_is_given_up_before_it_fills_the_memory() {
        let mut wire = to_an_endless_server(&[b'x'; 65_536], Duration::ZERO);
        for _ in 0..2 {
            let error = wire.line(Instant::now() + Duration::from_secs(60)).expect_err("it has no end");
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            assert!(wire.partial.len() < 2 * LONGEST);
        }
    }

    #[test]
    fn octets_that_drip_do_not_put_the_deadline_off() {
        let mut wire = to_an_endless_server(b"x", Duration::from_millis(1));
        for read in
            [|wire: &mut Wire, at| wire.line(at).map(drop), |wire: &mut Wire, at| wire.octets(999_999, at).map(drop)]
        {
            let error = read(&mut wire, Instant::now() + Duration::from_millis(20)).expect_err("it is not complete");
            assert!([ErrorKind::TimedOut, ErrorKind::WouldBlock].contains(&error.kind()), "{error}");
        }
    }
}

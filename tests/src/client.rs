//! A client that speaks octets, so that it can say what no library would.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use crate::Captures;

/// How long a test waits for what must come. Only a failing test waits so long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The receive buffer of a client that is to be slow, in octets.
const NARROW: usize = 8 * 1_024;

/// One connection.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Connects, and reads nothing.
    pub fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).expect("the server listens"))
    }

    /// Connects with a receive buffer that is soon full, for a client that is to be slow.
    pub fn connect_narrow(address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("there are sockets");
        socket.set_recv_buffer_size(NARROW).expect("a buffer can be small");
        socket.connect(&address.into()).expect("the server listens");
        Self::over(socket.into())
    }

    /// Uses a connection that is there.
    pub fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream.set_nodelay(true).expect("nodelay can be set");
        Self { stream: BufReader::new(stream) }
    }

    /// The socket, for what is done to it alone.
    pub fn socket(&self) -> &TcpStream {
        self.stream.get_ref()
    }

    /// Sends a line, or several with LF between them.
    pub fn send(&mut self, line: &str) {
        self.send_octets(format!("{line}\n").as_bytes());
    }

    /// Sends a line to who may be gone.
    pub fn send_if_possible(&mut self, line: &str) {
        // What became of it shows when the answer is read.
        let _ = self.stream.get_mut().write_all(format!("{line}\n").as_bytes());
    }

    /// Sends octets as they are.
    pub fn send_octets(&mut self, octets: &[u8]) {
        self.stream.get_mut().write_all(octets).expect("the server takes octets");
    }

    /// Ends what is sent.
    pub fn end_input(&mut self) {
        self.socket().shutdown(Shutdown::Write).expect("the connection is there");
    }

    /// Breaks the connection, so that the server's transport fails.
    pub fn reset(self) {
        SockRef::from(self.socket()).set_linger(Some(Duration::ZERO)).expect("lingering can be set");
    }

    /// Sends until the connection breaks. Whether it did, before far more was sent than any buffer holds.
    pub fn is_closed_by_sending(&mut self) -> bool {
        let octets = [b'x'; 4_096];
        (0..65_536).any(|_| self.stream.get_mut().write_all(&octets).is_err())
    }

    /// The next line, without its LF; `None` at the end.
    #[track_caller]
    pub fn line(&mut self) -> Option<String> {
        self.try_line().unwrap_or_else(|error| panic!("no line came: {error}"))
    }

    /// The next line, or why there is none.
    pub fn try_line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line) {
            Ok(0) => Ok(None),
            Ok(_) if line.pop() != Some(b'\n') => Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) => String::from_utf8(line).map(Some).map_err(io::Error::other),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The octets of a counted text, and its LF.
    pub fn counted(&mut self, octets: usize) -> String {
        let mut text = vec![0; octets + 1];
        self.stream.read_exact(&mut text).expect("the text comes whole");
        assert_eq!(text.pop(), Some(b'\n'));
        String::from_utf8(text).expect("a server sends UTF-8")
    }

    /// The next line; a counted text behind it is read too, and left out.
    #[track_caller]
    pub fn line_and_text(&mut self) -> String {
        let line = self.line().expect("the connection goes on");
        if let Some(octets) = counted_octets(&line) {
            self.counted(octets);
        }
        line
    }

    /// The next line must be of a pattern: `<word>` stands for one or more printable octets without SP, the same word
    /// for the same octets; at the end of the pattern, after an SP or a colon, it stands for the whole rest.
    #[track_caller]
    pub fn expect(&mut self, pattern: &str) -> Captures {
        let line = self.line().unwrap_or_else(|| panic!("{pattern:?} was expected, and the end came"));
        let mut captures = Captures::default();
        assert!(captures.fit(pattern, &line), "{pattern:?} was expected, and {line:?} came");
        captures
    }

    /// Several lines, one after another.
    #[track_caller]
    pub fn expect_all(&mut self, patterns: &[&str]) {
        for pattern in patterns {
            self.expect(pattern);
        }
    }

    /// Lines up to one of a pattern, which is the last of those that are returned.
    #[track_caller]
    pub fn lines_until(&mut self, pattern: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self.line().unwrap_or_else(|| panic!("{pattern:?} was expected, and the end came"));
            let fits = Captures::default().fit(pattern, &line);
            lines.push(line);
            if fits {
                return lines;
            }
        }
    }

    /// All lines up to the end.
    pub fn lines_to_the_end(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.line()).collect()
    }

    /// The connection, if a line comes that begins like this before the end.
    pub fn lines_to(mut self, begin: &str) -> Option<Self> {
        while !self.line()?.starts_with(begin) {}
        Some(self)
    }

    /// The connection must end here.
    #[track_caller]
    pub fn expect_end(&mut self) {
        assert_eq!(self.line(), None, "the end was expected");
    }

    /// Nothing has come that was not expected: the next line answers a `PING`.
    #[track_caller]
    pub fn expect_nothing(&mut self) {
        self.send("PING nothing");
        self.expect("PONG nothing");
    }
}

/// How many octets of text follow a line that a server sent.
pub fn counted_octets(line: &str) -> Option<usize> {
    let (header, head) = line.rsplit_once(' ')?;
    if header.contains(" :") {
        return None;
    }
    head.strip_prefix('{')?.strip_suffix('}')?.parse().ok()
}

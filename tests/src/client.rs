//! A client that speaks octets, so that it can say what no library would.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::Captures;
use crate::wire::Wire;

/// How long a test waits for what must come. Only a failing test waits so long, and it must come as well on a machine that
/// has twenty other things to do.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// One connection of a test, which fails at once where something else comes than it expects.
#[derive(Debug)]
pub struct Client {
    wire: Wire,
}

impl Client {
    /// Connects, and reads nothing.
    pub fn connect(address: SocketAddr) -> Self {
        Self { wire: Wire::connect(address, PATIENCE).expect("the server listens") }
    }

    /// Connects with a receive buffer that is soon full, for a client that is to be slow.
    pub fn connect_narrow(address: SocketAddr) -> Self {
        Self { wire: Wire::connect_narrow(address, PATIENCE).expect("the server listens") }
    }

    /// Uses a connection that is there.
    pub fn over(stream: TcpStream) -> Self {
        Self { wire: Wire::over(stream).expect("nodelay can be set") }
    }

    /// The socket, for what is done to it alone.
    pub fn socket(&self) -> &TcpStream {
        self.wire.socket()
    }

    /// Sends a line, or several with LF between them.
    pub fn send(&mut self, line: &str) {
        self.send_octets(format!("{line}\n").as_bytes());
    }

    /// Sends a line to who may be gone.
    pub fn send_if_possible(&mut self, line: &str) {
        // What became of it shows when the answer is read.
        let _ = self.wire.send(format!("{line}\n").as_bytes());
    }

    /// Sends octets as they are.
    pub fn send_octets(&mut self, octets: &[u8]) {
        self.wire.send(octets).expect("the server takes octets");
    }

    /// Ends what is sent.
    pub fn end_input(&mut self) {
        self.wire.end_input().expect("the connection is there");
    }

    /// Breaks the connection, so that the server's transport fails.
    pub fn reset(self) {
        self.wire.set_to_reset().expect("lingering can be set");
    }

    /// Sends until the connection breaks. Whether it did, before far more was sent than any buffer holds.
    pub fn is_closed_by_sending(&mut self) -> bool {
        let octets = [b'x'; 4_096];
        (0..65_536).any(|_| self.wire.send(&octets).is_err())
    }

    /// The next line, without its LF; `None` at the end.
    #[track_caller]
    pub fn line(&mut self) -> Option<String> {
        self.try_line().unwrap_or_else(|error| panic!("no line came: {error}"))
    }

    /// The next line, or why there is none.
    pub fn try_line(&mut self) -> io::Result<Option<String>> {
        match self.wire.line(Instant::now() + PATIENCE) {
            Ok(line) if line.complete => String::from_utf8(line.octets).map(Some).map_err(io::Error::other),
            Ok(line) if line.octets.is_empty() => Ok(None),
            Ok(_) => Err(ErrorKind::UnexpectedEof.into()),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The octets of a counted text, and its LF.
    pub fn counted(&mut self, octets: usize) -> String {
        let mut text = self.wire.octets(octets + 1, Instant::now() + PATIENCE).expect("the text comes");
        assert_eq!(text.len(), octets + 1, "the text comes whole");
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

    /// Several lines that no requirement orders, one for each pattern. Counted texts behind them are left out.
    #[track_caller]
    pub fn expect_in_any_order(&mut self, patterns: &[&str]) {
        let mut due = patterns.to_vec();
        while !due.is_empty() {
            let line = self.line_and_text();
            let fits = due.iter().position(|pattern| Captures::default().fit(pattern, &line));
            due.remove(fits.unwrap_or_else(|| panic!("{due:?} were expected, and {line:?} came")));
        }
    }

    /// Lines up to one of a pattern, which is the last of those that are returned.
    #[track_caller]
    pub fn lines_until(&mut self, pattern: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let Some(line) = self.line() else {
                panic!("{pattern:?} was expected, and the end came behind {:?}", lines.last());
            };
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

//! Just enough of HTTP for one page. Whoever asks gets it, one after the other.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use httparse::{EMPTY_HEADER, Request, Status};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};

/// How long one connection may take, from its acceptance to the end of the answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long it is waited for one at a time, so that the end of the server is not held up.
const WAIT: Duration = Duration::from_millis(50);

/// The longest head of a request, in octets.
const MOST_HEAD: usize = 8 << 10;

/// The most fields in one.
const MOST_FIELDS: usize = 64;

/// Where the page is.
const PATH: &str = "/metrics";

const LISTENER: Token = Token(0);
const WAKER: Token = Token(1);

/// One thread that serves one page until this is dropped. It keeps one connection at a time; others wait in the system's
/// queue.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves what a function returns for each request, as a type of content.
    pub(super) fn start(
        address: SocketAddr,
        content: &'static str,
        page: impl Fn() -> String + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let poll = Poll::new()?;
        poll.registry().register(&mut SourceFd(&listener.as_raw_fd()), LISTENER, Interest::READABLE)?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let ended = Arc::new(AtomicBool::new(false));
        let desk = Desk { ended: ended.clone(), content, page };
        let thread = thread::Builder::new().name("metrics".to_owned()).spawn(move || desk.open(&listener, poll))?;
        Ok(Self { address, ended, waker, thread: Some(thread) })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let (Ok(()), Some(thread)) = (self.waker.wake(), self.thread.take()) {
            // A run without its metrics is still a run.
            let _ = thread.join();
        }
    }
}

struct Desk<P> {
    ended: Arc<AtomicBool>,
    content: &'static str,
    page: P,
}

impl<P: Fn() -> String> Desk<P> {
    fn open(&self, listener: &TcpListener, mut poll: Poll) {
        let mut events = Events::with_capacity(2);
        while !self.has_ended() {
            match listener.accept() {
                // Who does not ask properly or does not take the answer has none.
                Ok((stream, _)) => drop(self.serve(&stream)),
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                // Nobody is there, or the system has no place for them: the next one wakes it up again.
                Err(_) => match poll.poll(&mut events, None) {
                    Err(error) if error.kind() != ErrorKind::Interrupted => return,
                    _ => {}
                },
            }
        }
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    fn serve(&self, mut stream: &TcpStream) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(WAIT))?;
        stream.set_write_timeout(Some(WAIT))?;
        let mut head = [0; MOST_HEAD];
        let mut length = 0;
        let status = loop {
            let read = self.patiently(deadline, || stream.read(&mut head[length..]))?;
            length += read;
            match asked(&head[..length]) {
                Some(status) => break status,
                None if read == 0 => return Ok(()),
                None if length == MOST_HEAD => break "431 Request Header Fields Too Large",
                None => {}
            }
        };
        let answer = self.answer(status);
        let mut rest = answer.as_bytes();
        while !rest.is_empty() {
            let written = self.patiently(deadline, || stream.write(rest))?;
            rest = &rest[written..];
        }
        stream.shutdown(Shutdown::Write)
    }

    /// Tries again until a time, unless the server ends.
    fn patiently(&self, deadline: Instant, mut attempt: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
        loop {
            if self.has_ended() || Instant::now() >= deadline {
                return Err(ErrorKind::TimedOut.into());
            }
            match attempt() {
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                }
                done => return done,
            }
        }
    }

    fn answer(&self, status: &str) -> String {
        let (content, body) = match status {
            OK => (self.content, (self.page)()),
            _ => ("text/plain; charset=utf-8", format!("{status}. The metrics are at {PATH}.\n")),
        };
        let mut answer = format!("HTTP/1.1 {status}\r\nContent-Type: {content}\r\n");
        if status == NOT_ALLOWED {
            answer.push_str("Allow: GET\r\n");
        }
        // To write into a string never fails.
        let _ = write!(answer, "Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        answer
    }
}

const OK: &str = "200 OK";
const NOT_ALLOWED: &str = "405 Method Not Allowed";

/// The status of the answer to a request; `None` if its head is not whole yet.
fn asked(head: &[u8]) -> Option<&'static str> {
    let mut fields = [EMPTY_HEADER; MOST_FIELDS];
    let mut request = Request::new(&mut fields);
    match request.parse(head) {
        Ok(Status::Partial) => return None,
        Err(httparse::Error::TooManyHeaders) => return Some("431 Request Header Fields Too Large"),
        Err(_) => return Some("400 Bad Request"),
        Ok(Status::Complete(_)) => {}
    }
    let path = request.path.and_then(|path| path.split('?').next());
    Some(match (path, request.method) {
        (Some(PATH), Some("GET")) => OK,
        (Some(PATH), _) => NOT_ALLOWED,
        _ => "404 Not Found",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_head_has_an_answer() {
        let head = b"GET /metrics?x=1 HTTP/1.1\r\nHost: here\r\n\r\n";
        for end in 0..head.len() {
            assert_eq!(asked(&head[..end]), None, "{end}");
        }
        assert_eq!(asked(head), Some(OK));
    }

    #[test]
    fn what_is_not_the_page_is_refused() {
        assert_eq!(asked(b"GET / HTTP/1.1\r\n\r\n"), Some("404 Not Found"));
        assert_eq!(asked(b"GET /metrics/ HTTP/1.0\r\n\r\n"), Some("404 Not Found"));
        assert_eq!(asked(b"POST /metrics HTTP/1.1\r\n\r\n"), Some(NOT_ALLOWED));
        assert_eq!(asked(b"\x16\x03\x01"), Some("400 Bad Request"));
        let many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(MOST_FIELDS + 1));
        assert_eq!(asked(many.as_bytes()), Some("431 Request Header Fields Too Large"));
    }
}

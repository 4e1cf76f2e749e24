//! What coordinator and workers say to one another: each message is one line of JSON.

use std::io::{self, BufRead, BufReader, ErrorKind, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Job, SILENCE};
use crate::completions::Completions;
use crate::report::Report;

/// The version of these messages: it changes when one of them does.
const FORM: u32 = 1;

/// The most octets of a line, where no report can come.
pub(super) const MOST: usize = 64 << 10;

/// The most octets of a line with a report: each of the 4,194,304 completions that it has at most takes 14, and its distributions
/// take a few million.
pub(super) const MOST_REPORT: usize = 64 << 20;

const _: () =
    assert!(crate::completions::MOST * 14 + (4 << 20) < MOST_REPORT, "a report fits with all its completions");

/// The version of loadgen, as it must be the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) loadgen: String,
    pub(super) form: u32,
}

/// What the coordinator says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToWorker {
    /// The first line of each connection.
    Coordinator(Version),
    /// What is to be done.
    Job(Box<Job>),
    /// Asks what time it is.
    Ping,
    /// When messages begin, by the worker's clock: nanoseconds since 1970.
    Start(u64),
    /// It is to end before its time, and to report what was until then.
    Stop,
    /// There is no run, or no more of it.
    Over(String),
    /// The report has come.
    Received,
    /// Nothing new.
    Alive,
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FromWorker {
    /// Its first line, and what it is called.
    Worker(Version, String),
    /// All its clients have joined and rested.
    Ready,
    /// What time it is: nanoseconds since 1970.
    Pong(u64),
    /// What was measured.
    Done(Box<Done>),
    /// It could not be.
    Failed(String),
    /// Nothing new.
    Alive,
}

/// A worker's part of a run.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) report: Report,
    pub(super) completions: Completions,
}

/// Why there is no next line.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error("its connection ended")]
    Ended,
    #[error("nothing came for {}", humantime::format_duration(*.0))]
    Silent(Duration),
    #[error("it said a line of more than {0} octets")]
    TooLong(usize),
    #[error("it said what is no message: {0}")]
    Garbage(serde_json::Error),
    #[error("its connection broke: {0}")]
    Broken(io::Error),
}

impl Version {
    pub(super) fn own() -> Self {
        Self { loadgen: env!("CARGO_PKG_VERSION").to_owned(), form: FORM }
    }

    /// For people.
    pub(super) fn shown(&self) -> String {
        format!("{} (messages of form {})", self.loadgen, self.form)
    }
}

/// Says something.
pub(super) fn say(mut stream: &TcpStream, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.set_write_timeout(Some(SILENCE))?;
    stream.write_all(&line)
}

/// Hears what the other side says.
pub(super) struct Lines {
    reader: BufReader<TcpStream>,
    line: Vec<u8>,
}

impl Lines {
    pub(super) fn of(stream: &TcpStream) -> io::Result<Self> {
        Ok(Self { reader: BufReader::new(stream.try_clone()?), line: Vec::new() })
    }

    /// The next message, by a time if there is one; in any case something has to come every [`SILENCE`]. Its line has at most so
    /// many octets, which can become more while it comes.
    pub(super) fn next<M: DeserializeOwned>(
        &mut self,
        most: &AtomicUsize,
        deadline: Option<Instant>,
    ) -> Result<M, LineError> {
        self.line.clear();
        loop {
            let patience = deadline.map_or(SILENCE, |deadline| deadline.saturating_duration_since(Instant::now()));
            if patience.is_zero() {
                return Err(LineError::Silent(patience));
            }
            self.reader.get_ref().set_read_timeout(Some(patience)).map_err(LineError::Broken)?;
            let octets = match self.reader.fill_buf() {
                Ok([]) => return Err(LineError::Ended),
                Ok(octets) => octets,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Err(LineError::Silent(patience));
                }
                Err(error) => return Err(LineError::Broken(error)),
            };
            let end = octets.iter().position(|octet| *octet == b'\n');
            let taken = end.unwrap_or(octets.len());
            let most = most.load(Ordering::Relaxed);
            if self.line.len() + taken > most {
                return Err(LineError::TooLong(most));
            }
            self.line.extend_from_slice(&octets[..taken]);
            self.reader.consume(taken + usize::from(end.is_some()));
            if end.is_some() {
                return serde_json::from_slice(&self.line).map_err(LineError::Garbage);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// What is heard of octets, when lines may have so many.
    fn heard(octets: &'static [u8], most: usize) -> Vec<Result<ToWorker, LineError>> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let mut speaking = TcpStream::connect(listener.local_addr().expect("it is bound")).expect("it listens");
        let (stream, _) = listener.accept().expect("somebody is there");
        let speaker = thread::spawn(move || speaking.write_all(octets));
        let (mut lines, most) = (Lines::of(&stream).expect("it can be shared"), AtomicUsize::new(most));
        let mut all = Vec::new();
        while all.last().is_none_or(Result::is_ok) {
            all.push(lines.next(&most, None));
        }
        speaker.join().expect("it ends").expect("it is read");
        all
    }

    #[test]
    fn messages_are_lines() {
        let heard = heard(b"\"ping\"\n{\"start\":1700000000000000007}\n{\"over\":\"so\"}\n\"al", MOST);
        assert!(matches!(
            &heard[..],
            [
                Ok(ToWorker::Ping),
                Ok(ToWorker::Start(1_700_000_000_000_000_007)),
                Ok(ToWorker::Over(_)),
                Err(LineError::Ended)
            ]
        ));
    }

    #[test]
    fn what_is_no_message_or_too_long_is_told() {
        assert!(matches!(&heard(b"GET / HTTP/1.1\r\n\r\n", MOST)[..], [Err(LineError::Garbage(_))]));
        assert!(matches!(&heard(b"\"ping\"\n", 5)[..], [Err(LineError::TooLong(5))]));
        assert!(matches!(&heard(b"\"ping\"\n", 6)[..], [Ok(ToWorker::Ping), Err(LineError::Ended)]));
        // Also one that never ends.
        assert!(matches!(&heard(&[b'x'; 2 * MOST], MOST)[..], [Err(LineError::TooLong(MOST))]));
    }

    #[test]
    fn a_time_that_is_over_ends_the_waiting() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let stream = TcpStream::connect(listener.local_addr().expect("it is bound")).expect("it listens");
        let mut lines = Lines::of(&stream).expect("it can be shared");
        let deadline = Some(Instant::now() + Duration::from_millis(20));
        let heard = lines.next::<ToWorker>(&AtomicUsize::new(MOST), deadline);
        assert!(matches!(heard, Err(LineError::Silent(_))), "{heard:?}");
    }
}

//! What is to be said: the lines of standard input, or the texts of the command line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read};
use std::os::fd::AsFd;
use std::{fmt, thread};

use fanfare_client::TextError;
use fanfare_protocol::limits::{MAX_LINE, MAX_TEXT};
use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::{mpsc, oneshot};

/// The most octets that are kept of a line: the longest text, and a command in front of it.
const MOST: usize = MAX_TEXT + MAX_LINE;

/// Lines that are read ahead.
const AHEAD: usize = 16;

/// One text, or why it is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) place: Place,
    pub(super) text: Result<String, TextError>,
}

/// Where a line comes from, for a person to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The line of standard input with this number, from 1 on.
    Line(u64),
    /// The `--send` with this number, from 1 on.
    Send(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Send(number) => write!(f, "--send {number}"),
        }
    }
}

/// Lines as they come.
pub(super) struct Lines {
    lines: mpsc::Receiver<io::Result<Line>>,
    /// Dropped when no more lines are to be waited for.
    more: Option<PipeWriter>,
    /// Whether a line was read that nobody took. `None` for what is not read.
    cut: Option<oneshot::Receiver<bool>>,
}

impl Lines {
    /// The texts of `--send`, then the end.
    pub(super) fn given(texts: &[String]) -> Self {
        let (sender, lines) = mpsc::channel(texts.len().max(1));
        for (index, text) in texts.iter().enumerate() {
            let line = Line { place: Place::Send(index + 1), text: Ok(text.clone()) };
            sender.try_send(Ok(line)).expect("the channel has a place for each");
        }
        Self { lines, more: None, cut: None }
    }

    /// The lines of standard input.
    ///
    /// A thread of its own reads them: a read can't be called off, and must not keep the program from ending.
    pub(super) fn standard() -> io::Result<Self> {
        let (sender, lines) = mpsc::channel(AHEAD);
        let (no_more, more) = io::pipe()?;
        let input = Patient { input: io::stdin().as_fd().try_clone_to_owned()?.into(), no_more, is_over: false };
        let (result, cut) = oneshot::channel();
        let read = move || {
            // Nobody may want to know.
            let _ = result.send(send(LinesOf::new(BufReader::new(input)), &sender));
        };
        thread::Builder::new().name("input".to_owned()).spawn(read)?;
        Ok(Self { lines, more: Some(more), cut: Some(cut) })
    }

    /// The next line; `None` at the end. An error is the last that comes. It is cancel-safe.
    pub(super) async fn next(&mut self) -> Option<io::Result<Line>> {
        self.lines.recv().await
    }

    /// From now on, the end is where one would have to wait for more.
    pub(super) fn end_at_pause(&mut self) {
        self.more = None;
    }

    /// From now on, the end is behind what was read.
    pub(super) fn end_now(&mut self) {
        self.lines.close();
    }

    /// Whether there were more lines than were given, once the end was made now.
    pub(super) async fn is_cut(&mut self) -> bool {
        match self.cut.take() {
            Some(cut) => cut.await.unwrap_or(false),
            None => false,
        }
    }
}

/// Sends all lines. It returns whether there was one that nobody took.
fn send(mut lines: LinesOf<BufReader<Patient>>, sender: &mpsc::Sender<io::Result<Line>>) -> bool {
    while let Some(line) = lines.next() {
        let is_last = line.is_err();
        // A line that was begun when no more was waited for is none.
        if lines.input.get_ref().is_over {
            return false;
        }
        if sender.blocking_send(line).is_err() {
            return true;
        }
        if is_last {
            return false;
        }
    }
    false
}

/// Input that is waited for until somebody says that it is not any more.
struct Patient {
    input: File,
    /// Its other end is closed to say so.
    no_more: PipeReader,
    is_over: bool,
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut fds = [PollFd::new(&self.input, PollFlags::IN), PollFd::new(&self.no_more, PollFlags::IN)];
        poll(&mut fds, None)?;
        if fds[0].revents().is_empty() {
            self.is_over = true;
            return Ok(0);
        }
        self.input.read(buffer)
    }
}

/// Cuts input into lines, in memory that does not grow with them.
struct LinesOf<R> {
    input: R,
    number: u64,
}

impl<R: BufRead> LinesOf<R> {
    fn new(input: R) -> Self {
        Self { input, number: 0 }
    }

    /// The octets of the next line without its end; `None` at the end of the input.
    fn octets(&mut self) -> io::Result<Option<Result<Vec<u8>, TextError>>> {
        let mut line = Vec::new();
        if self.input.by_ref().take(MOST as u64 + 1).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.pop_if(|last| *last == b'\n').is_some() {
            line.pop_if(|last| *last == b'\r');
        } else if line.len() > MOST {
            self.input.skip_until(b'\n')?;
            return Ok(Some(Err(TextError::TooLong)));
        }
        Ok(Some(Ok(line)))
    }
}

impl<R: BufRead> Iterator for LinesOf<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.octets().transpose()?;
        self.number += 1;
        Some(line.map(|octets| Line {
            place: Place::Line(self.number),
            text: octets.and_then(|octets| String::from_utf8(octets).map_err(|_| TextError::NotUtf8)),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8]) -> Vec<Result<String, TextError>> {
        let lines: Vec<_> = LinesOf::new(input).collect::<io::Result<_>>().expect("memory can be read");
        assert!(lines.iter().zip(1..).all(|(line, number)| line.place == Place::Line(number)));
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn each_line_is_what_stands_before_its_end() {
        let text = |text: &str| Ok(text.to_owned());
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n"), [text("")]);
        assert_eq!(lines(b"a\r\n\n b\t\nlast"), [text("a"), text(""), text(" b\t"), text("last")]);
        assert_eq!(lines(b"a\rb\r\r\nc\r"), [text("a\rb\r"), text("c\r")], "only the CR of a CRLF is dropped");
        assert_eq!(lines(b"a\n\xff\nb\n"), [text("a"), Err(TextError::NotUtf8), text("b")]);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_to_its_end() {
        let longest = "x".repeat(MOST);
        for end in ["\n", "\r\n", ""] {
            let input = format!("{longest}x{end}");
            assert_eq!(lines(input.as_bytes()), [Err(TextError::TooLong)]);
        }
        let input = format!("{longest}\n{}\nb\n", "y".repeat(5 * MOST));
        assert_eq!(lines(input.as_bytes()), [Ok(longest), Err(TextError::TooLong), Ok("b".to_owned())]);
    }
}

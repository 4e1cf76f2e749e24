//! A process that was started and may be a server soon.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::Child;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::process_that_listens;

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often one that does not tell is asked whether it listens.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// How many of the last lines of each of its outputs are shown if it does not.
const LAST_LINES: usize = 5;

/// A process that may be a server soon.
pub(super) struct Starting {
    pub(super) child: Child,
    /// The lines of its standard output, until nobody waits for them.
    lines: Receiver<String>,
    /// Who reads its outputs to their ends, that it never has to wait, and then has the last lines of them.
    readers: [JoinHandle<VecDeque<String>>; 2],
}

impl Starting {
    pub(super) fn new(mut child: Child) -> Self {
        let (told, lines) = mpsc::channel();
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let output = thread::spawn(move || {
            // Once it listens nobody is told.
            last_lines(output, |line| drop(told.send(line.to_owned())))
        });
        let errors = thread::spawn(move || last_lines(errors, |_| {}));
        Self { child, lines, readers: [output, errors] }
    }

    /// Waits for a server that says first where it listens.
    pub(super) fn is_told(&self) -> Result<SocketAddr, &'static str> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                let address = line.strip_prefix("listening on ").and_then(|address| address.parse().ok());
                address.ok_or("did not say where it listens")
            }
            Err(RecvTimeoutError::Timeout) => Err("does not listen after 10 seconds"),
            Err(RecvTimeoutError::Disconnected) => Err("ended at once"),
        }
    }

    /// Waits for a server that was told where to listen. Who listens there may be somebody else.
    pub(super) fn is_asked(&mut self, address: SocketAddr) -> Result<SocketAddr, &'static str> {
        let until = Instant::now() + PATIENCE;
        loop {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return Err("ended at once");
            }
            if TcpStream::connect(address).is_ok()
                && process_that_listens(address).is_none_or(|listener| listener == self.child.id())
            {
                return Ok(address);
            }
            if Instant::now() > until {
                return Err("does not listen after 10 seconds");
            }
            thread::sleep(ASK_EVERY);
        }
    }

    /// Ends it, and returns the last that it has said.
    pub(super) fn end(mut self) -> String {
        end(&mut self.child);
        // Its outputs end with it, unless it has left somebody who has them too.
        let until = Instant::now() + PATIENCE;
        while self.readers.iter().any(|reader| !reader.is_finished()) && Instant::now() < until {
            thread::sleep(ASK_EVERY);
        }
        let finished = self.readers.into_iter().filter(JoinHandle::is_finished);
        finished.flat_map(|reader| reader.join().unwrap_or_default()).collect::<Vec<_>>().join("\n")
    }
}

/// Reads an output to its end.
fn last_lines(output: Option<impl Read>, each: impl Fn(&str)) -> VecDeque<String> {
    let mut last = VecDeque::new();
    for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok) {
        each(&line);
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
    last
}

/// Ends a process.
pub(super) fn end(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

//! A process that was started and may be a server soon.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::Child;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::process_that_listens;

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often one that does not tell is asked whether it listens.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// How many of its last log lines are shown if it does not.
const LAST_LINES: usize = 5;

/// The last lines that a process has written, on either of its outputs.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<VecDeque<String>>>);

/// A process that may be a server soon.
pub(super) struct Starting {
    pub(super) child: Child,
    log: Log,
    /// The lines of its standard output, until nobody waits for them.
    lines: Receiver<String>,
}

impl Starting {
    pub(super) fn new(mut child: Child) -> Self {
        let log = Log::default();
        let (told, lines) = mpsc::channel();
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let of_output = log.clone();
        thread::spawn(move || {
            for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok) {
                of_output.keep(line.clone());
                // It is read to its end, that the server never has to wait; once it listens nobody is told.
                let _ = told.send(line);
            }
        });
        let of_errors = log.clone();
        thread::spawn(move || {
            let lines = errors.into_iter().flat_map(|errors| BufReader::new(errors).lines());
            lines.map_while(Result::ok).for_each(|line| of_errors.keep(line));
        });
        Self { child, log, lines }
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
        // Its outputs end with it, and then nobody has the log but this.
        let until = Instant::now() + PATIENCE;
        while Arc::strong_count(&self.log.0) > 1 && Instant::now() < until {
            thread::sleep(ASK_EVERY);
        }
        self.log.last()
    }
}

impl Log {
    fn keep(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LAST_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn last(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// Ends a process.
pub(super) fn end(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

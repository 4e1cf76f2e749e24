//! The way to standard output.

use std::io::{self, Write};
use std::{mem, thread};

use tokio::sync::{mpsc, oneshot};

/// Octets from which on it is better to write than to gather more.
const ENOUGH: usize = 64 * 1_024;

/// Whole lines, gathered and written by a thread of its own.
///
/// A reader that has stopped stops the thread, and through [`flush`](Self::flush) whoever listens, but not the
/// conversation: it stays alive, and what does not fit into its memory becomes a gap.
pub(super) struct Output {
    lines: Vec<u8>,
    chunks: mpsc::Sender<Vec<u8>>,
    written: oneshot::Receiver<io::Result<()>>,
}

impl Output {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Self> {
        let (chunks, to_write) = mpsc::channel(1);
        let (result, written) = oneshot::channel();
        let write = move || {
            // At the program's end, nobody may want to know any more.
            let _ = result.send(write(to_write));
        };
        thread::Builder::new().name("output".to_owned()).spawn(write)?;
        Ok(Self { lines: Vec::new(), chunks, written })
    }

    /// Where lines are gathered.
    pub(super) fn lines(&mut self) -> &mut Vec<u8> {
        &mut self.lines
    }

    /// Whether nothing is gathered.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether so much is gathered that it is to be written before more is.
    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= ENOUGH
    }

    /// Hands on what is gathered, as soon as what was handed on before is being written. To drop this loses nothing. If
    /// writing has failed it does nothing, and [`failure`](Self::failure) says so.
    pub(super) async fn flush(&mut self) {
        if let Ok(permit) = self.chunks.reserve().await {
            permit.send(mem::take(&mut self.lines));
        } else {
            self.lines.clear();
        }
    }

    /// Waits until writing fails. It must not be called again then.
    pub(super) async fn failure(&mut self) -> io::Error {
        match (&mut self.written).await {
            Ok(Err(error)) => error,
            _ => io::Error::other("the thread that writes has ended"),
        }
    }

    /// Writes what is gathered, and waits until all is written.
    pub(super) async fn finish(mut self) -> io::Result<()> {
        self.flush().await;
        drop(self.chunks);
        self.written.await.unwrap_or(Ok(()))
    }
}

/// Writes chunk after chunk; each is seen by the reader before the next is waited for.
fn write(mut chunks: mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    let mut output = io::stdout().lock();
    while let Some(chunk) = chunks.blocking_recv() {
        output.write_all(&chunk)?;
        output.flush()?;
    }
    Ok(())
}

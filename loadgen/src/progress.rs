//! How far a run is, on standard error: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::engine::{Phase, Progress};
use crate::plan::Plan;
use crate::report::Unit;

/// How often the bar moves.
const BAR: Duration = Duration::from_millis(100);

/// How often a line is written where there is no terminal.
const LINE: Duration = Duration::from_secs(2);

/// A thread that shows a run's progress until this is dropped.
#[derive(Debug)]
pub struct Display {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Display {
    /// Shows the progress of a run.
    pub fn start(plan: &Plan, progress: Arc<Progress>) -> Self {
        let (end, ended) = mpsc::channel();
        let (clients, duration) = (plan.clients.into(), plan.duration);
        let thread = thread::spawn(move || {
            let mut view = View::new(clients, duration);
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(view.pause()) {
                view.show(&progress);
            }
            view.clear();
        });
        Self { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // Without its display a run is still a run.
            let _ = thread.join();
        }
    }
}

struct View {
    bar: Option<ProgressBar>,
    clients: u64,
    duration: Duration,
    /// When the first message was sent.
    load: Option<Instant>,
    seen: (Instant, u64),
}

impl View {
    fn new(clients: u64, duration: Duration) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style =
                ProgressStyle::with_template("{wide_bar} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(1).with_style(style)
        });
        Self { bar, clients, duration, load: None, seen: (Instant::now(), 0) }
    }

    fn pause(&self) -> Duration {
        if self.bar.is_some() { BAR } else { LINE }
    }

    fn show(&mut self, progress: &Progress) {
        let now = Instant::now();
        let deliveries = progress.deliveries();
        let (before, seen) = std::mem::replace(&mut self.seen, (now, deliveries));
        let rate = (deliveries - seen) as f64 / now.duration_since(before).as_secs_f64();
        let (done, all, words) = match progress.phase() {
            Phase::Ramp => {
                let joined = progress.joined();
                (joined, self.clients, format!("{} of {} have joined", count(joined), count(self.clients)))
            }
            Phase::Settle => (0, 1, "all have joined".to_owned()),
            Phase::Ready => (0, 1, "all have joined, and wait for the start".to_owned()),
            Phase::Load => {
                let elapsed = now.duration_since(*self.load.get_or_insert(now)).min(self.duration);
                let words = format!(
                    "{} sent, {} deliveries, {}",
                    count(progress.published()),
                    count(deliveries),
                    Unit::Rate.show(rate)
                );
                (millis(elapsed), millis(self.duration), words)
            }
            Phase::Drain => (1, 1, format!("waiting for the last; {} deliveries", count(deliveries))),
        };
        match &self.bar {
            Some(bar) => {
                bar.set_length(all);
                bar.set_position(done);
                bar.set_message(words);
            }
            None => {
                // Whoever has closed it does not want to know.
                let _ = writeln!(std::io::stderr(), "loadgen: {words}");
            }
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn count(number: u64) -> String {
    Unit::Count.show(number as f64)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

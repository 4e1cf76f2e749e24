//! A worker's part of a run that several processes make.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::message::{Done, FromWorker, Lines, MOST, ToWorker, Version, say};
use super::offset::{moment, since_1970};
use super::{ALIVE, Endpoint, Job, TICK, WorkersError};
use crate::completions::Completions;
use crate::engine::{Controls, Measured, Phase};
use crate::error::RunError;
use crate::report::Report;

/// How long it is until it is looked again whether somebody listens.
const RETRY: Duration = Duration::from_millis(200);

/// How long who listens may take to say who it is.
const INTRODUCTION: Duration = Duration::from_secs(5);

/// A worker that has come to its coordinator, and knows what to do.
#[derive(Debug)]
pub struct Joined {
    job: Box<Job>,
    stream: TcpStream,
    events: Receiver<Event>,
    sender: Sender<Event>,
}

/// What happens to a worker.
#[derive(Debug)]
enum Event {
    /// The coordinator has said something.
    Said(ToWorker),
    /// The coordinator is gone.
    Gone(String),
    /// The own run has ended.
    OwnRun,
}

/// Goes to a coordinator, which is waited for, and waits for what it has to do.
///
/// # Errors
///
/// There is none in time, or none that it can work for; the coordinator has gone, or has ended the run; or it was told to
/// stop.
pub fn join(endpoint: &Endpoint, name: &str, wait: Duration, stop: &AtomicBool) -> Result<Joined, WorkersError> {
    let other = |reason: String| WorkersError::NotCoordinator { address: endpoint.clone(), reason };
    let stream = connect(endpoint, wait, stop)?;
    let most = Arc::new(AtomicUsize::new(MOST));
    let mut lines = Lines::of(&stream).map_err(|error| other(error.to_string()))?;
    match lines.next(&most, Some(Instant::now() + INTRODUCTION)) {
        Ok(ToWorker::Coordinator(version)) if version == Version::own() => {}
        Ok(ToWorker::Coordinator(version)) => {
            let (theirs, own) = (version.shown(), Version::own().shown());
            return Err(WorkersError::OtherVersion { address: endpoint.clone(), theirs, own });
        }
        Ok(_) => return Err(other("it did not say who it is".to_owned())),
        Err(error) => return Err(other(error.to_string())),
    }
    let gone = |error: io::Error| WorkersError::CoordinatorGone { reason: error.to_string() };
    say(&stream, &FromWorker::Worker(Version::own(), name.to_owned())).map_err(gone)?;
    let (sender, events) = channel();
    let telling = sender.clone();
    thread::spawn(move || read(lines, &most, &telling));
    let mut alive = Instant::now();
    let job = loop {
        if stop.load(Ordering::Relaxed) {
            return Err(RunError::Interrupted.into());
        }
        if Instant::now() >= alive {
            alive = Instant::now() + ALIVE;
            say(&stream, &FromWorker::Alive).map_err(gone)?;
        }
        match events.recv_timeout(TICK) {
            Ok(Event::Said(ToWorker::Job(job))) => break job,
            Ok(Event::Said(ToWorker::Over(reason))) => return Err(WorkersError::Ended { reason }),
            Ok(Event::Gone(reason)) => return Err(WorkersError::CoordinatorGone { reason }),
            Ok(_) | Err(_) => {}
        }
    };
    Ok(Joined { job, stream, events, sender })
}

fn connect(endpoint: &Endpoint, wait: Duration, stop: &AtomicBool) -> Result<TcpStream, WorkersError> {
    let deadline = Instant::now() + wait;
    loop {
        let connected = TcpStream::connect((&*endpoint.host, endpoint.port))
            .and_then(|stream| stream.set_nodelay(true).map(|()| stream));
        match connected {
            Ok(stream) => return Ok(stream),
            Err(_) if stop.load(Ordering::Relaxed) => return Err(RunError::Interrupted.into()),
            Err(source) if Instant::now() >= deadline => {
                return Err(WorkersError::NoCoordinator { address: endpoint.clone(), source });
            }
            Err(_) => thread::sleep(RETRY),
        }
    }
}

/// Tells what the coordinator says, as long as somebody wants to know. This is a thread's work.
fn read(mut lines: Lines, most: &AtomicUsize, events: &Sender<Event>) {
    loop {
        let event = match lines.next(most, None) {
            Ok(message) => Event::Said(message),
            Err(error) => Event::Gone(error.to_string()),
        };
        let is_last = matches!(event, Event::Gone(_));
        if events.send(event).is_err() || is_last {
            return;
        }
    }
}

impl Joined {
    /// What it has to do.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Tells the coordinator that it can't do that.
    pub fn refuse(self, reason: &str) {
        // If the coordinator is gone, it does not matter.
        let _ = say(&self.stream, &FromWorker::Failed(reason.to_owned()));
    }

    /// Does it: makes the own run, whose controls these are, and has its report sent.
    ///
    /// # Errors
    ///
    /// The run could not be made, the coordinator has gone or has ended it, or its report could not be sent. The own run
    /// is stopped then.
    pub fn work(
        self,
        controls: &Controls,
        label: &str,
        own: impl FnOnce() -> Result<Measured, RunError>,
    ) -> Result<Report, WorkersError> {
        let sender = self.sender.clone();
        let (own, obeyed, joined) = thread::scope(|scope| {
            let obeying = scope.spawn(move || {
                let obeyed = self.obey(controls);
                if obeyed.is_err() {
                    controls.stop.store(true, Ordering::Relaxed);
                }
                (obeyed, self)
            });
            let own = own();
            // Where nobody hears it, the other side has ended with an error.
            let _ = sender.send(Event::OwnRun);
            let (obeyed, joined) = obeying.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (own, obeyed, joined)
        });
        obeyed?;
        let measured = own.inspect_err(|error| drop(say(&joined.stream, &FromWorker::Failed(error.to_string()))))?;
        let mut report = Report::from(&measured);
        report.run.label = Some(label.to_owned());
        joined.deliver(&report, measured.completions.unwrap_or_default())?;
        Ok(report)
    }

    /// Does what the coordinator says until the own run has ended.
    fn obey(&self, controls: &Controls) -> Result<(), WorkersError> {
        let gone = |error: io::Error| WorkersError::CoordinatorGone { reason: error.to_string() };
        let (mut alive, mut is_ready) = (Instant::now(), false);
        loop {
            if Instant::now() >= alive {
                alive = Instant::now() + ALIVE;
                say(&self.stream, &FromWorker::Alive).map_err(gone)?;
            }
            if !is_ready && controls.progress.phase() == Phase::Ready {
                is_ready = true;
                say(&self.stream, &FromWorker::Ready).map_err(gone)?;
            }
            match self.events.recv_timeout(TICK) {
                Ok(Event::Said(ToWorker::Ping)) => {
                    say(&self.stream, &FromWorker::Pong(since_1970(SystemTime::now()))).map_err(gone)?;
                }
                Ok(Event::Said(ToWorker::Start(start))) => {
                    // A second one would be a mistake, and changes nothing.
                    let _ = controls.start.set(moment(start));
                }
                Ok(Event::Said(ToWorker::Stop)) => controls.stop.store(true, Ordering::Relaxed),
                Ok(Event::Said(ToWorker::Over(reason))) => return Err(WorkersError::Ended { reason }),
                Ok(Event::Gone(reason)) => return Err(WorkersError::CoordinatorGone { reason }),
                Ok(Event::OwnRun) => return Ok(()),
                Ok(Event::Said(_)) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    /// Sends what was measured, and waits until it has arrived. Until then the coordinator says that it is there.
    fn deliver(&self, report: &Report, completions: Completions) -> Result<(), WorkersError> {
        let done = FromWorker::Done(Box::new(Done { report: report.clone(), completions }));
        say(&self.stream, &done).map_err(|error| WorkersError::CoordinatorGone { reason: error.to_string() })?;
        for event in &self.events {
            match event {
                Event::Said(ToWorker::Received) => return Ok(()),
                Event::Said(ToWorker::Over(reason)) => return Err(WorkersError::Ended { reason }),
                Event::Gone(reason) => return Err(WorkersError::CoordinatorGone { reason }),
                Event::Said(_) | Event::OwnRun => {}
            }
        }
        Err(WorkersError::CoordinatorGone { reason: "its connection ended".to_owned() })
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        // Ends the thread that reads, and what was said still arrives.
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}

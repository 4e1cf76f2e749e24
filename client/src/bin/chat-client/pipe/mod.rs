//! In a script: lines in, lines out, and an exit code that says what became of it.
//!
//! One task speaks ([`Speaker`]) and listens ([`Listener`]) by turns. Standard input, standard output and standard
//! error have a thread each ([`input`], [`Output`], [`notices`]), so that none can hold up the timeout or a signal.

mod alarms;
mod answer;
mod commands;
mod input;
mod json;
mod known;
mod listener;
mod notices;
mod output;
mod people;
mod speaker;

use std::cell::RefCell;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use fanfare_client::{Client, Config};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use self::alarms::{Alarm, Alarms, at};
use self::input::Lines;
use self::known::Known;
use self::listener::{Heard, Listener, Style};
use self::output::Output;
use self::people::People;
use self::speaker::{Speaker, Stop};
use crate::exit::Failure;
use crate::options::Options;

/// How long what was read has to be said, and the goodbye to be answered, once the program is called off.
const GRACE: Duration = Duration::from_secs(5);

/// Answers to commands that wait to be shown.
const ANSWERS: usize = 16;

/// Talks as the options say.
pub(crate) fn run(runtime: &Runtime, options: &Options) -> Result<(), Failure> {
    runtime.block_on(talk(options))
}

async fn talk(options: &Options) -> Result<(), Failure> {
    let config = Config::new(options.address.as_str(), &options.name()?);
    let config = config.map_err(|error| Failure::Usage(error.to_string()))?;
    let address = config.address().to_owned();
    let mut alarms = Alarms::new(options.timeout).map_err(Failure::System)?;
    notices::start().map_err(Failure::System)?;
    let (client, events) = tokio::select! {
        connected = Client::connect(config) => match connected {
            Ok(connected) => connected,
            Err(error) => return Failure::of(error, &address).map_or(Ok(()), Err),
        },
        alarm = alarms.next() => return Err(alarm.into_failure()),
    };

    let known = Rc::new(RefCell::new(Known::default()));
    let (answers, to_show) = mpsc::channel(ANSWERS);
    let style = if options.json {
        Style::Json
    } else {
        // With commands, there can be several rooms at any time.
        Style::People(People { with_room: options.rooms.len() > 1 || options.commands })
    };
    let output = Output::start().map_err(Failure::System)?;
    let mut listener = Listener::new(events, to_show, Rc::clone(&known), output, style, options.wait);
    let speaker = Speaker::new(client.clone(), known, answers, options.commands);

    let (stop, mut stopped) = watch::channel(Stop::No);
    let mut speaking = pin!(async {
        let outcome =
            speaker.speak(&options.rooms, options.last.unwrap_or(0), || lines(options), stopped.clone()).await;
        if (options.wait.is_some() || options.follow) && !outcome.wants_to_go() {
            // The other end of it is dropped only behind this.
            let _ = stopped.wait_for(|&stop| stop != Stop::No).await;
        }
        // How it ended, the last event says.
        let _ = client.bye(outcome.quit.as_ref().and_then(Option::as_deref)).await;
        outcome
    });

    let mut call_off = CallOff::default();
    let mut outcome = None;
    let ending = loop {
        tokio::select! {
            spoken = &mut speaking, if outcome.is_none() => outcome = Some(spoken),
            heard = listener.listen() => match heard {
                Heard::Enough => {}
                Heard::OutputFailed(error) => call_off.output_failed(error),
                Heard::Ended(ending) => break ending,
            },
            alarm = alarms.next() => call_off.alarm(alarm, options, listener.has_enough())?,
            () = at(call_off.until) => return Err(call_off.too_late()),
        }
        if call_off.until.is_some() {
            stop.send_replace(Stop::Now);
        } else if listener.has_enough() {
            stop.send_replace(Stop::AtPause);
        }
    };
    stop.send_replace(Stop::Over);
    let output = listener.into_output();
    let outcome = match outcome {
        Some(outcome) => outcome,
        None => speaking.await,
    };
    if let Some(output) = output {
        let mut finish = pin!(output.finish());
        loop {
            tokio::select! {
                written = &mut finish => {
                    if let Err(error) = written {
                        call_off.output_failed(error);
                    }
                    break;
                }
                alarm = alarms.next() => call_off.alarm(alarm, options, true)?,
                () = at(call_off.until) => return Err(call_off.too_late()),
            }
        }
    }
    loop {
        tokio::select! {
            () = notices::flush() => break,
            alarm = alarms.next() => call_off.alarm(alarm, options, true)?,
            () = at(call_off.until) => return Err(call_off.too_late()),
        }
    }
    match (call_off.failure, Failure::of_ending(ending, &address)) {
        (Some(failure), _) | (None, Some(failure)) => Err(failure),
        (None, None) if outcome.is_cut => call_off.unfinished.map_or_else(|| outcome.result(), Err),
        (None, None) => outcome.result(),
    }
}

/// Where what is to be said comes from.
fn lines(options: &Options) -> Result<Lines, Failure> {
    if options.send.is_empty() { Lines::standard().map_err(Failure::System) } else { Ok(Lines::given(&options.send)) }
}

/// That the program is to end before it is done.
#[derive(Default)]
struct CallOff {
    /// How long it may still take.
    until: Option<Instant>,
    /// What it comes to, if that is a failure although all could be finished.
    failure: Option<Failure>,
    /// What it comes to if not all can be finished.
    unfinished: Option<Failure>,
}

impl CallOff {
    /// A signal came, or the time is over. A further signal is an error at once.
    fn alarm(&mut self, alarm: Alarm, options: &Options, has_all: bool) -> Result<(), Failure> {
        let is_signal = matches!(alarm, Alarm::Signal { .. });
        if self.until.is_some() {
            return if is_signal { Err(alarm.into_failure()) } else { Ok(()) };
        }
        self.until = Some(Instant::now() + GRACE);
        // To stay until a signal is what --follow asks for.
        let is_failure = if is_signal { !options.follow } else { options.wait.is_some() && !has_all };
        *if is_failure { &mut self.failure } else { &mut self.unfinished } = Some(alarm.into_failure());
        Ok(())
    }

    /// Nothing more can be written. A reader that has gone has read what it wanted.
    fn output_failed(&mut self, error: io::Error) {
        self.until.get_or_insert_with(|| Instant::now() + GRACE);
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.failure = Some(Failure::System(error));
        }
    }

    /// The time to finish is over.
    fn too_late(self) -> Failure {
        self.failure.or(self.unfinished).unwrap_or(Failure::TimedOut(GRACE))
    }
}

//! What comes: it is counted and shown.

use std::cell::RefCell;
use std::future::{pending, ready};
use std::io;
use std::rc::Rc;

use fanfare_client::{Ending, Event, Events};
use tokio::sync::mpsc;

use super::answer::Answer;
use super::json;
use super::known::Known;
use super::notices;
use super::output::Output;
use super::people::People;

/// Takes events and answers, and shows them.
pub(super) struct Listener {
    events: Events,
    answers: mpsc::Receiver<Answer>,
    known: Rc<RefCell<Known>>,
    /// `None` once it has failed.
    output: Option<Output>,
    style: Style,
    /// One's own name.
    name: String,
    /// How many messages of others are still waited for; `None` if they are not counted.
    wanted: Option<u64>,
}

/// For whom it is shown.
pub(super) enum Style {
    People(People),
    Json,
}

/// What the rest of the program has to know.
pub(super) enum Heard {
    /// All that was waited for has come.
    Enough,
    /// Standard output takes no more.
    OutputFailed(io::Error),
    /// The conversation is over. Nothing follows.
    Ended(Ending),
}

impl Listener {
    pub(super) fn new(
        events: Events,
        answers: mpsc::Receiver<Answer>,
        known: Rc<RefCell<Known>>,
        output: Output,
        style: Style,
        wanted: Option<u64>,
    ) -> Self {
        Self { events, answers, known, output: Some(output), style, name: String::new(), wanted }
    }

    /// Whether all that was waited for has come.
    pub(super) fn has_enough(&self) -> bool {
        self.wanted == Some(0)
    }

    /// Shows what comes, until there is something to be told. It is cancel-safe.
    ///
    /// Lines are gathered while there are more, and written as soon as there are none.
    pub(super) async fn listen(&mut self) -> Heard {
        loop {
            let is_full = self.output.as_ref().is_some_and(Output::is_full);
            let is_empty = self.output.as_ref().is_none_or(Output::is_empty);
            tokio::select! {
                biased;
                error = failure(&mut self.output) => {
                    self.output = None;
                    return Heard::OutputFailed(error);
                }
                Some(event) = async { notices::room().await; self.events.next().await }, if !is_full => {
                    if let Some(heard) = self.take(event) {
                        return heard;
                    }
                }
                Some(answer) = self.answers.recv(), if !is_full => self.show_answer(&answer),
                () = ready(()), if !is_empty => {
                    if let Some(output) = &mut self.output {
                        output.flush().await;
                    }
                }
            }
        }
    }

    /// What is left to be written.
    pub(super) fn into_output(self) -> Option<Output> {
        self.output
    }

    fn take(&mut self, event: Event) -> Option<Heard> {
        self.known.borrow_mut().learn(&event);
        if let Event::Connected(connected) = &event {
            self.name.clone_from(&connected.name);
        }
        if let Event::Ended(_) = event {
            // Answers were given before.
            while let Ok(answer) = self.answers.try_recv() {
                self.show_answer(&answer);
            }
        }
        let is_own = matches!(&event, Event::Message(message) if self.is_own(&message.name));
        let counts = !is_own && matches!(event, Event::Message(_) | Event::Told(_));
        let had_enough = self.has_enough();
        if !had_enough || matches!(event, Event::Ended(_)) {
            self.show(&event, is_own);
        }
        if let Event::Ended(ending) = event {
            return Some(Heard::Ended(ending));
        }
        if counts && let Some(wanted) = &mut self.wanted {
            *wanted = wanted.saturating_sub(1);
        }
        (self.has_enough() && !had_enough).then_some(Heard::Enough)
    }

    fn show(&mut self, event: &Event, is_own: bool) {
        // What goes to standard error is said also when standard output is closed.
        let mut nowhere = Vec::new();
        let lines = self.output.as_mut().map_or(&mut nowhere, Output::lines);
        match &self.style {
            Style::People(people) => people.event(lines, event, is_own),
            Style::Json => json::event(lines, event, |_| is_own),
        }
    }

    fn show_answer(&mut self, answer: &Answer) {
        let name = &self.name;
        if let Some(output) = self.output.as_mut().filter(|_| self.wanted != Some(0)) {
            match self.style {
                Style::People(_) => People::answer(output.lines(), answer),
                Style::Json => json::answer(output.lines(), answer, |other| other.eq_ignore_ascii_case(name)),
            }
        }
    }

    fn is_own(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Waits until writing fails.
async fn failure(output: &mut Option<Output>) -> io::Error {
    match output {
        Some(output) => output.failure().await,
        None => pending().await,
    }
}

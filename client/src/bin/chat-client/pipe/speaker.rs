//! What is said: each line in turn, and what became of it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;

use fanfare_client::{Client, Error, Receipt, Refusal, Said, Since};
use tokio::sync::{mpsc, watch};

use super::answer::Answer;
use super::input::{Line, Lines, Place};
use super::known::Known;
use super::notices::{self, tell};
use super::people::count;
use crate::command;
use crate::exit::Failure;
use crate::searches::{NoSearch, Searches};

/// The most messages whose answers are not looked at. The library takes fewer before it waits.
const MOST_POSTED: usize = 512;

/// Says lines, and obeys commands.
pub(super) struct Speaker {
    pub(super) client: Client,
    pub(super) known: Rc<RefCell<Known>>,
    pub(super) answers: mpsc::Sender<Answer>,
    /// Whether lines that begin with `/` are commands.
    commands: bool,
    /// The rooms that were joined, without those that were left; the first of them was joined first.
    pub(super) rooms: Vec<String>,
    /// Where it speaks.
    pub(super) current: Result<String, NoRoom>,
    pub(super) searches: Searches,
    posted: VecDeque<Posted>,
    pub(super) outcome: Outcome,
}

/// A message whose answer is not looked at yet.
struct Posted {
    place: Place,
    room: String,
    receipt: Receipt<Said>,
}

/// Whether there is more to say.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Stop {
    /// All that comes.
    No,
    /// What is there; more is not waited for.
    AtPause,
    /// What was read.
    Now,
    /// Nothing: the conversation is over.
    Over,
}

/// What became of it all.
#[derive(Default)]
pub(super) struct Outcome {
    /// Why it could not begin or go on.
    failure: Option<Failure>,
    /// The first thing that the server refused.
    refused: Option<Refusal>,
    /// How many lines were not said or understood.
    unsaid: u64,
    /// Whether it was stopped before the end of its input.
    pub(super) is_cut: bool,
    /// The words of `/quit`, if it was there.
    pub(super) quit: Option<Option<String>>,
}

/// The conversation is over, or there is nothing more to say.
type Flow = ControlFlow<()>;

impl Outcome {
    /// Whether there is a reason to go although something is waited for.
    pub(super) fn wants_to_go(&self) -> bool {
        self.quit.is_some() || self.failure.is_some()
    }

    /// What the program is to exit with, as far as it depends on what was said.
    pub(super) fn result(self) -> Result<(), Failure> {
        match (self.failure, self.refused, self.unsaid) {
            (Some(failure), ..) => Err(failure),
            (None, Some(refusal), _) => Err(Failure::Refused(refusal)),
            (None, None, 0) => Ok(()),
            (None, None, unsaid) => Err(Failure::Input(count(unsaid, "line"))),
        }
    }
}

impl Speaker {
    pub(super) fn new(
        client: Client,
        known: Rc<RefCell<Known>>,
        answers: mpsc::Sender<Answer>,
        commands: bool,
    ) -> Self {
        Self {
            client,
            known,
            answers,
            commands,
            rooms: Vec::new(),
            current: Err(NoRoom::None),
            searches: Searches::default(),
            posted: VecDeque::new(),
            outcome: Outcome::default(),
        }
    }

    /// Joins the rooms, says what comes, and waits for the answers.
    pub(super) async fn speak(
        mut self,
        rooms: &[String],
        last: u64,
        open: impl FnOnce() -> Result<Lines, Failure>,
        stop: watch::Receiver<Stop>,
    ) -> Outcome {
        if self.join_all(rooms, last).await.is_continue() {
            match open() {
                Ok(lines) => {
                    self.say_all(lines, stop).await;
                    self.settle().await;
                }
                Err(failure) => self.outcome.failure = Some(failure),
            }
        }
        self.outcome
    }

    async fn join_all(&mut self, rooms: &[String], last: u64) -> Flow {
        for room in rooms {
            if self.rooms.contains(room) {
                continue;
            }
            let since = if last == 0 { Since::Now } else { Since::Last(last) };
            match self.client.join_since(room, since).await {
                Ok(entered) => {
                    self.known.borrow_mut().enter(&entered);
                    self.rooms.push(room.clone());
                }
                Err(Error::Refused(refusal)) => {
                    tell(format_args!("chat-client: {room}: {refusal}"));
                    self.outcome.failure = Some(Failure::Refused(refusal));
                    return Flow::Break(());
                }
                // How it ended, the last event says.
                Err(_) => return Flow::Break(()),
            }
        }
        self.current = self.rooms.first().cloned().ok_or(NoRoom::None);
        Flow::Continue(())
    }

    async fn say_all(&mut self, mut lines: Lines, mut stop: watch::Receiver<Stop>) {
        let mut told = Stop::No;
        let mut flow = Flow::Continue(());
        while flow.is_continue() {
            tokio::select! {
                biased;
                settled = self.settle_one(), if !self.posted.is_empty() => flow = settled,
                Ok(stop) = stop.wait_for(|&stop| stop > told) => {
                    told = *stop;
                    lines.end_at_pause();
                    if told >= Stop::Now {
                        lines.end_now();
                    }
                }
                line = async { notices::room().await; lines.next().await }, if self.posted.len() < MOST_POSTED => match line {
                    Some(Ok(line)) => flow = self.line(line).await,
                    Some(Err(error)) => self.outcome.failure = Some(Failure::System(error)),
                    None => flow = Flow::Break(()),
                },
            }
        }
        if told == Stop::Now && self.outcome.quit.is_none() {
            self.outcome.is_cut = tokio::select! {
                is_cut = lines.is_cut() => is_cut,
                Ok(_) = stop.wait_for(|&stop| stop == Stop::Over) => true,
            };
        }
    }

    async fn line(&mut self, Line { place, text }: Line) -> Flow {
        match text {
            Ok(text) if self.commands => match command::Line::parse(&text) {
                Ok(command::Line::Say(text)) => self.say(place, text).await,
                Ok(command) => {
                    let done = self.obey(command).await;
                    self.judge(place, done, "not done")
                }
                Err(error) => {
                    if command::is_join(&text) {
                        self.current = Err(NoRoom::NotJoined);
                    }
                    self.reject(place, &error, "not done")
                }
            },
            Ok(text) => self.say(place, &text).await,
            Err(error) => self.reject(place, &error, "not said"),
        }
    }

    async fn say(&mut self, place: Place, text: &str) -> Flow {
        let room = match self.current.clone() {
            Ok(room) => room,
            Err(error) => return self.reject(place, &error, "not said"),
        };
        match self.client.post(&room, text).await {
            Ok(receipt) => {
                self.posted.push_back(Posted { place, room, receipt });
                Flow::Continue(())
            }
            Err(error) => self.judge(place, Err(error.into()), "not said"),
        }
    }

    /// Waits for all answers. Those that can't come any more are there at once.
    pub(super) async fn settle(&mut self) {
        while !self.posted.is_empty() {
            let _over = self.settle_one().await;
        }
    }

    /// Waits for the answer to the oldest message, if there is one. It is cancel-safe.
    async fn settle_one(&mut self) -> Flow {
        let Some(posted) = self.posted.front_mut() else { return Flow::Continue(()) };
        notices::room().await;
        let said = (&mut posted.receipt).await;
        if let Ok(said) = &said {
            self.known.borrow_mut().reaches(&posted.room, said.seq);
        }
        let place = posted.place;
        self.posted.pop_front();
        self.judge(place, said.map(drop).map_err(Trouble::from), "not said")
    }

    /// Notes what became of a line.
    fn judge(&mut self, place: Place, done: Result<(), Trouble>, not: &str) -> Flow {
        match done {
            Ok(()) => Flow::Continue(()),
            Err(Trouble::Library(Error::Ended(_))) => Flow::Break(()),
            Err(Trouble::Library(Error::Refused(refusal))) => {
                tell(format_args!("chat-client: {place}: {refusal}; {not}"));
                self.outcome.refused.get_or_insert(refusal);
                Flow::Continue(())
            }
            Err(Trouble::Quit) => Flow::Break(()),
            Err(trouble) => self.reject(place, &trouble, not),
        }
    }

    /// Notes that a line is of no use.
    fn reject(&mut self, place: Place, error: &dyn std::error::Error, not: &str) -> Flow {
        tell(format_args!("chat-client: {place}: {error}; {not}"));
        self.outcome.unsaid += 1;
        Flow::Continue(())
    }
}

/// Why a line was not said or done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Library(#[from] Error),
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    #[error(transparent)]
    NoSearch(#[from] NoSearch),
    #[error("{0} is for a terminal")]
    ForTerminals(&'static str),
    /// `/quit` was obeyed.
    #[error("nothing is said any more")]
    Quit,
}

/// Nothing can be said or asked without the name of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoRoom {
    /// One is in none.
    #[error("you are in no room; /join one")]
    None,
    /// The last `/join` was not done. What was meant for its room is for no other.
    #[error("the /join before was not done; /join a room")]
    NotJoined,
}

//! The conversation as one person has it: what is typed goes out, what happens is shown.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::{Event as Typed, KeyCode, KeyModifiers};
use fanfare_client::{Client, Ending, Events, Since};
use jiff::Timestamp;
use tokio::time::{Instant, sleep, sleep_until};

use super::answers::Answer;
use super::complete::{Completion, Step};
use super::editor::Intent;
use super::gaps::messages;
use super::paste::{self, Question};
use super::presence::Speakers;
use super::requests::Requests;
use super::rooms::Rooms;
use super::screen::Block;
use super::signals::Signals;
use super::ui::{Action, Ui};
use super::unsent::Unsent;
use super::view::{Entry, Kind};
use crate::exit::Failure;
use crate::missed::Missed;
use crate::options::Options;
use crate::searches::Searches;

/// How long the server has to answer a goodbye.
const GOODBYE: Duration = Duration::from_secs(3);

/// How many messages of the past are shown at the beginning, if not said.
const LAST: u64 = 20;

/// How many events are shown at once, at most.
const AT_ONCE: usize = 256;

/// A conversation.
pub(crate) struct Chat {
    pub(super) ui: Ui,
    pub(super) client: Client,
    pub(super) address: String,
    /// How many messages of the past a room that is joined begins with.
    last: u64,
    first_rooms: Vec<String>,
    pub(super) rooms: Rooms,
    pub(super) missed: Missed,
    pub(super) searches: Searches,
    pub(super) speakers: Speakers,
    pub(super) unsent: Unsent,
    pub(super) requests: Requests<Answer>,
    /// About what the person is asked.
    question: Option<Question>,
    /// Why there is no connection, and when another one is tried.
    pub(super) offline: Option<(String, Instant)>,
    pub(super) was_connected: bool,
    /// Until when a goodbye is waited for.
    leaving: Option<Instant>,
    /// Ctrl-C was typed on an empty line just before.
    is_warned: bool,
}

/// How a turn ends.
pub(super) enum Flow {
    /// The conversation goes on.
    On,
    /// It is over.
    Over(Ending),
}

impl Chat {
    /// A conversation that was just begun.
    pub(crate) fn new(ui: Ui, client: Client, options: &Options) -> Self {
        Self {
            ui,
            client,
            address: options.address.clone(),
            last: options.last.unwrap_or(LAST),
            first_rooms: options.rooms.clone(),
            rooms: Rooms::default(),
            missed: Missed::default(),
            searches: Searches::default(),
            speakers: Speakers::new(options.presence),
            unsent: Unsent::default(),
            requests: Requests::new(),
            question: None,
            offline: None,
            was_connected: false,
            leaving: None,
            is_warned: false,
        }
    }

    /// Talks until somebody ends it.
    pub(crate) async fn run(mut self, mut events: Events, signals: &mut Signals) -> Result<(), Failure> {
        for room in std::mem::take(&mut self.first_rooms).into_iter().rev() {
            self.join(&room);
        }
        let ending = self.talk(&mut events, signals).await;
        let words = self.last_words();
        self.ui.leave(&words);
        match ending {
            Ok(ending) => Failure::of_ending(ending, &self.address).map_or(Ok(()), Err),
            Err(error) => Err(Failure::System(error)),
        }
    }

    async fn talk(&mut self, events: &mut Events, signals: &mut Signals) -> io::Result<Ending> {
        loop {
            let block = self.block(Instant::now());
            self.ui.paint(&block)?;
            let leaving = self.leaving;
            let flow = tokio::select! {
                piece = self.ui.typed() => self.piece(piece?)?,
                event = events.next() => {
                    let mut next = event;
                    let mut flow = Flow::On;
                    for _ in 0..AT_ONCE {
                        let Some(event) = next else { break };
                        flow = self.happened(event);
                        if let Flow::Over(_) = flow {
                            break;
                        }
                        next = if_ready(events.next()).await.flatten();
                    }
                    flow
                }
                answer = self.requests.next() => self.answered(answer),
                () = signals.next() => self.leave(None),
                () = sleep_until(leaving.unwrap_or_else(Instant::now)), if leaving.is_some() => Flow::Over(Ending::Done),
                // The seconds until the next attempt are counted down.
                () = sleep(Duration::from_secs(1)), if self.offline.is_some() => Flow::On,
            };
            if let Flow::Over(ending) = flow {
                return Ok(ending);
            }
        }
    }

    /// What stands at the bottom.
    fn block(&self, now: Instant) -> Block {
        let mut above = self.unsent.rows();
        if self.leaving.is_some() {
            above.push("* leaving; Ctrl-C does not wait".to_owned());
        } else if let Some((reason, retry)) = &self.offline {
            let seconds = retry.saturating_duration_since(now).as_secs_f64().ceil();
            let mut row = format!("* not connected; trying again in {seconds} s");
            match self.unsent.len() {
                0 => {}
                1 => row.push_str("; 1 message waits"),
                count => row.push_str(&format!("; {count} messages wait")),
            }
            above.push(format!("{row} ({reason})"));
        }
        match &self.question {
            Some(question) => {
                let line = question.ask();
                Block { above, prompt: String::new(), at: line.len(), line }
            }
            None => Block {
                above,
                prompt: format!("{}> ", self.rooms.current().unwrap_or("(no room)")),
                line: self.ui.editor.line().to_owned(),
                at: self.ui.editor.at(),
            },
        }
    }

    /// A piece of input came.
    fn piece(&mut self, piece: Vec<Typed>) -> io::Result<Flow> {
        let is_resize = |typed: &Typed| matches!(typed, Typed::Resize(..));
        let (resizes, piece): (Vec<_>, Vec<_>) = piece.into_iter().partition(is_resize);
        for resize in resizes {
            self.ui.edit(resize)?;
        }
        if let Some(question) = &mut self.question
            && let Some(more) = paste::more(&piece)
        {
            if let Err(error) = question.add(&more) {
                self.fault(None, error.to_string());
            }
            return Ok(Flow::On);
        }
        for typed in piece {
            if let over @ Flow::Over(_) = self.typed(typed)? {
                return Ok(over);
            }
        }
        Ok(Flow::On)
    }

    fn typed(&mut self, typed: Typed) -> io::Result<Flow> {
        if self.question.is_some() {
            self.decide(&typed);
            return Ok(Flow::On);
        }
        let action = self.ui.edit(typed)?;
        let was_warned = std::mem::take(&mut self.is_warned);
        match action {
            Some(Action::Intent(Intent::Enter(line))) => return Ok(self.enter(&line)),
            Some(Action::Intent(Intent::Interrupt { .. })) if self.leaving.is_some() => {
                return Ok(Flow::Over(Ending::Done));
            }
            Some(Action::Intent(Intent::Interrupt { was_empty: true })) if was_warned => return Ok(self.leave(None)),
            Some(Action::Intent(Intent::Interrupt { was_empty })) => {
                self.is_warned = was_empty;
                if was_empty {
                    self.ui.hint("Ctrl-C once more leaves, and so does Ctrl-D".to_owned());
                }
            }
            Some(Action::Intent(Intent::Leave)) => return Ok(self.leave(None)),
            Some(Action::Intent(Intent::Complete)) => self.complete(),
            Some(Action::Paste(text)) => self.paste(&text),
            Some(Action::Intent(Intent::Redraw | Intent::Suspend)) | None => {}
        }
        Ok(Flow::On)
    }

    /// A line was ended with Enter.
    fn enter(&mut self, line: &str) -> Flow {
        if line.contains('\n') {
            // One that came back from the history.
            self.question = Some(Question::new(line.to_owned(), (String::new(), 0), line.len(), ""));
            return Flow::On;
        }
        if line.trim().is_empty() {
            return Flow::On;
        }
        self.obey(line)
    }

    fn paste(&mut self, pasted: &str) {
        let text = match paste::clean(pasted) {
            Ok(text) => text,
            Err(error) => return self.fault(None, error.to_string()),
        };
        let (line, at) = (self.ui.editor.line().to_owned(), self.ui.editor.at());
        if !self.ui.editor.insert(&text) {
            let error = paste::PasteError::TooLong(line.len() + text.len());
            return self.fault(None, error.to_string());
        }
        if text.contains('\n') {
            let end = self.ui.editor.at();
            self.question = Some(Question::new(self.ui.editor.take(), (line, at), end, pasted));
        }
    }

    /// The answer to the question whether to send what was pasted. What is not sent is remembered.
    fn decide(&mut self, typed: &Typed) {
        let Typed::Key(key) = typed else { return };
        let is_yes = match key.code {
            KeyCode::Char('y' | 'Y') => true,
            KeyCode::Char('n' | 'N') | KeyCode::Esc => false,
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => false,
            _ => return,
        };
        let Some(Question { text, line: (line, at), .. }) = self.question.take() else { return };
        self.ui.editor.remember(&text);
        if is_yes {
            self.say(&text);
        } else {
            self.ui.hint("not sent; the arrow up brings it back".to_owned());
            self.ui.editor.set_at(&line, at);
        }
    }

    fn complete(&mut self) {
        let (line, at) = (self.ui.editor.line(), self.ui.editor.at());
        let completion = Completion::new(line, at, &self.rooms.names(), &self.rooms.known());
        let from = completion.from;
        match completion.step(&line[from..at]) {
            Step::Write(word) => self.ui.editor.complete(from, &word),
            Step::Choose(words) => self.ui.hint(words.join("  ")),
            Step::Nothing => {}
        }
    }

    /// Says something in the current room.
    pub(super) fn say(&mut self, text: &str) {
        let Some(room) = self.rooms.current().map(str::to_owned) else {
            return self.fault(None, "you are in no room; /join #room enters one".to_owned());
        };
        let (serial, client, text) = (self.unsent.add(&room, text), self.client.clone(), text.to_owned());
        self.requests.begin(async move {
            let result = client.say(&room, &text).await.map(|_| ());
            Answer::Said { serial, room, text, result }
        });
    }

    /// Enters a room, or goes back to it.
    pub(super) fn join(&mut self, room: &str) {
        if !self.rooms.switch(room) {
            return self.notice(None, format!("you speak in {room} now"));
        }
        let since = if self.last == 0 { Since::Now } else { Since::Last(self.last) };
        let (client, room) = (self.client.clone(), room.to_owned());
        self.requests.begin(async move {
            let result = client.join_since(&room, since).await.map(|_| ());
            Answer::Joined { room, result }
        });
    }

    /// Says goodbye, and waits for the answer for a while. Asked again, it does not wait.
    pub(super) fn leave(&mut self, reason: Option<&str>) -> Flow {
        if self.leaving.is_some() || self.offline.is_some() {
            return Flow::Over(Ending::Done);
        }
        self.leaving = Some(Instant::now() + GOODBYE);
        let (client, reason) = (self.client.clone(), reason.map(str::to_owned));
        self.requests.begin(async move {
            // How the conversation ended comes as an event.
            let _ = client.bye(reason.as_deref()).await;
            Answer::Goodbye
        });
        Flow::On
    }

    /// Shows a notice, of a room or of none.
    pub(super) fn notice(&mut self, room: Option<&str>, text: String) {
        self.show(Timestamp::now(), room, Kind::Notice, text);
    }

    /// Shows what can't be.
    pub(super) fn fault(&mut self, room: Option<&str>, text: String) {
        self.show(Timestamp::now(), room, Kind::Fault, text);
    }

    /// Shows something.
    pub(super) fn show(&mut self, at: Timestamp, room: Option<&str>, kind: Kind, text: String) {
        let entry = Entry { at, room: room.map(str::to_owned), kind, text };
        self.ui.show(&entry, self.rooms.current());
    }

    /// What was typed and did not reach anybody, or may not have.
    fn last_words(&self) -> String {
        let mut words = self.unsent.last_words();
        let half = self.question.as_ref().map_or(self.ui.editor.line(), |question| &question.text);
        words.push_str(&super::not_sent(half));
        words
    }
}

/// How many of something there are, for a notice.
pub(super) fn members(count: u64) -> String {
    messages(count).replace("message", "member")
}

/// The output of a future that is ready.
async fn if_ready<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}

//! One who takes part in plain mode: it reads a room, and says lines that nobody repeats.
//!
//! In plain mode there are no numbers. So that it can be told what should have come, it says a last line when the round
//! ends, and waits until it reads it: all that was said before has come then, or was counted as missed.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::{Buf, BytesMut};
use fanfare_protocol::plain::ServerLine;
use fanfare_protocol::session::{PlainEvent, PlainSession};
use fastrand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, sleep_until};

use super::course::{Account, Course, Phase, Tide, Trace, pause};
use super::record::{PlainLine, Publisher, Reading, Said, SaidId, Step};
use super::script::{Act, Role};
use super::wire::connect;

/// One who takes part.
pub(super) struct Plain {
    course: Course,
    role: Role,
    random: Rng,
    account: Account,
    acts: VecDeque<Act>,
    until: Instant,
    room: Option<String>,
    /// How many connections there were. Each has a name of its own: in plain mode nobody can take one's name over.
    connections: u32,
    is_idle: bool,
    /// Whether its last line has come back.
    has_all: bool,
}

/// What one connection leaves.
struct Conversation {
    publisher: Publisher,
    /// A reading of each room that it asked to be in, in order.
    readings: Vec<Reading>,
    /// Of these rooms, it has been in so many.
    entered: usize,
    /// What it said last in the round, until it has come or can't come any more, and how often it said such a line.
    last: Option<String>,
    lasts: u32,
}

impl Plain {
    /// One who has done nothing yet.
    pub(super) fn new(course: Course, role: Role) -> Self {
        Self {
            random: Rng::with_seed(role.seed),
            account: Account { trace: Trace::since(course.begin), ..Account::default() },
            acts: role.acts.iter().cloned().collect(),
            until: course.begin,
            room: None,
            connections: 0,
            is_idle: false,
            has_all: false,
            course,
            role,
        }
    }

    /// Does everything, over as many connections as it takes.
    pub(super) async fn run(mut self) -> Account {
        while !self.is_over() {
            if self.is_late() {
                let acts = self.acts.len();
                let what = format!("{}: {acts} acts are missing, or its last line never came", self.role.name);
                self.account.in_vain(what);
                break;
            }
            self.connection().await;
            self.account.reconnects += u64::from(!self.is_over());
            sleep(pause(&mut self.random)).await;
        }
        self.account
    }

    async fn connection(&mut self) {
        let Ok(stream) = connect(self.course.address, false).await else { return };
        self.connections += 1;
        let name = format!("{}-{}", self.role.name, self.connections);
        let publisher = Publisher { name: name.clone(), ..Publisher::default() };
        let mut talk = Conversation { publisher, readings: Vec::new(), entered: 0, last: None, lasts: 0 };
        let mut out = format!("{name}\n");
        if let Some(room) = self.room.clone() {
            out += &talk.join(&self.role.name, &room);
        }
        self.converse(stream, &mut talk, out).await;
        let Conversation { publisher, mut readings, entered, .. } = talk;
        readings.truncate(entered);
        if let Phase::Ending { due, .. } = &*self.course.phase.borrow()
            && (self.has_all || self.is_late())
            && let Some(reading) = readings.last_mut()
        {
            reading.due = due.get(&reading.room).copied().unwrap_or_default();
        }
        self.account.readings.append(&mut readings);
        self.account.publishers.push(publisher);
    }

    /// Talks until the connection is lost, or there is nothing left to do.
    async fn converse(&mut self, mut stream: TcpStream, talk: &mut Conversation, mut out: String) {
        let mut session = PlainSession::new();
        let mut input = BytesMut::new();
        let mut phase = self.course.phase.clone();
        loop {
            out += &self.act(talk);
            if !out.is_empty() && stream.write_all(out.as_bytes()).await.is_err() {
                return;
            }
            out.clear();
            let wakes_at = self.wakes_at();
            tokio::select! {
                read = stream.read_buf(&mut input) => if !matches!(read, Ok(1..)) { return },
                _ = phase.changed() => {}
                () = async {
                    match wakes_at {
                        Some(at) => sleep_until(at.into()).await,
                        None => std::future::pending().await,
                    }
                } => {}
            }
            let mut rest = &input[..];
            loop {
                match session.receive(&mut rest) {
                    Ok(Some(event)) => self.hear(event, talk),
                    Ok(None) => break,
                    Err(error) => {
                        self.account.odd(format!("{}: the server sent {error:?}", talk.publisher.name));
                        return;
                    }
                }
            }
            let taken = input.len() - rest.len();
            input.advance(taken);
            if self.is_over() || self.is_late() {
                return;
            }
        }
    }

    /// The lines of what is to be done now.
    fn act(&mut self, talk: &mut Conversation) -> String {
        let mut lines = String::new();
        while Instant::now() >= self.until {
            match self.acts.pop_front() {
                Some(Act::Join(room, _)) => {
                    lines += &talk.join(&self.role.name, &room);
                    self.room = Some(room);
                }
                Some(Act::Say { room, text, .. }) if self.room.as_ref() == Some(&room) => {
                    lines += &talk.say(&self.course.tide, room, text);
                }
                Some(Act::Pause(time)) => self.until = Instant::now() + time,
                // The rest is not for plain mode.
                Some(_) => {}
                None => break,
            }
        }
        if self.acts.is_empty() && Instant::now() >= self.until {
            if !self.is_idle {
                self.is_idle = true;
                // Who counts them is there as long as the round.
                let _ = self.course.idle.send(());
            }
            if matches!(&*self.course.phase.borrow(), Phase::Ending { .. }) && talk.last.is_none() {
                match self.room.clone() {
                    Some(room) if !self.has_all => lines += &talk.say_last(&self.course.tide, room),
                    _ => self.has_all = true,
                }
            }
        }
        lines
    }

    fn hear(&mut self, event: PlainEvent<'_>, talk: &mut Conversation) {
        let PlainEvent::Line(line) = event else { return };
        match line {
            ServerLine::Info(words) => {
                if let Some(room) = words.strip_prefix("You are in ").and_then(|rest| rest.split(',').next()) {
                    talk.enter(room);
                } else if let Some(count) =
                    words.strip_suffix(" messages missed").or(words.strip_suffix(" message missed"))
                    && let (Ok(count), Some(reading)) = (count.parse(), talk.reading())
                {
                    reading.lines.push(PlainLine::Missed(count));
                    // Its last line may be one of them.
                    talk.last = None;
                }
            }
            ServerLine::Said { name, line } => {
                self.has_all |= talk.last.as_deref() == Some(line);
                // Before its room is joined, it is in the lobby, where nobody of the plan speaks.
                if let Some(reading) = talk.reading() {
                    let (name, text) = (name.as_str().to_owned(), line.to_owned());
                    reading.lines.push(PlainLine::Said { name, text });
                }
            }
            ServerLine::Fault(words) => {
                self.account.trace.note(format_args!("! {words}"));
                // It may be about its last line.
                if talk.last.take().is_some() {
                    self.until = Instant::now() + pause(&mut self.random);
                }
            }
            _ => {}
        }
    }

    /// When there is something to do if nothing comes.
    fn wakes_at(&self) -> Option<Instant> {
        let due = Some(self.until).filter(|until| *until > Instant::now());
        let late = match &*self.course.phase.borrow() {
            Phase::Ending { until, .. } => Some(*until),
            Phase::Running => None,
        };
        due.into_iter().chain(late).min()
    }

    fn is_over(&self) -> bool {
        self.is_idle && self.has_all
    }

    /// Whether the end of the round was waited for too long.
    fn is_late(&self) -> bool {
        matches!(&*self.course.phase.borrow(), Phase::Ending { until, .. } if Instant::now() >= *until)
    }
}

impl Conversation {
    /// The line that brings it into a room.
    fn join(&mut self, who: &str, room: &str) -> String {
        // Who is there already is refused, and stays.
        if self.readings.last().is_none_or(|reading| reading.room != room) {
            let (who, room) = (who.to_owned(), room.to_owned());
            self.readings.push(Reading { who, room, own: None, lines: Vec::new(), due: 0 });
        }
        format!("/join {room}\n")
    }

    /// It is in a room now.
    fn enter(&mut self, room: &str) {
        let waiting = &self.readings[self.entered..];
        self.entered += waiting.iter().position(|reading| reading.room == room).map_or(0, |index| index + 1);
    }

    /// The reading of the room in which it is.
    fn reading(&mut self) -> Option<&mut Reading> {
        self.readings[..self.entered].last_mut()
    }

    /// The line of a text.
    fn say(&mut self, tide: &Tide, room: String, text: String) -> String {
        if let Some(reading) = self.readings.last_mut() {
            reading.own.get_or_insert_with(|| text.clone());
        }
        let (line, moment) = (format!("{text}\n"), tide.moment());
        self.publisher.said.push(Said { room, id: SaidId::None, text, moment });
        self.publisher.steps.push(Step::Sent(self.publisher.said.len() - 1));
        line
    }

    /// The last line of the round.
    fn say_last(&mut self, tide: &Tide, room: String) -> String {
        self.lasts += 1;
        let text = format!("{}.last.{}", self.publisher.name, self.lasts);
        self.last = Some(text.clone());
        self.say(tide, room, text)
    }
}

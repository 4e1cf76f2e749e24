//! One who takes part in plain mode: it reads a room, and says lines that nobody repeats.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};
use fanfare_protocol::plain::ServerLine;
use fanfare_protocol::session::{PlainEvent, PlainSession};
use fastrand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, sleep_until};

use super::course::{Account, Course, Phase, Trace, pause};
use super::record::{PlainLine, Publisher, Reading, Said, SaidId, Step};
use super::script::{Act, Role};
use super::wire::connect;

/// How long one stays when the round ends, so that what was said last can come.
const LAST: Duration = Duration::from_millis(300);

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
            course,
            role,
        }
    }

    /// Does everything, over as many connections as it takes.
    pub(super) async fn run(mut self) -> Account {
        while !self.is_over() {
            self.connection().await;
            self.account.reconnects += u64::from(!self.is_over());
            sleep(pause(&mut self.random)).await;
        }
        self.account
    }

    async fn connection(&mut self) {
        let Ok(mut stream) = connect(self.course.address, false).await else { return };
        self.connections += 1;
        let name = format!("{}-{}", self.role.name, self.connections);
        let mut publisher = Publisher { name: name.clone(), ..Publisher::default() };
        let mut session = PlainSession::new();
        let mut input = BytesMut::new();
        let mut out = format!("{name}\n");
        if let Some(room) = &self.room {
            out += &format!("/join {room}\n");
        }
        let mut reading: Option<Reading> = None;
        let mut phase = self.course.phase.clone();
        loop {
            out += &self.act(&mut publisher);
            if !out.is_empty() && stream.write_all(out.as_bytes()).await.is_err() {
                break;
            }
            out.clear();
            let ends_at = Instant::now() + LAST;
            tokio::select! {
                read = stream.read_buf(&mut input) => match read {
                    Ok(1..) => {}
                    _ => break,
                },
                _ = phase.changed() => {}
                () = sleep_until(self.until.max(ends_at).into()) => if self.is_over() { break },
            }
            let mut rest = &input[..];
            loop {
                match session.receive(&mut rest) {
                    Ok(Some(event)) => self.hear(event, &mut reading),
                    Ok(None) => break,
                    Err(error) => {
                        self.account.odd(format!("{name}: the server sent {error:?}"));
                        break;
                    }
                }
            }
            let taken = input.len() - rest.len();
            input.advance(taken);
        }
        self.account.readings.extend(reading);
        self.account.publishers.push(publisher);
    }

    /// The lines of what is to be done now.
    fn act(&mut self, publisher: &mut Publisher) -> String {
        let mut lines = String::new();
        while Instant::now() >= self.until {
            match self.acts.pop_front() {
                Some(Act::Join(room, _)) => {
                    lines += &format!("/join {room}\n");
                    self.room = Some(room);
                }
                Some(Act::Say { room, text, .. }) if self.room.as_ref() == Some(&room) => {
                    lines += &format!("{text}\n");
                    publisher.said.push(Said { room, id: SaidId::None, text });
                    publisher.steps.push(Step::Sent(publisher.said.len() - 1));
                }
                Some(Act::Pause(time)) => self.until = Instant::now() + time,
                // The rest is not for plain mode.
                Some(_) => {}
                None => break,
            }
        }
        if self.acts.is_empty() && !self.is_idle {
            self.is_idle = true;
            // Who counts them is there as long as the round.
            let _ = self.course.idle.send(());
        }
        lines
    }

    fn hear(&mut self, event: PlainEvent<'_>, reading: &mut Option<Reading>) {
        let PlainEvent::Line(line) = event else { return };
        match line {
            ServerLine::Info(words) => {
                if let Some(room) = words.strip_prefix("You are in ").and_then(|rest| rest.split(',').next()) {
                    let (who, room) = (self.role.name.clone(), room.to_owned());
                    self.account.readings.extend(reading.replace(Reading { who, room, lines: Vec::new() }));
                } else if let Some(count) =
                    words.strip_suffix(" messages missed").or(words.strip_suffix(" message missed"))
                    && let (Ok(count), Some(reading)) = (count.parse(), reading)
                {
                    reading.lines.push(PlainLine::Missed(count));
                }
            }
            ServerLine::Said { name, line } => {
                // Before its room is joined, it is in the lobby, where nobody of the plan speaks.
                if let Some(reading) = reading {
                    let (name, text) = (name.as_str().to_owned(), line.to_owned());
                    reading.lines.push(PlainLine::Said { name, text });
                }
            }
            ServerLine::Fault(words) => self.account.trace.note(format_args!("! {words}")),
            _ => {}
        }
    }

    fn is_over(&self) -> bool {
        matches!(&*self.course.phase.borrow(), Phase::Ending { .. }) && self.is_idle
    }
}

//! A client's session, and what SPEC.md has it see.

use std::collections::{BTreeMap, VecDeque};

use fanfare_protocol::limits::{MAX_FRAME, MAX_LINE, MAX_NUMBER, MAX_PIPELINE, MAX_TEXT};
use fanfare_protocol::session::{ClientEvent, ClientSession, Millis, Request, SendError, ServerFault};
use fanfare_protocol::{ClientMessage, FrameError, Number, RoomName, ServerMessage};

use super::Silence;
use crate::naive::message::{self, Message};
use crate::naive::{self, Part, terminator};

/// What a session is to see and saw, owned. Octets are those of the canonical message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Greeting(String),
    Welcome(Vec<u8>),
    Done(Request, Vec<u8>),
    Refused(Request, Vec<u8>),
    Message(Vec<u8>),
    Pong(Vec<u8>),
    Bye(Vec<u8>),
    /// The server broke a rule.
    Fault(Broken),
}

/// Which rule it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    NotFanfare,
    BadVersion,
    Frame(FrameError),
    Message,
    WrongAnswer,
    /// The number that was due, and the one that came.
    Discontinuity(u64, u64),
    WrongPlace,
    NotAMember,
}

/// A request that is to be answered.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) request: Request,
    /// The room of a `JOIN` or `LEAVE`.
    room: Option<String>,
    /// The epoch and the number at which a `JOIN` is to go on.
    pub(crate) after: Option<(String, u64)>,
}

/// A session, and what is known of it from outside.
pub(crate) struct Client {
    session: ClientSession,
    /// All that came.
    stream: Vec<u8>,
    /// How much of it was seen.
    seen: usize,
    /// How much of it the session has taken.
    taken: usize,
    greeted: bool,
    /// The own name.
    name: Option<String>,
    text_limit: usize,
    silence: Option<Silence>,
    ended: bool,
    asked: VecDeque<Asked>,
    /// The epoch of each room that one is in, and the number that is due.
    rooms: BTreeMap<String, (String, u64)>,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self {
            session: ClientSession::new(),
            stream: Vec::new(),
            seen: 0,
            taken: 0,
            greeted: false,
            name: None,
            text_limit: MAX_TEXT,
            silence: None,
            ended: false,
            asked: VecDeque::new(),
            rooms: BTreeMap::new(),
        }
    }

    /// Says something, if that is allowed.
    pub(crate) fn send(&mut self, message: &ClientMessage<'_>, out: &mut Vec<u8>) -> Result<(), SendError> {
        let asked = asked(message);
        let text = message.text().map_or(0, |text| text.as_str().len());
        let wanted = if self.ended {
            Err(SendError::Ended)
        } else if text > self.text_limit {
            Err(SendError::TextTooLong)
        } else if asked.is_some() && self.asked.len() == MAX_PIPELINE {
            Err(SendError::TooManyUnanswered)
        } else {
            Ok(())
        };
        let mut canonical = Vec::new();
        if wanted.is_ok() {
            message.encode(&mut canonical);
            self.asked.extend(asked);
        }
        let before = out.len();
        let sent = self.session.send(message, out);
        assert_eq!(sent, wanted, "{message:?}");
        assert!(out[before..] == canonical, "{message:?}");
        self.check();
        sent
    }

    /// Octets came. [`see`](Self::see) has what they say, until it returns `None`.
    pub(crate) fn receive(&mut self, now: Millis, octets: &[u8]) {
        if let Some(silence) = &mut self.silence
            && !octets.is_empty()
        {
            silence.ends(now);
        }
        self.stream.extend_from_slice(octets);
    }

    /// The next thing that the session sees, which is what it must; nothing more is to be seen after a fault. What it
    /// answers by itself goes to `out`.
    pub(crate) fn see(&mut self, now: Millis, out: &mut Vec<u8>) -> Option<Event> {
        let (wanted, answers) = self.wanted(now);
        let mut input = &self.stream[self.taken..];
        let before = out.len();
        let seen = match self.session.receive(now, &mut input, out) {
            Ok(event) => event.map(|event| owned(&event)),
            Err(fault) => Some(Event::Fault(broken(fault))),
        };
        let left = input.len();
        self.taken = self.stream.len() - left;
        assert!(seen == wanted, "{} in place of {}", shown(seen.as_ref()), shown(wanted.as_ref()));
        assert!(out[before..] == answers, "{}", out[before..].escape_ascii());
        match seen {
            None if self.ended => {}
            None => assert!(left <= MAX_FRAME, "{left} octets are kept"),
            Some(Event::Fault(_)) => {}
            Some(_) => assert_eq!(self.taken, self.seen, "what was seen is taken: {}", shown(seen.as_ref())),
        }
        if !matches!(seen, Some(Event::Fault(_))) {
            self.check();
        }
        seen
    }

    /// Time has come to `now`: whether the server is given up.
    pub(crate) fn expire(&mut self, now: Millis, out: &mut Vec<u8>) -> bool {
        let due = self.silence.as_mut().filter(|_| !self.ended).and_then(|silence| silence.expire(now));
        self.ended |= due == Some(true);
        let before = out.len();
        assert_eq!(self.session.expire(now, out), self.ended);
        let wanted: &[u8] = if due == Some(false) { b"PING\n" } else { b"" };
        assert!(&out[before..] == wanted, "{}", out[before..].escape_ascii());
        self.check();
        self.ended
    }

    pub(crate) fn deadline(&self) -> Option<Millis> {
        self.session.deadline()
    }

    /// The next request to be answered.
    pub(crate) fn asked(&self) -> Option<&Asked> {
        self.asked.front()
    }

    pub(crate) fn unanswered(&self) -> usize {
        self.asked.len()
    }

    /// Whether the connection is over.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Whether every octet that came has been seen.
    pub(crate) fn has_seen_all(&self) -> bool {
        self.seen == self.stream.len()
    }

    /// The rooms that one is in, and the number that is due in each.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = (&str, u64)> {
        self.rooms.iter().map(|(room, (_, due))| (room.as_str(), *due))
    }

    /// What is to be seen next, and what is answered on the way.
    fn wanted(&mut self, now: Millis) -> (Option<Event>, Vec<u8>) {
        let mut answers = Vec::new();
        if self.ended {
            return (None, answers);
        }
        if !self.greeted {
            return (self.greeting(), answers);
        }
        let stream = std::mem::take(&mut self.stream);
        let mut event = None;
        while event.is_none()
            && let Some((part, rest)) = naive::next(&stream[self.seen..], MAX_TEXT)
        {
            self.seen = stream.len() - rest.len();
            event = match part {
                Part::Fault(fault) => Some(Event::Fault(Broken::Frame(FrameError::Frame(fault)))),
                Part::End(fault) => Some(Event::Fault(Broken::Frame(FrameError::Stream(fault)))),
                Part::Frame(header, text) => match message::server(header, text) {
                    Ok(ping) if ping.verb == "PING" => {
                        answers.extend(Message { verb: "PONG", ..ping }.canonical());
                        None
                    }
                    Ok(message) => Some(self.event(now, &message).unwrap_or_else(Event::Fault)),
                    Err(fanfare_protocol::MessageError::UnknownVerb) => None,
                    Err(_) => Some(Event::Fault(Broken::Message)),
                },
            };
        }
        self.stream = stream;
        (event, answers)
    }

    /// SPEC.md, section 3.1.
    fn greeting(&mut self) -> Option<Event> {
        for end in 0..=MAX_LINE {
            match terminator(&self.stream, end)? {
                0 => {}
                length => {
                    let Some((speaks, words)) = naive::greeting(&self.stream[..end]) else {
                        return Some(Event::Fault(Broken::NotFanfare));
                    };
                    if !speaks {
                        return Some(Event::Fault(Broken::BadVersion));
                    }
                    (self.greeted, self.seen) = (true, end + length);
                    return Some(Event::Greeting(words.to_owned()));
                }
            }
        }
        Some(Event::Fault(Broken::NotFanfare))
    }

    fn event(&mut self, now: Millis, message: &Message<'_>) -> Result<Event, Broken> {
        let octets = message.canonical();
        Ok(match message.verb {
            "PONG" => Event::Pong(octets),
            "BYE" => {
                self.ended = true;
                Event::Bye(octets)
            }
            "WELCOME" => {
                self.answered(&[Request::Hello, Request::Auth])?;
                let number = |key| message.get(key).and_then(message::number).expect("WELCOME has it");
                self.silence = Some(Silence::new(now, 1_000 * number("ping")));
                self.text_limit = usize::try_from(number("text")).expect("it is small");
                self.name = Some(message.fixed[0].to_owned());
                Event::Welcome(octets)
            }
            "ERR" => match self.asked.pop_front() {
                Some(asked) => Event::Refused(asked.request, octets),
                None => return Err(Broken::WrongAnswer),
            },
            "OK" => {
                let has = |key| message.get(key).is_some();
                let fits: &[Request] = match (has("epoch"), has("count"), has("seq"), has("members")) {
                    (true, true, ..) if has("next") => &[Request::History],
                    (true, true, ..) => &[Request::Search],
                    (true, false, ..) => &[Request::Join],
                    (false, true, ..) => &[Request::Rooms],
                    (.., true, _) => &[Request::Say],
                    (.., true) => &[Request::Who],
                    _ => &[Request::Leave, Request::Tell],
                };
                let Asked { request, room, after } = self.answered(fits)?;
                match (request, room) {
                    (Request::Join, Some(room)) => {
                        let epoch = message.get("epoch").expect("it is there").to_owned();
                        let next = message.get("next").and_then(message::number).expect("it is there");
                        if after.is_some_and(|after| after != (epoch.clone(), next)) && !has("reset") {
                            return Err(Broken::WrongPlace);
                        }
                        self.rooms.insert(room, (epoch, next));
                    }
                    (Request::Leave, Some(room)) => drop(self.rooms.remove(&room)),
                    _ => {}
                }
                Event::Done(request, octets)
            }
            _ => {
                self.account(message)?;
                Event::Message(octets)
            }
        })
    }

    fn answered(&mut self, fits: &[Request]) -> Result<Asked, Broken> {
        self.asked.pop_front().filter(|asked| fits.contains(&asked.request)).ok_or(Broken::WrongAnswer)
    }

    /// An event, or a part of an answer. SPEC.md, sections 4.1, 5.1, 5.5 and 6.5.
    fn account(&mut self, message: &Message<'_>) -> Result<(), Broken> {
        let part_of = match message.verb {
            "NAMES" => Some([Request::Who; 2]),
            "ROOM" => Some([Request::Rooms; 2]),
            "PAST" => Some([Request::History, Request::Search]),
            "CHALLENGE" => Some([Request::Auth; 2]),
            "TOLD" => return Ok(()),
            _ => None,
        };
        if let Some(requests) = part_of {
            let fits = self.asked.front().is_some_and(|asked| requests.contains(&asked.request));
            return if fits { Ok(()) } else { Err(Broken::WrongAnswer) };
        }
        let (_, due) = self.rooms.get_mut(message.fixed[0]).ok_or(Broken::NotAMember)?;
        let number = |at: usize| message::number(message.fixed[at]).expect("it is a number");
        let numbers = match message.verb {
            "MSG" | "NOTE" => Some((number(1), number(1))),
            "GAP" => Some((number(1), number(2))),
            _ => None,
        };
        if let Some((first, last)) = numbers {
            if first != *due || *due > MAX_NUMBER {
                // There is no name for the number after the last.
                return Err(Broken::Discontinuity(if *due > MAX_NUMBER { 1 } else { *due }, first));
            }
            *due = last + 1;
        }
        if message.verb == "LEFT" && self.name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(message.fixed[1])) {
            self.rooms.remove(message.fixed[0]);
        }
        Ok(())
    }

    fn check(&self) {
        assert_eq!(self.session.unanswered(), self.asked.len());
        let deadline = self.silence.filter(|_| !self.ended).map(|silence| silence.deadline());
        assert_eq!(self.session.deadline(), deadline);
        for (room, (epoch, due)) in &self.rooms {
            let position = self.session.position(RoomName::new(room).expect("it was a room"));
            let position = position.map(|(epoch, seen)| (epoch.as_str().to_owned(), seen));
            assert_eq!(position, Some((epoch.clone(), Number::saturating(due - 1))), "{room}");
        }
        for room in ["#a", "#tea"].into_iter().filter(|room| !self.rooms.contains_key(*room)) {
            assert_eq!(self.session.position(RoomName::new(room).expect("a room")), None, "{room}");
        }
    }
}

/// What a message asks for, if it is to be answered in order.
fn asked(message: &ClientMessage<'_>) -> Option<Asked> {
    let (mut of, mut after) = (None, None);
    let request = match message {
        ClientMessage::Hello { .. } => Request::Hello,
        ClientMessage::Auth { .. } => Request::Auth,
        ClientMessage::Join { room, after: point, .. } => {
            of = Some(room.as_str().to_owned());
            after = point.map(|(epoch, seen)| (epoch.as_str().to_owned(), seen.get() + 1));
            Request::Join
        }
        ClientMessage::Leave { room, .. } => {
            of = Some(room.as_str().to_owned());
            Request::Leave
        }
        ClientMessage::Say { .. } => Request::Say,
        ClientMessage::Tell { .. } => Request::Tell,
        ClientMessage::Who { .. } => Request::Who,
        ClientMessage::Rooms { .. } => Request::Rooms,
        ClientMessage::History { .. } => Request::History,
        ClientMessage::Search { .. } => Request::Search,
        ClientMessage::Ping { .. } | ClientMessage::Pong { .. } | ClientMessage::Bye { .. } => return None,
    };
    Some(Asked { request, room: of, after })
}

fn owned(event: &ClientEvent<'_>) -> Event {
    let octets = |message: &ServerMessage<'_>| {
        let mut octets = Vec::new();
        message.encode(&mut octets);
        octets
    };
    match *event {
        ClientEvent::Greeting(greeting) => Event::Greeting(greeting.words().to_owned()),
        ClientEvent::Welcome(welcome) => Event::Welcome(octets(&ServerMessage::Welcome(welcome))),
        ClientEvent::Done(done) => Event::Done(done.request, octets(&ServerMessage::Ok(done.answer))),
        ClientEvent::Refused { request, code, retry, text } => {
            Event::Refused(request, octets(&ServerMessage::Err { code, retry, text }))
        }
        ClientEvent::Message(message) => Event::Message(octets(&message)),
        ClientEvent::Pong(token) => Event::Pong(octets(&ServerMessage::Pong { token })),
        ClientEvent::Bye { code, retry, text } => Event::Bye(octets(&ServerMessage::Bye { code, retry, text })),
    }
}

fn broken(fault: ServerFault) -> Broken {
    match fault {
        ServerFault::NotFanfare => Broken::NotFanfare,
        ServerFault::BadVersion => Broken::BadVersion,
        ServerFault::Frame(fault) => Broken::Frame(fault),
        ServerFault::Message(_) => Broken::Message,
        ServerFault::WrongAnswer => Broken::WrongAnswer,
        ServerFault::Discontinuity { due, got } => Broken::Discontinuity(due.get(), got.get()),
        ServerFault::WrongPlace => Broken::WrongPlace,
        ServerFault::NotAMember => Broken::NotAMember,
    }
}

fn shown(event: Option<&Event>) -> String {
    let octets = |octets: &[u8]| octets[..octets.len().min(400)].escape_ascii().to_string();
    match event {
        Some(Event::Done(request, of) | Event::Refused(request, of)) => format!("{request:?} {}", octets(of)),
        Some(Event::Welcome(of) | Event::Message(of) | Event::Pong(of) | Event::Bye(of)) => octets(of),
        other => format!("{other:.400?}"),
    }
}

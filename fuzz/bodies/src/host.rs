//! A server of one person, with the least that answers every request: what [`two_sessions`](crate::two_sessions())
//! plays against. It says what it said, so that the other side can be asked whether it understood.

use std::collections::BTreeMap;

use fanfare_protocol::session::{Due, Millis, SessionLimits};
use fanfare_protocol::{
    Answer, ByeCode, ClientMessage, Epoch, ErrCode, GapReason, Greeting, Message, Name, Names, Number, RoomName, Seq,
    SeqRange, ServerMessage, Timestamp, Token, Welcome,
};

use crate::codec;
use crate::watch::{Heard, Server};

/// What it announces in `WELCOME`, and keeps to.
pub(crate) const TEXT_LIMIT: u32 = 8_192;

const LIMITS: SessionLimits = SessionLimits { handshake: 10_000, ping: 30_000, text: TEXT_LIMIT };
const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(crate) struct Host {
    pub(crate) session: Server,
    /// What it sends.
    pub(crate) out: Vec<u8>,
    /// The next name is refused.
    pub(crate) refuses: bool,
    pub(crate) name: Option<String>,
    pub(crate) ended: bool,
    /// How many `PING` it sent.
    pub(crate) pings: usize,
    /// The rooms there are.
    pub(crate) rooms: BTreeMap<String, Room>,
}

#[derive(Default)]
pub(crate) struct Room {
    /// The number of its newest message.
    pub(crate) newest: u64,
    /// Whether the person is a member.
    pub(crate) joined: bool,
}

impl Room {
    fn next(&self) -> Seq {
        Seq::new(self.newest + 1).expect("a script is too short for so many messages")
    }
}

/// The epoch of every room.
pub(crate) fn epoch() -> Epoch<'static> {
    Epoch::new("e1").expect("an epoch")
}

impl Host {
    pub(crate) fn new() -> Self {
        let mut out = Vec::new();
        Greeting::encode(&mut out);
        Self {
            session: Server::new(LIMITS),
            out,
            refuses: false,
            name: None,
            ended: false,
            pings: 0,
            rooms: BTreeMap::new(),
        }
    }

    /// Answers what was heard, with one answer.
    pub(crate) fn answer(&mut self, now: Millis, heard: &Heard) {
        match heard {
            Heard::Request(octets) => codec::framed(octets, |frame| {
                self.request(now, &ClientMessage::parse(frame).expect("it was read as a message"));
            }),
            Heard::Fault(code) => self.err(*code),
            Heard::End(code) => self.bye(*code),
            Heard::Command(command) => panic!("the client speaks in frames: {command}"),
        }
    }

    /// Time has come to `now`.
    pub(crate) fn expire(&mut self, now: Millis) {
        match self.session.expire(now) {
            Some(Due::Ping) => {
                self.pings += 1;
                self.send(&ServerMessage::Ping { token: Token::new("7").ok() });
            }
            Some(Due::End(code)) => self.bye(code),
            None => {}
        }
    }

    /// Ends the connection by itself.
    pub(crate) fn close(&mut self) {
        if !self.ended {
            self.session.close();
            self.bye(ByeCode::Shutdown);
        }
    }

    /// Something happens, if it can: its room and number become those that are due.
    pub(crate) fn happens(&mut self, event: &ServerMessage<'_>) {
        let (Some(own), false) = (&self.name, self.ended) else { return };
        let own = Name::new(own).expect("it was a name");
        let mut due = |room: RoomName<'_>, count: u64| {
            let room = self.rooms.get_mut(room.as_str()).filter(|room| room.joined)?;
            let first = room.next();
            room.newest += count;
            SeqRange::new(first, Seq::new(room.newest)?)
        };
        let event = match *event {
            ServerMessage::Msg(message) => {
                due(message.room, 1).map(|range| ServerMessage::Msg(Message { seq: range.first(), ..message }))
            }
            ServerMessage::Note { room, at, name, kind, text, .. } => {
                due(room, 1).map(|range| ServerMessage::Note { room, seq: range.first(), at, name, kind, text })
            }
            ServerMessage::Gap { room, range, reason } => {
                due(room, range.count().min(1_000)).map(|range| ServerMessage::Gap { room, range, reason })
            }
            ServerMessage::Left { room, name, .. } if name == own => {
                let left = self.rooms.get_mut(room.as_str()).filter(|room| room.joined);
                left.map(|room| {
                    room.joined = false;
                    *event
                })
            }
            ServerMessage::Joined { room, .. }
            | ServerMessage::Left { room, .. }
            | ServerMessage::Members { room, .. } => {
                self.rooms.get(room.as_str()).filter(|room| room.joined).map(|_| *event)
            }
            ServerMessage::Told { .. } => Some(*event),
            _ => None,
        };
        if let Some(event) = event {
            self.send(&event);
        }
    }

    fn request(&mut self, now: Millis, message: &ClientMessage<'_>) {
        match *message {
            ClientMessage::Hello { name, .. } => {
                if std::mem::take(&mut self.refuses) {
                    let refusal = self.session.refuse(ErrCode::NameTaken);
                    return self.answer(now, &refusal);
                }
                self.session.welcome(now);
                self.name = Some(name.as_str().to_owned());
                self.send(&ServerMessage::Welcome(Welcome {
                    name,
                    token: Token::new("t").ok(),
                    ping: 30.into(),
                    text_limit: TEXT_LIMIT.into(),
                    rate: None,
                    presence: 256.into(),
                    text: ByeCode::Bye.text(),
                }));
            }
            ClientMessage::Auth { .. } if self.name.is_none() => {
                let refusal = self.session.refuse(ErrCode::NotAllowed);
                self.answer(now, &refusal);
            }
            ClientMessage::Auth { .. } => self.err(ErrCode::NotAllowed),
            ClientMessage::Join { room, after, .. } => self.join(room, after),
            ClientMessage::Leave { room, .. } => match self.room(room) {
                Some(left) => {
                    left.joined = false;
                    self.ok(Answer::Done);
                }
                None => self.err(ErrCode::NotJoined),
            },
            ClientMessage::Say { room, id, text } => match self.room(room) {
                Some(said) => {
                    let seq = said.next();
                    said.newest += 1;
                    self.ok(Answer::Say { seq, repeat: false });
                    let own = self.name.clone().expect("a member has a name");
                    let name = Name::new(&own).expect("it was a name");
                    self.send(&ServerMessage::Msg(Message { room, seq, at: AT, name, id, text }));
                }
                None => self.err(ErrCode::NotJoined),
            },
            ClientMessage::Tell { name, id, text } => {
                if self.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name.as_str())) {
                    self.ok(Answer::Done);
                    self.send(&ServerMessage::Told { at: AT, name, id, text });
                } else {
                    self.err(ErrCode::NoSuchName);
                }
            }
            ClientMessage::Who { room, .. } => {
                if self.rooms.contains_key(room.as_str()) {
                    let names = Names::new("alice Bob").expect("a list of names");
                    self.send(&ServerMessage::Names { room, names });
                    self.ok(Answer::Who { members: 2.into(), more: false });
                } else {
                    self.err(ErrCode::NoSuchRoom);
                }
            }
            ClientMessage::Rooms { .. } => {
                let rooms: Vec<(String, u64)> =
                    self.rooms.iter().map(|(name, room)| (name.clone(), room.newest)).collect();
                for (name, newest) in &rooms {
                    let room = RoomName::new(name).expect("it was a room");
                    let newest = Number::saturating(*newest);
                    self.send(&ServerMessage::Room { room, members: 2.into(), newest });
                }
                self.ok(Answer::Rooms { count: Number::saturating(rooms.len() as u64), more: false });
            }
            ClientMessage::History { room, range, .. } => match self.room(room) {
                Some(_) => {
                    let name = Name::new("bob").expect("a name");
                    let text = ByeCode::Bye.text();
                    let past = Message { room, seq: range.first(), at: AT, name, id: None, text };
                    self.send(&ServerMessage::Past(past));
                    self.ok(Answer::History { epoch: epoch(), count: 1.into(), next: range.last() });
                }
                None => self.err(ErrCode::NotJoined),
            },
            ClientMessage::Search { room, .. } => match self.room(room) {
                Some(_) => {
                    let name = Name::new("bob").expect("a name");
                    let text = ByeCode::Bye.text();
                    let past = Message { room, seq: Seq::FIRST, at: AT, name, id: None, text };
                    self.send(&ServerMessage::Past(past));
                    self.ok(Answer::Search { epoch: epoch(), count: 1.into(), more: true });
                }
                None => self.err(ErrCode::NotJoined),
            },
            ClientMessage::Ping { token } => self.send(&ServerMessage::Pong { token }),
            ClientMessage::Pong { .. } => {}
            ClientMessage::Bye { .. } => {
                self.session.close();
                self.bye(ByeCode::Bye);
            }
        }
    }

    /// It keeps no message: where it is asked to go on, the numbers behind that are a gap. SPEC.md, section 6.2.
    fn join(&mut self, room: RoomName<'_>, after: Option<(Epoch<'_>, Number)>) {
        let joined = self.rooms.entry(room.as_str().to_owned()).or_default();
        if joined.joined {
            return self.err(ErrCode::AlreadyJoined);
        }
        joined.joined = true;
        let newest = joined.newest;
        let seen = after.filter(|&(asked, seen)| asked == epoch() && seen.get() <= newest).map(|(_, seen)| seen.get());
        let next = Seq::new(seen.unwrap_or(newest) + 1).expect("its numbers are small");
        let reset = after.is_some() && seen.is_none();
        self.ok(Answer::Join { epoch: epoch(), next, newest: Number::saturating(newest), members: 2.into(), reset });
        if let Some(range) = Seq::new(newest).and_then(|newest| SeqRange::new(next, newest)) {
            self.send(&ServerMessage::Gap { room, range, reason: GapReason::Expired });
        }
    }

    /// A room that the person is in.
    fn room(&mut self, room: RoomName<'_>) -> Option<&mut Room> {
        self.rooms.get_mut(room.as_str()).filter(|room| room.joined)
    }

    fn ok(&mut self, answer: Answer<'_>) {
        self.send(&ServerMessage::Ok(answer));
    }

    fn err(&mut self, code: ErrCode<'static>) {
        self.send(&ServerMessage::err(code));
    }

    fn bye(&mut self, code: ByeCode<'static>) {
        self.send(&ServerMessage::bye(code));
        self.ended = true;
    }

    fn send(&mut self, message: &ServerMessage<'_>) {
        assert!(!self.ended, "nothing is sent after BYE: {message:?}");
        message.encode(&mut self.out);
    }
}

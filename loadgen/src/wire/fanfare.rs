//! Fanfare/1: the protocol's own sessions, framer, parser and encoder.

use std::net::SocketAddr;
use std::time::Duration;

use fanfare_protocol::limits::MAX_PIPELINE;
use fanfare_protocol::session::{ClientEvent, ClientSession, Millis, Request};
use fanfare_protocol::{
    Answer, ClientMessage, FrameError, Framed, Framer, MessageError, Name, Number, RoomName, ServerMessage, Text,
    Token, Welcome,
};

use super::adapter::{Adapter, Opener, Opening};
use super::words::{Joined, Message, Next, Said, Turned, Word};
use crate::error::RunError;
use crate::login::Login;
use crate::plan::{Load, Plan};

/// How often a silent client is heard: a third of the shortest time after which servers are likely to ask.
const IDLE: Duration = Duration::from_secs(5);

pub(super) struct Fanfare;

impl Adapter for Fanfare {
    fn server(&self) -> &'static str {
        "Fanfare/1 server"
    }

    fn start(&self, address: SocketAddr) -> String {
        format!("start one with `chat-server --listen {address}`, or let loadgen do it with --target spawn:fanfare")
    }

    fn open(&self, opener: &Opener<'_>, out: &mut Vec<u8>) -> Box<dyn Opening> {
        let mut session = ClientSession::new();
        // A token is of one name and one connection: here each name is new, so nobody has one.
        let hello = ClientMessage::Hello { name: Name::new(opener.name).expect("letters, digits and -"), token: None };
        session.send(&hello, out).expect("one request can be unanswered");
        if let Some(room) = opener.place {
            let room = RoomName::new(room).expect("the plan was checked");
            let join = ClientMessage::Join { room, after: None, last: None };
            session.send(&join, out).expect("two requests can be unanswered");
        }
        Box::new(Welcoming { session, joins: opener.place.is_some() })
    }

    fn publish(&self, said: &Said<'_>, out: &mut Vec<u8>) {
        let (room, text) = (RoomName::new(said.room).expect("the plan was checked"), text(said));
        ClientMessage::Say { room, id: None, text }.encode(out);
    }

    fn next<'o>(&self, octets: &'o [u8]) -> Next<'o> {
        next(octets)
    }

    fn pong(&self, token: Option<&str>, out: &mut Vec<u8>) {
        pong(token, out);
    }

    fn farewell(&self) -> &'static [u8] {
        b"BYE\n"
    }

    fn announces(&self) -> bool {
        true
    }

    fn idle(&self) -> Option<(&'static [u8], Duration)> {
        Some((b"\n", IDLE))
    }

    fn place<'r>(&self, room: &'r str) -> &'r str {
        room
    }

    fn answers(&self) -> bool {
        true
    }

    fn has_numbers(&self) -> bool {
        true
    }

    fn must_join_to_publish(&self) -> bool {
        true
    }

    fn most_unanswered(&self) -> usize {
        MAX_PIPELINE
    }

    fn unfit(&self, login: &Login) -> Option<&'static str> {
        login.user.as_ref().map(|_| "a Fanfare/1 server knows no users: its people choose their names")
    }

    fn remedy(&self, reason: &str) -> &'static str {
        if reason.contains("too-many-connections") {
            "; start the server with a higher --max-connections (and --max-connections-per-address)"
        } else if reason.contains("name-taken") {
            "; another run with the same names is going on"
        } else {
            ""
        }
    }
}

/// A session that has not joined its room yet.
#[derive(Debug)]
struct Welcoming {
    session: ClientSession,
    joins: bool,
}

impl Opening for Welcoming {
    fn receive(&mut self, octets: &[u8], plan: &Plan, out: &mut Vec<u8>) -> Result<(usize, Option<Joined>), Turned> {
        let mut input = octets;
        let joined = loop {
            let event = self.session.receive(Millis(0), &mut input, out);
            match event.map_err(|fault| Turned::Otherwise(fault.to_string()))? {
                None => break None,
                Some(ClientEvent::Welcome(welcome)) => {
                    suffices(&welcome, plan).map_err(Turned::Limited)?;
                    if !self.joins {
                        break Some(Joined { newest: 0 });
                    }
                }
                Some(ClientEvent::Done(done)) if done.request == Request::Join => {
                    let Answer::Join { newest, .. } = done.answer else { continue };
                    break Some(Joined { newest: newest.get() });
                }
                Some(ClientEvent::Refused { code, .. }) => {
                    return Err(Turned::Away(format!("the server refused it with {}", code.as_str())));
                }
                Some(ClientEvent::Bye { code, .. }) => {
                    return Err(Turned::Away(format!("the server said BYE {}", code.as_str())));
                }
                Some(_) => {}
            }
        };
        Ok((octets.len() - input.len(), joined))
    }
}

/// Whether what the server allows is enough for the plan.
fn suffices(welcome: &Welcome<'_>, plan: &Plan) -> Result<(), RunError> {
    let (allowed, size) = (welcome.text_limit.get(), plan.size);
    if size as u64 > allowed {
        return Err(RunError::TextTooLong { allowed, size });
    }
    let Some(allowed) = welcome.rate.map(Number::get) else { return Ok(()) };
    let rate = match plan.load {
        _ if plan.follows.is_some() => return Ok(()),
        Load::Idle => return Ok(()),
        Load::InFlight(_) => return Err(RunError::WindowLimited { allowed }),
        Load::Rate(rate) => rate,
        // A connection may make twice as many requests at once as it may in a second, and then not more than flow in.
        Load::Burst { messages, every } => f64::from(messages) / every.as_secs_f64().min(2.0),
    };
    if rate > allowed as f64 * f64::from(plan.publishers) {
        return Err(RunError::RateLimited {
            allowed,
            wanted: (rate / f64::from(plan.publishers)).ceil() as u64,
            publishers: (rate / allowed as f64).ceil() as u64,
        });
    }
    Ok(())
}

/// What is said, as the protocol has it.
pub(super) fn text<'s>(said: &Said<'s>) -> Text<'s> {
    Text::new(said.text).expect("printable ASCII")
}

pub(super) fn pong(token: Option<&str>, out: &mut Vec<u8>) {
    ClientMessage::Pong { token: token.and_then(|token| Token::new(token).ok()) }.encode(out);
}

pub(super) fn next(octets: &[u8]) -> Next<'_> {
    match octets {
        [b'\n', ..] => return Next::Frame(1, Word::Other),
        [b'\r', b'\n', ..] => return Next::Frame(2, Word::Other),
        _ => {}
    }
    let mut input = octets;
    let framed = Framer::new().next(&mut input);
    let taken = octets.len() - input.len();
    match framed {
        // The framer may have taken a part of an over-long line, which it alone would remember.
        Ok(Framed::Incomplete) => Next::Incomplete,
        Ok(Framed::Frame(frame)) => match ServerMessage::parse(&frame) {
            Ok(message) => Next::Frame(taken, word(&message)),
            Err(MessageError::UnknownVerb) => Next::Frame(taken, Word::Other),
            Err(_) => Next::Unreadable(taken),
        },
        Err(FrameError::Frame(_)) => Next::Unreadable(taken),
        Err(FrameError::Stream(_)) => Next::Broken,
    }
}

fn word<'o>(message: &ServerMessage<'o>) -> Word<'o> {
    match *message {
        ServerMessage::Msg(message) => Word::Message(Message {
            room: message.room.as_str(),
            signed: Some((message.seq.get(), message.name.as_str())),
            text: message.text.as_str(),
        }),
        ServerMessage::Note { room, seq, .. } => Word::Note { room: room.as_str(), number: seq.get() },
        ServerMessage::Gap { room, range, .. } => {
            Word::Gap { room: room.as_str(), first: range.first().get(), last: range.last().get() }
        }
        ServerMessage::Joined { .. } | ServerMessage::Left { .. } | ServerMessage::Members { .. } => Word::Presence,
        ServerMessage::Ping { token } => Word::Ping(token.map(Token::as_str)),
        ServerMessage::Ok(Answer::Say { seq, .. }) => Word::Accepted(Some(seq.get())),
        ServerMessage::Err { code, .. } => Word::Refused(code.as_str()),
        ServerMessage::Bye { code, .. } => Word::End("BYE", code.as_str()),
        _ => Word::Other,
    }
}

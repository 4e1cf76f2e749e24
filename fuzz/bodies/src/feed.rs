//! Every reader of the protocol behind one face, and one loop that feeds it in pieces as its caller would.

use std::ops::Range;

use fanfare_protocol::limits::MAX_FRAME;
use fanfare_protocol::plain::{Lines, PlainLine};
use fanfare_protocol::session::{
    ClientEvent, ClientSession, Incoming, Millis, PlainEvent, PlainSession, ServerSession, SessionLimits,
};
use fanfare_protocol::{
    ClientMessage, ErrCode, FrameError, Framed, Framer, Name, Number, Query, RoomName, Seq, SeqRange, ServerMessage,
    Text,
};

/// What one call made of the input.
pub enum Step {
    /// Something that came, as octets that say all of it.
    Seen(Vec<u8>),
    /// Nothing until more octets come.
    More,
    /// The last thing that came.
    Over(Vec<u8>),
}

/// One side's reader of a stream.
pub trait Reader {
    /// The next thing that the input holds.
    fn step(&mut self, input: &mut &[u8]) -> Step;

    /// What it has written unasked.
    fn written(&self) -> &[u8] {
        &[]
    }
}

/// Everything that a reader sees in a stream that comes in these pieces, in its order, and what it wrote.
pub fn feed(mut reader: impl Reader, octets: &[u8], pieces: impl IntoIterator<Item = Range<usize>>) -> Vec<Vec<u8>> {
    let (mut kept, mut seen) = (Vec::new(), Vec::new());
    let mut over = false;
    for piece in pieces {
        kept.extend_from_slice(&octets[piece]);
        let mut input = &kept[..];
        while !over {
            match reader.step(&mut input) {
                Step::Seen(what) => seen.push(what),
                Step::More => break,
                Step::Over(what) => {
                    seen.push(what);
                    over = true;
                }
            }
        }
        if over {
            break;
        }
        let unused = input.len();
        assert!(unused <= MAX_FRAME, "{unused} octets are kept");
        kept.drain(..kept.len() - unused);
    }
    seen.push(reader.written().to_vec());
    seen
}

/// The stream in one piece.
#[allow(clippy::single_range_in_vec_init, reason = "it is a list of pieces")]
pub fn whole(octets: &[u8]) -> [Range<usize>; 1] {
    [0..octets.len()]
}

/// A tag and octets, so that nothing passes for something else.
fn tagged(tag: &str, octets: &[u8]) -> Vec<u8> {
    [tag.as_bytes(), b" ", octets].concat()
}

fn client_octets(message: &ClientMessage<'_>) -> Vec<u8> {
    let mut octets = Vec::new();
    message.encode(&mut octets);
    octets
}

fn server_octets(message: &ServerMessage<'_>) -> Vec<u8> {
    let mut octets = Vec::new();
    message.encode(&mut octets);
    octets
}

impl Reader for Framer {
    fn step(&mut self, input: &mut &[u8]) -> Step {
        match self.next(input) {
            Ok(Framed::Frame(frame)) => {
                let text = frame.text().map_or("none".to_owned(), |text| format!("some {text}"));
                Step::Seen(tagged(frame.header(), text.as_bytes()))
            }
            Ok(Framed::Incomplete) => Step::More,
            Err(FrameError::Frame(fault)) => Step::Seen(format!("ERR {fault:?}").into_bytes()),
            Err(fault @ FrameError::Stream(_)) => {
                assert_eq!(self.next(input), Err(fault), "the end is the end");
                Step::Over(format!("BYE {fault:?}").into_bytes())
            }
        }
    }
}

impl Reader for Lines {
    fn step(&mut self, input: &mut &[u8]) -> Step {
        match self.next(input) {
            Ok(PlainLine::Line(line)) => Step::Seen(tagged("line", line)),
            Ok(PlainLine::Incomplete) => Step::More,
            Err(fanfare_protocol::plain::LineFault::OverLong) => Step::Seen(b"over-long".to_vec()),
            Err(fault @ fanfare_protocol::plain::LineFault::Endless) => {
                assert_eq!(self.next(input), Err(fault), "the end is the end");
                Step::Over(b"endless".to_vec())
            }
        }
    }
}

/// A server that grants every name but `taken`, and ends with its client.
#[derive(Clone, Debug)]
pub struct Server(ServerSession);

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl Server {
    /// A connection that was just accepted.
    pub fn new() -> Self {
        Self(ServerSession::new(Millis(0), SessionLimits::default()))
    }

    fn answer(&mut self, message: &ClientMessage<'_>) -> Option<Incoming<'static>> {
        match message {
            ClientMessage::Hello { name, .. } if name.as_str() == "taken" => {
                return Some(self.0.refuse(ErrCode::NameTaken));
            }
            ClientMessage::Hello { .. } => self.0.welcome(Millis(0)),
            ClientMessage::Bye { .. } => self.0.close(),
            _ => {}
        }
        None
    }
}

impl Reader for Server {
    fn step(&mut self, input: &mut &[u8]) -> Step {
        match self.0.receive(input) {
            None => Step::More,
            Some(Incoming::Request(message)) => {
                let mut octets = tagged("request", &client_octets(&message));
                match self.answer(&message) {
                    Some(refusal) => octets.extend_from_slice(format!("{refusal:?}").as_bytes()),
                    None if matches!(message, ClientMessage::Bye { .. }) => {
                        assert_eq!(self.0.receive(input), None, "nothing is read after BYE");
                        return Step::Over(octets);
                    }
                    None => {}
                }
                Step::Seen(octets)
            }
            Some(Incoming::Command(command)) => Step::Seen(format!("command {command:?}").into_bytes()),
            Some(Incoming::Fault(code)) => Step::Seen(format!("ERR {code}").into_bytes()),
            Some(Incoming::End(code)) => {
                assert_eq!(self.0.receive(input), None, "nothing is read after BYE");
                assert_eq!(self.0.deadline(), None, "and nothing is waited for");
                Step::Over(format!("BYE {code}").into_bytes())
            }
        }
    }
}

/// A program that has asked for one thing of every kind.
#[derive(Clone, Debug)]
pub struct Client {
    session: ClientSession,
    out: Vec<u8>,
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// A connection on which everything was sent, and nothing came.
    pub fn new() -> Self {
        let mut client = Self { session: ClientSession::new(), out: Vec::new() };
        let room = RoomName::new("#tea").expect("a room");
        let name = Name::new("alice").expect("a name");
        let text = Text::new("x").expect("a text");
        let range = SeqRange::new(Seq::FIRST, Seq::FIRST).expect("a range");
        for message in [
            ClientMessage::Hello { name, token: None },
            ClientMessage::Join { room, after: None, last: None },
            ClientMessage::Say { room, id: None, text },
            ClientMessage::Tell { name, id: None, text },
            ClientMessage::Who { room, after: None },
            ClientMessage::Rooms { after: None },
            ClientMessage::History { room, range, epoch: None },
            ClientMessage::Search { room, before: None, last: None, text: Query::new("x").expect("a query") },
            ClientMessage::Leave { room, reason: None },
        ] {
            client.session.send(&message, &mut client.out).expect("few are unanswered");
        }
        client
    }
}

impl Reader for Client {
    fn step(&mut self, input: &mut &[u8]) -> Step {
        let room = RoomName::new("#tea").expect("a room");
        let event = match self.session.receive(Millis(0), input, &mut self.out) {
            Ok(None) => return Step::More,
            Ok(Some(event)) => event,
            Err(fault) => return Step::Over(format!("fault {fault:?}").into_bytes()),
        };
        let octets = match event {
            ClientEvent::Greeting(greeting) => format!("{greeting:?}").into_bytes(),
            ClientEvent::Welcome(welcome) => server_octets(&ServerMessage::Welcome(welcome)),
            ClientEvent::Done(done) => format!("{done:?}").into_bytes(),
            ClientEvent::Refused { request, code, retry, text } => {
                tagged(&format!("{request:?}"), &server_octets(&ServerMessage::Err { code, retry, text }))
            }
            ClientEvent::Message(message) => server_octets(&message),
            ClientEvent::Pong(token) => server_octets(&ServerMessage::Pong { token }),
            ClientEvent::Bye { code, retry, text } => {
                return Step::Over(server_octets(&ServerMessage::Bye { code, retry, text }));
            }
        };
        let seen = self.session.position(room).map(|(_, seen)| Number::get(seen));
        Step::Seen(tagged(&format!("{seen:?} {}", self.session.unanswered()), &octets))
    }

    fn written(&self) -> &[u8] {
        &self.out
    }
}

impl Reader for PlainSession {
    fn step(&mut self, input: &mut &[u8]) -> Step {
        match self.receive(input) {
            Ok(None) => Step::More,
            Ok(Some(PlainEvent::Line(line))) => {
                let mut octets = Vec::new();
                line.encode(&mut octets);
                Step::Seen(tagged(&format!("line {}", self.is_connected()), &octets))
            }
            Ok(Some(PlainEvent::Unknown(text))) => Step::Seen(tagged("unknown", text.as_str().as_bytes())),
            Err(fanfare_protocol::plain::LineFault::OverLong) => Step::Seen(b"over-long".to_vec()),
            Err(fanfare_protocol::plain::LineFault::Endless) => Step::Over(b"endless".to_vec()),
        }
    }
}

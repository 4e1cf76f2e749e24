//! A client's session and a server's, back to back.

use std::collections::VecDeque;

use fanfare_protocol::limits::{MAX_FAULTS, MAX_PIPELINE, MAX_REFUSALS};
use fanfare_protocol::session::{ClientEvent, ClientSession, Incoming, Millis, Request, SendError};
use fanfare_protocol::{
    ByeCode, ClientMessage, ErrCode, FrameError, Framed, Framer, Number, RoomName, ServerMessage,
};

use crate::codec;
use crate::host::{self, Host, TEXT_LIMIT};
use crate::script::{Script, Step};

/// Whatever a script makes a client say, a server do and the time and the transport bring between them: the server hears
/// what the client said, the client believes the server, and each knows at the end what the other knows.
///
/// A frame of a client in the script is what the client sends, a frame of a server what happens there. The end of a
/// piece delivers half of what is on its way, and that of an empty piece everything.
pub fn two_sessions(data: &[u8]) {
    let script = Script::read(data);
    let mut talk = Talk::new();
    for step in &script.steps {
        match step {
            Step::Piece(piece) => {
                talk.play(&script.octets[piece.clone()]);
                talk.deliver(|octets| if piece.is_empty() { octets } else { octets.div_ceil(2) });
            }
            Step::Deadline => {
                let next = [talk.client.deadline(), talk.host.session.deadline()].into_iter().flatten().min();
                talk.time(next.unwrap_or(talk.now));
            }
            Step::Second => talk.time(talk.now + 1_000),
            Step::Refuse => talk.host.refuses = true,
            Step::End => break,
            Step::Close => talk.host.close(),
        }
    }
    talk.end();
}

/// The answer to a `PING` of the [`Host`].
const PONG: &[u8] = b"PONG 7\n";

struct Talk {
    now: Millis,
    client: ClientSession,
    /// What the client wrote and the server has not received.
    client_out: Vec<u8>,
    /// The requests that are to be answered.
    asked: VecDeque<Request>,
    /// How many `PING` of the client are to be answered.
    pings: usize,
    /// How many `PING` the client has answered.
    pongs: usize,
    welcomed: bool,
    client_ended: bool,
    host: Host,
    /// What the server has received and not used.
    at_server: Vec<u8>,
    /// The client's stream, from the first frame on that the server has not heard.
    said: VecDeque<u8>,
    /// What the client has received and not used.
    at_client: Vec<u8>,
    /// Refusals before `WELCOME`; after it, faults in a row.
    faults: u8,
}

impl Talk {
    fn new() -> Self {
        Self {
            now: Millis(0),
            client: ClientSession::new(),
            client_out: Vec::new(),
            asked: VecDeque::new(),
            pings: 0,
            pongs: 0,
            welcomed: false,
            client_ended: false,
            host: Host::new(),
            at_server: Vec::new(),
            said: VecDeque::new(),
            at_client: Vec::new(),
            faults: 0,
        }
    }

    /// Plays the frames of one piece of the script.
    fn play(&mut self, mut octets: &[u8]) {
        let mut framer = Framer::new();
        loop {
            match framer.next(&mut octets) {
                Ok(Framed::Frame(frame)) => {
                    if let Ok(message) = ClientMessage::parse(&frame) {
                        self.say(&message);
                    } else if let Ok(event) = ServerMessage::parse(&frame) {
                        self.host.happens(&event);
                    }
                }
                Err(FrameError::Frame(_)) => {}
                Ok(Framed::Incomplete) | Err(FrameError::Stream(_)) => return,
            }
        }
    }

    fn say(&mut self, message: &ClientMessage<'_>) {
        let opens = matches!(
            message,
            ClientMessage::Hello { .. } | ClientMessage::Auth { .. } | ClientMessage::Ping { .. } | ClientMessage::Bye { .. }
        );
        let request = request(message);
        // Any other first line would ask for plain mode.
        if !opens && self.host.session.dialect().is_none() && self.said.is_empty() {
            return;
        }
        let before = self.client_out.len();
        match self.client.send(message, &mut self.client_out) {
            Ok(()) => {
                self.said.extend(&self.client_out[before..]);
                self.asked.extend(request);
                self.pings += usize::from(matches!(message, ClientMessage::Ping { .. }));
                assert!(!self.client_ended && self.client.unanswered() <= MAX_PIPELINE);
                assert!(!self.welcomed || is_within_limit(message), "{message:?}");
            }
            Err(SendError::TooManyUnanswered) => assert_eq!(self.asked.len(), MAX_PIPELINE),
            Err(SendError::TextTooLong) => assert!(!is_within_limit(message), "{message:?}"),
            Err(SendError::Ended) => assert!(self.client_ended),
        }
    }

    /// Hands over so many of the octets on their way in each direction.
    fn deliver(&mut self, count: impl Fn(usize) -> usize) {
        let octets = count(self.client_out.len());
        if octets > 0 {
            self.at_server.extend(self.client_out.drain(..octets));
            self.server_hears();
        }
        let octets = count(self.host.out.len());
        if octets > 0 {
            self.at_client.extend(self.host.out.drain(..octets));
            self.client_hears();
        }
    }

    fn server_hears(&mut self) {
        self.host.session.heard(self.now);
        let octets = std::mem::take(&mut self.at_server);
        let mut input = &octets[..];
        while let Some(incoming) = self.host.session.receive(&mut input) {
            self.check_heard(&incoming);
            self.host.answer(self.now, &incoming);
        }
        self.at_server = input.to_vec();
    }

    /// What the server hears is what the client said, or a fault that a client without fault can have.
    fn check_heard(&mut self, incoming: &Incoming<'_>) {
        let said = self.said.make_contiguous();
        let mut input = &said[..];
        let frame = match Framer::new().next(&mut input) {
            Ok(Framed::Frame(frame)) => frame,
            other => panic!("{incoming:?} of {other:?}"),
        };
        let message = ClientMessage::parse(&frame).expect("the client wrote it");
        let welcome = self.host.name.is_some();
        let refused = match message {
            ClientMessage::Hello { .. } if welcome => Some(ErrCode::BadArguments),
            ClientMessage::Hello { name, .. } if name.is_reserved() => Some(ErrCode::BadName),
            ClientMessage::Hello { .. }
            | ClientMessage::Auth { .. }
            | ClientMessage::Ping { .. }
            | ClientMessage::Pong { .. }
            | ClientMessage::Bye { .. } => None,
            _ if welcome => None,
            _ => Some(ErrCode::NotWelcome),
        };
        // These answers of the host count as refusals too.
        let declined = !welcome
            && match message {
                ClientMessage::Hello { .. } => self.host.refuses && refused.is_none(),
                ClientMessage::Auth { .. } => true,
                _ => false,
            };
        match incoming {
            Incoming::Request(heard) => {
                assert_eq!(refused, None);
                codec::same(heard, &message);
                match (welcome, heard) {
                    (true, _) => self.faults = 0,
                    (false, ClientMessage::Hello { .. }) if !declined => self.faults = 0,
                    (false, _) => self.faults += u8::from(declined),
                }
            }
            Incoming::Fault(code) => {
                assert_eq!(Some(*code), refused, "{message:?}");
                self.faults += 1;
            }
            Incoming::End(ByeCode::TooManyErrors) => {
                assert!(refused.is_some(), "{message:?}");
                assert_eq!(self.faults, if welcome { MAX_FAULTS - 1 } else { MAX_REFUSALS });
            }
            Incoming::End(ByeCode::TextTooLong) => assert!(!is_within_limit(&message), "{message:?}"),
            Incoming::End(ByeCode::BadHandshake) => assert!(!welcome, "{message:?}"),
            other => panic!("{other:?} of {message:?}"),
        }
        let heard = said.len() - input.len();
        self.said.drain(..heard);
    }

    fn client_hears(&mut self) {
        let octets = std::mem::take(&mut self.at_client);
        let mut input = &octets[..];
        let before = self.client_out.len();
        loop {
            let event = self.client.receive(self.now, &mut input, &mut self.client_out);
            let event = event.unwrap_or_else(|fault| panic!("{fault}: {}", octets.escape_ascii()));
            let Some(event) = event else { break };
            let answered = match event {
                ClientEvent::Done(done) => Some(done.request),
                ClientEvent::Refused { request, .. } => Some(request),
                ClientEvent::Welcome(_) => {
                    self.welcomed = true;
                    Some(Request::Hello)
                }
                ClientEvent::Pong(_) => {
                    self.pings = self.pings.checked_sub(1).expect("a PONG for each PING");
                    None
                }
                ClientEvent::Bye { .. } => {
                    assert!(!self.client_ended, "a BYE after the end");
                    self.client_ended = true;
                    None
                }
                ClientEvent::Greeting(_) | ClientEvent::Message(_) => None,
            };
            if answered.is_some() {
                assert_eq!(self.asked.pop_front(), answered);
            }
            assert_eq!(self.client.unanswered(), self.asked.len());
        }
        // It answers each PING by itself.
        let written = &self.client_out[before..];
        let pongs = written.len() / PONG.len();
        assert!(written == PONG.repeat(pongs), "{}", written.escape_ascii());
        self.pongs += pongs;
        self.said.extend(written);
        self.at_client = if self.client_ended { Vec::new() } else { input.to_vec() };
    }

    fn time(&mut self, now: Millis) {
        self.now = self.now.max(now);
        if !self.host.ended {
            self.host.expire(self.now);
        }
        if !self.client_ended {
            let before = self.client_out.len();
            self.client_ended = self.client.expire(self.now, &mut self.client_out);
            self.pings += usize::from(self.client_out.len() > before);
            self.said.extend(&self.client_out[before..]);
        }
        assert!(self.client.deadline().is_none_or(|deadline| deadline > self.now), "nothing is due twice");
    }

    /// Delivers everything, and asks both what they know.
    fn end(&mut self) {
        while !self.client_out.is_empty() || !self.host.out.is_empty() {
            self.deliver(|octets| octets);
        }
        if self.host.ended || self.client_ended {
            return;
        }
        assert!(self.said.is_empty() && self.asked.is_empty() && self.pings == 0, "everything is heard and answered");
        assert_eq!(self.pongs, self.host.pings);
        assert!(self.at_server.is_empty() && self.at_client.is_empty(), "nothing is half said");
        for (name, room) in &self.host.rooms {
            let position = self.client.position(RoomName::new(name).expect("it was a room"));
            let expected = room.joined.then(|| (host::epoch(), Number::saturating(room.newest)));
            assert_eq!(position, expected, "{name}");
        }
    }
}

fn is_within_limit(message: &ClientMessage<'_>) -> bool {
    message.text().is_none_or(|text| text.as_str().len() <= TEXT_LIMIT as usize)
}

/// What a message asks for, if it is to be answered in order.
fn request(message: &ClientMessage<'_>) -> Option<Request> {
    Some(match message {
        ClientMessage::Hello { .. } => Request::Hello,
        ClientMessage::Auth { .. } => Request::Auth,
        ClientMessage::Join { .. } => Request::Join,
        ClientMessage::Leave { .. } => Request::Leave,
        ClientMessage::Say { .. } => Request::Say,
        ClientMessage::Tell { .. } => Request::Tell,
        ClientMessage::Who { .. } => Request::Who,
        ClientMessage::Rooms { .. } => Request::Rooms,
        ClientMessage::History { .. } => Request::History,
        ClientMessage::Ping { .. } | ClientMessage::Pong { .. } | ClientMessage::Bye { .. } => return None,
    })
}

//! A client's session and a server's, back to back: from a script.

use std::collections::VecDeque;

use fanfare_protocol::session::Millis;
use fanfare_protocol::{ByeCode, ClientMessage, ErrCode, FrameError, Framed, Framer, ServerMessage};

use crate::host::Host;
use crate::naive;
use crate::script::{Script, Step};
use crate::watch::{Client, Event, Heard};

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
                let part = |octets: usize| if piece.is_empty() { octets } else { octets.div_ceil(2) };
                talk.server_receives(part(talk.client_out.len()));
                talk.client_receives(part(talk.host.out.len()));
            }
            Step::Deadline => talk.deadline(),
            Step::Second => talk.wait(1_000),
            Step::Refuse => talk.host.refuses = true,
            Step::End => break,
            Step::Close => talk.host.close(),
        }
    }
    talk.end();
}

/// The answer to a `PING` of the [`Host`].
const PONG: &[u8] = b"PONG 7\n";

/// Both sessions, and what is between them.
pub(crate) struct Talk {
    now: Millis,
    client: Client,
    /// What the client wrote and the server has not received.
    pub(crate) client_out: Vec<u8>,
    /// The `PONG` that are to come.
    pongs: VecDeque<Vec<u8>>,
    /// How many `PING` the client has answered.
    answered: usize,
    pub(crate) host: Host,
    /// The client's stream, from the first frame on that the server has not heard.
    said: VecDeque<u8>,
}

impl Talk {
    pub(crate) fn new() -> Self {
        Self {
            now: Millis(0),
            client: Client::new(),
            client_out: Vec::new(),
            pongs: VecDeque::new(),
            answered: 0,
            host: Host::new(),
            said: VecDeque::new(),
        }
    }

    /// Plays frames: those of a client are said, those of a server happen.
    pub(crate) fn play(&mut self, mut octets: &[u8]) {
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
        // Any other first line would ask for plain mode.
        if !opens && self.host.session.dialect().is_none() && self.said.is_empty() {
            return;
        }
        let before = self.client_out.len();
        if self.client.send(message, &mut self.client_out).is_ok() {
            self.wrote(before);
        }
    }

    /// The client wrote what is behind `before`.
    fn wrote(&mut self, before: usize) {
        let octets = &self.client_out[before..];
        if octets.starts_with(b"PING") {
            self.pongs.push_back([b"PONG", &octets["PING".len()..]].concat());
        }
        self.said.extend(octets);
    }

    /// Hands over so many of the octets on their way to the server.
    pub(crate) fn server_receives(&mut self, count: usize) {
        let octets: Vec<u8> = self.client_out.drain(..count.min(self.client_out.len())).collect();
        self.host.session.receive(self.now, &octets);
        while let Some(heard) = self.host.session.hear() {
            self.check_heard(&heard);
            self.host.answer(self.now, &heard);
        }
    }

    /// What the server hears is what the client said, or a fault that a client without fault can have.
    fn check_heard(&mut self, heard: &Heard) {
        let said = self.said.make_contiguous();
        let taken = match heard {
            Heard::Request(octets) => {
                assert!(said.starts_with(octets), "{}", octets.escape_ascii());
                octets.len()
            }
            Heard::Fault(ErrCode::BadArguments | ErrCode::BadName | ErrCode::NotWelcome)
            | Heard::End(ByeCode::TooManyErrors | ByeCode::TextTooLong | ByeCode::BadHandshake) => {
                let behind = naive::next(said, usize::MAX).map_or(0, |(_, behind)| behind.len());
                said.len() - behind
            }
            other => panic!("{other:?} of a client without fault"),
        };
        self.said.drain(..taken);
    }

    /// Hands over so many of the octets on their way to the client.
    pub(crate) fn client_receives(&mut self, count: usize) {
        let octets: Vec<u8> = self.host.out.drain(..count.min(self.host.out.len())).collect();
        self.client.receive(self.now, &octets);
        let before = self.client_out.len();
        while let Some(event) = self.client.see(self.now, &mut self.client_out) {
            match event {
                Event::Fault(fault) => panic!("{fault:?} of a server without fault"),
                Event::Pong(pong) => assert_eq!(self.pongs.pop_front(), Some(pong), "a PONG for each PING"),
                _ => {}
            }
        }
        // It answers each PING by itself.
        let written = &self.client_out[before..];
        let answered = written.len() / PONG.len();
        assert!(written == PONG.repeat(answered), "{}", written.escape_ascii());
        self.answered += answered;
        self.said.extend(written);
    }

    pub(crate) fn wait(&mut self, millis: u64) {
        self.now = self.now + millis;
        if !self.host.ended {
            self.host.expire(self.now);
        }
        let before = self.client_out.len();
        self.client.expire(self.now, &mut self.client_out);
        self.wrote(before);
    }

    /// The next deadline passes.
    pub(crate) fn deadline(&mut self) {
        let next = [self.client.deadline(), self.host.session.deadline()].into_iter().flatten().min();
        self.wait(next.map_or(0, |next| next.0.saturating_sub(self.now.0)));
    }

    /// Delivers everything, and asks both what they know.
    pub(crate) fn end(&mut self) {
        while !self.client_out.is_empty() || !self.host.out.is_empty() {
            self.server_receives(usize::MAX);
            self.client_receives(usize::MAX);
        }
        if self.host.ended || self.client.is_ended() {
            return;
        }
        assert!(self.said.is_empty() && self.client.unanswered() == 0 && self.pongs.is_empty(), "all is answered");
        assert_eq!(self.answered, self.host.pings);
        assert!(self.host.session.has_heard_all() && self.client.has_seen_all(), "nothing is half said");
        let joined = self.host.rooms.iter().filter(|(_, room)| room.joined);
        let joined: Vec<(&str, u64)> = joined.map(|(name, room)| (name.as_str(), room.newest + 1)).collect();
        assert_eq!(self.client.rooms().collect::<Vec<_>>(), joined);
    }
}

//! A connection of the bench's own, in one room, whose session checks that nothing is lost.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use fanfare_protocol::session::{ClientEvent, ClientSession, Millis, Request};
use fanfare_protocol::{Answer, ClientMessage, Name, RoomName, ServerMessage, Text};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How much is read at once, in octets.
const READ: usize = 64 << 10;

/// Somebody in a room.
#[derive(Debug)]
pub(crate) struct Person {
    socket: TcpStream,
    session: ClientSession,
    room: String,
    /// What was read: whole frames are taken off its front.
    input: Vec<u8>,
    /// What is to be sent.
    out: Vec<u8>,
    /// Messages that came since it joined.
    pub(crate) messages: u64,
    /// Numbers that a `GAP` named.
    pub(crate) missed: u64,
    /// The room's newest number when it joined last.
    pub(crate) newest: u64,
}

impl Person {
    /// Connects, registers and joins.
    ///
    /// # Errors
    ///
    /// It can't, and why.
    pub(crate) fn join(address: SocketAddr, name: &str, room: &str) -> Result<Self, String> {
        let socket = TcpStream::connect(address).map_err(|error| error.to_string())?;
        socket.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        socket.set_nodelay(true).map_err(|error| error.to_string())?;
        let mut person = Self {
            socket,
            session: ClientSession::new(),
            room: room.to_owned(),
            input: Vec::new(),
            out: Vec::new(),
            messages: 0,
            missed: 0,
            newest: 0,
        };
        let name = Name::new(name).map_err(|error| error.to_string())?;
        person.send(&ClientMessage::Hello { name, token: None })?;
        person.ask_to_join()?;
        person.read_answers()?;
        Ok(person)
    }

    /// Asks to join the room again.
    ///
    /// # Errors
    ///
    /// The connection is of no more use.
    pub(crate) fn ask_to_join(&mut self) -> Result<(), String> {
        let room = self.room.clone();
        let room = RoomName::new(&room).map_err(|error| error.to_string())?;
        self.send(&ClientMessage::Join { room, after: None, last: None })
    }

    /// Asks to leave the room.
    ///
    /// # Errors
    ///
    /// The connection is of no more use.
    pub(crate) fn ask_to_leave(&mut self) -> Result<(), String> {
        let room = self.room.clone();
        let room = RoomName::new(&room).map_err(|error| error.to_string())?;
        self.send(&ClientMessage::Leave { room, reason: None })
    }

    /// Says something in the room, and reads until that is answered.
    ///
    /// # Errors
    ///
    /// It is refused, or the connection is of no more use.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), String> {
        let room = self.room.clone();
        let room = RoomName::new(&room).map_err(|error| error.to_string())?;
        let text = Text::new(text).map_err(|error| error.to_string())?;
        self.send(&ClientMessage::Say { room, id: None, text })?;
        self.read_answers()
    }

    /// From now on, what would wait comes back to nothing.
    ///
    /// # Errors
    ///
    /// The system refuses it.
    pub(crate) fn wait_for_nothing(&mut self) -> Result<(), String> {
        self.socket.set_nonblocking(true).map_err(|error| error.to_string())
    }

    /// Reads until the room's numbers up to this one have come, each as a message or in a `GAP`. It returns how many
    /// have not when nothing more comes.
    ///
    /// # Errors
    ///
    /// The server broke the protocol, or the connection broke.
    pub(crate) fn catch_up(&mut self, newest: u64) -> Result<u64, String> {
        loop {
            let room = RoomName::new(&self.room).map_err(|error| error.to_string())?;
            let at = self.session.position(room).map_or(0, |(_, at)| at.get());
            if at >= newest {
                return Ok(0);
            }
            if !self.read()? {
                return Ok(newest - at);
            }
        }
    }

    /// Reads once. It returns whether anything came.
    ///
    /// # Errors
    ///
    /// The server broke the protocol, or the connection broke.
    pub(crate) fn read(&mut self) -> Result<bool, String> {
        let kept = self.input.len();
        self.input.resize(kept + READ, 0);
        let read = self.socket.read(&mut self.input[kept..]);
        self.input.truncate(kept + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => Err("the server hung up".to_owned()),
            Ok(_) => {
                self.heard()?;
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(false),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(error.to_string()),
        }
    }

    fn read_answers(&mut self) -> Result<(), String> {
        while self.session.unanswered() > 0 {
            if !self.read()? {
                return Err("the server does not answer".to_owned());
            }
        }
        Ok(())
    }

    fn heard(&mut self) -> Result<(), String> {
        let mut rest = &self.input[..];
        while let Some(event) =
            self.session.receive(Millis(0), &mut rest, &mut self.out).map_err(|fault| fault.to_string())?
        {
            match event {
                ClientEvent::Message(ServerMessage::Msg(_)) => self.messages += 1,
                ClientEvent::Message(ServerMessage::Gap { range, .. }) => {
                    self.missed += range.last().get() - range.first().get() + 1;
                }
                ClientEvent::Done(done) if done.request == Request::Join => {
                    if let Answer::Join { newest, .. } = done.answer {
                        self.newest = newest.get();
                    }
                }
                ClientEvent::Refused { code, .. } => return Err(format!("refused with {}", code.as_str())),
                ClientEvent::Bye { code, .. } => return Err(format!("BYE {}", code.as_str())),
                _ => {}
            }
        }
        let taken = self.input.len() - rest.len();
        self.input.drain(..taken);
        self.flush()
    }

    fn send(&mut self, message: &ClientMessage<'_>) -> Result<(), String> {
        self.session.send(message, &mut self.out).map_err(|error| error.to_string())?;
        self.flush()
    }

    /// Sends what there is to send, as far as the socket takes it.
    fn flush(&mut self) -> Result<(), String> {
        while !self.out.is_empty() {
            match self.socket.write(&self.out) {
                Ok(sent) => drop(self.out.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }
}

//! A server's session, and what SPEC.md has it hear.

use fanfare_protocol::limits::{MAX_FAULTS, MAX_FRAME, MAX_LINE, MAX_OPENING, MAX_REFUSALS};
use fanfare_protocol::session::{Due, Incoming, Millis, ServerSession, SessionLimits};
use fanfare_protocol::{ByeCode, Dialect, ErrCode, FrameFault, MessageError, StreamFault};

use super::Silence;
use crate::naive::plain::trimmed;
use crate::naive::{self, Part, message, plain};
use crate::opening::{self, First};
use crate::plain_commands::typed;

/// What a session is to hear and heard, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A message, in its canonical octets.
    Request(Vec<u8>),
    /// A command, as it can be typed.
    Command(String),
    Fault(ErrCode<'static>),
    End(ByeCode<'static>),
}

/// A session, and what is known of it from outside.
pub(crate) struct Server {
    session: ServerSession,
    limits: SessionLimits,
    /// All that came.
    stream: Vec<u8>,
    /// How much of it the session has heard.
    heard: usize,
    /// How much of it the session has taken.
    taken: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    Opening { refusals: u8 },
    Welcome { faults: u8, silence: Silence },
    Ended,
}

impl Server {
    pub(crate) fn new(limits: SessionLimits) -> Self {
        Self {
            session: ServerSession::new(Millis(0), limits),
            limits,
            stream: Vec::new(),
            heard: 0,
            taken: 0,
            state: State::Opening { refusals: 0 },
        }
    }

    /// Octets came. [`hear`](Self::hear) has what they say, until it returns `None`.
    pub(crate) fn receive(&mut self, now: Millis, octets: &[u8]) {
        if octets.is_empty() {
            return;
        }
        self.session.heard(now);
        if let State::Welcome { silence, .. } = &mut self.state {
            silence.ends(now);
        }
        self.stream.extend_from_slice(octets);
    }

    /// The next thing that the session hears, which is what it must.
    pub(crate) fn hear(&mut self) -> Option<Heard> {
        let wanted = self.wanted();
        let mode = match self.first() {
            _ if self.is_ended() => self.dialect(),
            Some(First::Mode(mode)) => Some(mode),
            _ => None,
        };
        let mut input = &self.stream[self.taken..];
        let heard = self.session.receive(&mut input).map(|incoming| owned(&incoming));
        let left = input.len();
        self.taken = self.stream.len() - left;
        let (wanted, behind) = wanted.unzip();
        assert!(heard == wanted, "{} in place of {}", shown(heard.as_ref()), shown(wanted.as_ref()));
        assert_eq!(self.dialect(), mode);
        match &heard {
            None if self.is_ended() => assert_eq!(left, 0, "nothing is kept after the end"),
            None => {
                //= protocol/SPEC.md#11-limits
                //= type=test
                //# A server MUST NOT hold more than one incomplete frame for each connection.
                assert!(left <= MAX_FRAME, "{left} octets are kept");
                assert!(self.session.receive(&mut &self.stream[self.taken..]).is_none(), "it is heard once");
            }
            Some(Heard::End(_)) => self.close(),
            Some(_) => {
                assert_eq!(Some(left), behind, "what was heard is taken: {}", shown(heard.as_ref()));
                self.heard = self.taken;
            }
        }
        match (&heard, &mut self.state) {
            (Some(Heard::Fault(_)), state) => count(state),
            (Some(Heard::Request(_) | Heard::Command(_)), State::Welcome { faults, .. }) => *faults = 0,
            _ => {}
        }
        self.check();
        heard
    }

    /// The `HELLO` that was heard is accepted.
    pub(crate) fn welcome(&mut self, now: Millis) {
        self.session.welcome(now);
        self.state = State::Welcome { faults: 0, silence: Silence::new(now, self.limits.ping) };
        self.check();
    }

    /// What was heard before `WELCOME` is refused.
    pub(crate) fn refuse(&mut self, code: ErrCode<'static>) -> Heard {
        let wanted = fault(&self.state, code);
        let heard = owned(&self.session.refuse(code));
        assert_eq!(heard, wanted);
        count(&mut self.state);
        if matches!(heard, Heard::End(_)) {
            self.close();
        }
        heard
    }

    /// The server ends, or it has answered a `BYE`.
    pub(crate) fn close(&mut self) {
        self.session.close();
        self.state = State::Ended;
        self.check();
    }

    /// Time has come to `now`. SPEC.md, sections 3.3 and 8.
    pub(crate) fn expire(&mut self, now: Millis) -> Option<Due> {
        let framed = self.session.dialect() == Some(Dialect::Framed);
        let wanted = match &mut self.state {
            State::Opening { .. } => (now >= Millis(self.limits.handshake)).then_some(Due::End(ByeCode::Timeout)),
            State::Welcome { silence, .. } if framed => {
                silence.expire(now).map(|over| if over { Due::End(ByeCode::Timeout) } else { Due::Ping })
            }
            State::Welcome { .. } | State::Ended => None,
        };
        let due = self.session.expire(now);
        assert_eq!(due, wanted);
        if let Some(Due::End(_)) = due {
            self.state = State::Ended;
        }
        assert_eq!(self.session.expire(now), None, "it is done once");
        self.check();
        due
    }

    pub(crate) fn deadline(&self) -> Option<Millis> {
        self.session.deadline()
    }

    pub(crate) fn dialect(&self) -> Option<Dialect> {
        self.session.dialect()
    }

    pub(crate) fn is_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    pub(crate) fn is_welcome(&self) -> bool {
        matches!(self.state, State::Welcome { .. })
    }

    /// Whether every octet that came has been heard.
    pub(crate) fn has_heard_all(&self) -> bool {
        self.heard == self.stream.len()
    }

    /// What is to be heard next, and how many octets are behind it.
    fn wanted(&self) -> Option<(Heard, usize)> {
        let end = |code| Some((Heard::End(code), 0));
        let allowed = match self.state {
            State::Opening { .. } => &self.stream[..self.stream.len().min(MAX_OPENING)],
            State::Welcome { .. } => &self.stream[..],
            State::Ended => return None,
        };
        let more = self.stream.len() - allowed.len();
        let part = match self.first() {
            Some(First::Foreign) => return end(ByeCode::BadHandshake),
            Some(First::TooLong) => return end(ByeCode::LineTooLong),
            Some(First::Mode(Dialect::Framed)) => self.framed(&allowed[self.heard..]),
            Some(First::Mode(Dialect::Plain)) => self.plain(&allowed[self.heard..]),
            None => None,
        };
        match part {
            None if more > 0 => end(ByeCode::BadHandshake),
            None => None,
            Some((heard, rest)) => Some((heard, rest + more)),
        }
    }

    /// What the first line is. SPEC.md, section 3.2.
    fn first(&self) -> Option<First> {
        opening::first(&self.stream[..self.stream.len().min(MAX_OPENING)])
    }

    fn framed(&self, stream: &[u8]) -> Option<(Heard, usize)> {
        let (part, rest) = naive::next(stream, self.limits.text as usize)?;
        let heard = match part {
            Part::End(StreamFault::BadFrame) => Heard::End(ByeCode::BadFrame),
            Part::End(StreamFault::LineTooLong) => Heard::End(ByeCode::LineTooLong),
            Part::End(StreamFault::TextTooLong) => Heard::End(ByeCode::TextTooLong),
            Part::Fault(FrameFault::BadFrame) => fault(&self.state, ErrCode::BadFrame),
            Part::Fault(FrameFault::BadText) => fault(&self.state, ErrCode::BadText),
            Part::Fault(FrameFault::LineTooLong) => fault(&self.state, ErrCode::LineTooLong),
            Part::Frame(header, text) => match message::client(header, text) {
                Err(error) => fault(&self.state, code(error)),
                Ok(message) => self
                    .refused(&message)
                    .map_or_else(|| Heard::Request(message.canonical()), |code| fault(&self.state, code)),
            },
        };
        Some((heard, rest.len()))
    }

    /// The state's refusal of a well-formed message: SPEC.md, sections 3.3, 3.4 and 4.3.
    fn refused(&self, message: &message::Message<'_>) -> Option<ErrCode<'static>> {
        let welcome = self.is_welcome();
        match message.verb {
            "HELLO" if welcome => Some(ErrCode::BadArguments),
            "HELLO" if message::is_reserved(message.fixed[1]) => Some(ErrCode::BadName),
            "HELLO" | "AUTH" | "PING" | "PONG" | "BYE" => None,
            _ if welcome => None,
            _ => Some(ErrCode::NotWelcome),
        }
    }

    fn plain(&self, stream: &[u8]) -> Option<(Heard, usize)> {
        let (part, rest) = plain::first(stream, MAX_LINE)?;
        let heard = match part {
            plain::Part::Endless => Heard::End(ByeCode::LineTooLong),
            plain::Part::OverLong => fault(&self.state, ErrCode::LineTooLong),
            plain::Part::Line(line) => match (naive::text(line), &self.state) {
                (None, state) => fault(state, ErrCode::BadText),
                (Some(line), State::Welcome { .. }) => {
                    plain::command(line).map_or_else(|error| fault(&self.state, code(error)), Heard::Command)
                }
                (Some(line), state) => {
                    let name = trimmed(line);
                    let is_name = message::has_form(message::Form::Name, name, "") && !message::is_reserved(name);
                    if is_name {
                        Heard::Request(format!("HELLO 1 {name}\n").into_bytes())
                    } else {
                        fault(state, ErrCode::BadName)
                    }
                }
            },
        };
        Some((heard, rest.len()))
    }

    fn check(&self) {
        let silence = match self.state {
            State::Opening { .. } => Some(Millis(self.limits.handshake)),
            State::Welcome { silence, .. } => (self.dialect() == Some(Dialect::Framed)).then(|| silence.deadline()),
            State::Ended => None,
        };
        assert_eq!(self.session.deadline(), silence);
    }
}

/// A fault's answer. SPEC.md, sections 2.7, item 6, and 3.3, item 3.
fn fault(state: &State, code: ErrCode<'static>) -> Heard {
    match *state {
        State::Opening { refusals: MAX_REFUSALS } => Heard::End(ByeCode::TooManyErrors),
        State::Welcome { faults, .. } if faults + 1 == MAX_FAULTS => Heard::End(ByeCode::TooManyErrors),
        _ => Heard::Fault(code),
    }
}

fn count(state: &mut State) {
    match state {
        State::Opening { refusals: count } | State::Welcome { faults: count, .. } => *count += 1,
        State::Ended => {}
    }
}

fn code(error: MessageError) -> ErrCode<'static> {
    match error {
        MessageError::UnknownVerb => ErrCode::UnknownVerb,
        MessageError::BadArguments => ErrCode::BadArguments,
        MessageError::BadName => ErrCode::BadName,
        MessageError::BadRoom => ErrCode::BadRoom,
        MessageError::BadVersion => ErrCode::BadVersion,
    }
}

fn owned(incoming: &Incoming<'_>) -> Heard {
    match incoming {
        Incoming::Request(message) => {
            let mut octets = Vec::new();
            message.encode(&mut octets);
            Heard::Request(octets)
        }
        Incoming::Command(command) => Heard::Command(typed(command)),
        Incoming::Fault(code) => Heard::Fault(*code),
        Incoming::End(code) => Heard::End(*code),
    }
}

fn shown(heard: Option<&Heard>) -> String {
    match heard {
        Some(Heard::Request(octets)) => octets[..octets.len().min(400)].escape_ascii().to_string(),
        other => format!("{other:.400?}"),
    }
}

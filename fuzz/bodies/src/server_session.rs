//! A server's session, whatever is done with it.

use fanfare_protocol::limits::{MAX_FAULTS, MAX_FRAME, MAX_LINE, MAX_OPENING, MAX_REFUSALS};
use fanfare_protocol::session::{Due, Incoming, Millis, ServerSession, SessionLimits};
use fanfare_protocol::{ByeCode, ClientMessage, Dialect, ErrCode};

use crate::opening::{self, First};
use crate::script::{Script, Step};

/// A script's octets, times, refusals and ends, in any order, leave a session in no state that SPEC.md does not know.
pub fn server_session(data: &[u8]) {
    let script = Script::read(data);
    let mut watched = Watched::new();
    for step in &script.steps {
        match step {
            Step::Piece(piece) => watched.receive(&script.octets[piece.clone()]),
            Step::Deadline => {
                watched.now = watched.session.deadline().unwrap_or(watched.now).max(watched.now);
                watched.expire();
            }
            Step::Second => {
                watched.now = watched.now + 1_000;
                watched.expire();
            }
            Step::Refuse => watched.refuses = true,
            Step::End | Step::Close => {
                watched.session.close();
                watched.state = State::Ended;
            }
        }
        watched.check();
    }
}

/// Smaller than what SPEC.md recommends, so that they are met.
const LIMITS: SessionLimits = SessionLimits { handshake: 10_000, ping: 3_000, text: MAX_LINE as u32 };

/// A session and what is known of it from outside.
struct Watched {
    session: ServerSession,
    now: Millis,
    /// What came and was not used.
    kept: Vec<u8>,
    /// What came until the mode was fixed.
    opening: Vec<u8>,
    state: State,
    dialect: Option<Dialect>,
    refuses: bool,
}

#[derive(Debug, PartialEq)]
enum State {
    Opening { octets: usize, refusals: u8 },
    Welcome { faults: u8, heard: Millis, asked: Option<Millis> },
    Ended,
}

impl Watched {
    fn new() -> Self {
        Self {
            session: ServerSession::new(Millis(0), LIMITS),
            now: Millis(0),
            kept: Vec::new(),
            opening: Vec::new(),
            state: State::Opening { octets: 0, refusals: 0 },
            dialect: None,
            refuses: false,
        }
    }

    fn receive(&mut self, octets: &[u8]) {
        if octets.is_empty() {
            return;
        }
        self.session.heard(self.now);
        if let State::Welcome { heard, asked, .. } = &mut self.state {
            (*heard, *asked) = (self.now, None);
        }
        let undecided = self.dialect.is_none() && self.state != State::Ended;
        let mut kept = std::mem::take(&mut self.kept);
        kept.extend_from_slice(octets);
        let mut input = &kept[..];
        loop {
            let before = input.len();
            let incoming = self.session.receive(&mut input);
            if self.state == State::Ended {
                assert!(incoming.is_none() && input.is_empty(), "nothing is heard after the end");
            }
            if let State::Opening { octets, .. } = &mut self.state {
                *octets += before - input.len();
                assert!(*octets <= MAX_OPENING || matches!(incoming, Some(Incoming::End(_))), "{octets} octets");
            }
            let Some(incoming) = incoming else { break };
            let consumed = before > input.len();
            assert!(consumed || matches!(incoming, Incoming::End(_)), "it is heard once: {incoming:?}");
            self.heard(incoming);
        }
        //= protocol/SPEC.md#11-limits
        //= type=test
        //# A server MUST NOT hold more than one incomplete frame for each connection.
        assert!(input.len() <= MAX_FRAME, "{} octets are kept", input.len());
        if let State::Opening { octets, .. } = self.state {
            assert!(octets + input.len() <= MAX_OPENING, "the opening goes on");
        }
        self.kept = input.to_vec();
        if undecided {
            self.opening.extend_from_slice(octets);
            self.check_opening();
        }
    }

    /// SPEC.md, sections 3.2 and 3.3.
    fn check_opening(&self) {
        let allowed = &self.opening[..self.opening.len().min(MAX_OPENING)];
        let (first, ended) = (opening::first(allowed), self.state == State::Ended);
        match first {
            Some(First::Mode(mode)) => assert_eq!(self.session.dialect(), Some(mode)),
            Some(First::Foreign | First::TooLong) => assert!(ended && self.dialect.is_none(), "{first:?}"),
            None => {
                assert_eq!(self.session.dialect(), None);
                assert_eq!(ended, self.opening.len() > MAX_OPENING);
            }
        }
    }

    fn heard(&mut self, incoming: Incoming<'_>) {
        let dialect = self.session.dialect();
        assert!(self.dialect.is_none() || self.dialect == dialect, "a mode is for good");
        self.dialect = dialect;
        match incoming {
            Incoming::Request(message) => self.request(&message),
            Incoming::Command(command) => {
                assert_eq!(dialect, Some(Dialect::Plain), "{command:?}");
                self.in_order();
            }
            Incoming::Fault(code) => {
                assert!(dialect.is_some(), "{code}");
                self.fault(code);
            }
            Incoming::End(code) => self.end(code),
        }
    }

    fn request(&mut self, message: &ClientMessage<'_>) {
        let text = message.text().map_or(0, |text| text.as_str().len());
        assert!(text <= LIMITS.text as usize, "a text of {text} octets");
        match (&self.state, message) {
            (State::Opening { .. }, ClientMessage::Hello { name, .. }) => {
                assert!(!name.is_reserved(), "{name}");
                if std::mem::take(&mut self.refuses) {
                    match self.session.refuse(ErrCode::NameTaken) {
                        Incoming::Fault(code) => self.fault(code),
                        Incoming::End(code) => self.end(code),
                        other => panic!("{other:?}"),
                    }
                } else {
                    self.session.welcome(self.now);
                    self.state = State::Welcome { faults: 0, heard: self.now, asked: None };
                }
                return;
            }
            (State::Opening { .. }, ClientMessage::Auth { .. } | ClientMessage::Ping { .. })
            | (State::Opening { .. }, ClientMessage::Pong { .. } | ClientMessage::Bye { .. }) => {}
            (State::Welcome { .. }, message) => {
                assert!(!matches!(message, ClientMessage::Hello { .. }), "one HELLO a connection");
            }
            (state, message) => panic!("{message:?} in {state:?}"),
        }
        assert_eq!(self.dialect, Some(Dialect::Framed), "{message:?}");
        self.in_order();
        if matches!(message, ClientMessage::Bye { .. }) {
            self.session.close();
            self.state = State::Ended;
        }
    }

    /// What is no fault ends a row of faults.
    fn in_order(&mut self) {
        if let State::Welcome { faults, .. } = &mut self.state {
            *faults = 0;
        }
    }

    fn fault(&mut self, code: ErrCode<'_>) {
        match &mut self.state {
            State::Opening { refusals, .. } => {
                *refusals += 1;
                assert!(*refusals <= MAX_REFUSALS, "{code}");
            }
            State::Welcome { faults, .. } => {
                *faults += 1;
                assert!(*faults < MAX_FAULTS, "{code}");
                assert!(code != ErrCode::NotWelcome);
            }
            State::Ended => panic!("{code} after the end"),
        }
    }

    fn end(&mut self, code: ByeCode<'_>) {
        match (code, &self.state) {
            (_, State::Ended) => panic!("a second end"),
            (ByeCode::TooManyErrors, State::Opening { refusals, .. }) => assert_eq!(*refusals, MAX_REFUSALS),
            (ByeCode::TooManyErrors, State::Welcome { faults, .. }) => assert_eq!(*faults, MAX_FAULTS - 1),
            (ByeCode::BadHandshake, State::Welcome { .. }) => panic!("the handshake is over"),
            (ByeCode::BadHandshake | ByeCode::LineTooLong, _) => {}
            (ByeCode::BadFrame | ByeCode::TextTooLong, _) => assert_eq!(self.dialect, Some(Dialect::Framed)),
            (code, _) => panic!("{code}"),
        }
        self.state = State::Ended;
    }

    /// Time has come to `now`. SPEC.md, sections 3.3 and 8.
    fn expire(&mut self) {
        let due = self.session.expire(self.now);
        match (&mut self.state, due) {
            (State::Opening { .. }, due) => {
                assert_eq!(due.is_some(), self.now >= Millis(LIMITS.handshake));
                assert!(due.is_none() || due == Some(Due::End(ByeCode::Timeout)), "{due:?}");
            }
            (State::Welcome { heard, asked, .. }, Some(Due::Ping)) => {
                assert!(asked.is_none(), "one PING a silence");
                assert!(self.now >= *heard + LIMITS.ping, "too early");
                *asked = Some(self.now);
            }
            (State::Welcome { asked, .. }, Some(Due::End(code))) => {
                assert_eq!(code, ByeCode::Timeout);
                assert!(asked.is_some_and(|asked| self.now >= asked + LIMITS.ping), "too early");
            }
            (State::Welcome { heard, asked, .. }, None) => {
                let silent_since = asked.unwrap_or(*heard);
                let patient = self.dialect == Some(Dialect::Plain) || self.now < silent_since + LIMITS.ping;
                assert!(patient, "too late");
            }
            (State::Ended, due) => assert_eq!(due, None),
        }
        if let Some(Due::End(_)) = due {
            self.state = State::Ended;
        }
        assert_eq!(self.session.expire(self.now), None, "it is done once");
    }

    fn check(&self) {
        let deadline = self.session.deadline();
        match self.state {
            State::Opening { .. } => assert_eq!(deadline, Some(Millis(LIMITS.handshake))),
            State::Welcome { .. } => assert_eq!(deadline.is_some(), self.dialect == Some(Dialect::Framed)),
            State::Ended => assert_eq!(deadline, None),
        }
    }
}

//! The server's side of one connection.

use super::Millis;
use super::keep_alive::{KeepAlive, Silence};
use super::opening::{Opened, Opening};
use crate::limits::{MAX_FAULTS, MAX_OPENING, MAX_REFUSALS};
use crate::plain::{Command, Dialect, LineFault, Lines, PlainLine};
use crate::{ByeCode, ClientMessage, ErrCode, FrameError, FrameFault, Framed, Framer, Name, StreamFault, Text};

/// A connection as its server sees it: the mode, the handshake, the order of things, the limits on faults and time.
///
/// What it needs from its caller, in this order:
///
/// - [`heard`](Self::heard) whenever octets have come;
/// - [`receive`](Self::receive) until it returns `None`; every [`Incoming`] but a `PONG` is answered before the next
///   call, and a `HELLO` with either [`welcome`](Self::welcome) or [`refuse`](Self::refuse);
/// - [`expire`](Self::expire) when [`deadline`](Self::deadline) has passed.
///
/// ```
/// use fanfare_protocol::session::{Incoming, Millis, ServerSession, SessionLimits};
/// use fanfare_protocol::{ClientMessage, ErrCode};
///
/// let mut session = ServerSession::new(Millis(0), SessionLimits::default());
/// let mut input = &b"HELLO 1 alice\nSAY #lobby :hi\nSAY lobby :hi\n"[..];
///
/// let hello = session.receive(&mut input);
/// assert!(matches!(hello, Some(Incoming::Request(ClientMessage::Hello { .. }))));
/// session.welcome(Millis(1));
/// let say = session.receive(&mut input);
/// assert!(matches!(say, Some(Incoming::Request(ClientMessage::Say { .. }))));
/// assert_eq!(session.receive(&mut input), Some(Incoming::Fault(ErrCode::BadRoom)));
/// assert_eq!(session.receive(&mut input), None);
/// ```
#[derive(Clone, Debug)]
pub struct ServerSession {
    mode: Mode,
    phase: Phase,
    limits: SessionLimits,
}

/// The limits of a session that a server chooses. Those that the protocol fixes are in [`limits`](crate::limits).
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Milliseconds until `WELCOME`.
    pub handshake: u64,
    /// The keep-alive interval in milliseconds.
    pub ping: u64,
    /// The most octets of a text: see [`Framer::with_text_limit`].
    pub text: u32,
}

impl Default for SessionLimits {
    /// What SPEC.md recommends: 10 and 30 seconds, and 65,536 octets.
    fn default() -> Self {
        Self { handshake: 10_000, ping: 30_000, text: 65_536 }
    }
}

/// What came from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming<'b> {
    /// A message, in framed mode; in plain mode, the name that a person chose, as the `HELLO` it stands for.
    Request(ClientMessage<'b>),
    /// A line of a person who has a name.
    Command(Command<'b>),
    /// To be answered with this `ERR`; the connection goes on.
    Fault(ErrCode<'static>),
    /// To be answered with this `BYE`; nothing more is read.
    End(ByeCode<'static>),
}

/// What a deadline calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send a `PING`.
    Ping,
    /// Send this `BYE` and end.
    End(ByeCode<'static>),
}

#[derive(Clone, Debug)]
enum Mode {
    Undecided(Opening),
    Framed(Framer),
    Plain(Lines),
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Before `WELCOME`, with what the client has used up of its bounds.
    Opening {
        until: Millis,
        octets: usize,
        refusals: u8,
    },
    /// After it.
    Welcome {
        faults: u8,
        silence: KeepAlive,
    },
    Ended,
}

impl ServerSession {
    /// A connection that was just accepted. The greeting is the caller's to send.
    pub fn new(now: Millis, limits: SessionLimits) -> Self {
        Self {
            mode: Mode::Undecided(Opening::default()),
            phase: Phase::Opening { until: now + limits.handshake, octets: 0, refusals: 0 },
            limits,
        }
    }

    /// The connection's mode, once its first line has fixed it.
    pub fn dialect(&self) -> Option<Dialect> {
        match self.mode {
            Mode::Undecided(_) => None,
            Mode::Framed(_) => Some(Dialect::Framed),
            Mode::Plain(_) => Some(Dialect::Plain),
        }
    }

    /// Octets came from the client.
    pub fn heard(&mut self, now: Millis) {
        if let Phase::Welcome { silence, .. } = &mut self.phase {
            silence.heard(now);
        }
    }

    /// The next thing that the client said, or `None` if the input does not hold a whole one.
    ///
    /// It takes the octets of what it returns off the front of `input`; the rest must stand at the beginning of the
    /// next call's input, and is never more than [`MAX_FRAME`](crate::limits::MAX_FRAME) octets after a `None`.
    pub fn receive<'b>(&mut self, input: &mut &'b [u8]) -> Option<Incoming<'b>> {
        match self.phase {
            Phase::Welcome { .. } => self.next(input),
            Phase::Ended => {
                *input = &[];
                None
            }
            Phase::Opening { octets, .. } => {
                // Only what the client may send before WELCOME is looked at, so that the outcome is
                // the same however the stream was cut.
                let whole = *input;
                let allowed = whole.len().min(MAX_OPENING - octets);
                let mut opening = &whole[..allowed];
                let incoming = self.next(&mut opening);
                let used = allowed - opening.len();
                *input = &whole[used..];
                if let Phase::Opening { octets, .. } = &mut self.phase {
                    *octets += used;
                }
                match incoming {
                    None if allowed < whole.len() => Some(self.end(ByeCode::BadHandshake)),
                    incoming => incoming,
                }
            }
        }
    }

    /// The caller has sent `WELCOME`.
    pub fn welcome(&mut self, now: Millis) {
        self.phase = Phase::Welcome { faults: 0, silence: KeepAlive::new(now, self.limits.ping) };
    }

    /// The caller can't grant what was asked for before `WELCOME`: what to answer instead. SPEC.md, section 3.3.
    pub fn refuse(&mut self, code: ErrCode<'static>) -> Incoming<'static> {
        self.fault(code)
    }

    /// The caller has sent `BYE`: nothing more is read.
    pub fn close(&mut self) {
        self.phase = Phase::Ended;
    }

    /// When [`expire`](Self::expire) has something to say, if octets don't come first.
    pub fn deadline(&self) -> Option<Millis> {
        match (self.phase, &self.mode) {
            (Phase::Opening { until, .. }, _) => Some(until),
            (Phase::Welcome { silence, .. }, Mode::Framed(_)) => Some(silence.deadline()),
            (Phase::Welcome { .. } | Phase::Ended, _) => None,
        }
    }

    /// What the time calls for.
    pub fn expire(&mut self, now: Millis) -> Option<Due> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        match &mut self.phase {
            Phase::Welcome { silence, .. } => match silence.expire(now)? {
                //= protocol/SPEC.md#8-keep-alive
                //# A server MUST send `PING` to a person in framed mode from whom it has heard no octet for one
                //# interval.
                //= protocol/SPEC.md#8-keep-alive
                //# A server MUST send `BYE timeout` to a person in framed mode from whom it has heard no octet for one
                //# more interval after that `PING`.
                //= protocol/SPEC.md#8-keep-alive
                //# A server MUST NOT send a second `PING` within one silence.
                Silence::Ask => return Some(Due::Ping),
                Silence::End => {}
            },
            Phase::Opening { .. } | Phase::Ended => {}
        }
        self.phase = Phase::Ended;
        Some(Due::End(ByeCode::Timeout))
    }

    fn next<'b>(&mut self, input: &mut &'b [u8]) -> Option<Incoming<'b>> {
        loop {
            match &mut self.mode {
                Mode::Undecided(opening) => match opening.look(input) {
                    Opened::Mode(Dialect::Framed) => {
                        self.mode = Mode::Framed(Framer::with_text_limit(self.limits.text as usize));
                    }
                    Opened::Mode(Dialect::Plain) => self.mode = Mode::Plain(Lines::from_client()),
                    Opened::Foreign => {
                        *input = &[];
                        return Some(self.end(ByeCode::BadHandshake));
                    }
                    Opened::LineTooLong => return Some(self.end(ByeCode::LineTooLong)),
                    Opened::Incomplete => return None,
                },
                Mode::Framed(framer) => {
                    let framed = framer.next(input);
                    return self.framed(framed);
                }
                Mode::Plain(lines) => {
                    let line = lines.next(input);
                    return self.plain(line);
                }
            }
        }
    }

    fn framed<'b>(&mut self, framed: Result<Framed<'b>, FrameError>) -> Option<Incoming<'b>> {
        let frame = match framed {
            Ok(Framed::Frame(frame)) => frame,
            Ok(Framed::Incomplete) => return None,
            Err(FrameError::Frame(fault)) => {
                //= protocol/SPEC.md#7-1-rules
                //# A server MUST use for each cause the code that the tables of 7.2 and 7.3 name.
                return Some(self.fault(match fault {
                    FrameFault::BadFrame => ErrCode::BadFrame,
                    FrameFault::BadText => ErrCode::BadText,
                    FrameFault::LineTooLong => ErrCode::LineTooLong,
                }));
            }
            Err(FrameError::Stream(fault)) => {
                //= protocol/SPEC.md#7-1-rules
                //# A server MUST use for each cause the code that the tables of 7.2 and 7.3 name.
                return Some(self.end(match fault {
                    StreamFault::BadFrame => ByeCode::BadFrame,
                    StreamFault::LineTooLong => ByeCode::LineTooLong,
                    StreamFault::TextTooLong => ByeCode::TextTooLong,
                }));
            }
        };
        //= protocol/SPEC.md#4-3-every-state-and-every-request
        //# A server MUST answer what it receives as the table below says.
        Some(match (ClientMessage::parse(&frame), &mut self.phase) {
            (Err(error), _) => self.fault(error.code()),
            // One HELLO a connection.
            //= protocol/SPEC.md#4-4-hello
            //# A server MUST answer `ERR bad-arguments` to a well-formed `HELLO` after `WELCOME`.
            (Ok(ClientMessage::Hello { .. }), Phase::Welcome { .. }) => self.fault(ErrCode::BadArguments),
            (Ok(ClientMessage::Hello { name, .. }), _) if name.is_reserved() => self.fault(ErrCode::BadName),
            (Ok(message), Phase::Welcome { faults, .. }) => {
                *faults = 0;
                Incoming::Request(message)
            }
            (
                Ok(
                    message @ (ClientMessage::Hello { .. }
                    | ClientMessage::Auth { .. }
                    | ClientMessage::Ping { .. }
                    | ClientMessage::Pong { .. }
                    | ClientMessage::Bye { .. }),
                ),
                _,
            ) => Incoming::Request(message),
            (Ok(_), _) => self.fault(ErrCode::NotWelcome),
        })
    }

    fn plain<'b>(&mut self, line: Result<PlainLine<'b>, LineFault>) -> Option<Incoming<'b>> {
        let line = match line {
            Ok(PlainLine::Line(line)) => Text::from_octets(line),
            Ok(PlainLine::Incomplete) => return None,
            Err(LineFault::OverLong) => return Some(self.fault(ErrCode::LineTooLong)),
            Err(LineFault::Endless) => return Some(self.end(ByeCode::LineTooLong)),
        };
        let Ok(line) = line else { return Some(self.fault(ErrCode::BadText)) };
        Some(match &mut self.phase {
            Phase::Welcome { faults, .. } => match Command::parse(line) {
                Ok(command) => {
                    *faults = 0;
                    Incoming::Command(command)
                }
                Err(error) => self.fault(error.code()),
            },
            Phase::Opening { .. } | Phase::Ended => match Name::new(line.as_str().trim_matches([' ', '\t'])) {
                Ok(name) if !name.is_reserved() => Incoming::Request(ClientMessage::Hello { name, token: None }),
                _ => self.fault(ErrCode::BadName),
            },
        })
    }

    /// A fault is answered, unless it is one too many. SPEC.md, sections 2.7 and 3.3.
    fn fault(&mut self, code: ErrCode<'static>) -> Incoming<'static> {
        let (count, allowed) = match &mut self.phase {
            Phase::Opening { refusals, .. } => (refusals, MAX_REFUSALS),
            Phase::Welcome { faults, .. } => (faults, MAX_FAULTS - 1),
            Phase::Ended => return Incoming::Fault(code),
        };
        if *count == allowed {
            return self.end(ByeCode::TooManyErrors);
        }
        *count += 1;
        Incoming::Fault(code)
    }

    fn end(&mut self, code: ByeCode<'static>) -> Incoming<'static> {
        self.phase = Phase::Ended;
        Incoming::End(code)
    }
}

#[cfg(test)]
mod tests;

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
/// - [`receive`](Self::receive) until it returns `None`; every [`Incoming`] but a `PONG` is answered in its turn, most
///   before the next call, and a `HELLO` with either [`welcome`](Self::welcome) or [`refuse`](Self::refuse);
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
            //= protocol/SPEC.md#3-3-before-welcome
            //# A server MUST send `BYE timeout` when 10 seconds have passed since the connection was opened and no
            //# `WELCOME` was sent.
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
                //= protocol/SPEC.md#3-2-the-first-line-of-a-client
                //# A server MUST NOT interpret anything it received after a line that rule 1 refused.
                *input = &[];
                None
            }
            Phase::Opening { octets, .. } => {
                //= protocol/SPEC.md#2-1-lines
                //# The outcome of a stream of octets MUST NOT depend on how the transport divided it into pieces.
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
                    //= protocol/SPEC.md#3-3-before-welcome
                    //# A server MUST send `BYE bad-handshake` when it has received more than 8,192 octets and no
                    //# `HELLO` or name line whose LF is among the first 8,192 was accepted.
                    None if allowed < whole.len() => Some(self.end(ByeCode::BadHandshake)),
                    incoming => incoming,
                }
            }
        }
    }

    /// Whether what comes next, of which `next` are the first octets, is a `SAY` or a line that a person says, well-formed or
    /// not, or can't be told yet.
    ///
    /// A server that stores a message before it answers may go on with others meanwhile, and answer all of them in their
    /// order; whatever is no message has to wait for its turn. SPEC.md, sections 4.1 and 4.7.
    pub fn may_be_said(&self, next: &[u8]) -> bool {
        let mut next = next;
        while let Some(rest) = next.strip_prefix(b"\n").or_else(|| next.strip_prefix(b"\r\n")) {
            next = rest;
        }
        match (self.dialect(), next) {
            (Some(Dialect::Plain), [b'/', second, ..]) => *second == b'/',
            (Some(Dialect::Plain), _) => true,
            (Some(Dialect::Framed) | None, _) => {
                next.iter().zip(b"SAY ").all(|(octet, verb)| octet.eq_ignore_ascii_case(verb))
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
            //= protocol/SPEC.md#10-7-no-keep-alive
            //# A server MUST NOT send `PING` to a person in plain mode.
            (Phase::Welcome { silence, .. }, Mode::Framed(_)) => Some(silence.deadline()),
            //= protocol/SPEC.md#10-7-no-keep-alive
            //# A server MUST NOT end a connection in plain mode because the person is silent, once the name was
            //# accepted.
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
                //= protocol/SPEC.md#3-2-the-first-line-of-a-client
                //# A server MUST NOT send anything but the greeting and a `BYE` before the mode is fixed.
                Mode::Undecided(opening) => match opening.look(input) {
                    Opened::Mode(Dialect::Framed) => {
                        //= protocol/SPEC.md#3-2-the-first-line-of-a-client
                        //# A server MUST take the line that fixed framed mode as the first line of the first frame.
                        self.mode = Mode::Framed(Framer::with_text_limit(self.limits.text as usize));
                    }
                    //= protocol/SPEC.md#3-2-the-first-line-of-a-client
                    //# A server MUST take the line that fixed plain mode as a name line (10.1).
                    Opened::Mode(Dialect::Plain) => self.mode = Mode::Plain(Lines::from_client()),
                    Opened::Foreign => {
                        //= protocol/SPEC.md#3-2-the-first-line-of-a-client
                        //# A server MUST NOT interpret anything it received after a line that rule 1 refused.
                        *input = &[];
                        return Some(self.end(ByeCode::BadHandshake));
                    }
                    //= protocol/SPEC.md#3-2-the-first-line-of-a-client
                    //# A server MUST send `BYE line-too-long` when the first line is certainly too long, whether a text
                    //# began in it or not.
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
                //= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
                //# A server MUST answer a fault as the table above says.
                return Some(self.fault(match fault {
                    FrameFault::BadFrame => ErrCode::BadFrame,
                    FrameFault::BadText => ErrCode::BadText,
                    FrameFault::LineTooLong => ErrCode::LineTooLong,
                }));
            }
            Err(FrameError::Stream(fault)) => {
                //= protocol/SPEC.md#7-1-rules
                //# A server MUST use for each cause the code that the tables of 7.2 and 7.3 name.
                //= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
                //# A server MUST answer a fault as the table above says.
                return Some(self.end(match fault {
                    StreamFault::BadFrame => ByeCode::BadFrame,
                    StreamFault::LineTooLong => ByeCode::LineTooLong,
                    StreamFault::TextTooLong => ByeCode::TextTooLong,
                }));
            }
        };
        //= protocol/SPEC.md#4-3-every-state-and-every-request
        //# A server MUST answer what it receives as the table below says.
        //= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
        //# A server MUST answer a frame with several faults once, for the fault whose row comes first in the table
        //# below.
        Some(match (ClientMessage::parse(&frame), &mut self.phase) {
            //= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
            //# A server MUST answer a fault as the table above says.
            //= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
            //# A server MUST NOT execute any part of a frame that it answers with `ERR`.
            (Err(error), _) => self.fault(error.code()),
            // One HELLO a connection.
            //= protocol/SPEC.md#4-4-hello
            //# A server MUST answer `ERR bad-arguments` to a well-formed `HELLO` after `WELCOME`.
            (Ok(ClientMessage::Hello { .. }), Phase::Welcome { .. }) => self.fault(ErrCode::BadArguments),
            //= protocol/SPEC.md#3-4-names
            //# A server MUST refuse a reserved name in `HELLO` and in a name line with `bad-name`.
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
            //= protocol/SPEC.md#3-3-before-welcome
            //# A server MUST answer `ERR not-welcome` to a well-formed request other than `HELLO`, `AUTH`, `PING` and
            //# `BYE` before `WELCOME`.
            (Ok(_), _) => self.fault(ErrCode::NotWelcome),
        })
    }

    //= protocol/SPEC.md#10-2-what-a-person-types
    //# A server MUST check a line in plain mode in the order of 2.7.
    fn plain<'b>(&mut self, line: Result<PlainLine<'b>, LineFault>) -> Option<Incoming<'b>> {
        //= protocol/SPEC.md#10-1-the-name-line
        //# A server MUST refuse a name line with `line-too-long`, `bad-text`, `bad-name` or `name-taken`, the first of
        //# these that fits.
        let line = match line {
            Ok(PlainLine::Line(line)) => Text::from_octets(line),
            Ok(PlainLine::Incomplete) => return None,
            Err(LineFault::OverLong) => return Some(self.fault(ErrCode::LineTooLong)),
            //= protocol/SPEC.md#10-2-what-a-person-types
            //# A server MUST send the fault line of `BYE line-too-long` and end the connection when such a line has no
            //# LF up to octet 69,632.
            Err(LineFault::Endless) => return Some(self.end(ByeCode::LineTooLong)),
        };
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST answer a line that is no valid text with the fault line of `bad-text`.
        let Ok(line) = line else { return Some(self.fault(ErrCode::BadText)) };
        Some(match &mut self.phase {
            Phase::Welcome { faults, .. } => match Command::parse(line) {
                Ok(command) => {
                    *faults = 0;
                    Incoming::Command(command)
                }
                //= protocol/SPEC.md#10-2-what-a-person-types
                //# A server MUST answer a command whose arguments do not fit the table below with the fault line of
                //# `bad-room` if what follows `/join` is no room, of `bad-name` if the first word after `/msg` is
                //# missing or no name, and otherwise of `bad-arguments`.
                Err(error) => self.fault(error.code()),
            },
            //= protocol/SPEC.md#10-1-the-name-line
            //# A server MUST take the octets of a name line, without SP and TAB at its ends, as the name asked for.
            //= protocol/SPEC.md#10-1-the-name-line
            //# A server MUST take the next line that is not empty after a refusal as a name line.
            Phase::Opening { .. } | Phase::Ended => match Name::new(line.as_str().trim_matches([' ', '\t'])) {
                //= protocol/SPEC.md#3-4-names
                //# A server MUST refuse a reserved name in `HELLO` and in a name line with `bad-name`.
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
        //= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
        //# A server MUST send `BYE too-many-errors` in place of the `ERR` for the 16th fault in a row.
        //= protocol/SPEC.md#3-3-before-welcome
        //# A server MUST send `BYE too-many-errors` in place of the sixth refusal before `WELCOME`.
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST end the connection with the fault line of `too-many-errors` in place of the 16th fault in a
        //# row, counted as in 2.7.
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

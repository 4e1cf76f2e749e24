//! A program's side of one connection.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};

use bytes::BufMut;

use super::Millis;
use super::keep_alive::{KeepAlive, Silence};
use crate::limits::{MAX_LINE, MAX_PIPELINE, MAX_TEXT};
use crate::line::{self, Line};
use crate::{
    Answer, ByeCode, ClientMessage, Epoch, ErrCode, FrameError, Framed, Framer, Greeting, MessageError, Number,
    RoomName, Seq, ServerMessage, Text, Token, Welcome,
};

/// A connection as a program sees it: which answer is whose, which messages are still to come, whether the server is
/// there. It checks the server: what it returns as a [`ServerFault`] breaks a requirement of SPEC.md.
///
/// What it needs from its caller: [`receive`](Self::receive) until it returns `None` whenever octets have come,
/// [`send`](Self::send) for everything that is sent, and [`expire`](Self::expire) when [`deadline`](Self::deadline)
/// has passed. All three append what is to be sent to `out`.
///
/// ```
/// use fanfare_protocol::session::{ClientEvent, ClientSession, Millis};
/// use fanfare_protocol::{ClientMessage, Name};
///
/// let (mut session, mut out) = (ClientSession::new(), Vec::new());
/// let hello = ClientMessage::Hello { name: Name::new("alice")?, token: None };
/// session.send(&hello, &mut out)?;
/// assert_eq!(out, b"HELLO 1 alice\n");
///
/// let mut input = &b"FANFARE/1 Choose a username...\n\
///     WELCOME alice ping=30 text=65536 rate=50 presence=256 :Hi\nPING 7\n"[..];
/// let greeting = session.receive(Millis(0), &mut input, &mut out)?;
/// assert!(matches!(greeting, Some(ClientEvent::Greeting(_))));
/// let welcome = session.receive(Millis(0), &mut input, &mut out)?;
/// assert!(matches!(welcome, Some(ClientEvent::Welcome(_))));
/// assert_eq!(session.receive(Millis(0), &mut input, &mut out)?, None);
/// assert_eq!(out, b"HELLO 1 alice\nPONG 7\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientSession {
    framer: Framer,
    /// How many octets the last call left: they were heard, and come again.
    left: usize,
    /// How much of the greeting was looked at; `None` once it was read.
    greeting: Option<usize>,
    ended: bool,
    /// The own name, once it is registered.
    name: Option<Box<str>>,
    /// The most octets of a text that the server takes.
    text_limit: usize,
    silence: Option<KeepAlive>,
    unanswered: VecDeque<Unanswered>,
    memberships: BTreeMap<Box<str>, Membership>,
}

/// A kind of request, as the one that an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the request of that name")]
pub enum Request {
    Hello,
    Auth,
    Join,
    Leave,
    Say,
    Tell,
    Who,
    Rooms,
    History,
    Search,
}

/// What came from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientEvent<'b> {
    /// The server speaks this protocol, and this version.
    Greeting(Greeting<'b>),
    /// The name is registered.
    Welcome(Welcome<'b>),
    /// The oldest unanswered request was done.
    Done(Done<'b>),
    /// The oldest unanswered request was refused.
    Refused {
        /// Which kind it was.
        request: Request,
        /// Why.
        code: ErrCode<'b>,
        /// Not before so many milliseconds.
        retry: Option<Number>,
        /// Words for a person.
        text: Text<'b>,
    },
    /// An event, or a part of the answer to the oldest unanswered request.
    Message(ServerMessage<'b>),
    /// The answer to a `PING`.
    Pong(Option<Token<'b>>),
    /// The server ends the connection. Nothing more comes.
    Bye {
        /// Why.
        code: ByeCode<'b>,
        /// Not before so many milliseconds.
        retry: Option<Number>,
        /// Words for a person.
        text: Text<'b>,
    },
}

/// A request that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done<'b> {
    /// Which kind it was.
    pub request: Request,
    /// What the server says of it.
    pub answer: Answer<'b>,
}

/// Why a message can't be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// [`MAX_PIPELINE`] requests are unanswered: the server would not read it.
    #[error("256 requests are unanswered: wait for answers")]
    TooManyUnanswered,
    /// The text is longer than the server takes.
    #[error("the text is longer than the server takes")]
    TextTooLong,
    /// The connection has ended.
    #[error("the connection has ended")]
    Ended,
}

/// What a server did wrong. The connection is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerFault {
    /// Its first line is no greeting.
    #[error("that is no Fanfare server")]
    NotFanfare,
    /// It does not speak version 1.
    #[error("the server does not speak version 1")]
    BadVersion,
    /// A frame is broken.
    #[error("the server sent a broken frame: {0}")]
    Frame(#[from] FrameError),
    /// A message of a known verb is malformed.
    #[error("the server sent a malformed message: {0}")]
    Message(MessageError),
    /// An answer came without a request, or one of another request's kind.
    #[error("the server answered what was not asked")]
    WrongAnswer,
    /// A number of a room is not the one that is due: something was lost or repeated.
    #[error("number {due} was due in a room, and {got} came")]
    Discontinuity {
        /// The number that was due.
        due: Seq,
        /// The number that came.
        got: Seq,
    },
    /// A `JOIN` with `after` was answered as if it had been another one, and without a word that it was not followed.
    #[error("the server did not go on in a room where it was asked to")]
    WrongPlace,
    /// An event of a room that one is not in.
    #[error("the server sent an event of a room that was not joined")]
    NotAMember,
}

#[derive(Clone, Debug)]
struct Unanswered {
    request: Request,
    /// The room of a `JOIN` or `LEAVE`.
    room: Option<Box<str>>,
    /// Where a `JOIN` asked to go on: an epoch, and the number that is due there.
    after: Option<(Box<str>, Option<Seq>)>,
}

#[derive(Clone, Debug)]
struct Membership {
    epoch: Box<str>,
    /// The number that is due; `None` at the end of an epoch's numbers.
    due: Option<Seq>,
}

impl Default for ClientSession {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientSession {
    /// A connection that was just made.
    pub fn new() -> Self {
        Self {
            framer: Framer::new(),
            left: 0,
            greeting: Some(0),
            ended: false,
            name: None,
            text_limit: MAX_TEXT,
            silence: None,
            unanswered: VecDeque::new(),
            memberships: BTreeMap::new(),
        }
    }

    /// Appends a message, and remembers what it asks for.
    pub fn send(&mut self, message: &ClientMessage<'_>, out: &mut impl BufMut) -> Result<(), SendError> {
        if self.ended {
            //= protocol/SPEC.md#9-1-after-bye
            //# A client MUST NOT send a frame after it has received `BYE`.
            return Err(SendError::Ended);
        }
        //= protocol/SPEC.md#4-4-hello
        //# A client MUST NOT send a text above the `text` of its `WELCOME`.
        if message.text().is_some_and(|text| text.as_str().len() > self.text_limit) {
            return Err(SendError::TextTooLong);
        }
        let (request, room) = match message {
            ClientMessage::Hello { .. } => (Some(Request::Hello), None),
            ClientMessage::Auth { .. } => (Some(Request::Auth), None),
            ClientMessage::Join { room, .. } => (Some(Request::Join), Some(room)),
            ClientMessage::Leave { room, .. } => (Some(Request::Leave), Some(room)),
            ClientMessage::Say { .. } => (Some(Request::Say), None),
            ClientMessage::Tell { .. } => (Some(Request::Tell), None),
            ClientMessage::Who { .. } => (Some(Request::Who), None),
            ClientMessage::Rooms { .. } => (Some(Request::Rooms), None),
            ClientMessage::History { .. } => (Some(Request::History), None),
            ClientMessage::Search { .. } => (Some(Request::Search), None),
            //= protocol/SPEC.md#8-keep-alive
            //# A client MUST NOT count a `PONG` as a request or wait for an answer to it.
            ClientMessage::Ping { .. } | ClientMessage::Pong { .. } | ClientMessage::Bye { .. } => (None, None),
        };
        if let Some(request) = request {
            if self.unanswered.len() == MAX_PIPELINE {
                return Err(SendError::TooManyUnanswered);
            }
            let after = match *message {
                ClientMessage::Join { after: Some((epoch, seen)), .. } => {
                    Some((epoch.as_str().into(), Seq::new(seen.get() + 1)))
                }
                _ => None,
            };
            self.unanswered.push_back(Unanswered { request, room: room.map(|room| room.as_str().into()), after });
        }
        //= protocol/SPEC.md#3-1-greeting
        //# A client MAY send before it has received the greeting.
        //= protocol/SPEC.md#3-3-before-welcome
        //# A client MAY send requests after its `HELLO` before it has received `WELCOME`.
        message.encode(out);
        Ok(())
    }

    /// The next thing that the server said, or `None` if the input does not hold a whole one.
    ///
    /// It takes the octets of what it returns off the front of `input`; the rest must stand at the beginning of the
    /// next call's input. A `PING` is answered in `out`; an unknown verb is passed over.
    pub fn receive<'b>(
        &mut self,
        now: Millis,
        input: &mut &'b [u8],
        out: &mut impl BufMut,
    ) -> Result<Option<ClientEvent<'b>>, ServerFault> {
        // What stands there since the last call was heard then.
        if input.len() > self.left
            && let Some(silence) = &mut self.silence
        {
            silence.heard(now);
        }
        let event = self.next_event(now, input, out);
        self.left = input.len();
        event
    }

    fn next_event<'b>(
        &mut self,
        now: Millis,
        input: &mut &'b [u8],
        out: &mut impl BufMut,
    ) -> Result<Option<ClientEvent<'b>>, ServerFault> {
        while !self.ended {
            //= protocol/SPEC.md#3-1-greeting
            //# A client MUST take the first line of a server as the greeting.
            if let Some(scanned) = self.greeting {
                return Ok(self.greeting(scanned, input)?.map(ClientEvent::Greeting));
            }
            //= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
            //# A client that cannot find the end of a frame MUST end the connection.
            //= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
            //# A client SHOULD end the connection and report a fault of the server when it receives a malformed header or
            //# text, a line that is too long, or an answer to no request.
            let Framed::Frame(frame) = self.framer.next(input)? else { return Ok(None) };
            let message = match ServerMessage::parse(&frame) {
                Ok(message) => message,
                //= protocol/SPEC.md#12-versions-and-extension
                //# A server MAY send verbs and attributes that this document does not name, where a client that ignores
                //# them loses nothing that this document promises.
                //= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
                //# A client MUST ignore a frame whose verb it does not know, its text included.
                Err(MessageError::UnknownVerb) => continue,
                //= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
                //# A client that receives a known verb with arguments that do not have their form SHOULD end the
                //# connection and report a fault of the server.
                Err(error) => return Err(ServerFault::Message(error)),
            };
            return Ok(Some(match message {
                //= protocol/SPEC.md#8-keep-alive
                //# A client MUST answer each `PING` at once with a `PONG` that bears the same token, or none if the
                //# `PING` bears none.
                ServerMessage::Ping { token } => {
                    ClientMessage::Pong { token }.encode(out);
                    continue;
                }
                //= protocol/SPEC.md#4-1-rules-for-all-requests
                //# A client MUST match `OK`, `ERR` and `WELCOME` to its requests by their order, and `PONG` to its
                //# `PING` by the order among these.
                ServerMessage::Pong { token } => ClientEvent::Pong(token),
                ServerMessage::Bye { code, retry, text } => {
                    //= protocol/SPEC.md#9-1-after-bye
                    //# A client MUST NOT send a frame after it has received `BYE`.
                    self.ended = true;
                    ClientEvent::Bye { code, retry, text }
                }
                ServerMessage::Welcome(welcome) => {
                    self.answered(|request| request == Request::Hello || request == Request::Auth)?;
                    self.silence = Some(KeepAlive::new(now, welcome.ping.get() * 1_000));
                    self.name = Some(welcome.name.as_str().into());
                    self.text_limit = usize::try_from(welcome.text_limit.get()).unwrap_or(MAX_TEXT);
                    ClientEvent::Welcome(welcome)
                }
                ServerMessage::Ok(answer) => ClientEvent::Done(self.done(answer)?),
                ServerMessage::Err { code, retry, text } => {
                    let request = self.answered(|_| true)?.request;
                    ClientEvent::Refused { request, code, retry, text }
                }
                //= protocol/SPEC.md#4-1-rules-for-all-requests
                //# A server MAY send `PONG` and events between answers.
                event => {
                    self.account(&event)?;
                    ClientEvent::Message(event)
                }
            }));
        }
        Ok(None)
    }

    /// Where to go on in a room that one is in, after this connection: what to give to the next `JOIN` as `after`.
    //= protocol/SPEC.md#6-6-after-a-lost-connection
    //# A client that resumes MUST give in `after` the last number that a `MSG`, `NOTE` or `GAP` of the membership covered,
    //# or `next` - 1 if none came.
    pub fn position(&self, room: RoomName<'_>) -> Option<(Epoch<'_>, Number)> {
        let membership = self.memberships.get(room.as_str())?;
        let epoch = Epoch::new(&membership.epoch).ok()?;
        let seen = membership.due.map_or(crate::limits::MAX_NUMBER, |due| due.get() - 1);
        Some((epoch, Number::saturating(seen)))
    }

    /// How many requests have no answer yet.
    pub fn unanswered(&self) -> usize {
        self.unanswered.len()
    }

    /// When [`expire`](Self::expire) has something to do, if octets don't come first.
    pub fn deadline(&self) -> Option<Millis> {
        self.silence.filter(|_| !self.ended).map(|silence| silence.deadline())
    }

    /// Does what the time calls for: a `PING` into `out`. It returns whether the server is to be given up.
    pub fn expire(&mut self, now: Millis, out: &mut impl BufMut) -> bool {
        //= protocol/SPEC.md#9-1-after-bye
        //# A client MUST NOT send a frame after it has received `BYE`.
        match self.silence.as_mut().filter(|_| !self.ended).and_then(|silence| silence.expire(now)) {
            //= protocol/SPEC.md#8-keep-alive
            //# A client SHOULD send `PING` after one interval in which it has heard nothing, and end the connection
            //# after one more.
            Some(Silence::Ask) => ClientMessage::Ping { token: None }.encode(out),
            Some(Silence::End) => self.ended = true,
            None => {}
        }
        self.ended
    }

    fn greeting<'b>(&mut self, scanned: usize, input: &mut &'b [u8]) -> Result<Option<Greeting<'b>>, ServerFault> {
        let octets = *input;
        let line = match line::find(octets, scanned, MAX_LINE) {
            Line::Whole { end, next } => {
                *input = &octets[next..];
                &octets[..end]
            }
            Line::OverLong => return Err(ServerFault::NotFanfare),
            Line::Incomplete { scanned } => {
                self.greeting = Some(scanned);
                return Ok(None);
            }
        };
        //= protocol/SPEC.md#3-1-greeting
        //# A client that receives a first line that is no greeting MUST end the connection.
        let greeting = Greeting::parse(line).map_err(|_| ServerFault::NotFanfare)?;
        //= protocol/SPEC.md#3-1-greeting
        //# A client that speaks none of the versions of a greeting MUST end the connection.
        if !greeting.speaks_version_1() {
            return Err(ServerFault::BadVersion);
        }
        self.greeting = None;
        Ok(Some(greeting))
    }

    fn answered(&mut self, fits: impl FnOnce(Request) -> bool) -> Result<Unanswered, ServerFault> {
        //= protocol/SPEC.md#4-1-rules-for-all-requests
        //# A client MUST match `OK`, `ERR` and `WELCOME` to its requests by their order, and `PONG` to its `PING` by
        //# the order among these.
        match self.unanswered.pop_front() {
            Some(unanswered) if fits(unanswered.request) => Ok(unanswered),
            _ => Err(ServerFault::WrongAnswer),
        }
    }

    fn done<'b>(&mut self, answer: Answer<'b>) -> Result<Done<'b>, ServerFault> {
        let Unanswered { request, room, after } = self.answered(|request| match answer {
            Answer::Done => matches!(request, Request::Leave | Request::Tell),
            Answer::Join { .. } => request == Request::Join,
            Answer::Say { .. } => request == Request::Say,
            Answer::Who { .. } => request == Request::Who,
            Answer::Rooms { .. } => request == Request::Rooms,
            Answer::History { .. } => request == Request::History,
            Answer::Search { .. } => request == Request::Search,
        })?;
        match (request, answer, room) {
            (Request::Join, Answer::Join { epoch, next, reset, .. }, Some(room)) => {
                //= protocol/SPEC.md#6-5-what-a-client-checks
                //# A client that joined with `after=E:S` MUST report to its user or caller as a loss an `OK` without `reset`
                //# whose `epoch` is not E or whose `next` is not S + 1.
                let follows = |(asked, due): &(Box<str>, Option<Seq>)| **asked == *epoch.as_str() && *due == Some(next);
                if !reset && !after.as_ref().is_none_or(follows) {
                    return Err(ServerFault::WrongPlace);
                }
                //= protocol/SPEC.md#6-5-what-a-client-checks
                //# A client MUST expect after `OK` of `JOIN` that the first `MSG`, `NOTE` or `GAP` of the membership
                //# begins at `next`.
                self.memberships.insert(room, Membership { epoch: epoch.as_str().into(), due: Some(next) });
            }
            (Request::Leave, _, Some(room)) => drop(self.memberships.remove(&room)),
            _ => {}
        }
        Ok(Done { request, answer })
    }

    /// Keeps the account of the rooms' numbers. SPEC.md, section 6.5.
    fn account(&mut self, event: &ServerMessage<'_>) -> Result<(), ServerFault> {
        let (room, numbers) = match *event {
            ServerMessage::Msg(message) => (message.room, Some((message.seq, message.seq))),
            //= protocol/SPEC.md#5-8-note
            //# A client MUST count the number of a `NOTE` in the contiguity of 6.5.
            ServerMessage::Note { room, seq, .. } => (room, Some((seq, seq))),
            //= protocol/SPEC.md#5-7-gap
            //# A client MUST count the numbers of a `GAP` with an unknown REASON like those of `slow`.
            ServerMessage::Gap { room, range, .. } => (room, Some((range.first(), range.last()))),
            ServerMessage::Joined { room, .. } | ServerMessage::Left { room, .. } => (room, None),
            ServerMessage::Members { room, .. } => (room, None),
            ServerMessage::Names { .. } => return self.part_of(&[Request::Who]),
            ServerMessage::Room { .. } => return self.part_of(&[Request::Rooms]),
            //= protocol/SPEC.md#5-3-past
            //# A client MUST NOT count a `PAST` in the contiguity of 6.5.
            ServerMessage::Past(_) => return self.part_of(&[Request::History, Request::Search]),
            ServerMessage::Challenge { .. } => return self.part_of(&[Request::Auth]),
            _ => return Ok(()),
        };
        let membership = self.memberships.get_mut(room.as_str()).ok_or(ServerFault::NotAMember)?;
        if let Some((first, last)) = numbers {
            //= protocol/SPEC.md#6-5-what-a-client-checks
            //# A client MUST expect each further `MSG`, `NOTE` or `GAP` of a membership to begin at the number after
            //# the end of the one before.
            //= protocol/SPEC.md#6-5-what-a-client-checks
            //# A client MUST report a number that breaks this to its user or caller as a loss.
            match membership.due {
                Some(due) if due == first => membership.due = last.next(),
                due => return Err(ServerFault::Discontinuity { due: due.unwrap_or(Seq::FIRST), got: first }),
            }
        }
        if let ServerMessage::Left { name, .. } = event
            //= protocol/SPEC.md#2-6-values
            //# A receiver MUST treat names that are equal when folded as the same name.
            && self.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name.as_str()))
        {
            //= protocol/SPEC.md#5-5-joined-and-left
            //# A client MUST take the `LEFT` of its own name as the end of its membership.
            self.memberships.remove(room.as_str());
        }
        Ok(())
    }

    fn part_of(&self, requests: &[Request]) -> Result<(), ServerFault> {
        match self.unanswered.front() {
            Some(unanswered) if requests.contains(&unanswered.request) => Ok(()),
            _ => Err(ServerFault::WrongAnswer),
        }
    }
}

#[cfg(test)]
mod tests;

//! A conversation that survives its connections, without a socket: time and octets are arguments.
//!
//! One [`Link`] is one connection: it ends, and another takes its place. What outlives it is here: the rooms that one
//! is in and where one was in each, and every request that has no answer yet.

mod backoff;
mod ids;
mod link;
mod pacer;
mod pending;
mod repeats;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::BytesMut;
use fanfare_protocol::session::{ClientEvent, Done, Millis, Request, SendError, ServerFault};
use fanfare_protocol::{Answer, ClientMessage, Epoch, ErrCode, GapReason, Name, Number, Retry, Seq, ServerMessage};

pub(crate) use ids::Ids;

use self::backoff::Backoff;
use self::link::{Link, Phase};
use self::pending::Pending;
use self::repeats::Repeats;
use crate::ask::{self, Ask, Found, History, Members, Position, Room, Rooms, Said, Since};
use crate::config::Config;
use crate::error::{Ending, Error, Loss, Refusal};
use crate::event::{Connected, Entered, Entry, Event, Gap, Missed, Note, Told};
use crate::owned::{OwnedName, OwnedReason, OwnedRoom, OwnedToken};

/// How long to wait before a request is sent again, if the server does not say.
const RETRY: u64 = 1_000;

/// Octets that wait to be written before no further request is encoded.
const OUT: usize = 64 * 1_024;

/// What a program and a server say to each other, over one connection after another.
pub(crate) struct Conversation {
    name: OwnedName,
    token: Option<OwnedToken>,
    reconnect: bool,
    /// Milliseconds that a connection has for its `WELCOME`, and for the answer to `BYE`.
    patience: u64,
    /// The connection, while there is one.
    link: Option<Link>,
    /// Whether there was a `WELCOME` once.
    was_welcome: bool,
    /// The rooms that one is in, and where one was when the last connection was lost.
    rooms: BTreeMap<OwnedRoom, Position>,
    pending: Pending,
    /// That the program wants to go, and who waits for it.
    bye: Option<Bye>,
    repeats: Repeats,
    backoff: Backoff,
}

/// The goodbye of the program.
pub(crate) struct Bye {
    pub(crate) reason: Option<OwnedReason>,
    pub(crate) answer: Option<ask::Answer<()>>,
}

impl Conversation {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            name: config.name.clone(),
            token: None,
            reconnect: config.reconnect,
            patience: u64::try_from(config.timeout.as_millis()).unwrap_or(u64::MAX),
            link: None,
            was_welcome: false,
            rooms: BTreeMap::new(),
            pending: Pending::default(),
            bye: None,
            repeats: Repeats::default(),
            backoff: Backoff::new(config.backoff.clone()),
        }
    }

    /// A connection was made.
    pub(crate) fn connected(&mut self, now: Millis) {
        self.link = Some(Link::new(now));
    }

    /// Whether it takes a further request.
    pub(crate) fn takes(&self) -> bool {
        self.pending.has_room() && self.bye.is_none()
    }

    /// A request of the program.
    pub(crate) fn ask(&mut self, ask: Ask) {
        self.pending.push(ask);
    }

    /// The program goes, once everything is answered. Of several goodbyes the first counts.
    pub(crate) fn leave(&mut self, bye: Bye) {
        self.bye.get_or_insert(bye);
    }

    /// Whether the program waits for something that the server says, so that reading must go on.
    pub(crate) fn is_waiting(&self) -> bool {
        let is_opening = self.link.as_ref().is_some_and(|link| matches!(link.phase, Phase::Opening { .. }));
        is_opening || self.bye.is_some() || !self.pending.is_empty()
    }

    /// Whether the program has gone and nothing is left to do for it.
    pub(crate) fn is_over(&self) -> bool {
        self.bye.is_some() && self.pending.is_empty()
    }

    /// Encodes the requests that can go now.
    pub(crate) fn transmit(&mut self, now: Millis, out: &mut BytesMut) {
        let Some(link) = self.link.as_mut().filter(|link| matches!(link.phase, Phase::Open { .. })) else { return };
        //= protocol/SPEC.md#4-1-rules-for-all-requests
        //# A client MAY send a request before earlier requests are answered.
        while out.len() < OUT && link.is_open(now) {
            let Some(ask) = self.pending.next(now) else { break };
            match link.session.send(&ask.message(), out) {
                Ok(()) => {
                    link.sent();
                    self.pending.sent(ask);
                }
                Err(SendError::TextTooLong) => ask.fail(Error::TextTooLong { limit: link.text_limit }),
                Err(SendError::TooManyUnanswered | SendError::Ended) => {
                    self.pending.again(ask, now);
                    break;
                }
            }
        }
        if let Some(bye) = self.bye.as_ref().filter(|_| self.pending.is_empty()) {
            let reason = bye.reason.as_ref().map(OwnedReason::get);
            // A session that has ended takes no goodbye, and needs none.
            //= protocol/SPEC.md#9-1-after-bye
            //# A client SHOULD send `BYE` and wait for the server's before it closes a connection.
            let _ = link.session.send(&ClientMessage::Bye { reason }, out);
            link.phase = Phase::Leaving { until: now + self.patience };
        }
    }

    /// Octets came. It takes the whole frames off the front of `input`, and says how the connection ended.
    pub(crate) fn receive(
        &mut self,
        now: Millis,
        input: &mut &[u8],
        out: &mut BytesMut,
        sink: &mut dyn FnMut(Event),
    ) -> Result<(), Ending> {
        loop {
            let Some(link) = &mut self.link else { return Ok(()) };
            //= protocol/SPEC.md#6-5-what-a-client-checks
            //# A client MUST report a number that breaks this to its user or caller as a loss.
            let Some(event) = link.session.receive(now, input, out).map_err(Loss::Fault)? else { return Ok(()) };
            self.handle(now, event, out, sink)?;
        }
    }

    /// When [`expire`](Self::expire) or [`transmit`](Self::transmit) has something to do, if octets don't come first.
    /// `reading` is whether they would be seen.
    pub(crate) fn deadline(&self, now: Millis, reading: bool) -> Option<Millis> {
        let link = self.link.as_ref()?;
        let sending = matches!(link.phase, Phase::Open { .. }).then(|| self.pending.waits_until(now)).flatten();
        let pacing = self.pending.has_unsent().then(|| link.opens_at()).flatten().filter(|&at| at > now);
        [link.deadline(self.patience, reading), sending, pacing].into_iter().flatten().min()
    }

    /// Does what the time calls for.
    pub(crate) fn expire(&mut self, now: Millis, reading: bool, out: &mut BytesMut) -> Result<(), Ending> {
        let Some(link) = &mut self.link else { return Ok(()) };
        if link.expire(now, self.patience, reading, out) { Err(Loss::Silence.into()) } else { Ok(()) }
    }

    /// There is no connection any more, or none could be made. How long to wait before the next is tried; `random` has
    /// 64 random bits.
    pub(crate) fn lost(&mut self, now: Millis, loss: Loss, random: u64) -> Result<Duration, Ending> {
        if let Some(link) = self.link.take() {
            if let Phase::Open { since } = link.phase {
                self.backoff.lasted(Duration::from_millis(now.0.saturating_sub(since.0)));
            }
            for (room, position) in &mut self.rooms {
                if let Some((epoch, seq)) = link.session.position(room.get()) {
                    *position = Position::at(epoch, seq);
                }
            }
        }
        for room in self.pending.unsend() {
            self.rooms.remove(&room);
        }
        if self.is_over() {
            Err(Ending::Done)
        //= protocol/SPEC.md#7-4-reconnecting
        //# A client MAY reconnect by itself after a `BYE` whose retry is `later`, and after a connection that ended
        //# without `BYE`.
        } else if self.reconnect && self.was_welcome && loss.is_passing() {
            let least = match &loss {
                Loss::Bye(refusal) | Loss::Refused(refusal) => refusal.after.unwrap_or_default(),
                _ => Duration::ZERO,
            };
            Ok(self.backoff.wait(random, least))
        } else {
            //= protocol/SPEC.md#6-5-what-a-client-checks
            //# A client MAY end the connection after it reported a loss.
            Err(loss.into())
        }
    }

    /// It is over: whoever still waits is told so.
    pub(crate) fn end(self, ending: &Ending) {
        self.pending.fail(ending);
        if let Some(answer) = self.bye.and_then(|bye| bye.answer) {
            let result = if matches!(ending, Ending::Done) { Ok(()) } else { Err(ending.clone().into()) };
            // Nobody may be waiting any more.
            let _ = answer.send(result);
        }
    }

    fn handle(
        &mut self,
        now: Millis,
        event: ClientEvent<'_>,
        out: &mut BytesMut,
        sink: &mut dyn FnMut(Event),
    ) -> Result<(), Ending> {
        let Some(link) = &mut self.link else { return Ok(()) };
        match event {
            ClientEvent::Greeting(_) => {
                //= protocol/SPEC.md#4-4-hello
                //# A client MUST NOT send a token in a `HELLO` for another name than the one it was given for.
                let token = self.token.as_ref().map(OwnedToken::get);
                // A new session takes its first request.
                let _ = link.session.send(&ClientMessage::Hello { name: self.name.get(), token }, out);
            }
            ClientEvent::Welcome(welcome) => {
                link.welcome(now, &welcome);
                self.was_welcome = true;
                self.token = welcome.token.map(OwnedToken::from);
                let rejoins = self.rooms.iter().map(|(room, after)| (room.clone(), after.clone()));
                self.pending.rejoin(rejoins);
                //= protocol/SPEC.md#3-5-tokens
                //# A client MUST NOT show a token to anyone, nor write it to a log.
                sink(Event::Connected(Connected {
                    name: welcome.name.as_str().to_owned(),
                    text_limit: link.text_limit,
                    rate: welcome.rate.map(Number::get),
                    presence: welcome.presence.get(),
                    words: welcome.text.as_str().to_owned(),
                }));
            }
            ClientEvent::Refused { request: Request::Hello, code, retry, text } => {
                return Err(Loss::Refused(Refusal::err(code, retry, text)).into());
            }
            ClientEvent::Refused { code, retry, text, .. } => {
                link.answered(now);
                let ask = self.pending.answered().ok_or(Loss::Fault(ServerFault::WrongAnswer))?;
                self.refused(now, ask, code, Refusal::err(code, retry, text), sink);
            }
            ClientEvent::Done(done) => {
                link.answered(now);
                let ask = self.pending.answered().ok_or(Loss::Fault(ServerFault::WrongAnswer))?;
                self.done(now, ask, done, sink)?;
            }
            ClientEvent::Message(message) => self.message(&message, sink),
            ClientEvent::Pong(_) => {}
            //= protocol/SPEC.md#9-1-after-bye
            //# A client MUST close the connection after it has received `BYE`.
            ClientEvent::Bye { .. } if matches!(link.phase, Phase::Leaving { .. }) => return Err(Ending::Done),
            ClientEvent::Bye { code, retry, text } => return Err(Loss::Bye(Refusal::bye(code, retry, text)).into()),
        }
        Ok(())
    }

    fn refused(&mut self, now: Millis, ask: Ask, code: ErrCode<'_>, refusal: Refusal, sink: &mut dyn FnMut(Event)) {
        let later = now + refusal.after.map_or(RETRY, |after| u64::try_from(after.as_millis()).unwrap_or(RETRY));
        match ask {
            // It was never said or done, so it is not said or done twice.
            ask if code == ErrCode::RateLimited => self.pending.again(ask, later),
            //= protocol/SPEC.md#7-1-rules
            //# A client MUST NOT repeat by itself an unchanged request that was refused with a code whose retry is not
            //# `later`.
            ask @ Ask::Rejoin { .. } if refusal.retry == Retry::Later => self.pending.again(ask, later),
            Ask::Rejoin { room, .. } => {
                self.rooms.remove(&room);
                sink(Event::Removed { room: room.get().as_str().to_owned(), refusal: Some(refusal) });
            }
            // It could not be stored: it has no number, and was shown to nobody. Without a `retry` it is something else.
            Ask::Say { ref room, .. } if code == ErrCode::Internal && refusal.after.is_some() => {
                let room = room.get().as_str().to_owned();
                if self.pending.not_stored(ask, later) {
                    sink(Event::Delayed { room, retry: refusal.after.unwrap_or_default(), refusal });
                }
            }
            ask => {
                if matches!(ask, Ask::Say { .. }) {
                    self.pending.stores(now);
                }
                ask.fail(refusal.into());
            }
        }
    }

    fn done(&mut self, now: Millis, ask: Ask, done: Done<'_>, sink: &mut dyn FnMut(Event)) -> Result<(), Ending> {
        // Whoever asked may have gone: then nobody needs the answer.
        let _gone = match (ask, done.answer) {
            (Ask::Join { room, since, answer }, Answer::Join { epoch, next, newest, members, reset }) => {
                let how = match since {
                    Since::After(_) if !reset => Entry::Resumed,
                    _ if reset => Entry::Reset,
                    _ => Entry::Fresh,
                };
                answer.send(Ok(self.enter(room, epoch, next, newest, members, how, sink))).is_err()
            }
            (Ask::Rejoin { room, .. }, Answer::Join { epoch, next, newest, members, reset }) => {
                //= protocol/SPEC.md#6-6-after-a-lost-connection
                //# A client that resumes MUST treat `reset=yes` as the loss of an unknown number of messages.
                let how = if reset { Entry::Reset } else { Entry::Resumed };
                self.enter(room, epoch, next, newest, members, how, sink);
                false
            }
            (Ask::Leave { room, answer, .. }, Answer::Done) => {
                self.rooms.remove(&room);
                answer.send(Ok(())).is_err()
            }
            (Ask::Say { answer, .. }, Answer::Say { seq, repeat }) => {
                self.pending.stores(now);
                answer.send(Ok(Said { seq: seq.get(), repeat })).is_err()
            }
            (Ask::Tell { answer, .. }, Answer::Done) => answer.send(Ok(())).is_err(),
            (Ask::Who { names, answer, .. }, Answer::Who { members, more }) => {
                answer.send(Ok(Members { total: members.get(), names, more })).is_err()
            }
            (Ask::Rooms { rooms, answer, .. }, Answer::Rooms { more, .. }) => {
                answer.send(Ok(Rooms { rooms, more })).is_err()
            }
            (Ask::History { past, answer, .. }, Answer::History { epoch, next, .. }) => {
                let history = History { epoch: epoch.as_str().to_owned(), messages: past, next: next.get() };
                answer.send(Ok(history)).is_err()
            }
            (Ask::Search { past, answer, .. }, Answer::Search { epoch, more, .. }) => {
                answer.send(Ok(Found { epoch: epoch.as_str().to_owned(), messages: past, more })).is_err()
            }
            _ => return Err(Loss::Fault(ServerFault::WrongAnswer).into()),
        };
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "they are the fields of one answer")]
    fn enter(
        &mut self,
        room: OwnedRoom,
        epoch: Epoch<'_>,
        next: Seq,
        newest: Number,
        members: Number,
        how: Entry,
        sink: &mut dyn FnMut(Event),
    ) -> Entered {
        let entered = Entered {
            room: room.get().as_str().to_owned(),
            epoch: epoch.as_str().to_owned(),
            next: next.get(),
            newest: newest.get(),
            members: members.get(),
            how,
        };
        self.rooms.insert(room, Position::at(epoch, Number::saturating(next.get() - 1)));
        sink(Event::Entered(entered.clone()));
        entered
    }

    fn message(&mut self, message: &ServerMessage<'_>, sink: &mut dyn FnMut(Event)) {
        let is_own = |name: Name<'_>| name == self.name.get();
        match *message {
            ServerMessage::Msg(message) => {
                if is_own(message.name) {
                    self.pending.heard(&message);
                }
                sink(Event::Message(message.into()));
            }
            ServerMessage::Note { room, seq, at, name, kind, text } => sink(Event::Note(Note {
                room: room.as_str().to_owned(),
                seq: seq.get(),
                at: at.millis(),
                name: name.as_str().to_owned(),
                kind: kind.as_str().to_owned(),
                text: text.map(|text| text.as_str().to_owned()),
            })),
            //= protocol/SPEC.md#6-5-what-a-client-checks
            //# A client MUST report a `GAP` to its user or caller as messages missed.
            ServerMessage::Gap { room, range, reason } => sink(Event::Gap(Gap {
                room: room.as_str().to_owned(),
                first: range.first().get(),
                last: range.last().get(),
                //= protocol/SPEC.md#5-7-gap
                //# A client MUST count the numbers of a `GAP` with an unknown REASON like those of `slow`.
                missed: if reason == GapReason::Expired { Missed::Expired } else { Missed::Slow },
            })),
            ServerMessage::Told { name, id: Some(id), .. } if self.repeats.came_before(name, id) => {}
            ServerMessage::Told { at, name, id, text } => sink(Event::Told(Told {
                at: at.millis(),
                name: name.as_str().to_owned(),
                id: id.map(|id| id.as_str().to_owned()),
                text: text.as_str().to_owned(),
            })),
            // That one is a member oneself is what `Entered` says.
            ServerMessage::Joined { name, .. } if is_own(name) => {}
            ServerMessage::Joined { room, name } => {
                sink(Event::Joined { room: room.as_str().to_owned(), name: name.as_str().to_owned() });
            }
            //= protocol/SPEC.md#5-5-joined-and-left
            //# A client MUST take the `LEFT` of its own name as the end of its membership.
            ServerMessage::Left { room, name, .. } if is_own(name) => {
                self.rooms.remove(&OwnedRoom::from(room));
                sink(Event::Removed { room: room.as_str().to_owned(), refusal: None });
            }
            ServerMessage::Left { room, name, reason } => sink(Event::Left {
                room: room.as_str().to_owned(),
                name: name.as_str().to_owned(),
                reason: reason.map(|reason| reason.as_str().to_owned()),
            }),
            //= protocol/SPEC.md#5-6-members
            //# A client that shows a list of members MUST treat it as stale after `MEMBERS`.
            ServerMessage::Members { room, total, joined, left } => sink(Event::Members {
                room: room.as_str().to_owned(),
                total: Some(total.get()),
                joined: joined.map(Number::get),
                left: left.map(Number::get),
            }),
            ServerMessage::Names { names, .. } => {
                if let Some(Ask::Who { names: list, .. }) = self.pending.front() {
                    list.extend(names.iter().map(|name| name.as_str().to_owned()));
                }
            }
            ServerMessage::Room { room, members, newest } => {
                if let Some(Ask::Rooms { rooms, .. }) = self.pending.front() {
                    let room = room.as_str().to_owned();
                    rooms.push(Room { room, members: members.get(), newest: newest.get() });
                }
            }
            ServerMessage::Past(message) => {
                if let Some(Ask::History { past, .. } | Ask::Search { past, .. }) = self.pending.front() {
                    past.push(message.into());
                }
            }
            // The session keeps the rest to itself; a challenge answers an AUTH, which is never sent.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;

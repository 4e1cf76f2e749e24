//! What both modes ask for, and how it is answered.

use std::sync::Arc;

use fanfare_protocol::plain::{Dialect, Reply, ServerLine};
use fanfare_protocol::{
    Answer, Epoch, ErrCode, Id, Name, Number, PageSize, Query, Reason, RoomName, Seq, ServerMessage, Text, Token,
    Welcome,
};
use tracing::debug;

use super::answers::LongAnswer;
use super::connection::Held;
use super::mailbox::Letter;
use super::replay::Replay;
use super::{MESSAGE, Timer, Worker};
use crate::history::Terms;
use crate::hub::{Entered, Home, Person, Refusal, ResumeToken, Room, RoomEffect, Spoken};

impl Worker {
    /// `HELLO`, or a person's name line. SPEC.md, sections 3.4, 4.4 and 10.1.
    pub(super) fn hello(&mut self, number: usize, name: Name<'_>, token: Option<Token<'_>>) {
        let Some(connection) = self.connections.get(number) else { return };
        let dialect = connection.dialect();
        let home = Home { worker: self.id, connection: number, generation: connection.generation };
        //= protocol/SPEC.md#3-5-tokens
        //# A server SHOULD give a token with each `WELCOME`.
        let entered = self.shared.hub.enter(name, token.map(Token::as_str), dialect, home, self.now);
        let Entered { person, token, replaced, effects } = match entered {
            Ok(entered) => entered,
            Err(code) => return self.refuse_opening(number, code),
        };
        // The earlier connection hears of it before it hears of its own leaving.
        match replaced {
            Some(old) if old.worker == self.id => self.replaced(old),
            Some(old) => self.shared.mailboxes[old.worker.index()].send(Letter::Replaced(old)),
            None => {}
        }
        self.spread(effects);
        let limits = self.limits;
        let token = token.map(ResumeToken::digits);
        let Some(connection) = self.connections.get_mut(number) else { return };
        //= protocol/SPEC.md#13-security-considerations
        //# A server MUST NOT write texts or tokens to a log.
        debug!(peer = %connection.peer(), name = name.as_str(), mode = ?dialect, "welcome");
        connection.person = Some(person);
        connection.session.welcome(self.now);
        //= protocol/SPEC.md#4-4-hello
        //# A server MUST answer an accepted `HELLO` with `WELCOME` and the name as `HELLO` spelled it.
        //= protocol/SPEC.md#5-1-rules-for-all-events
        //# A server MUST NOT send an event other than `BYE` before `WELCOME`.
        connection.tell(&ServerMessage::Welcome(Welcome {
            //= protocol/SPEC.md#2-6-values
            //# A server MUST send a name as the person spelled it in the `HELLO` or name line that was accepted.
            name,
            token: token.as_ref().and_then(|digits| Token::new(str::from_utf8(digits).ok()?).ok()),
            //= protocol/SPEC.md#4-4-hello
            //# A server MUST send `ping`, `text` and `presence` in each `WELCOME`.
            ping: limits.ping_seconds,
            text_limit: limits.text,
            rate: limits.request_rate.map(|rate| rate.get().into()),
            presence: limits.presence,
            text: Text::new(&self.shared.options.welcome).unwrap_or_default(),
        }));
        self.list(number);
        self.schedule(number);
        if dialect == Dialect::Plain {
            self.enter_lobby(number);
        }
    }

    /// `JOIN`: the answer, a gap if there is one, and a seat. Returns how many members the room has.
    pub(super) fn join(
        &mut self,
        number: usize,
        name: RoomName<'_>,
        after: Option<(Epoch<'_>, Number)>,
        last: Option<Number>,
    ) -> Result<Number, Refusal> {
        let person = self.person(number)?;
        let (room, membership, effect) = self.shared.hub.join(&person, name, after, last, self.now)?;
        let Some(connection) = self.connections.get_mut(number) else { return Err(Refusal::Gone) };
        //= protocol/SPEC.md#4-5-join
        //# A server MUST send the `OK` of a `JOIN` before every event of that membership.
        connection.tell(&ServerMessage::Ok(Answer::Join {
            epoch: room.epoch(),
            next: membership.next,
            newest: membership.newest,
            members: membership.members,
            reset: membership.reset,
        }));
        //= protocol/SPEC.md#6-3-replay
        //# A server MUST name the numbers from `next` that it does not replay because of `last`, or because they are no
        //# longer kept, in one leading `GAP`.
        if let Some((range, reason)) = membership.gap {
            connection.tell(&ServerMessage::Gap { room: name, range, reason });
        }
        match Replay::of(&room, &membership) {
            Some(replay) => connection.replays.get_or_insert_default().push_back(replay),
            None => {
                let joined = (membership.joined, membership.told);
                self.seating.sit(number, connection, Arc::clone(&room), membership.cursor, joined);
            }
        }
        self.list(number);
        self.spread([(room, effect)]);
        Ok(membership.members)
    }

    /// `LEAVE`, without its answer.
    pub(super) fn leave(
        &mut self,
        number: usize,
        name: RoomName<'_>,
        reason: Option<Reason<'_>>,
    ) -> Result<(), Refusal> {
        let person = self.person(number)?;
        let (room, effect) = self.shared.hub.leave(&person, name, reason, self.now)?;
        let seat = self.seating.find(&room).and_then(|local| {
            let seats = &mut self.connections.get_mut(number)?.seats;
            let index = seats.iter().position(|seat| seat.room == local)?;
            Some(seats.swap_remove(index))
        });
        //= protocol/SPEC.md#4-6-leave
        //# A server MUST NOT send an event of the room after the `OK` of `LEAVE`, until the client joins again.
        //= protocol/SPEC.md#4-6-leave
        //# A server MUST NOT send the `LEFT` of a `LEAVE` to the person who leaves.
        //= protocol/SPEC.md#4-6-leave
        //# A server MAY leave out those events of a membership that it has not sent when it sends the `OK` of its `LEAVE`,
        //# one's own `JOINED` and messages included.
        match seat {
            Some(seat) => self.seating.stand_up(&mut self.connections, seat),
            None => self.stop_replay(number, &room),
        }
        self.spread([(room, effect)]);
        Ok(())
    }

    /// `SAY`, without its answer: the message's number, and whether it is a repeat; or nothing, if it is to be stored first.
    pub(super) fn say(
        &mut self,
        number: usize,
        room: RoomName<'_>,
        id: Option<Id<'_>>,
        text: Text<'_>,
    ) -> Result<Option<(Seq, bool)>, Refusal> {
        let connection = self.connections.get_mut(number).ok_or(Refusal::Gone)?;
        let person = connection.person.as_ref().ok_or(Refusal::Gone)?;
        match self.shared.hub.say(person, room, id, text, (self.now, self.wall))? {
            Spoken::Said(seq, effect) => {
                let repeat = effect.is_none();
                self.spread(effect);
                self.gathered += MESSAGE;
                Ok(Some((seq, repeat)))
            }
            Spoken::Taken(octets) => {
                connection.awaited += 1;
                self.taken += octets;
                Ok(None)
            }
        }
    }

    /// `TELL`, without its answer: who is told.
    pub(super) fn tell(
        &mut self,
        number: usize,
        name: Name<'_>,
        id: Option<Id<'_>>,
        text: Text<'_>,
    ) -> Result<Arc<Person>, Refusal> {
        let person = self.person(number)?;
        let told = self.shared.hub.tell(&person, name, id, text, self.wall)?;
        let home = told.to.home();
        //= protocol/SPEC.md#4-8-tell
        //# A server MUST send an accepted `TELL` to the named person and to nobody else, as `TOLD` or its counterpart
        //# in plain mode.
        if home.worker == self.id {
            self.told(home, &told.octets);
        } else {
            self.shared.mailboxes[home.worker.index()].send(Letter::Told(home, told.octets));
        }
        Ok(told.to)
    }

    /// A private message has come for a connection.
    pub(super) fn told(&mut self, home: Home, octets: &[u8]) {
        let Some(connection) = self.connections.get_mut(home.connection) else { return };
        //= protocol/SPEC.md#4-8-tell
        //# A server MUST send an accepted `TELL` to the named person and to nobody else, as `TOLD` or its counterpart
        //# in plain mode.
        if connection.generation == home.generation && connection.is_open() {
            //= protocol/SPEC.md#4-8-tell
            //# A server MUST send the messages that one person tells another in the order in which they were accepted.
            connection.outbox.push(octets);
            connection.private += octets.len();
            self.list(home.connection);
        }
    }

    /// `SEARCH`: the answer begins. SPEC.md, section 4.15.
    pub(super) fn search(
        &mut self,
        number: usize,
        room: Arc<Room>,
        before: Option<Seq>,
        last: PageSize,
        text: Query<'_>,
    ) -> Result<(), Refusal> {
        if self.shared.history.is_none() {
            return Err(ErrCode::NotAllowed.into());
        }
        self.answer_at_length(number, LongAnswer::search(room, Terms::of(text), before, last.get()));
        Ok(())
    }

    /// The room of a name that a connection's person is in.
    pub(super) fn membership(&self, number: usize, name: RoomName<'_>) -> Result<Arc<Room>, Refusal> {
        self.shared.hub.membership(&*self.person(number)?, name)
    }

    /// The person of a connection that has a name.
    pub(super) fn person(&self, number: usize) -> Result<Arc<Person>, Refusal> {
        self.connections.get(number).and_then(|connection| connection.person.clone()).ok_or(Refusal::Gone)
    }

    /// Takes a request from what the connection may ask for in a while.
    pub(super) fn charge(&mut self, number: usize) -> Result<(), Refusal> {
        //= protocol/SPEC.md#4-2-the-message-rate
        //# A server MUST apply the rate to connections from the loopback address too.
        let Some(rate) = self.limits.request_rate else { return Ok(()) };
        let Some(connection) = self.connections.get_mut(number) else { return Ok(()) };
        //= protocol/SPEC.md#4-1-rules-for-all-requests
        //# A server that announces a message rate MUST enforce it with `ERR rate-limited` as 4.2 says.
        connection.requests.take(rate, self.now).map_err(|retry| Refusal::Err(ErrCode::RateLimited, Some(retry)))
    }

    /// Answers a connection.
    pub(super) fn answer(&mut self, number: usize, message: &ServerMessage<'_>) {
        if let Some(connection) = self.connections.get_mut(number) {
            connection.tell(message);
            self.list(number);
        }
    }

    /// Answers a command.
    pub(super) fn reply(&mut self, number: usize, reply: &Reply<'_>) {
        if let Some(connection) = self.connections.get_mut(number) {
            reply.encode(connection.outbox.buffer());
            self.list(number);
        }
    }

    /// Begins an answer of many lines.
    pub(super) fn answer_at_length(&mut self, number: usize, answer: LongAnswer) {
        if let Some(connection) = self.connections.get_mut(number) {
            connection.answer = Some(Box::new(answer));
            self.list(number);
        }
    }

    /// Says what the hub did not do.
    pub(super) fn refused(&mut self, number: usize, refused: Refusal) {
        match refused {
            Refusal::Err(code, retry) => self.refuse(number, code, retry),
            // The connection was replaced, and is told so by a letter that is on its way.
            Refusal::Gone => {}
        }
    }

    /// Answers with an `ERR`, behind what waits to be stored.
    pub(super) fn refuse(&mut self, number: usize, code: ErrCode<'static>, retry: Option<u32>) {
        match self.connections.get_mut(number) {
            Some(connection) if connection.awaited > 0 => {
                connection.held = Some(Box::new(Held::Refusal(code, retry)));
            }
            _ => self.refuse_now(number, code, retry),
        }
    }

    /// Answers with an `ERR`. A person who has no name yet is asked for one again.
    pub(super) fn refuse_now(&mut self, number: usize, code: ErrCode<'static>, retry: Option<u32>) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        //= protocol/SPEC.md#7-1-rules
        //# A server MUST NOT send `retry` with a code whose retry is not `later`.
        //= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
        //# A server MUST NOT put octets that it received from the peer into the text of an `ERR` or `BYE`.
        connection.tell(&ServerMessage::Err { code, retry: retry.map(Number::from), text: code.text() });
        if connection.person.is_none() && connection.session.dialect() == Some(Dialect::Plain) {
            //= protocol/SPEC.md#10-1-the-name-line
            //# A server MUST answer a refused name line with a fault line (10.3) and the line `Choose a username...`.
            ServerLine::Prompt.encode(connection.outbox.buffer());
        }
        self.list(number);
    }

    /// Refuses a name; after too many refusals, the connection.
    pub(super) fn refuse_opening(&mut self, number: usize, code: ErrCode<'static>) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        if connection.person.is_some() {
            return self.refuse(number, code, None);
        }
        //= protocol/SPEC.md#3-3-before-welcome
        //# A server MUST let the client try again after a refused `HELLO` or name line.
        let incoming = connection.session.refuse(code);
        self.execute(number, incoming);
    }

    /// Wakes those who have something to read, and notes what is to be done later.
    pub(super) fn spread(&mut self, effects: impl IntoIterator<Item = RoomEffect>) {
        for (room, effect) in effects {
            if let Some(due) = effect.members_due {
                self.timers.add(due, Timer::Members(Arc::clone(&room)));
            }
            for worker in effect.wake.iter() {
                if worker == self.id {
                    self.wake(&room);
                } else {
                    self.shared.mailboxes[worker.index()].send(Letter::Wake(Arc::clone(&room)));
                }
            }
        }
    }
}

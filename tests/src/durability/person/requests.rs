//! What one sends: what is to be done next, and what must be sent again.

use std::time::Instant;

use fanfare_protocol::{ClientMessage, Epoch, Id, Number, PageSize, Query, RoomName, Seq, SeqRange, Text};

use super::{Over, Person, Place, Request};
use crate::durability::record::{Said, SaidId, Step};
use crate::durability::script::{Act, Entrance};
use crate::durability::wire::Wire;

/// How many pages one walk through a history has at most.
const PAGES: u64 = 12;

impl Person {
    /// Sends everything that can go now.
    pub(super) fn act(&mut self, wire: &Wire) -> Option<Over> {
        let is_welcome = !matches!(self.unanswered.front(), Some(Request::Hello));
        while is_welcome && self.unanswered.len() < self.role.window {
            let now = Instant::now();
            if let Some(message) = self.again.pop_front() {
                self.say(wire, message);
            } else if self.refused.front().is_some_and(|(due, _)| *due <= now) {
                let (_, message) = self.refused.pop_front()?;
                self.say(wire, message);
            } else if now < self.until || self.must_wait() {
                return None;
            } else if let Some(act) = self.acts.pop_front() {
                if let Some(over) = self.begin(wire, act) {
                    return Some(over);
                }
            } else {
                return None;
            }
        }
        None
    }

    /// Whether somebody who is about to leave a room has said something that must perhaps be said again.
    fn must_wait(&self) -> bool {
        let is_said = || self.unanswered.iter().any(|request| matches!(request, Request::Say(_)));
        matches!(self.acts.front(), Some(Act::Leave(_))) && (!self.refused.is_empty() || is_said())
    }

    fn begin(&mut self, wire: &Wire, act: Act) -> Option<Over> {
        match act {
            Act::Join(room, entrance) => {
                // Events of an earlier membership come up to the answer to its LEAVE.
                let place = Place { entrance, position: None, is_wanted: true, membership: None };
                let place = self.rooms.entry(room.clone()).or_insert(place);
                (place.entrance, place.is_wanted) = (entrance, true);
                self.join(wire, &room);
            }
            Act::Leave(room) => {
                if let Some(place) = self.rooms.get_mut(&room) {
                    place.is_wanted = false;
                    wire.send(&ClientMessage::Leave { room: named(&room), reason: None });
                    self.account.trace.note(format_args!("C LEAVE {room}"));
                    self.unanswered.push_back(Request::Leave(room));
                }
            }
            Act::Say { room, id, text } => {
                let (id, moment) = (id.map_or(SaidId::None, SaidId::Given), self.course.tide.moment());
                self.publisher.said.push(Said { room, id, text, moment });
                self.say(wire, self.publisher.said.len() - 1);
            }
            Act::Page { room, forwards, span } => self.page(wire, &room, forwards, span),
            Act::Search { .. } => self.search(wire, act),
            Act::Pause(time) => self.until = Instant::now() + time,
            Act::Again(goodbye) => return Some(Over::Again { goodbye }),
        }
        None
    }

    /// Joins a room where one stopped, or as one wanted to at first.
    pub(super) fn join(&mut self, wire: &Wire, room: &str) {
        let Some(place) = self.rooms.get_mut(room) else { return };
        let after = place.position.clone().filter(|_| !matches!(place.entrance, Entrance::Now | Entrance::Last(_)));
        let last = match place.entrance {
            Entrance::Last(last) | Entrance::ResumeLast(last) => Some(last),
            Entrance::Now | Entrance::Resume => None,
        };
        let seen = self.course.tide.of(room);
        wire.send(&ClientMessage::Join {
            room: named(room),
            after: after.as_ref().map(|(epoch, seq)| (epoch_of(epoch), Number::saturating(*seq))),
            last: last.map(Number::saturating),
        });
        self.account.trace.note(format_args!("C JOIN {room} after={after:?} last={last:?}"));
        self.unanswered.push_back(Request::Join { room: room.to_owned(), after, last, seen });
    }

    /// Says a message; every now and then twice at once, as if the first answer were lost.
    fn say(&mut self, wire: &Wire, message: usize) {
        self.say_once(wire, message);
        if self.has_id(message) && self.random.u8(..16) == 0 {
            self.say_once(wire, message);
        }
    }

    fn say_once(&mut self, wire: &Wire, message: usize) {
        let said = &self.publisher.said[message];
        let id = match &said.id {
            SaidId::Given(id) => Some(Id::new(id).expect("a plan has ids")),
            SaidId::None | SaidId::Drawn => None,
        };
        let text = Text::new(&said.text).expect("a plan has texts that can be said");
        wire.send(&ClientMessage::Say { room: named(&said.room), id, text });
        self.account.trace.note(format_args!("C SAY {} {message} ({} octets)", said.room, said.text.len()));
        self.publisher.steps.push(Step::Sent(message));
        self.unanswered.push_back(Request::Say(message));
    }

    /// Asks for all pages at once. Who is not in the room at the moment does not.
    fn page(&mut self, wire: &Wire, room: &str, forwards: bool, span: u64) {
        if self.rooms.get(room).is_none_or(|place| !place.is_wanted) {
            return;
        }
        let seen = self.course.tide.of(room);
        let pages = seen.div_ceil(span).min(PAGES);
        for page in 0..pages {
            let first = if forwards { 1 + page * span } else { seen.saturating_sub((page + 1) * span) + 1 };
            // The last page forwards is open: it may have more than anybody has seen.
            let last = if forwards { first + span - 1 } else { seen - page * span };
            let range = Seq::new(first).zip(Seq::new(last)).and_then(|(first, last)| SeqRange::new(first, last));
            let range = range.expect("a page has a number at least");
            wire.send(&ClientMessage::History { room: named(room), range, epoch: None });
            self.account.trace.note(format_args!("C HISTORY {room} {first} {last}"));
            self.unanswered.push_back(Request::Page { room: room.to_owned(), first, last, seen });
        }
    }

    /// Searches a room; in one where it is not at the moment, it does not.
    fn search(&mut self, wire: &Wire, act: Act) {
        let Act::Search { room, text, last, skip } = &act else { return };
        if self.rooms.get(room).is_none_or(|place| !place.is_wanted) {
            return;
        }
        let seen = self.course.tide.of(room);
        let before = skip.map(|skip| seen.saturating_sub(skip).max(1));
        wire.send(&ClientMessage::Search {
            room: named(room),
            before: before.and_then(Seq::new),
            last: PageSize::new(*last),
            text: Query::new(text).expect("a plan has words"),
        });
        self.account.trace.note(format_args!("C SEARCH {room} before={before:?} last={last} {text}"));
        self.unanswered.push_back(Request::Search { act, before, seen });
    }

    /// Whether a message can be sent again.
    pub(super) fn has_id(&self, message: usize) -> bool {
        self.publisher.said[message].id != SaidId::None
    }
}

fn named(room: &str) -> RoomName<'_> {
    RoomName::new(room).expect("a plan has rooms")
}

fn epoch_of(epoch: &str) -> Epoch<'_> {
    Epoch::new(epoch).expect("the server sent it")
}

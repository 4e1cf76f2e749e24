//! What one hears: answers, matched by their order, and events.

use std::time::{Duration, Instant};

use fanfare_protocol::{ClientMessage, Token};

use super::{Over, Person, Request};
use crate::durability::direct::PUT_OFF;
use crate::durability::record::{Event, Membership, Page, Search, Step};
use crate::durability::script::{Act, Entrance};
use crate::durability::wire::{Heard, Wire};

/// How long a name that is taken is waited for, beside the usual pause.
const TAKEN: Duration = Duration::from_millis(50);

impl Person {
    /// Enters what came. How the connection is over, if it is.
    pub(super) fn hear(&mut self, wire: &Wire, heard: Heard) -> Option<Over> {
        self.note(&heard);
        match heard {
            Heard::Message(room, message) => {
                self.course.tide.raise(&room, message.seq);
                self.event(&room, Event::Message(message));
            }
            Heard::Gap { room, first, last, expired } => {
                let moment = self.course.tide.moment();
                self.event(&room, Event::Gap { first, last, expired, moment });
            }
            Heard::Joined { room, name } if name == self.role.name => self.event(&room, Event::Joined),
            Heard::Left { room, name } if name == self.role.name => {
                self.account.odd(format!("{name} was removed from {room}"));
            }
            Heard::Past(_, message) => self.past.push(message),
            Heard::Ping(token) => {
                let token = token.as_deref().map(|token| Token::new(token).expect("the server sent it"));
                wire.send(&ClientMessage::Pong { token });
            }
            Heard::Bye(code) => {
                if !matches!(code.as_str(), "bye" | "shutdown" | "timeout") {
                    self.account.odd(format!("{}: BYE {code}", self.role.name));
                }
                return Some(Over::Lost);
            }
            Heard::Joined { .. } | Heard::Left { .. } | Heard::Other => {}
            answer => return self.answer(wire, answer),
        }
        None
    }

    fn answer(&mut self, wire: &Wire, answer: Heard) -> Option<Over> {
        let Some(request) = self.unanswered.pop_front() else {
            self.account.odd(format!("{}: {answer:?} answers nothing", self.role.name));
            return Some(Over::Lost);
        };
        match (request, answer) {
            (Request::Hello, Heard::Welcome(token)) => {
                self.token = token;
                let rooms: Vec<_> =
                    self.rooms.iter().filter(|(_, place)| place.is_wanted).map(|(room, _)| room.clone()).collect();
                for room in rooms {
                    self.join(wire, &room);
                }
            }
            // The token of the last connection was lost with its WELCOME.
            (Request::Hello, Heard::Refused { code, .. }) if code == "name-taken" => {
                self.until = self.until.max(Instant::now() + TAKEN);
                return Some(Over::Lost);
            }
            (Request::Join { room, after, last, seen }, Heard::Entered { epoch, next, newest, reset }) => {
                self.course.tide.raise(&room, newest);
                if let Some(place) = self.rooms.get_mut(&room) {
                    place.position = Some((epoch.clone(), next - 1));
                    // From now on one resumes.
                    place.entrance = Entrance::Resume;
                    place.membership = Some(Membership {
                        who: self.role.name.clone(),
                        room,
                        after,
                        last,
                        seen,
                        epoch,
                        next,
                        newest,
                        reset,
                        events: Vec::new(),
                        due: 0,
                    });
                }
            }
            (Request::Leave(room), Heard::Done) => {
                if let Some(place) = self.rooms.get_mut(&room) {
                    self.account.memberships.extend(place.membership.take());
                }
            }
            (Request::Say(message), Heard::Said { seq, repeat }) => {
                self.course.tide.raise(&self.publisher.said[message].room, seq);
                self.publisher.steps.push(Step::Accepted { message, seq, repeat });
            }
            (Request::Say(message), Heard::Refused { code, retry }) => self.refuse(message, code, retry),
            (Request::Page { room, first, last, seen }, Heard::Paged { epoch, count, next }) => {
                let messages = std::mem::take(&mut self.past);
                if messages.len() as u64 != count {
                    self.account.odd(format!("{}: count={count} for {} messages", self.role.name, messages.len()));
                }
                for message in &messages {
                    self.course.tide.raise(&room, message.seq);
                }
                let (who, moment) = (self.role.name.clone(), self.course.tide.moment());
                self.account.pages.push(Page { who, room, first, last, seen, epoch, messages, next, moment });
            }
            (
                Request::Search { act: Act::Search { room, text, last, .. }, before, seen },
                Heard::Found { epoch, count, more },
            ) => {
                let messages = std::mem::take(&mut self.past);
                self.put_off = 0;
                if messages.len() as u64 != count {
                    self.account.odd(format!("{}: count={count} for {} messages", self.role.name, messages.len()));
                }
                for message in &messages {
                    self.course.tide.raise(&room, message.seq);
                }
                let (who, moment) = (self.role.name.clone(), self.course.tide.moment());
                self.account.searches.push(Search {
                    who,
                    room,
                    text,
                    before,
                    last,
                    seen,
                    epoch,
                    messages,
                    more,
                    moment,
                });
            }
            // The index is behind, as after a start, or can't be written.
            (Request::Search { act, .. }, Heard::Refused { code, retry: Some(retry) })
                if code == "internal" && self.put_off < PUT_OFF =>
            {
                self.put_off += 1;
                self.until = self.until.max(Instant::now() + Duration::from_millis(retry));
                self.acts.push_front(act);
            }
            (request, answer) => {
                self.account.odd(format!("{}: {} was answered {answer:?}", self.role.name, request.named()));
                return Some(Over::Lost);
            }
        }
        None
    }

    /// A message was refused. Half of them are said once more, when the server says that it may help.
    fn refuse(&mut self, message: usize, code: String, retry: Option<u64>) {
        let is_clear = code == "internal" && retry.is_some();
        if !is_clear {
            self.account.odd(format!("{}: a message was answered ERR {code} retry={retry:?}", self.role.name));
        }
        self.publisher.steps.push(Step::Refused { message, code });
        let due = Instant::now() + Duration::from_millis(retry.unwrap_or(1_000));
        self.until = self.until.max(due);
        if is_clear && self.random.bool() {
            self.refused.push_back((due, message));
        }
    }

    fn event(&mut self, room: &str, event: Event) {
        let Some(place) = self.rooms.get_mut(room) else {
            self.account.odd(format!("{}: an event of {room}, where it never was", self.role.name));
            return;
        };
        match &mut place.membership {
            Some(membership) => {
                membership.events.push(event);
                place.position = Some((membership.epoch.clone(), membership.covered()));
            }
            None => self.account.odd(format!("{}: an event of {room}, where it is not", self.role.name)),
        }
    }

    fn note(&mut self, heard: &Heard) {
        match heard {
            Heard::Message(room, message) => self.account.trace.note(format_args!("S MSG {room} {}", message.seq)),
            Heard::Past(room, message) => self.account.trace.note(format_args!("S PAST {room} {}", message.seq)),
            Heard::Welcome(_) => self.account.trace.note("S WELCOME"),
            Heard::Joined { .. } | Heard::Left { .. } | Heard::Other => {}
            heard => self.account.trace.note(format_args!("S {heard:?}")),
        }
    }
}

impl Request {
    fn named(&self) -> String {
        match self {
            Self::Hello => "HELLO".to_owned(),
            Self::Join { room, after, last, .. } => format!("JOIN {room} after={after:?} last={last:?}"),
            Self::Leave(room) => format!("LEAVE {room}"),
            Self::Say(message) => format!("SAY {message}"),
            Self::Search { act, before, .. } => format!("{act:?} before={before:?}"),
            Self::Page { room, first, last, .. } => format!("HISTORY {room} {first} {last}"),
        }
    }
}

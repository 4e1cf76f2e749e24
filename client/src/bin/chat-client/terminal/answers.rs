//! What comes of a request.

use fanfare_client::{Client, Error, Found, History, Members, Rooms};

use super::chat::{Chat, Flow, members};
use super::clock::timestamp;
use super::gaps::messages;
use super::marks::Marks;
use super::view::Kind;
use crate::searches::Wanted;

/// How many messages of the past are fetched at once.
const PAGE: usize = 1_000;

/// A request that was answered, or was not done.
#[derive(Debug)]
pub(crate) enum Answer {
    /// To say something.
    Said { serial: u64, room: String, text: String, result: Result<(), Error> },
    /// To tell somebody something.
    Told { serial: u64, name: String, text: String, result: Result<(), Error> },
    /// To become a member.
    Joined { room: String, result: Result<(), Error> },
    /// To be a member no longer.
    Left { room: String, result: Result<(), Error> },
    /// Who is in a room.
    Members { room: String, is_shown: bool, result: Result<Members, Error> },
    /// Which rooms there are.
    Rooms(Result<Rooms, Error>),
    /// Messages of the past.
    Past { wanted: Past, result: Result<History, Error> },
    /// Messages that have some words.
    Found { wanted: Wanted, result: Result<Found, Error> },
    /// To leave.
    Goodbye,
}

/// Messages of the past that somebody wants to see.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    pub(crate) room: String,
    pub(crate) epoch: String,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Whether they were missed, or are seen again.
    pub(crate) is_missed: bool,
}

/// Fetches messages of the past: all that are kept, or a page of them.
pub(crate) async fn past(client: &Client, wanted: &Past) -> Result<History, Error> {
    let epoch = Some(wanted.epoch.as_str());
    let mut all = client.history(&wanted.room, wanted.first..=wanted.last, epoch).await?;
    while all.next <= wanted.last && all.messages.len() < PAGE {
        let more = client.history(&wanted.room, all.next..=wanted.last, epoch).await?;
        if more.next <= all.next {
            break;
        }
        all.next = more.next;
        all.messages.extend(more.messages);
    }
    Ok(all)
}

impl Chat {
    /// Shows what came of a request.
    pub(super) fn answered(&mut self, answer: Answer) -> Flow {
        match answer {
            Answer::Said { serial, result: Ok(()), .. } => self.unsent.answered(serial),
            Answer::Said { serial, room, text, result: Err(error) } => self.not_sent(serial, &room, &text, &error),
            Answer::Told { serial, name, text, result: Ok(()) } => {
                self.unsent.answered(serial);
                self.show(jiff::Timestamp::now(), None, Kind::Telling(name), text);
            }
            Answer::Told { serial, name, text, result: Err(error) } => self.not_sent(serial, &name, &text, &error),
            Answer::Joined { result: Ok(()), .. } => {}
            Answer::Joined { room, result: Err(error) } => {
                self.refused(&format!("you can't enter {room}"), &error);
                self.remove_room(&room);
            }
            Answer::Left { room, result } => {
                self.rooms.left(&room);
                match result {
                    Ok(()) => self.notice(None, format!("you have left {room}")),
                    Err(error) => self.refused(&format!("you can't leave {room}"), &error),
                }
            }
            Answer::Members { room, is_shown, result: Ok(found) } => self.members(&room, is_shown, &found),
            Answer::Members { is_shown: false, .. } => {}
            Answer::Members { room, result: Err(error), .. } => self.refused(&format!("who is in {room}"), &error),
            Answer::Rooms(Ok(found)) => self.rooms_found(found),
            Answer::Rooms(Err(error)) => self.refused("which rooms there are", &error),
            Answer::Past { wanted, result } => {
                if wanted.is_missed {
                    self.missed.end(&wanted.room);
                }
                match result {
                    Ok(found) => self.past(&wanted, found),
                    Err(error) => self.no_past(&wanted, &error),
                }
            }
            Answer::Found { wanted, result: Ok(found) } => self.found(wanted, found),
            Answer::Found { wanted, result: Err(Error::Refused(refusal)) } if refusal.code == "not-allowed" => {
                self.fault(Some(&wanted.room), "this server does not search".to_owned());
            }
            Answer::Found { wanted, result: Err(error) } => {
                self.refused(&format!("what was said in {} with these words", wanted.room), &error);
            }
            Answer::Goodbye => {}
        }
        Flow::On
    }

    /// A text was not sent: it is given back. What the end of the conversation left without an answer is told at the
    /// end.
    fn not_sent(&mut self, serial: u64, to: &str, text: &str, error: &Error) {
        if let Error::Ended(_) = error {
            return;
        }
        self.unsent.answered(serial);
        self.ui.editor.remember(text);
        self.fault(None, format!("not sent to {to}: {error}; the arrow up brings it back"));
    }

    /// A request was refused. That the conversation has ended is told by itself.
    fn refused(&mut self, what: &str, error: &Error) {
        if !matches!(error, Error::Ended(_)) {
            self.fault(None, format!("{what}: {error}"));
        }
    }

    fn members(&mut self, room: &str, is_shown: bool, found: &Members) {
        if let Some(room) = self.rooms.get(room) {
            found.names.iter().for_each(|name| room.is_here(name));
        }
        if is_shown {
            let mut text = format!("{} in {room}: {}", members(found.total), found.names.join(", "));
            if found.more {
                text.push_str(" and more");
            }
            self.notice(None, text);
        }
    }

    fn rooms_found(&mut self, found: Rooms) {
        let lines: Vec<_> = found
            .rooms
            .iter()
            .map(|room| format!("{}: {}, {}", room.room, members(room.members), messages(room.newest)))
            .collect();
        let mut text = if lines.is_empty() { "there are no rooms".to_owned() } else { lines.join("\n") };
        if found.more {
            text.push_str("\nand more");
        }
        self.notice(None, text);
        self.rooms.told_of(found.rooms.into_iter().map(|room| room.room));
    }

    fn past(&mut self, wanted: &Past, found: History) {
        let room = &wanted.room;
        let lost = (found.next - wanted.first).saturating_sub(found.messages.len() as u64);
        let is_full = found.messages.len() >= PAGE;
        if !found.messages.is_empty() {
            let what = if wanted.is_missed { "what you missed" } else { "what was said" };
            self.notice(Some(room), format!("{what}: {}", messages(found.messages.len() as u64)));
        }
        for message in found.messages {
            self.show(timestamp(message.at), Some(room), Kind::Said(message.name), message.text);
        }
        if lost > 0 {
            self.notice(Some(room), format!("{} the server keeps no longer", messages(lost)));
        }
        if !wanted.is_missed {
            return self.notice(Some(room), "this is now".to_owned());
        }
        self.missed.fetched(room, found.next);
        match self.missed.count(room) {
            0 => self.notice(Some(room), "that was all; this is now".to_owned()),
            _ if !is_full && self.rooms.current() == Some(room) => self.fetch_missed(room),
            count => self.notice(Some(room), format!("{} more missed; /missed shows them", messages(count))),
        }
    }

    fn found(&mut self, wanted: Wanted, found: Found) {
        let (room, is_first, marks) = (wanted.room.clone(), wanted.before.is_none(), Marks::new(&wanted.words));
        self.searches.answered(wanted, &found);
        if found.messages.is_empty() {
            let none = if is_first { "no message found" } else { "no older message found" };
            return self.notice(Some(&room), none.to_owned());
        }
        self.notice(Some(&room), format!("what was found: {}", messages(found.messages.len() as u64)));
        for message in found.messages {
            let kind = Kind::Found(message.name, marks.clone());
            self.show(timestamp(message.at), Some(&room), kind, message.text);
        }
        let end = if found.more { "there are older ones; /search shows them" } else { "that was all; this is now" };
        self.notice(Some(&room), end.to_owned());
    }

    fn no_past(&mut self, wanted: &Past, error: &Error) {
        match error {
            Error::Refused(refusal) if refusal.code == "wrong-epoch" => {
                let count = messages(self.missed.forget(&wanted.room));
                self.fault(Some(&wanted.room), format!("the room was begun anew; {count} can't be fetched any more"));
            }
            error => self.refused(&format!("what was said in {}", wanted.room), error),
        }
    }
}

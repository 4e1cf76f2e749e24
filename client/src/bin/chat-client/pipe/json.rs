//! How events and answers look to programs: an object a line, as `client/events.schema.json` says.
//!
//! These are views of their own, so that the library can change without changing what programs read.

use std::time::Duration;

use fanfare_client::{Ending, Entry, Event, Loss, Message, Missed, Refusal};
use serde::Serialize;

use super::answer::Answer;

/// A line. An absent field is one that the server said nothing for.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum View<'a> {
    Connected {
        name: &'a str,
        text_limit: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        rate: Option<u64>,
        presence: u64,
        words: &'a str,
    },
    Disconnected {
        #[serde(flatten)]
        why: Why<'a>,
        retry_ms: u64,
    },
    Entered {
        room: &'a str,
        epoch: &'a str,
        next: u64,
        newest: u64,
        members: u64,
        how: &'static str,
    },
    Removed {
        room: &'a str,
        #[serde(flatten)]
        why: Option<Why<'a>>,
    },
    Message(MessageView<'a>),
    Note {
        room: &'a str,
        seq: u64,
        at: u64,
        name: &'a str,
        kind: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<&'a str>,
    },
    Gap {
        room: &'a str,
        first: u64,
        last: u64,
        reason: &'static str,
    },
    Told {
        at: u64,
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        text: &'a str,
    },
    Delayed {
        room: &'a str,
        #[serde(flatten)]
        why: Why<'a>,
        retry_ms: u64,
    },
    ToldMissed {
        count: u64,
    },
    Joined {
        room: &'a str,
        name: &'a str,
    },
    Left {
        room: &'a str,
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
    },
    Members {
        room: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        joined: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        left: Option<u64>,
    },
    Ended {
        #[serde(flatten)]
        why: Option<Why<'a>>,
    },
    Who {
        room: &'a str,
        total: u64,
        names: &'a [String],
        more: bool,
    },
    Rooms {
        rooms: Vec<RoomView<'a>>,
        more: bool,
    },
    History {
        room: &'a str,
        epoch: &'a str,
        messages: Vec<MessageView<'a>>,
        more: bool,
    },
    Search {
        room: &'a str,
        epoch: &'a str,
        messages: Vec<MessageView<'a>>,
        more: bool,
    },
}

/// Why something ended or waits: the server's code, if it gave one, and words for a person.
#[derive(Serialize)]
struct Why<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    reason: String,
}

#[derive(Serialize)]
struct MessageView<'a> {
    room: &'a str,
    seq: u64,
    at: u64,
    name: &'a str,
    own: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    text: &'a str,
}

#[derive(Serialize)]
struct RoomView<'a> {
    room: &'a str,
    members: u64,
    newest: u64,
}

/// Appends the line of an event. `is_own` says of a name whether it is one's own.
pub(super) fn event(lines: &mut Vec<u8>, event: &Event, is_own: impl Fn(&str) -> bool) {
    append(
        lines,
        &match event {
            Event::Connected(connected) => View::Connected {
                name: &connected.name,
                text_limit: connected.text_limit,
                rate: connected.rate,
                presence: connected.presence,
                words: &connected.words,
            },
            Event::Disconnected { loss, retry } => {
                View::Disconnected { why: Why::of_loss(loss), retry_ms: millis(*retry) }
            }
            Event::Entered(entered) => View::Entered {
                room: &entered.room,
                epoch: &entered.epoch,
                next: entered.next,
                newest: entered.newest,
                members: entered.members,
                how: match entered.how {
                    Entry::Fresh => "fresh",
                    Entry::Resumed => "resumed",
                    Entry::Reset => "reset",
                },
            },
            Event::Removed { room, refusal } => View::Removed { room, why: refusal.as_ref().map(Why::of_refusal) },
            Event::Message(message) => View::Message(MessageView::new(message, is_own)),
            Event::Note(note) => View::Note {
                room: &note.room,
                seq: note.seq,
                at: note.at,
                name: &note.name,
                kind: &note.kind,
                text: note.text.as_deref(),
            },
            Event::Gap(gap) => View::Gap {
                room: &gap.room,
                first: gap.first,
                last: gap.last,
                reason: match gap.missed {
                    Missed::Slow => "slow",
                    Missed::Expired => "expired",
                    Missed::Unread => "unread",
                },
            },
            Event::Told(told) => View::Told { at: told.at, name: &told.name, id: told.id.as_deref(), text: &told.text },
            Event::Delayed { room, refusal, retry } => {
                View::Delayed { room, why: Why::of_refusal(refusal), retry_ms: millis(*retry) }
            }
            Event::ToldMissed { count } => View::ToldMissed { count: *count },
            Event::Joined { room, name } => View::Joined { room, name },
            Event::Left { room, name, reason } => View::Left { room, name, reason: reason.as_deref() },
            Event::Members { room, total, joined, left } => {
                View::Members { room, total: *total, joined: *joined, left: *left }
            }
            Event::Ended(ending) => View::Ended { why: Why::of_ending(ending) },
            // The library may get more; the schema must then get them too.
            _ => return,
        },
    );
}

/// Appends the line of an answer.
pub(super) fn answer(lines: &mut Vec<u8>, answer: &Answer, is_own: impl Fn(&str) -> bool + Copy) {
    append(
        lines,
        &match answer {
            Answer::Who { room, members } => {
                View::Who { room, total: members.total, names: &members.names, more: members.more }
            }
            Answer::Rooms(page) => {
                let rooms = page.rooms.iter();
                let rooms = rooms.map(|room| RoomView { room: &room.room, members: room.members, newest: room.newest });
                View::Rooms { rooms: rooms.collect(), more: page.more }
            }
            Answer::History { room, epoch, messages, more } => {
                let messages = messages.iter().map(|message| MessageView::new(message, is_own)).collect();
                View::History { room, epoch, messages, more: *more }
            }
            Answer::Search { room, found } => {
                let messages = found.messages.iter().map(|message| MessageView::new(message, is_own)).collect();
                View::Search { room, epoch: &found.epoch, messages, more: found.more }
            }
        },
    );
}

impl<'a> Why<'a> {
    fn of_refusal(refusal: &'a Refusal) -> Self {
        Self { code: Some(&refusal.code), reason: refusal.text.clone() }
    }

    fn of_loss(loss: &'a Loss) -> Self {
        match loss {
            Loss::Bye(refusal) | Loss::Refused(refusal) => Self::of_refusal(refusal),
            loss => Self { code: None, reason: loss.to_string() },
        }
    }

    /// Nothing, if it ended as one wanted.
    fn of_ending(ending: &'a Ending) -> Option<Self> {
        match ending {
            Ending::Done => None,
            Ending::Lost(loss) => Some(Self::of_loss(loss)),
            ending => Some(Self { code: None, reason: ending.to_string() }),
        }
    }
}

impl<'a> MessageView<'a> {
    fn new(message: &'a Message, is_own: impl Fn(&str) -> bool) -> Self {
        Self {
            room: &message.room,
            seq: message.seq,
            at: message.at,
            name: &message.name,
            own: is_own(&message.name),
            id: message.id.as_deref(),
            text: &message.text,
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn append(lines: &mut Vec<u8>, view: &View<'_>) {
    serde_json::to_writer(&mut *lines, view).expect("memory can be written, and every key is a string");
    lines.push(b'\n');
}

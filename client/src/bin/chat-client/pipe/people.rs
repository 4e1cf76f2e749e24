//! How events and answers look to people, and to the tools that they know: lines as in plain mode (SPEC.md, section
//! 10.3), what was said on standard output, and what happened to it on standard error.

use std::fmt;
use std::io::Write;
use std::time::{Duration, SystemTime};

use fanfare_client::{Entry, Event, Gap, Message, Note};

use super::answer::Answer;
use super::notices::tell;

/// Which lines there are.
pub(super) struct People {
    /// Whether the room is put in front of a message.
    pub(super) with_room: bool,
}

impl People {
    /// Appends the lines of an event, if it has some; of one's own messages there are none. What happened is told at
    /// once, on standard error.
    pub(super) fn event(&self, lines: &mut Vec<u8>, event: &Event, is_own: bool) {
        match event {
            Event::Message(_) if is_own => {}
            Event::Message(message) if self.with_room => {
                each_line(lines, format_args!("{} {}:", message.room, message.name), &message.text);
            }
            Event::Message(message) => each_line(lines, format_args!("{}:", message.name), &message.text),
            Event::Told(told) => each_line(lines, format_args!("[{}]", told.name), &told.text),
            //= protocol/SPEC.md#5-8-note
            //# A client MUST NOT show a `NOTE` whose KIND it does not know as something that NAME said.
            Event::Note(Note { room, name, kind, text, .. }) => {
                tell(format_args!("* {room}: {name} {kind} {}", text.as_deref().unwrap_or_default()));
            }
            Event::Gap(gap @ Gap { room, first, last, .. }) => {
                tell(format_args!("! {room}: {} missed, {first} to {last}", count(gap.count(), "message")));
            }
            Event::Delayed { room, refusal, retry } => {
                tell(format_args!("! {room}: not said yet: {refusal}; trying again in {:.1} s", retry.as_secs_f64()));
            }
            Event::ToldMissed { count: missed } => {
                tell(format_args!("! {} missed", count(*missed, "private message")));
            }
            Event::Disconnected { loss, retry } => {
                tell(format_args!("! {loss}; trying again in {:.1} s", retry.as_secs_f64()));
            }
            Event::Entered(entered) => match entered.how {
                Entry::Fresh => {}
                Entry::Resumed => tell(format_args!("* {}: back again", entered.room)),
                //= protocol/SPEC.md#6-6-after-a-lost-connection
                //# A client that resumes MUST treat `reset=yes` as the loss of an unknown number of messages.
                Entry::Reset => {
                    tell(format_args!(
                        "! {}: back again; the room is numbered anew, messages were missed",
                        entered.room
                    ));
                }
            },
            Event::Removed { room, refusal: Some(refusal) } => {
                tell(format_args!("! {room}: not back again: {refusal}"));
            }
            Event::Removed { room, refusal: None } => tell(format_args!("! {room}: the server ended the membership")),
            // Who comes and goes is for people who talk; how it ended, the program says at its end.
            _ => {}
        }
    }

    /// Appends the lines of an answer.
    pub(super) fn answer(lines: &mut Vec<u8>, answer: &Answer) {
        match answer {
            Answer::Who { room, members } => {
                let (members, names) = (count(members.total, "member"), members.names.join(" "));
                line(lines, format_args!("* {members} in {room}: {names}"));
            }
            Answer::Rooms(rooms) => {
                for room in &rooms.rooms {
                    line(lines, format_args!("* {}, {}", room.room, count(room.members, "member")));
                }
            }
            Answer::History { messages, .. } => past(lines, messages),
            Answer::Search { found, .. } => {
                past(lines, &found.messages);
                if found.messages.is_empty() {
                    line(lines, format_args!("* 0 messages found"));
                } else if found.more {
                    line(lines, format_args!("* and more"));
                }
            }
        }
    }
}

fn past(lines: &mut Vec<u8>, messages: &[Message]) {
    for message in messages {
        each_line(lines, format_args!("* {} {}:", time(message), message.name), &message.text);
    }
}

fn time(message: &Message) -> impl fmt::Display {
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_millis(message.at))
}

/// Each line of a text gets what stands in front, so that no text can pass for something else.
fn each_line(lines: &mut Vec<u8>, front: fmt::Arguments<'_>, text: &str) {
    for text in text.split('\n') {
        line(lines, format_args!("{front} {text}"));
    }
}

fn line(lines: &mut Vec<u8>, line: fmt::Arguments<'_>) {
    writeln!(lines, "{line}").expect("memory can be written");
}

/// `1 message`, `2 messages`.
pub(super) fn count(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_text_has_its_prefix() {
        let mut lines = Vec::new();
        each_line(&mut lines, format_args!("bob:"), "one\n\nalice: three\n");
        assert_eq!(String::from_utf8(lines).expect("UTF-8"), "bob: one\nbob: \nbob: alice: three\nbob: \n");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(|n| count(n, "line")), ["0 lines", "1 line", "2 lines"]);
    }
}

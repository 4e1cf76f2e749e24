//! What a promise that was broken is told with.

use std::fmt;

use serde::Serialize;

use crate::durability::record::{Event, Message, Record, Step};

/// How many records are shown of one violation.
const SHOWN: usize = 16;

/// How many characters are shown of a text.
const BEGINNING: usize = 60;

/// Which promise was broken. The gravest stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A message that was acknowledged is in the history, under its number and as it was said.
    Acknowledged,
    /// A message that somebody saw is in the history, as it was seen.
    Seen,
    /// No message is in the history twice, whatever was sent again.
    Once,
    /// No number has two messages, whoever looks and whenever.
    OneMeaning,
    /// No number is missing in the history.
    NoHole,
    /// The highest number never goes back.
    NeverBack,
    /// What was refused has no number, and what nobody said neither.
    NothingElse,
    /// All that is answered to one id has the same number, and it is remembered.
    Remembered,
    /// A membership begins where it was asked for.
    Resumed,
    /// The numbers of a membership are contiguous, and reach what is due.
    Contiguous,
    /// A gap has a reason that can be.
    GapHasCause,
    /// A page of the history has all that was asked for, and is in order.
    WholePages,
    /// A search finds all that was acknowledged or seen before it, and nothing else.
    Found,
    /// Who reads in plain mode misses nothing that is not counted.
    Plain,
    /// Times never go back.
    Times,
    /// The messages of one publisher are in the order in which it said them.
    OwnOrder,
    /// The name of a room's numbering does not change.
    SameEpoch,
    /// A full disk is a clear error, and passes.
    FullDisk,
    /// Nobody waits in vain.
    NoHang,
    /// Nothing comes that the protocol does not allow there.
    Protocol,
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// What was seen.
    pub what: String,
    /// The records that it is about.
    pub records: Vec<String>,
}

impl Violation {
    /// One without further records.
    pub(super) fn new(rule: Rule, what: String) -> Self {
        Self { rule, what, records: Vec::new() }
    }

    /// One about a number of a room.
    pub(super) fn at(rule: Rule, record: &Record, room: &str, seq: u64, what: String) -> Self {
        Self { rule, what, records: about(record, room, seq) }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.what)?;
        for record in &self.records {
            write!(f, "\n    {record}")?;
        }
        Ok(())
    }
}

/// The beginning of a text, for people to read.
pub(super) fn beginning(text: &str) -> String {
    let begin: String = text.chars().take(BEGINNING).collect();
    let more = if begin.len() < text.len() { format!(" … {} octets", text.len()) } else { String::new() };
    format!("{begin:?}{more}")
}

/// A message, for people to read.
pub(super) fn shown(message: &Message) -> String {
    let Message { seq, at, name, id, text } = message;
    let id = id.as_ref().map(|id| format!(" id={id}")).unwrap_or_default();
    format!("{seq} {at} {name}{id} {}", beginning(text))
}

/// Everything that is recorded about a number of a room.
fn about(record: &Record, room: &str, seq: u64) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(history) = record.histories.get(room) {
        let (epoch, newest, oldest) = (&history.epoch, history.newest, history.oldest());
        lines.push(format!("in the end {room} has {oldest} to {newest} of {epoch}"));
        let found = history.messages.iter().filter(|message| message.seq == seq);
        lines.extend(found.map(|message| format!("in the end: {}", shown(message))));
    }
    for publisher in &record.publishers {
        for step in &publisher.steps {
            if let Step::Accepted { message, seq: accepted, repeat } = step
                && *accepted == seq
                && publisher.said[*message].room == room
            {
                let repeat = if *repeat { " repeat=yes" } else { "" };
                let text = beginning(&publisher.said[*message].text);
                lines.push(format!("{} was answered OK seq={seq}{repeat} for {text}", publisher.name));
            }
        }
    }
    for membership in record.memberships.iter().filter(|membership| membership.room == room) {
        let (who, next, newest) = (&membership.who, membership.next, membership.newest);
        for event in &membership.events {
            match event {
                Event::Message(message) if message.seq == seq => {
                    lines.push(format!("{who} (next={next} newest={newest}) saw {}", shown(message)));
                }
                Event::Gap { first, last, expired, .. } if (*first..=*last).contains(&seq) => {
                    let reason = if *expired { "expired" } else { "slow" };
                    lines.push(format!("{who} (next={next} newest={newest}) saw GAP {first} {last} {reason}"));
                }
                _ => {}
            }
        }
    }
    for page in record.pages.iter().filter(|page| page.room == room) {
        let found = page.messages.iter().filter(|message| message.seq == seq);
        lines.extend(found.map(|message| format!("{} paged {}", page.who, shown(message))));
    }
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

//! Who reads in plain mode sees each message after the first, or is told how many it missed.

use std::collections::{BTreeMap, HashMap};

use super::violation::{Rule, Violation, beginning};
use crate::durability::record::{Event, Message, PlainLine, Reading, Record};

/// Where each line of somebody stands: in which number, and as which of its lines. More than one place is for others to
/// judge.
type Places<'r> = HashMap<(&'r str, &'r str), Vec<(u64, usize)>>;

/// Appends what is wrong with what was read in plain mode.
pub(super) fn check(record: &Record, found: &mut Vec<Violation>) {
    for room in record.histories.keys() {
        let readings = record.readings.iter().filter(|reading| reading.room == *room);
        let mut readings = readings.peekable();
        if readings.peek().is_none() {
            continue;
        }
        let messages = all_of(record, room);
        let mut places: Places<'_> = HashMap::new();
        for message in messages.values() {
            for (index, line) in message.text.split('\n').enumerate() {
                places.entry((message.name.as_str(), line)).or_default().push((message.seq, index));
            }
        }
        for reading in readings {
            if let Err((seq, what)) = follow(reading, &messages, &places) {
                let what = format!("{} in {room}: {what}", reading.who);
                found.push(Violation::at(Rule::Plain, record, room, seq, what));
            }
        }
    }
}

/// Every message of a room that is kept or that somebody saw.
fn all_of<'r>(record: &'r Record, room: &str) -> BTreeMap<u64, &'r Message> {
    let seen = record.memberships.iter().filter(|membership| membership.room == room).flat_map(|membership| {
        membership.events.iter().filter_map(|event| match event {
            Event::Message(message) => Some(message),
            _ => None,
        })
    });
    let kept = record.histories.get(room).into_iter().flat_map(|history| &history.messages);
    seen.chain(kept).map(|message| (message.seq, message)).collect()
}

/// Follows the lines through the numbers, from the first on. Where it goes wrong, and how.
fn follow(reading: &Reading, messages: &BTreeMap<u64, &Message>, places: &Places<'_>) -> Result<(), (u64, String)> {
    // Which number and which of its lines is due; unknown before the first line.
    let mut due: Option<(u64, usize)> = None;
    for line in &reading.lines {
        match line {
            PlainLine::Missed(count) => {
                // Before the first message one can't tell which were missed. A gap stands between messages.
                let Some((seq, index)) = &mut due else { continue };
                if *index > 0 {
                    return Err((*seq, format!("{count} were missed in the middle of {seq}")));
                }
                *seq += count;
            }
            PlainLine::Said { name, text } => {
                let places = places.get(&(name.as_str(), text.as_str())).map_or(&[][..], Vec::as_slice);
                let Some(&(seq, index)) = places.iter().find(|place| due == Some(**place)).or(places.first()) else {
                    let last = due.map_or(0, |(seq, _)| seq);
                    return Err((last, format!("{name}: {} is not in the history", beginning(text))));
                };
                // A reading begins with a whole message.
                let (due_seq, due_index) = due.unwrap_or((seq, 0));
                if (seq, index) != (due_seq, due_index) {
                    let what = format!("line {index} of {seq} came when line {due_index} of {due_seq} was due");
                    return Err((seq, what));
                }
                let lines = messages.get(&seq).map_or(1, |message| message.text.split('\n').count());
                due = Some(if index + 1 < lines { (seq, index + 1) } else { (seq + 1, 0) });
            }
        }
    }
    Ok(())
}

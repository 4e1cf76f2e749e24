//! What anybody saw is there as it was seen, and a number means the same to all, whoever looks and whenever.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::violation::{Rule, Violation, shown};
use crate::durability::record::{Event, Message, Record};

/// Appends what is wrong with what was seen.
pub(super) fn check(record: &Record, found: &mut Vec<Violation>) {
    // What is no longer kept in the end is compared among those who saw it.
    let mut first_seen: HashMap<(&str, u64), &Message> = HashMap::new();
    for (room, history) in &record.histories {
        for message in &history.messages {
            if let Some(other) = first_seen.insert((room, message.seq), message) {
                let what = format!("{room} has {} and {}", shown(other), shown(message));
                found.push(Violation::at(Rule::OneMeaning, record, room, message.seq, what));
            }
        }
    }
    for (who, room, message) in sightings(record) {
        let seq = message.seq;
        if record.histories.get(room).is_none_or(|history| history.newest < seq) {
            let what = format!("{who} saw {room} {}, and the history ends before", shown(message));
            found.push(Violation::at(Rule::Seen, record, room, seq, what));
            continue;
        }
        match first_seen.entry((room, seq)) {
            Entry::Vacant(entry) => {
                entry.insert(message);
            }
            Entry::Occupied(entry) if *entry.get() == message => {}
            Entry::Occupied(entry) => {
                let is_other = entry.get().text != message.text;
                let rule = if is_other { Rule::OneMeaning } else { Rule::Seen };
                let what = format!("{who} saw {room} {} where it is {}", shown(message), shown(entry.get()));
                found.push(Violation::at(rule, record, room, seq, what));
            }
        }
    }
}

/// Everything with a number that anybody saw, and in which room.
fn sightings(record: &Record) -> impl Iterator<Item = (&str, &str, &Message)> {
    let live = record.memberships.iter().flat_map(|membership| {
        membership.events.iter().filter_map(|event| match event {
            Event::Message(message) => Some((membership.who.as_str(), membership.room.as_str(), message)),
            _ => None,
        })
    });
    let paged = record
        .pages
        .iter()
        .flat_map(|page| page.messages.iter().map(|message| (page.who.as_str(), page.room.as_str(), message)));
    let found = record
        .searches
        .iter()
        .flat_map(|search| search.messages.iter().map(|message| (search.who.as_str(), search.room.as_str(), message)));
    live.chain(paged).chain(found)
}

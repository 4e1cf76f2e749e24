//! What is known of a room by everything that anybody was told.

use std::collections::BTreeMap;

use crate::durability::record::{Event, Record, Step};

/// Every message of a room whose number anybody knows: who said it, and what.
pub(super) fn texts_of<'r>(record: &'r Record, room: &str) -> BTreeMap<u64, (&'r str, &'r str)> {
    let seen = record.memberships.iter().filter(|membership| membership.room == room).flat_map(|membership| {
        membership.events.iter().filter_map(|event| match event {
            Event::Message(message) => Some(message),
            _ => None,
        })
    });
    let paged = record.pages.iter().filter(|page| page.room == room).flat_map(|page| &page.messages);
    let found = record.searches.iter().filter(|search| search.room == room).flat_map(|search| &search.messages);
    let kept = record.histories.get(room).into_iter().flat_map(|history| &history.messages);
    let told = record.publishers.iter().flat_map(|publisher| {
        publisher.steps.iter().filter_map(move |step| match step {
            Step::Accepted { message, seq, .. } => Some((*seq, publisher, &publisher.said[*message])),
            _ => None,
        })
    });
    let told = told.filter(|(_, _, said)| said.room == room);
    let told = told.map(|(seq, publisher, said)| (seq, (publisher.name.as_str(), said.text.as_str())));
    let whole = seen.chain(paged).chain(found).chain(kept);
    told.chain(whole.map(|message| (message.seq, (message.name.as_str(), message.text.as_str())))).collect()
}

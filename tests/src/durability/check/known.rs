//! What is known of a room by everything that anybody was told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

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

/// How far a room had grown by when.
pub(super) struct Growth {
    /// For each number that is known: the number, if its message was sent before those of all higher ones. By moments.
    highest: Vec<(u64, u64)>,
    /// The numbers that are known.
    known: BTreeSet<u64>,
}

impl Growth {
    /// That of a room.
    pub(super) fn of(record: &Record, room: &str) -> Self {
        let said = record.publishers.iter().flat_map(|publisher| {
            let said = publisher.said.iter().filter(|said| said.room == room);
            said.map(|said| ((publisher.name.as_str(), said.text.as_str()), said.moment))
        });
        let moments: HashMap<_, _> = said.collect();
        let texts = texts_of(record, room);
        // What nobody said is for others to judge.
        let mut highest: Vec<_> =
            texts.iter().map(|(&seq, said)| (moments.get(said).copied().unwrap_or_default(), seq)).collect();
        highest.sort_unstable();
        let mut most = 0;
        for (_, seq) in &mut highest {
            most = most.max(*seq);
            *seq = most;
        }
        Self { highest, known: texts.into_keys().collect() }
    }

    /// The highest number that can have been given by a moment: the message of no higher one had been sent.
    pub(super) fn by(&self, moment: u64) -> u64 {
        let sent = self.highest.partition_point(|(sent, _)| *sent < moment);
        let mut most = sent.checked_sub(1).map_or(0, |last| self.highest[last].1);
        // When a message was sent that nobody was told of, and that is not kept, is not known.
        let last = self.known.last().copied().unwrap_or_default();
        while most < last && !self.known.contains(&(most + 1)) {
            most += 1;
        }
        most
    }
}

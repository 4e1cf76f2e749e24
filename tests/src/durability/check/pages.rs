//! A page of a history has each number that it covers, and covers all that was there.

use std::collections::BTreeMap;

use fanfare_protocol::limits::{MAX_PAGE, MAX_PAGE_OCTETS, MAX_TEXT};

use super::known::Growth;
use super::violation::{Rule, Violation};
use crate::durability::record::{Page, Record};

/// How many octets a `PAST` frame has at most beside its text.
pub(super) const HEADER: usize = 256;

/// Appends what is wrong with the pages that were asked for during the round.
pub(super) fn check(record: &Record, found: &mut Vec<Violation>) {
    let growths: BTreeMap<_, _> =
        record.histories.keys().map(|room| (room.as_str(), Growth::of(record, room))).collect();
    for page in &record.pages {
        for (seq, what) in faults(record, page, growths.get(page.room.as_str())) {
            let Page { who, room, first, last, next, .. } = page;
            let what =
                format!("{who}: HISTORY {room} {first} {last} (count={} next={next}): {what}", page.messages.len());
            found.push(Violation::at(Rule::WholePages, record, room, seq, what));
        }
    }
}

fn faults(record: &Record, page: &Page, growth: Option<&Growth>) -> Vec<(u64, String)> {
    let mut faults = Vec::new();
    let history = record.histories.get(&page.room);
    let in_the_end = history.map_or(page.seen, |history| history.newest);
    if history.is_some_and(|history| history.epoch != page.epoch) {
        faults.push((page.first, format!("the epoch was {}", page.epoch)));
    }
    let mut due = page.first;
    let covered = page.next.saturating_sub(1).min(page.last);
    // Numbers can cease to be kept while a page is made.
    let newest_then = growth.map_or(in_the_end, |growth| growth.by(page.moment));
    let missing = |to: u64| record.rules.kept.is_none_or(|kept| to + kept > newest_then);
    for message in &page.messages {
        let seq = message.seq;
        if seq < due || seq > covered {
            faults.push((seq, format!("{seq} came when {due} was due, and {covered} is the last")));
        } else if seq > due && missing(seq - 1) {
            faults.push((due, format!("{due} to {} are not there", seq - 1)));
        }
        due = due.max(seq + 1);
    }
    // Numbers above the newest are covered and not there.
    let there = covered.min(in_the_end);
    if due <= there && missing(there) {
        faults.push((due, format!("{due} to {there} are not there")));
    }
    let octets: usize = page.messages.iter().map(|message| message.text.len() + HEADER).sum();
    let may_be_full = page.messages.len() == MAX_PAGE || octets + HEADER + MAX_TEXT > MAX_PAGE_OCTETS;
    let all = page.last.min(page.seen);
    if page.next <= all && !may_be_full {
        faults.push((page.next, format!("the page is not full, and {all} had been seen")));
    }
    faults
}

//! A search finds every message that matches and that anybody had seen, from the newest down until its page is full.

use std::collections::{HashMap, HashSet};

use fanfare_protocol::limits::{MAX_PAGE_OCTETS, MAX_TEXT};

use super::known::{Growth, texts_of};
use super::pages::HEADER;
use super::violation::{Rule, Violation};
use crate::durability::record::{Record, Search};

/// Appends what is wrong with searches.
pub(super) fn check(record: &Record, found: &mut Vec<Violation>) {
    for room in record.histories.keys() {
        let (texts, growth) = (texts_of(record, room), Growth::of(record, room));
        let mut asked: HashMap<&str, (Terms<'_>, Vec<u64>)> = HashMap::new();
        for search in record.searches.iter().filter(|search| search.room == *room) {
            let (terms, matches) = asked.entry(&search.text).or_insert_with(|| {
                let terms = Terms::of(&search.text);
                let matching = texts.iter().filter(|(_, (_, text))| terms.match_text(text)).map(|(&seq, _)| seq);
                let matching = matching.collect();
                (terms, matching)
            });
            for (seq, what) in faults(record, search, &growth, (terms, matches)) {
                let Search { who, text, before, last, seen, messages, more, .. } = search;
                let what = format!(
                    "{who}: SEARCH {room} before={before:?} last={last} {text:?} when {seen} had been seen \
                     (count={} more={more}): {what}",
                    messages.len()
                );
                found.push(Violation::at(Rule::Found, record, room, seq, what));
            }
        }
    }
}

/// The words of an ASCII text.
fn words(text: &str) -> Vec<&str> {
    text.split(|character: char| !character.is_ascii_alphanumeric()).filter(|run| !run.is_empty()).collect()
}

/// What a search looks for: the words of its terms.
struct Terms<'a>(Vec<Vec<&'a str>>);

impl<'a> Terms<'a> {
    fn of(text: &'a str) -> Self {
        Self(text.split([' ', '\t', '\n']).map(words).filter(|term| !term.is_empty()).collect())
    }

    /// Whether an ASCII text has the words of each term directly one after another, without regard to case.
    fn match_text(&self, text: &str) -> bool {
        let have = words(text);
        self.0.iter().all(|term| {
            let is_there = |some: &[&str]| some.iter().zip(term).all(|(have, word)| have.eq_ignore_ascii_case(word));
            have.windows(term.len()).any(is_there)
        })
    }
}

fn faults(
    record: &Record,
    search: &Search,
    growth: &Growth,
    (terms, matches): (&Terms<'_>, &[u64]),
) -> Vec<(u64, String)> {
    let mut faults = Vec::new();
    let Search { before, last, seen, messages, more, .. } = search;
    let history = record.histories.get(&search.room);
    let newest_then = growth.by(search.moment);
    let end = before.unwrap_or(u64::MAX);
    let first = messages.first().map_or(end, |message| message.seq);
    if history.is_some_and(|history| history.epoch != search.epoch) {
        faults.push((first, format!("the epoch was {}", search.epoch)));
    }
    for message in messages.iter().filter(|message| message.seq >= end || !terms.match_text(&message.text)) {
        faults.push((message.seq, format!("{} was not asked for", message.seq)));
    }
    for pair in messages.windows(2).filter(|pair| pair[0].seq >= pair[1].seq) {
        faults.push((pair[1].seq, format!("{} came behind {}", pair[1].seq, pair[0].seq)));
    }
    let octets: usize = messages.iter().map(|message| message.text.len()).sum();
    if messages.len() as u64 > *last || (messages.len() > 1 && octets > MAX_PAGE_OCTETS) {
        faults.push((first, format!("the page has too much: {octets} octets of text")));
    }
    // Of numbers that ceased to be kept before anybody was told them, nothing is known.
    let may_be_older = record.rules.kept.is_some() || matches.iter().any(|seq| *seq < first);
    let may_be_full =
        messages.len() as u64 == *last || octets + (messages.len() + 1) * HEADER + MAX_TEXT > MAX_PAGE_OCTETS;
    if *more && !(may_be_older && may_be_full) {
        faults.push((first, "there is no more, or the page is not full".to_owned()));
    }
    let there: HashSet<_> = messages.iter().map(|message| message.seq).collect();
    let is_kept = |seq: u64| record.rules.kept.is_none_or(|kept| seq + kept > newest_then);
    let is_due = |seq: u64| seq < end && seq <= *seen && is_kept(seq) && (!more || seq > first);
    let missing: Vec<_> = matches.iter().copied().filter(|seq| is_due(*seq) && !there.contains(seq)).collect();
    if let [missing, ..] = missing[..] {
        faults.push((missing, format!("{missing} is not there")));
    }
    faults
}

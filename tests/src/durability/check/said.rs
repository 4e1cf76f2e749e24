//! What was acknowledged is there once, what was not is there once at most, and what was refused is not there.

use std::collections::{HashMap, HashSet};

use super::violation::{Rule, Violation, beginning, shown};
use crate::durability::record::{History, Message, Publisher, Record, Said, SaidId, Step};

/// What became of one message of a publisher.
#[derive(Default)]
struct Fate {
    sent: usize,
    /// The number that it was first answered with.
    accepted: Option<u64>,
    /// Whether its last answer was a refusal, and it was not sent again.
    is_refused: bool,
}

/// Appends what is wrong with what was said and answered.
pub(super) fn check(record: &Record, found: &mut Vec<Violation>) {
    let mut by_text: HashMap<&str, Vec<(&str, &Message)>> = HashMap::new();
    for (room, history) in &record.histories {
        let mut ids = HashSet::new();
        for message in &history.messages {
            by_text.entry(&message.text).or_default().push((room, message));
            let name = message.name.to_ascii_lowercase();
            if message.id.as_ref().is_some_and(|id| !ids.insert((name, id))) {
                let what = format!("{room} has an id twice: {}", shown(message));
                found.push(Violation::at(Rule::Once, record, room, message.seq, what));
            }
        }
    }
    let mut known = HashSet::new();
    for publisher in &record.publishers {
        for (said, fate) in publisher.said.iter().zip(fates(record, publisher, found)) {
            known.insert(said.text.as_str());
            let stored = by_text.get(said.text.as_str()).map_or(&[][..], Vec::as_slice);
            judge(record, publisher, said, &fate, stored, found);
        }
    }
    for (room, history) in &record.histories {
        for message in history.messages.iter().filter(|message| !known.contains(message.text.as_str())) {
            let what = format!("{room} has what nobody said: {}", shown(message));
            found.push(Violation::at(Rule::NothingElse, record, room, message.seq, what));
        }
    }
    for repeat in &record.repeats {
        if repeat.answer != Ok((repeat.seq, true)) {
            let (room, seq, id, answer) = (&repeat.room, repeat.seq, &repeat.id, &repeat.answer);
            let what = format!("the id {id} of {room} {seq} was answered {answer:?} in the end");
            found.push(Violation::at(Rule::Remembered, record, room, seq, what));
        }
    }
    for (room, history) in &record.histories {
        if history.newest_after_repeats != history.newest {
            let (before, after) = (history.newest, history.newest_after_repeats);
            let what = format!("repeating ids took {room} from {before} to {after}");
            found.push(Violation::at(Rule::Remembered, record, room, after, what));
        }
    }
}

/// What became of each message, by the steps alone.
fn fates(record: &Record, publisher: &Publisher, found: &mut Vec<Violation>) -> Vec<Fate> {
    let mut fates: Vec<_> = publisher.said.iter().map(|_| Fate::default()).collect();
    for step in &publisher.steps {
        match step {
            Step::Sent(message) => {
                fates[*message].sent += 1;
                fates[*message].is_refused = false;
            }
            Step::Accepted { message, seq, repeat } => {
                let (said, fate) = (&publisher.said[*message], &mut fates[*message]);
                let first = *fate.accepted.get_or_insert(*seq);
                if first != *seq {
                    let what =
                        format!("{}: {} was answered {first}, then {seq}", publisher.name, beginning(&said.text));
                    found.push(Violation::at(Rule::Remembered, record, &said.room, *seq, what));
                }
                if *repeat && fate.sent < 2 && !publisher.resends_unseen {
                    let what = format!("{}: {} is no repeat", publisher.name, beginning(&said.text));
                    found.push(Violation::at(Rule::Remembered, record, &said.room, *seq, what));
                }
            }
            Step::Refused { message, code } => {
                let said = &publisher.said[*message];
                fates[*message].is_refused = true;
                if code != "internal" || !record.rules.refuses {
                    let what = format!("{}: {} was refused: {code}", publisher.name, beginning(&said.text));
                    found.push(Violation::new(Rule::Protocol, what));
                }
            }
        }
    }
    fates
}

fn judge(
    record: &Record,
    publisher: &Publisher,
    said: &Said,
    fate: &Fate,
    stored: &[(&str, &Message)],
    found: &mut Vec<Violation>,
) {
    let (name, text) = (&publisher.name, beginning(&said.text));
    if let [_, (room, second), ..] = stored {
        let what = format!("{name}: {text} is in the history {} times", stored.len());
        found.push(Violation::at(Rule::Once, record, room, second.seq, what));
    }
    for (room, message) in stored {
        if *room != said.room || message.name != *name || !fits(&said.id, message.id.as_deref()) {
            let what = format!("{name} said {text} in {}, and {room} has {}", said.room, shown(message));
            found.push(Violation::at(Rule::Acknowledged, record, room, message.seq, what));
        }
    }
    if let Some(seq) = fate.accepted {
        let history = record.histories.get(&said.room);
        let is_expired = record.rules.kept.is_some() && history.is_some_and(|history| seq < history.oldest());
        let is_there = stored.iter().any(|(room, message)| *room == said.room && message.seq == seq);
        if !is_there && !is_expired {
            let newest = history.map_or(0, |history: &History| history.newest);
            let what = format!("{name}: {text} was acknowledged as {seq}, is not there, and newest is {newest}");
            found.push(Violation::at(Rule::Acknowledged, record, &said.room, seq, what));
        }
    } else if fate.is_refused
        && let Some((room, message)) = stored.first()
    {
        let what = format!("{name}: {text} was refused, and {room} has it as {}", message.seq);
        found.push(Violation::at(Rule::NothingElse, record, room, message.seq, what));
    }
}

fn fits(said: &SaidId, stored: Option<&str>) -> bool {
    match said {
        SaidId::None => stored.is_none(),
        SaidId::Given(id) => stored == Some(id),
        SaidId::Drawn => stored.is_some(),
    }
}

//! The messages of one publisher are in a room in the order in which it said them.

use std::collections::HashMap;

use super::violation::{Rule, Violation, beginning};
use crate::durability::record::{Record, Step};

/// Appends what is out of order.
pub(super) fn check(record: &Record, found: &mut Vec<Violation>) {
    let mut stored = HashMap::new();
    for (room, history) in &record.histories {
        for message in &history.messages {
            stored.entry((room, &message.text)).or_insert(message.seq);
        }
    }
    for publisher in &record.publishers {
        let mut sent = vec![0_u32; publisher.said.len()];
        let mut accepted = HashMap::new();
        for step in &publisher.steps {
            match step {
                Step::Sent(message) => sent[*message] += 1,
                Step::Accepted { message, seq, .. } => _ = accepted.insert(*message, *seq),
                Step::Refused { .. } => {}
            }
        }
        // The highest number so far in each room of what was accepted at its first attempt.
        let mut highest: HashMap<&String, (u64, &str)> = HashMap::new();
        for (index, said) in publisher.said.iter().enumerate() {
            let number = accepted.get(&index).or_else(|| stored.get(&(&said.room, &said.text)));
            let Some(&seq) = number else { continue };
            let (before, text) = highest.get(&said.room).copied().unwrap_or_default();
            if seq < before {
                let (name, first, second) = (&publisher.name, beginning(text), beginning(&said.text));
                let what = format!("{name} said {first} before {second}, and they are {before} and {seq}");
                found.push(Violation::at(Rule::OwnOrder, record, &said.room, seq, what));
            }
            // A first attempt may have been refused unheard.
            let may_be_late = record.rules.refuses && (sent[index] > 1 || publisher.resends_unseen);
            if !may_be_late {
                highest.insert(&said.room, (before.max(seq), &said.text));
            }
        }
    }
}

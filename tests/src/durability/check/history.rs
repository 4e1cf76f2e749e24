//! The history in the end: no hole, nothing below what is to be kept, and times that never go back.

use super::violation::{Rule, Violation, shown};
use crate::durability::record::Record;

/// Appends what is wrong with the histories alone, and what went wrong before there were any.
pub(super) fn check(record: &Record, found: &mut Vec<Violation>) {
    for mishap in &record.mishaps {
        let rule = if mishap.in_vain { Rule::NoHang } else { Rule::Protocol };
        found.push(Violation::new(rule, mishap.what.clone()));
    }
    for (room, history) in &record.histories {
        let least = record.rules.kept.map_or(0, |kept| history.newest.saturating_sub(kept)) + 1;
        let mut due = history.oldest();
        // Below what is to be kept, the oldest may be anywhere; without retention it is 1.
        if due > least {
            let what = format!("{room} has nothing from {least} to {}", due - 1);
            found.push(Violation::at(Rule::NoHole, record, room, least, what));
        }
        for message in &history.messages {
            if message.seq > due {
                let what = format!("{room} has nothing from {due} to {}", message.seq - 1);
                found.push(Violation::at(Rule::NoHole, record, room, due, what));
            }
            due = due.max(message.seq + 1);
        }
        if due != history.newest + 1 {
            let what = format!("{room} ends with {}, and newest is {}", due - 1, history.newest);
            found.push(Violation::at(Rule::NoHole, record, room, due, what));
        }
        for pair in history.messages.windows(2) {
            if pair[0].at > pair[1].at {
                let what = format!("{room} goes back in time from {} to {}", shown(&pair[0]), shown(&pair[1]));
                found.push(Violation::new(Rule::Times, what));
            }
        }
    }
}

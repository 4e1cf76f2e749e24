//! A membership begins where it was asked for, and accounts for each number from there on.

use std::collections::BTreeMap;

use super::known::Growth;
use super::violation::{Rule, Violation};
use crate::durability::record::{Event, Membership, Record};

/// Appends what is wrong with memberships.
pub(super) fn check(record: &Record, found: &mut Vec<Violation>) {
    let growths: BTreeMap<_, _> =
        record.histories.keys().map(|room| (room.as_str(), Growth::of(record, room))).collect();
    for membership in &record.memberships {
        begin(record, membership, found);
        account(record, membership, growths.get(membership.room.as_str()), found);
    }
}

/// How a membership is named where something is wrong with it.
fn named(membership: &Membership) -> String {
    let Membership { who, room, after, last, next, newest, .. } = membership;
    let after = after.as_ref().map(|(epoch, seq)| format!(" after={epoch}:{seq}")).unwrap_or_default();
    let last = last.map(|last| format!(" last={last}")).unwrap_or_default();
    format!("{who} in {room} (JOIN{after}{last}, OK next={next} newest={newest})")
}

fn begin(record: &Record, membership: &Membership, found: &mut Vec<Violation>) {
    let Membership { room, after, last, seen, epoch, next, newest, reset, .. } = membership;
    let history = record.histories.get(room);
    if history.is_some_and(|history| history.epoch != *epoch) {
        let what = format!("{}: the epoch was {epoch}", named(membership));
        found.push(Violation::at(Rule::SameEpoch, record, room, *newest, what));
    }
    if newest < seen {
        let what = format!("{}: somebody had seen {seen} before", named(membership));
        found.push(Violation::at(Rule::NeverBack, record, room, *seen, what));
    }
    let fits = match (after, last) {
        (Some((_, seq)), _) => !reset && *next == seq + 1,
        (None, Some(last)) => {
            let least = newest + 1 - newest.min(last);
            // The oldest that is kept may be above it, as far as retention goes.
            let most = record.rules.kept.map_or(least, |kept| least.max(newest + 1 - newest.min(&kept)));
            !reset && (least..=most).contains(next)
        }
        (None, None) => !reset && *next == newest + 1,
    };
    if !fits {
        let what = format!("{}{}: not where it goes on", named(membership), if *reset { " reset=yes" } else { "" });
        found.push(Violation::at(Rule::Resumed, record, room, *next, what));
    }
}

fn account(record: &Record, membership: &Membership, growth: Option<&Growth>, found: &mut Vec<Violation>) {
    let room = &membership.room;
    let mut due = membership.next;
    for event in &membership.events {
        let Some((first, last)) = event.range() else {
            if due <= membership.newest {
                let what = format!("{}: its replay was over when {due} was due", named(membership));
                found.push(Violation::at(Rule::Contiguous, record, room, due, what));
            }
            continue;
        };
        if first != due || last < first {
            let what = format!("{}: {first} to {last} came when {due} was due", named(membership));
            found.push(Violation::at(Rule::Contiguous, record, room, due, what));
        }
        if let Event::Gap { expired, moment, .. } = event
            && !has_cause(record, membership, first, last, *expired, growth.map(|growth| growth.by(*moment)))
        {
            let reason = if *expired { "expired" } else { "slow" };
            let what = format!("{}: GAP {first} {last} {reason} has no cause", named(membership));
            found.push(Violation::at(Rule::GapHasCause, record, room, first, what));
        }
        due = last + 1;
    }
    if due <= membership.due {
        let what = format!("{}: {due} never came, and {} was waited for", named(membership), membership.due);
        found.push(Violation::at(Rule::Contiguous, record, room, due, what));
    }
}

/// Whether a gap is one of those that can be.
fn has_cause(
    record: &Record,
    membership: &Membership,
    first: u64,
    last: u64,
    expired: bool,
    newest_when_it_came: Option<u64>,
) -> bool {
    let newest = membership.newest;
    let is_leading = first == membership.next;
    // What a membership begins with was decided when it began.
    let newest_then = if is_leading { newest } else { newest_when_it_came.unwrap_or(newest) };
    let is_unkept = record.rules.kept.is_some_and(|kept| last + kept <= newest_then);
    if first > newest {
        // Live: who is too slow is passed.
        return record.rules.passes && !expired;
    }
    let is_unasked = membership.last.is_some_and(|asked| last == newest - newest.min(asked));
    if expired { is_unkept } else { is_leading && (is_unasked || (membership.last.is_some() && is_unkept)) }
}

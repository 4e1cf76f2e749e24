//! How many have a message, and how many have gone past it.

use hdrhistogram::Histogram;

use super::Account;
use super::numbers::{Meaning, Numbers, ODD, UNTIMED};
use crate::latency::{Elapsed, Of};

/// How many counts go up before it is looked whether one of them reached something.
const CHUNK: usize = 64;

/// Those who are owed a room's messages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Members {
    /// How many joined.
    pub(super) all: u32,
    /// How many of their connections stand.
    pub(super) live: u32,
}

/// Somebody received all of these plain numbers, and they were due.
pub(super) fn received(
    numbers: &mut Numbers,
    (from, to): (u64, u64),
    now: u64,
    members: Members,
    account: &mut Account,
) {
    let (half, live) = (members.all.div_ceil(2), members.live);
    for slots in numbers.slots(from, to) {
        record(&numbers.intended[slots.clone()], now, &mut account.latencies.corrected.all);
        if let Some(sent) = numbers.sent.get(slots.clone()) {
            record(sent, now, &mut account.latencies.uncorrected.all);
        }
        for begin in slots.clone().step_by(CHUNK) {
            let end = slots.end.min(begin + CHUNK);
            // For most receivers of a message nothing else is to be done. An odd one is above every number of receivers.
            let mut reached = false;
            for passed in &mut numbers.passed[begin..end] {
                *passed += 1;
                reached |= (*passed == 1) | (*passed == half) | (*passed >= live);
            }
            if reached {
                for slot in begin..end {
                    mark(numbers, slot, numbers.rare[slot].meaning, numbers.elapsed(slot, now), members, account);
                    settle(numbers, slot, members, account);
                }
            }
        }
    }
}

/// Enters how long ago each of these times was. Messages of one time, such as a burst's, are entered together.
fn record(times: &[u64], now: u64, all: &mut Histogram<u64>) {
    for same in times.chunk_by(|one, other| one == other) {
        if same[0] != UNTIMED {
            all.saturating_record_n(now.saturating_sub(same[0]), same.len() as u64);
        }
    }
}

/// Somebody received a number that was due, and read this in it; and how long that took if it is known.
pub(super) fn receive(
    numbers: &mut Numbers,
    slot: usize,
    meaning: Meaning,
    elapsed: Option<Elapsed>,
    members: Members,
    account: &mut Account,
) {
    numbers.passed[slot] += 1;
    mark(numbers, slot, meaning, elapsed, members, account);
    settle(numbers, slot, members, account);
}

/// Somebody received a number, having passed it before.
pub(super) fn receive_late(
    numbers: &mut Numbers,
    slot: usize,
    meaning: Meaning,
    elapsed: Option<Elapsed>,
    members: Members,
    account: &mut Account,
) {
    let rare = &mut numbers.rare[slot];
    rare.without = rare.without.saturating_sub(1);
    mark(numbers, slot, meaning, elapsed, members, account);
    // Once all have it, all have passed it, and somebody did so without it.
    account.incomplete = account.incomplete.saturating_sub(u64::from(had(numbers, slot) == members.all));
}

/// Somebody goes past a number without its message.
pub(super) fn pass(numbers: &mut Numbers, slot: usize, members: Members, account: &mut Account) {
    numbers.passed[slot] = (numbers.passed[slot] + 1) | ODD;
    numbers.rare[slot].without += 1;
    settle(numbers, slot, members, account);
}

/// Somebody's connection has ended who had not passed a number (those who are left don't count it), or who had.
pub(super) fn cut(numbers: &mut Numbers, slot: usize, has_passed: bool, members: Members, account: &mut Account) {
    if has_passed {
        numbers.rare[slot].gone += 1;
        numbers.passed[slot] |= ODD;
    } else if numbers.passed[slot] > 0 {
        settle(numbers, slot, members, account);
    }
}

/// How many have a number's message.
fn had(numbers: &Numbers, slot: usize) -> u32 {
    (numbers.passed[slot] & !ODD).saturating_sub(numbers.rare[slot].without)
}

/// Enters a delivery, which was just counted, among the first, the median and the last ones of its message. The message is
/// owed to all who joined: one that somebody was cut off without has no last receiver. What it is its receiver knows, even where nobody
/// else has read it yet.
fn mark(
    numbers: &Numbers,
    slot: usize,
    meaning: Meaning,
    elapsed: Option<Elapsed>,
    members: Members,
    account: &mut Account,
) {
    let Some(elapsed) = elapsed else { return };
    let received = had(numbers, slot);
    if received == 1 {
        account.latencies.record(Of::First, elapsed);
    }
    if received == members.all.div_ceil(2) {
        account.latencies.record(Of::Median, elapsed);
    }
    if received == members.all {
        account.latencies.record(Of::Last, elapsed);
        if let (Some(completions), Meaning::Ours(index)) = (&mut account.completions, meaning) {
            completions.set(index, elapsed.corrected);
        }
    }
}

/// Counts a number that somebody just passed, or that somebody was cut off before, if all who are left have passed it now.
/// One that nobody has read counts as a message of the run.
fn settle(numbers: &Numbers, slot: usize, members: Members, account: &mut Account) {
    let rare = &numbers.rare[slot];
    if rare.meaning != Meaning::Foreign && numbers.passed[slot] & !ODD == members.live + rare.gone {
        account.settled += 1;
        account.incomplete += u64::from(had(numbers, slot) < members.all);
    }
}

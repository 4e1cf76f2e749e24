//! How many have a message, and how many have gone past it.

use hdrhistogram::Histogram;

use super::Account;
use super::numbers::{Meaning, Numbers, ODD, UNTIMED};
use crate::latency::{Elapsed, Of};

/// How many counts go up before it is looked whether one of them reached something.
const CHUNK: usize = 64;

/// Somebody received all of these plain numbers, and they were due.
pub(super) fn received(numbers: &mut Numbers, (from, to): (u64, u64), now: u64, live: u32, account: &mut Account) {
    let half = live.div_ceil(2);
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
                    mark(numbers, slot, numbers.rare[slot].meaning, numbers.elapsed(slot, now), live, account);
                    settle(numbers, slot, live, account);
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
    live: u32,
    account: &mut Account,
) {
    numbers.passed[slot] += 1;
    mark(numbers, slot, meaning, elapsed, live, account);
    settle(numbers, slot, live, account);
}

/// Somebody received a number, having passed it before.
pub(super) fn receive_late(
    numbers: &mut Numbers,
    slot: usize,
    meaning: Meaning,
    elapsed: Option<Elapsed>,
    live: u32,
    account: &mut Account,
) {
    let rare = &mut numbers.rare[slot];
    rare.without = rare.without.saturating_sub(1);
    mark(numbers, slot, meaning, elapsed, live, account);
}

/// Somebody goes past a number without its message.
pub(super) fn pass(numbers: &mut Numbers, slot: usize, live: u32, account: &mut Account) {
    numbers.passed[slot] = (numbers.passed[slot] + 1) | ODD;
    numbers.rare[slot].without += 1;
    settle(numbers, slot, live, account);
}

/// Somebody's connection has ended who had not passed a number (`live` are left), or who had.
pub(super) fn cut(numbers: &mut Numbers, slot: usize, has_passed: bool, live: u32, account: &mut Account) {
    let passed = numbers.passed[slot] & !ODD;
    if has_passed {
        numbers.rare[slot].gone += 1;
        numbers.passed[slot] |= ODD;
    } else if passed > 0 && passed == live + numbers.rare[slot].gone {
        account.settled += u64::from(numbers.rare[slot].meaning != Meaning::Foreign);
        account.incomplete += 1;
    }
}

/// Enters a delivery, which was just counted, among the first, the median and the last ones of its message. What that is its
/// receiver knows, even where nobody else has read it yet.
fn mark(numbers: &Numbers, slot: usize, meaning: Meaning, elapsed: Option<Elapsed>, live: u32, account: &mut Account) {
    let Some(elapsed) = elapsed else { return };
    let rare = &numbers.rare[slot];
    let received = (numbers.passed[slot] & !ODD).saturating_sub(rare.without);
    let all = live + rare.gone;
    if received == 1 {
        account.latencies.record(Of::First, elapsed);
    }
    if received == all.div_ceil(2) {
        account.latencies.record(Of::Median, elapsed);
    }
    if received == all {
        account.latencies.record(Of::Last, elapsed);
        if let (Some(completions), Meaning::Ours(index)) = (&mut account.completions, meaning) {
            completions.set(index, elapsed.corrected);
        }
    }
}

/// Counts a number that somebody just passed, if all have passed it now; one that nobody has read counts as a message of the
/// run.
fn settle(numbers: &Numbers, slot: usize, live: u32, account: &mut Account) {
    let rare = &numbers.rare[slot];
    if numbers.passed[slot] & !ODD == live + rare.gone {
        account.settled += u64::from(rare.meaning != Meaning::Foreign);
        account.incomplete += u64::from(rare.meaning != Meaning::Foreign && rare.without > 0);
    }
}

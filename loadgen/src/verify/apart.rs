//! A room in which several publish, over a wire that keeps the order of each of them and no common one.
//!
//! There every receiver may have its own order, which can't be compared with the log: each frame is parsed, and each
//! publisher's messages are a stream of their own. A receiver's due number is only how many messages it has gone past, and one
//! more.

use std::collections::BTreeMap;

use super::numbers::Meaning;
use super::receiver::{Order, Receiver};
use super::room::Room;
use super::{Account, marks};
use crate::layout::Layout;

/// How far one publisher's messages are from the next one's, where each has a place in the streams.
const STREAM: u64 = 1 << 40;

/// How far each member is in the stream of each publisher that it has heard.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// By member, and by turn: the place of the message that comes next.
    due: Vec<BTreeMap<u64, u64>>,
}

impl Streams {
    pub(super) fn join(&mut self) {
        self.due.push(BTreeMap::new());
    }

    /// Whether a member has a message, or has gone past it.
    fn has_passed(&self, member: usize, index: u64, layout: &Layout) -> bool {
        self.due[member].get(&(layout.turn(index) as u64)).is_some_and(|due| *due > place(index, layout))
    }
}

/// Where a message stands in the streams.
fn place(index: u64, layout: &Layout) -> u64 {
    layout.turn(index) as u64 * STREAM + index / layout.publishers() as u64
}

impl Room {
    /// A message of the run, which was said here: one of several streams.
    pub(super) fn apart(&mut self, account: &mut Account, receiver: &mut Receiver, index: u64, frame: &[u8], now: u64) {
        let number = self.number_of(account, index);
        let layout = account.published.layout();
        let (turn, publishers, place) = (layout.turn(index) as u64, layout.publishers() as u64, place(index, layout));
        let Some(streams) = &mut self.streams else { return };
        let due = streams.due[receiver.member()].entry(turn).or_insert(turn * STREAM);
        let skipped = *due..place;
        let order = if place < *due {
            let may_lack = number.and_then(|number| self.numbers.slot(number));
            let may_lack = may_lack.is_none_or(|slot| self.numbers.rare[slot].without > 0);
            receiver.late(place, may_lack, &mut account.tally.lost)
        } else {
            *due = place + 1;
            Order::Forward
        };
        if order == Order::Repeated {
            account.tally.repeated += 1;
            return;
        }
        if order == Order::Forward {
            receiver.go_past(skipped.clone(), &mut account.tally.lost);
            for place in skipped {
                self.pass_apart(account, (place % STREAM) * publishers + turn);
            }
            if let Some(number) = number {
                self.numbers.begin_at(number);
                if number >= self.numbers.next() {
                    self.enter(number, Some(frame));
                }
                self.learn(account, number, Meaning::Ours(index));
                self.newest = self.newest.max(number);
            }
        }
        if number.is_some_and(|number| self.differs(number, frame, Meaning::Ours(index))) {
            account.tally.corrupt += 1;
            if order == Order::Forward {
                self.pass_apart(account, index);
            }
            return;
        }
        account.tally.reordered += u64::from(order == Order::Late);
        self.delivered(account, number, index, order, now);
    }

    /// A receiver goes past a message without it.
    fn pass_apart(&mut self, account: &mut Account, index: u64) {
        let Some(number) = account.published.number(index) else { return };
        self.numbers.begin_at(number);
        self.numbers.extend_to(number, self.members.live);
        self.learn(account, number, Meaning::Ours(index));
        if let Some(slot) = self.numbers.slot(number) {
            marks::pass(&mut self.numbers, slot, self.members, account);
        }
    }

    /// Whether a receiver expects nothing of a number, kept in a slot, any more.
    pub(super) fn has_passed(&self, account: &Account, receiver: &Receiver, number: u64, slot: usize) -> bool {
        match (&self.streams, self.numbers.rare[slot].meaning) {
            (None, _) => receiver.has_passed(number),
            (Some(streams), Meaning::Ours(index)) => {
                streams.has_passed(receiver.member(), index, account.published.layout())
            }
            // All that were given a number are known.
            (Some(_), _) => false,
        }
    }

    /// Nothing more comes to a receiver: how many messages were skipped and never came, and how many did not come at the
    /// end. What came unreadable stands for one of them.
    pub(super) fn finish(&self, receiver: &mut Receiver) -> (u64, u64) {
        if self.streams.is_none() {
            return receiver.finish(self.newest);
        }
        let unplaced = receiver.take_unplaced();
        let (skipped, owed) = receiver.finish(self.newest);
        (skipped.saturating_sub(unplaced), owed.saturating_sub(unplaced.saturating_sub(skipped)))
    }
}

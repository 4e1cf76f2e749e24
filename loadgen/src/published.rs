//! The messages that were published: who said each, when it was meant to be sent, and when it was.

use std::sync::Arc;

use crate::latency::{Elapsed, Sending};
use crate::layout::Layout;

/// How many messages are remembered. A power of two, and the largest window.
pub const REMEMBERED: u64 = 1 << 16;

/// How many messages of another process may be expected at a time, so that those that are due are still remembered.
pub const MOST_AHEAD: u64 = REMEMBERED / 2;

/// In place of the number of a message that has none, as it was refused.
const REFUSED: u64 = u64::MAX;

/// The newest of the published messages.
#[derive(Debug)]
pub struct Published {
    /// What the names of this run's people begin with; a number follows.
    prefix: String,
    layout: Arc<Layout>,
    sending: Sending,
    count: u64,
    /// How many of them were said in each room.
    said: Box<[u64]>,
    ring: Box<[Said]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Said {
    intended: u64,
    sent: u64,
    /// Its number in its room; 0 while that is unknown, or [`REFUSED`].
    number: u64,
}

impl Published {
    /// None yet. They are said as the layout has it, by people whose names are the prefix and their number.
    pub fn new(prefix: &str, layout: impl Into<Arc<Layout>>, sending: Sending) -> Self {
        let layout = layout.into();
        let remembered = usize::try_from(REMEMBERED).expect("65,536 fits");
        Self {
            prefix: prefix.to_owned(),
            said: vec![0; layout.rooms()].into(),
            layout,
            sending,
            count: 0,
            ring: vec![Said::default(); remembered].into_boxed_slice(),
        }
    }

    /// The name of one of this run's people.
    pub fn name(&self, person: u64) -> String {
        format!("{}{person}", self.prefix)
    }

    /// How many messages there are. Their indexes begin at 0.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many were said in a room.
    pub fn said_in(&self, room: usize) -> u64 {
        self.said[room]
    }

    /// Who is in which room, and who speaks when.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The next message is said, at two times in nanoseconds: when it was meant to be, and when it is. It returns its index.
    pub fn say(&mut self, intended: u64, sent: u64) -> u64 {
        let index = self.count;
        self.ring[slot(index)] = Said { intended, sent, number: 0 };
        self.count += 1;
        self.said[self.layout.room_of_message(index)] += 1;
        index
    }

    /// Which of this run's people a name is of.
    pub fn publisher(&self, name: &str) -> Option<u64> {
        name.strip_prefix(&*self.prefix)?.parse().ok()
    }

    /// What is known of when messages are sent.
    pub fn sending(&self) -> Sending {
        self.sending
    }

    /// When a message was meant to be sent, and when it was, if it is remembered.
    pub fn times(&self, index: u64) -> Option<(u64, u64)> {
        let said = self.ring[slot(index)];
        self.is_remembered(index).then_some((said.intended, said.sent))
    }

    /// How long ago that was, if it is remembered.
    pub(crate) fn elapsed(&self, index: u64, now: u64) -> Option<Elapsed> {
        let (intended, sent) = self.times(index)?;
        let uncorrected = (self.sending == Sending::Late).then(|| now.saturating_sub(sent));
        Some(Elapsed { corrected: now.saturating_sub(intended), uncorrected })
    }

    /// The number of a message in the room, if it is known.
    pub fn number(&self, index: u64) -> Option<u64> {
        let number = self.ring[slot(index)].number;
        (self.is_remembered(index) && number > 0 && number != REFUSED).then_some(number)
    }

    /// A message was refused: it will never have a number.
    pub fn refuse(&mut self, index: u64) {
        self.set_number(index, REFUSED);
    }

    /// Whether a message is known to have been refused.
    pub fn is_refused(&self, index: u64) -> bool {
        self.is_remembered(index) && self.ring[slot(index)].number == REFUSED
    }

    /// The number of a message in the room became known.
    pub fn set_number(&mut self, index: u64, number: u64) {
        if self.is_remembered(index) {
            self.ring[slot(index)].number = number;
        }
    }

    fn is_remembered(&self, index: u64) -> bool {
        index < self.count && self.count - index <= REMEMBERED
    }
}

fn slot(index: u64) -> usize {
    usize::try_from(index % REMEMBERED).expect("it is below 65,536")
}

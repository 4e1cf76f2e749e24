//! The messages that were published: who said each, when it was meant to be sent, and when it was.

use crate::latency::{Elapsed, Sending};

/// How many messages are remembered. A power of two, and the largest window.
pub const REMEMBERED: u64 = 1 << 16;

/// In place of the number of a message that has none, as it was refused.
const REFUSED: u64 = u64::MAX;

/// The newest of the published messages.
#[derive(Debug)]
pub struct Published {
    /// What the names of this run's people begin with; a number follows.
    prefix: String,
    publishers: u64,
    sending: Sending,
    count: u64,
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
    /// None yet. The messages are said in turn by so many publishers, whose names are the prefix and a number from 0.
    pub fn new(prefix: &str, publishers: u64, sending: Sending) -> Self {
        let remembered = usize::try_from(REMEMBERED).expect("65,536 fits");
        Self {
            prefix: prefix.to_owned(),
            publishers,
            sending,
            count: 0,
            ring: vec![Said::default(); remembered].into_boxed_slice(),
        }
    }

    /// The name of one of this run's people.
    pub fn name(&self, number: u64) -> String {
        format!("{}{number}", self.prefix)
    }

    /// How many messages there are. Their indexes begin at 0.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Who says a message.
    pub fn publisher_of(&self, index: u64) -> u64 {
        index % self.publishers
    }

    /// The next message is said, at two times in nanoseconds: when it was meant to be, and when it is. It returns its index.
    pub fn say(&mut self, intended: u64, sent: u64) -> u64 {
        let index = self.count;
        self.ring[slot(index)] = Said { intended, sent, number: 0 };
        self.count += 1;
        index
    }

    /// Which of this run's people a name is of.
    pub fn publisher(&self, name: &str) -> Option<u64> {
        name.strip_prefix(&*self.prefix)?.parse().ok()
    }

    /// How many say something, in turn.
    pub fn publishers(&self) -> u64 {
        self.publishers
    }

    /// In which of so many rooms a message is said: in that of who says it.
    pub fn room_of(&self, index: u64, rooms: usize) -> usize {
        usize::try_from(self.publisher_of(index) % rooms as u64).expect("it is a room")
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

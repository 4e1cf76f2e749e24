//! Is what came what was sent? Without sockets and clocks: octets and times are arguments.
//!
//! A server sends the octets of a message equally to everybody in its room (SPEC.md, section 5.1, item 2). So whichever
//! receiver is ahead has its frames parsed and checked against what was published, and they become the reference
//! log; every other receiver's octets are only compared with it, from its own place on, as fast as memory can be
//! compared. So each octet of each delivery is verified. Where a stream differs from the log (an `OK`, a `PING`, presence,
//! a `GAP`, and everything that should not be), that receiver's frames are parsed one by one until it is in step again.
//!
//! **Counting.** A caller can also leave octets unread and have them only counted: [`Verifier::countable`] says how many
//! are ahead of a receiver in the log, and [`Verifier::count`] advances it by so many, as if they had been read and were
//! equal. It then stands in the log where its stream does only if nothing was lost from the stream, nothing added and
//! nothing repeated. The next octets that it reads are held against the log at that very place, so that what was lost,
//! added or repeated in the counted part is found out there: as what it looks like from there, a loss, a repetition, or a
//! corrupt frame. Even a frame that would not matter elsewhere is corrupt there, as it can be the rest of a longer one. The
//! newest frame of the log can never be counted. So every receiver must read that one, whenever it is, and no run ends with
//! a shift that nobody has seen. What is not found out in a counted part is an octet that was replaced by another, or as
//! many octets lost as were added.
//!
//! **Numbers.** On a wire that has none, a message's own index says which one it is. A room's messages have numbers in the
//! order in which they are first read, those of one publisher always in the order in which it published them; once given,
//! a number is the same for all. With one publisher to a room that is exact. With several, what the receiver that is ahead
//! has lost has its number behind what it read meanwhile from others, and looks reordered to those that have it. Messages of
//! others have no numbers there.
//!
//! **Orders.** NATS keeps the order of each publisher, and no common one. In a room where several publish there, everybody's
//! frames are parsed, and a message is reordered if a later one of the same publisher came before it.

mod apart;
mod common;
mod log;
mod marks;
mod numbers;
mod parsed;
mod receiver;
mod room;
mod skipped;
mod tally;

pub(crate) use self::receiver::Order;
pub use self::receiver::Receiver;
use self::room::Room;
pub use self::tally::Tally;
use crate::completions::Completions;
use crate::latency::{Latencies, Sending, Times};
use crate::published::Published;
use crate::text::Texts;
pub use crate::wire::MOST_LEFT;
use crate::wire::Wire;

/// What a receiver's stream says besides messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A ping: its token goes back in the answer.
    Ping(Option<String>),
    /// The oldest unanswered message was accepted, under this number if the wire has numbers.
    Accepted(Option<u64>),
    /// The oldest unanswered message was refused, for this reason.
    Refused(String),
}

/// Why nothing more can come from a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The server said so: the verb, and the reason.
    Said(String),
    /// Where the next frame begins can't be known.
    Broken,
}

/// Everything that is known of the rooms' streams, and the account of all their receivers.
#[derive(Debug)]
pub struct Verifier {
    account: Account,
    rooms: Vec<Room>,
}

/// What the rooms of a run share.
#[derive(Debug)]
struct Account {
    wire: Wire,
    texts: Texts,
    published: Published,
    /// On a wire without numbers: of each who speaks, by turn, the index of the oldest message that has none.
    unnumbered: Box<[u64]>,
    settled: u64,
    /// Messages that everybody passed, and that somebody did not receive.
    incomplete: u64,
    tally: Tally,
    latencies: Latencies,
    completions: Option<Completions>,
}

impl Verifier {
    /// One for rooms in which nobody is yet: as many names as the layout of what is published has rooms.
    pub fn new(wire: Wire, rooms: &[String], texts: Texts, published: Published) -> Self {
        let (layout, sending) = (published.layout(), published.sending());
        let publishers = layout.publishers();
        let room = |((at, name), speaking): ((usize, &String), u32)| {
            let has_one_order = speaking == 1 || wire.has_one_order();
            Room::new(wire.place(name), at, f64::from(speaking) / publishers as f64, sending, has_one_order)
        };
        let rooms = rooms.iter().enumerate().zip(layout.speaking()).map(room).collect();
        let account = Account {
            wire,
            texts,
            published,
            unnumbered: (0..publishers as u64).collect(),
            settled: 0,
            incomplete: 0,
            tally: Tally::default(),
            latencies: Latencies::default(),
            completions: None,
        };
        Self { account, rooms }
    }

    /// The receiver of an index has joined its room, and its numbers begin behind `newest`. All receivers join before the
    /// first message.
    pub fn join(&mut self, index: usize, newest: u64) -> Receiver {
        let room = self.account.published.layout().room_of(index);
        let member = self.rooms[room].join(newest);
        Receiver::new(room, newest + 1).numbered(member)
    }

    /// Everybody is there: the first message is the next.
    pub fn begin(&mut self) {
        self.rooms.iter_mut().for_each(Room::begin);
    }

    /// What a connection's room is called on the wire.
    pub fn place(&self, index: usize) -> &str {
        &self.rooms[self.account.published.layout().room_of(index)].name
    }

    /// The messages that were published.
    pub fn published(&mut self) -> &mut Published {
        &mut self.account.published
    }

    /// The same, to look at.
    pub(crate) fn said(&self) -> &Published {
        &self.account.published
    }

    /// How many messages everybody in their room has, or never will have.
    pub fn settled(&self) -> u64 {
        self.account.settled
    }

    /// How many messages were settled and had not reached everybody.
    pub fn incomplete(&self) -> u64 {
        self.account.incomplete
    }

    /// How many deliveries there must be: each message that was accepted, once for each member of its room.
    pub fn owed(&self) -> u64 {
        self.rooms.iter().map(Room::owed).sum()
    }

    /// Whether everything that is known to have been said has come to a receiver, or never will.
    pub fn has_everything(&self, receiver: &Receiver) -> bool {
        receiver.accounts_for(self.rooms[receiver.room()].newest)
    }

    /// The newest number of a room; 0 where it has none.
    pub(crate) fn newest(&self, room: usize) -> u64 {
        self.rooms[room].newest
    }

    /// What became of the deliveries so far.
    pub fn tally(&self) -> &Tally {
        &self.account.tally
    }

    /// How long they took from when they were meant to be sent.
    pub fn corrected(&self) -> &Times {
        &self.account.latencies.corrected
    }

    /// How long they took.
    pub fn latencies(&self) -> Latencies {
        let mut latencies = self.account.latencies.clone();
        if self.account.published.sending() == Sending::OnTime {
            latencies.uncorrected = latencies.corrected.clone();
        }
        latencies
    }

    /// Remembers from now on when each message had reached everybody.
    pub fn keep_completions(&mut self) {
        self.account.completions = Some(Completions::default());
    }

    /// When each message had reached everybody, if that was remembered.
    pub fn take_completions(&mut self) -> Option<Completions> {
        self.account.completions.take()
    }

    /// The server accepted a message, under a number if the wire has numbers.
    pub fn accepted(&mut self, index: u64, number: Option<u64>) {
        let room = self.account.published.layout().room_of_message(index);
        self.rooms[room].accepted(&mut self.account, index, number);
    }

    /// The server refused a message: it has no number.
    pub fn refused(&mut self, index: u64) {
        self.account.published.refuse(index);
    }

    /// A receiver's connection has ended. What it has not got it never will.
    pub fn cut(&mut self, receiver: &Receiver) {
        self.rooms[receiver.room()].cut(&mut self.account, receiver);
    }

    /// Nothing more comes to a receiver: enters what it has not got. `cut` says whether its connection had ended.
    pub fn finish(&mut self, receiver: &mut Receiver, cut: bool) {
        let (skipped, owed) = self.rooms[receiver.room()].finish(receiver);
        let tally = &mut self.account.tally;
        tally.lost += skipped;
        *(if cut { &mut tally.cut } else { &mut tally.lost }) += owed;
    }

    /// Enters what came to a receiver, at a time in nanoseconds: `octets`, with what the last call left before them. It
    /// returns how many octets it has dealt with; the rest, at most [`MOST_LEFT`], must stand before what comes next.
    ///
    /// # Errors
    ///
    /// Nothing more can come.
    pub fn receive(
        &mut self,
        receiver: &mut Receiver,
        octets: &[u8],
        now: u64,
        notices: &mut Vec<Notice>,
    ) -> Result<usize, End> {
        self.rooms[receiver.room()].receive(&mut self.account, receiver, octets, now, notices)
    }

    /// How many octets of a receiver's stream can be counted unread: so many follow in the log what it has left, its
    /// newest frame apart.
    pub fn countable(&self, receiver: &Receiver, left: &[u8]) -> usize {
        self.rooms[receiver.room()].countable(receiver, left)
    }

    /// So many of the [`countable`](Self::countable) octets, at least one, came to a receiver that had `left` octets left. It
    /// returns what stands before what comes next.
    pub fn count(&mut self, receiver: &mut Receiver, left: usize, octets: usize, now: u64) -> &[u8] {
        self.account.tally.octets += octets as u64;
        self.rooms[receiver.room()].count(&mut self.account, receiver, left + octets, now)
    }

    /// Octets came to somebody who is no receiver, and are no frame of the protocol.
    pub fn unreadable(&mut self) {
        self.account.tally.corrupt += 1;
    }

    /// Octets were read, whatever they are.
    pub fn count_octets(&mut self, octets: usize) {
        self.account.tally.octets += octets as u64;
    }
}

#[cfg(test)]
mod tests;

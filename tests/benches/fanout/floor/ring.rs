//! Reads what there is, and then sends each socket, in one call, everything that it has not got.

use slab::Slab;

use super::{Floor, Heard, Seat, give, take};

/// How much is read in a turn, in octets. `chat-server` reads up to 64 KiB of each publisher in a turn, and so the
/// whole of a window of 1,024 messages of 64 octets; a floor that reads less would send smaller batches and be no
/// floor.
const TURN: usize = 256 << 10;

/// How far the slowest reader may be behind while anything is read, in octets.
const MOST_BEHIND: usize = 32 << 20;

/// How much everybody has got may stay in the log, in octets: moving what is behind it is not free.
const SLACK: usize = MOST_BEHIND;

/// A log that everybody reads.
pub(crate) struct Ring {
    /// What was read, from `base` on; behind `end` there is room for a turn.
    log: Box<[u8]>,
    /// The position of the log's first octet among all that were ever read.
    base: u64,
    end: usize,
    /// How much of the log everybody has got.
    got: usize,
    /// Where the log ended when the last walk began.
    walked: usize,
    /// Whether some socket has room again.
    resumed: bool,
}

/// How far a socket is.
pub(crate) struct Place {
    /// The position of the next octet for it.
    pub(crate) next: u64,
    /// Whether it did not take everything, and has not said that there is room.
    blocked: bool,
}

impl Ring {
    pub(crate) fn new() -> Self {
        Self { log: vec![0; SLACK + MOST_BEHIND + 2 * TURN].into(), base: 0, end: 0, got: 0, walked: 0, resumed: false }
    }

    /// Sends everybody who has room what is new to them.
    fn walk(&mut self, seats: &mut Slab<Seat<Place>>) {
        let log = &self.log[..self.end];
        let end = self.base + self.end as u64;
        let mut got = log.len();
        for (_, seat) in seats.iter_mut() {
            let mut next = usize::try_from(seat.place.next - self.base).expect("the log holds what is not sent");
            if next < log.len() && !seat.place.blocked {
                next += give(&seat.socket, &log[next..]);
                seat.place.next = self.base + next as u64;
                seat.place.blocked = seat.place.next < end;
            }
            got = got.min(next);
        }
        self.got = got;
        self.walked = self.end;
    }

    /// Gives up what everybody has got: for nothing if that is all, and not often if it is not.
    fn forget(&mut self) {
        if self.got == self.end || self.got >= SLACK {
            self.log.copy_within(self.got..self.end, 0);
            self.base += self.got as u64;
            self.end -= self.got;
            self.walked -= self.got;
            self.got = 0;
        }
    }
}

impl Floor for Ring {
    type Place = Place;

    fn place(&self) -> Place {
        Place { next: self.base + self.end as u64, blocked: false }
    }

    fn has_room(&self) -> bool {
        self.end - self.got <= MOST_BEHIND
    }

    fn read(&mut self, seats: &mut Slab<Seat<Place>>, at: usize) -> Heard {
        loop {
            let read = self.end - self.walked;
            if read >= TURN {
                return Heard::More;
            }
            let room = &mut self.log[self.end..][..TURN - read];
            let offered = room.len();
            match take(&seats[at].socket, room) {
                Ok(octets) => {
                    self.end += octets;
                    // A shorter read has emptied the socket.
                    if octets < offered {
                        return Heard::Emptied;
                    }
                }
                Err(heard) => return heard,
            }
        }
    }

    fn writable(&mut self, seat: &mut Seat<Place>) {
        self.resumed |= std::mem::take(&mut seat.place.blocked);
    }

    fn turn(&mut self, seats: &mut Slab<Seat<Place>>) {
        if self.end > self.walked || std::mem::take(&mut self.resumed) {
            self.walk(seats);
            self.forget();
        }
    }
}

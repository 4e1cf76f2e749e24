//! Sends each chunk to everybody as soon as it is read.

use std::collections::VecDeque;

use slab::Slab;

use super::{Floor, Heard, Seat, give, take};

/// How much is read at once, in octets.
const CHUNK: usize = 64 << 10;

/// One chunk, which goes to everybody. A socket's place is what it has not taken.
pub(crate) struct Write {
    chunk: Box<[u8]>,
}

impl Write {
    pub(crate) fn new() -> Self {
        Self { chunk: vec![0; CHUNK].into() }
    }
}

impl Floor for Write {
    type Place = VecDeque<u8>;

    fn place(&self) -> Self::Place {
        VecDeque::new()
    }

    fn read(&mut self, seats: &mut Slab<Seat<Self::Place>>, at: usize) -> Heard {
        let octets = match take(&seats[at].socket, &mut self.chunk) {
            Ok(octets) => octets,
            Err(heard) => return heard,
        };
        let chunk = &self.chunk[..octets];
        for (_, seat) in seats.iter_mut() {
            let taken = if seat.place.is_empty() { give(&seat.socket, chunk) } else { 0 };
            if taken < octets {
                seat.place.extend(&chunk[taken..]);
            }
        }
        // A shorter read has emptied the socket.
        if octets == self.chunk.len() { Heard::More } else { Heard::Emptied }
    }

    fn writable(&mut self, seat: &mut Seat<Self::Place>) {
        loop {
            let kept = seat.place.as_slices().0;
            let offered = kept.len();
            if offered == 0 {
                break;
            }
            let taken = give(&seat.socket, kept);
            seat.place.drain(..taken);
            if taken < offered {
                return;
            }
        }
    }

    fn turn(&mut self, _: &mut Slab<Seat<Self::Place>>) {}
}

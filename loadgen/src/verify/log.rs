//! The octets that everybody in the room must read.

/// The last octets of the room's messages, at positions that go on from 0.
#[derive(Debug)]
pub(super) struct Log {
    octets: Vec<u8>,
    /// The position of the first octet that is held.
    begin: u64,
    bound: usize,
}

impl Log {
    /// One that holds at most so many octets, and the newest half of them at least.
    pub(super) fn new(bound: usize) -> Self {
        Self { octets: Vec::with_capacity(bound), begin: 0, bound }
    }

    /// The position behind the last octet.
    pub(super) fn end(&self) -> u64 {
        self.begin + self.octets.len() as u64
    }

    /// Appends a frame of at most half the bound.
    pub(super) fn append(&mut self, frame: &[u8]) {
        if self.octets.len() + frame.len() > self.bound {
            let dropped = self.octets.len() - self.octets.len().min(self.bound / 2);
            self.octets.drain(..dropped);
            self.begin += dropped as u64;
        }
        self.octets.extend_from_slice(frame);
    }

    /// Everything from a position to the end; `None` where it is no longer held.
    pub(super) fn from(&self, position: u64) -> Option<&[u8]> {
        let offset = usize::try_from(position.checked_sub(self.begin)?).ok()?;
        self.octets.get(offset..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_stay_true_when_the_oldest_octets_go() {
        let mut log = Log::new(16);
        for frame in [b"aaaaaa", b"bbbbbb", b"cccccc", b"dddddd"] {
            log.append(frame);
        }
        assert_eq!(log.end(), 24);
        assert_eq!(log.from(18), Some(&b"dddddd"[..]));
        assert_eq!(log.from(12), Some(&b"ccccccdddddd"[..]));
        assert_eq!(log.from(24), Some(&b""[..]));
        assert_eq!(log.from(0), None);
        assert_eq!(log.from(25), None);
    }
}

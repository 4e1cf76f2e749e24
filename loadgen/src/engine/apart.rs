//! Those who only publish: what comes to them is read for what it asks and answers. The rest is counted, and not verified.

use super::Engine;
use crate::verify::{End, Notice};
use crate::wire::{Next, Word};

impl Engine<'_> {
    /// Octets came to one who only publishes. It returns how many were dealt with.
    ///
    /// # Errors
    ///
    /// Nothing more can come.
    pub(super) fn heard_apart(&mut self, octets: &[u8]) -> Result<usize, End> {
        let mut taken = 0;
        loop {
            match self.plan.wire.next(&octets[taken..]) {
                Next::Incomplete => return Ok(taken),
                Next::Broken => return Err(End::Broken),
                Next::Unreadable(more) => {
                    self.verifier.unreadable();
                    taken += more;
                }
                Next::Frame(more, word) => {
                    taken += more;
                    match word {
                        Word::Message(_) => self.unverified += 1,
                        Word::Ping(token) => self.notices.push(Notice::Ping(token.map(str::to_owned))),
                        Word::Accepted(number) => self.notices.push(Notice::Accepted(number)),
                        Word::Refused(reason) => self.notices.push(Notice::Refused(reason.to_owned())),
                        Word::End(verb, reason) => return Err(End::Said(format!("{verb} {reason}"))),
                        Word::Note { .. } | Word::Gap { .. } | Word::Presence | Word::Other => {}
                    }
                }
            }
        }
    }
}

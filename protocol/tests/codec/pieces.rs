//! A stream in pieces, and one in two at each of its octets.
//!
//! A reader owes nothing to the past but what it is: what comes of the rest of a stream depends on the reader, with all
//! that its `Debug` shows, and on where its input begins. So the rest is read once for all cuts that leave the same
//! reader at the same place, and even a text of 65,536 octets can be cut at every one of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Debug;

use fanfare_fuzz_bodies::feed::{Reader, Step};
use fanfare_protocol::limits::MAX_FRAME;

/// A reader somewhere in a stream.
#[derive(Clone, Debug)]
pub(crate) struct Place<R> {
    reader: R,
    /// Where its input begins.
    begin: usize,
    over: bool,
}

impl<R: Reader + Clone + Debug> Place<R> {
    /// At the first octet, behind others that were read before.
    pub(crate) fn behind(reader: R, before: &[u8]) -> Self {
        let mut place = Self { reader, begin: 0, over: false };
        place.read(before, before.len());
        assert!(place.begin == before.len() && !place.over, "{}", before.escape_ascii());
        place.begin = 0;
        place
    }

    /// What comes of a stream's octets up to `end`, behind those that were read.
    fn read(&mut self, octets: &[u8], end: usize) -> Vec<Vec<u8>> {
        let (mut seen, mut input) = (Vec::new(), &octets[self.begin..end]);
        while !self.over {
            match self.reader.step(&mut input) {
                Step::Seen(what) => seen.push(what),
                Step::More => break,
                Step::Over(what) => {
                    seen.push(what);
                    self.over = true;
                }
            }
        }
        assert!(self.over || input.len() <= MAX_FRAME, "{} octets are kept", input.len());
        self.begin = end - input.len();
        seen
    }

    /// What comes of the rest of a stream in one piece, and then all that the reader has written.
    fn finish(mut self, octets: &[u8]) -> Vec<Vec<u8>> {
        let mut seen = self.read(octets, octets.len());
        seen.push(self.reader.written().to_vec());
        seen
    }
}

/// Cuts a stream in two at these octets, into single octets, and into pieces of these sizes, over and over: the same must
/// come of it as of the whole.
#[track_caller]
pub(crate) fn cut<R: Reader + Clone + Debug>(
    new: &Place<R>,
    octets: &[u8],
    cuts: impl IntoIterator<Item = usize>,
    sizes: &[usize],
) {
    let whole = new.clone().finish(octets);
    let shown = || octets[..octets.len().min(400)].escape_ascii().to_string();
    // How much of the whole was seen before each place from which the rest was read.
    let mut rests = HashMap::new();
    for at in cuts {
        let mut place = new.clone();
        let seen = place.read(octets, at);
        let same = whole.starts_with(&seen)
            && match rests.entry(format!("{place:?}")) {
                Entry::Occupied(earlier) => *earlier.get() == seen.len(),
                Entry::Vacant(new) => place.finish(octets) == whole[*new.insert(seen.len())..],
            };
        assert!(same, "cut at {at}: {}", shown());
    }
    for sizes in [&[1], sizes] {
        let (mut place, mut seen, mut end) = (new.clone(), Vec::new(), 0);
        for size in sizes.iter().cycle() {
            if end == octets.len() {
                break;
            }
            end = octets.len().min(end + size);
            seen.extend(place.read(octets, end));
        }
        seen.extend(place.finish(octets));
        assert!(seen == whole, "in pieces of {sizes:?}: {}", shown());
    }
}

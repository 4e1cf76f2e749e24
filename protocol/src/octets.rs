//! What kinds of octets there are, and how far they go.

/// Octets that one kind of word is made of.
#[derive(Clone, Copy)]
pub(crate) enum Class {
    /// `A-Z a-z 0-9 _ -`: names, ids, tokens.
    Name = 1,
    /// `a-z 0-9 . _ -`: rooms.
    Room = 2,
    /// `a-z 0-9 -`: codes, keys.
    Lower = 4,
    /// `a-z 0-9`: epochs.
    Epoch = 8,
}

/// Which classes each octet is of.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut octet = 0;
    while octet < 128 {
        classes[octet as usize] = match octet {
            b'a'..=b'z' | b'0'..=b'9' => {
                Class::Name as u8 | Class::Room as u8 | Class::Lower as u8 | Class::Epoch as u8
            }
            b'A'..=b'Z' => Class::Name as u8,
            b'-' => Class::Name as u8 | Class::Room as u8 | Class::Lower as u8,
            b'_' => Class::Name as u8 | Class::Room as u8,
            b'.' => Class::Room as u8,
            _ => 0,
        };
        octet += 1;
    }
    classes
};

/// How many octets of a class there are before the first that is not of it.
#[inline(always)]
pub(crate) fn span(octets: &[u8], class: Class) -> usize {
    let mut length = 0;
    // Without a branch for each of four.
    while let Some(&[a, b, c, d, ..]) = octets.get(length..)
        && [a, b, c, d].iter().fold(class as u8, |class, &octet| class & CLASSES[usize::from(octet)]) != 0
    {
        length += 4;
    }
    let rest = octets.get(length..).unwrap_or_default();
    length + rest.iter().position(|&octet| CLASSES[usize::from(octet)] & class as u8 == 0).unwrap_or(rest.len())
}

/// The lowest bit of each octet of a word.
const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// The highest bit of each octet of a word.
const HIGH: u64 = 0x80 * ONES;

/// Where the octets from `from` on are none of `%x21-7E`, in order.
pub(crate) fn not_graphic(octets: &[u8], from: usize) -> NotGraphic<'_> {
    NotGraphic { octets, next: from, word: from, found: 0 }
}

/// What [`not_graphic`] goes over.
pub(crate) struct NotGraphic<'o> {
    octets: &'o [u8],
    /// Where the word begins that was looked at last, and the high bits of those octets in it that are still to be told.
    word: usize,
    found: u64,
    /// Where the next word begins.
    next: usize,
}

impl Iterator for NotGraphic<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.found == 0 {
            self.found = not_graphic_in(self.load()?);
            self.word = self.next;
            self.next += 8;
        }
        let at = self.word + self.found.trailing_zeros() as usize / 8;
        self.found &= self.found - 1;
        Some(at)
    }
}

impl NotGraphic<'_> {
    /// The next eight octets; `!` behind the last of all.
    #[inline]
    fn load(&self) -> Option<u64> {
        const FILL: u64 = b'!' as u64 * ONES;
        let rest = self.octets.get(self.next..)?;
        if let Some(word) = rest.first_chunk() {
            return Some(u64::from_le_bytes(*word));
        }
        let bits = 8 * rest.len();
        match (bits, self.octets.last_chunk()) {
            (0, _) => None,
            (_, Some(last)) => Some(u64::from_le_bytes(*last) >> (64 - bits) | FILL << bits),
            (_, None) => Some(rest.iter().rev().fold(FILL, |word, &octet| word << 8 | u64::from(octet))),
        }
    }
}

/// The high bit of each octet that is none of `%x21-7E`. No sum here carries from one octet into the next.
fn not_graphic_in(word: u64) -> u64 {
    let low = word & !HIGH;
    let from_21 = low + (0x80 - 0x21) * ONES;
    let is_7f = low + ONES;
    (word | !from_21 | is_7f) & HIGH
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn what_is_not_graphic_is_told_at_each_place_whatever_is_beside_it() {
        for octet in 0..=u8::MAX {
            for beside in [b'!', b'~', 0, 0x20, 0x7f, 0xff] {
                for (len, at) in (1..20).flat_map(|len| (0..len).map(move |at| (len, at))) {
                    let mut octets = [beside; 19];
                    octets[at] = octet;
                    let (octets, from) = (&octets[..len], len.min(2));
                    let found: Vec<_> = not_graphic(octets, from).collect();
                    let expected: Vec<_> = (from..len).filter(|&at| !octets[at].is_ascii_graphic()).collect();
                    assert_eq!(found, expected, "{octet} at {at} of {len}, beside {beside}");
                }
            }
        }
    }
}

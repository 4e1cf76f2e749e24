//! Octets, eight at a time.

/// The lowest bit of each octet of a word.
const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// The highest bit of each octet of a word.
const HIGH: u64 = 0x80 * ONES;

/// Where the octets from `from` on are none of `%x21-7E`.
pub(crate) fn not_graphic(octets: &[u8], from: usize) -> NotGraphic<'_> {
    NotGraphic { rest: octets.get(from..).unwrap_or_default(), next: from, word: from, found: 0 }
}

/// The places that [`not_graphic`] finds, in order.
pub(crate) struct NotGraphic<'o> {
    /// The octets from `next` on are not looked at yet.
    rest: &'o [u8],
    next: usize,
    /// Where the word begins that was looked at last, and the high bits of those octets in it that are still to be told.
    word: usize,
    found: u64,
}

impl Iterator for NotGraphic<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.found == 0 {
            let word = match self.rest.split_first_chunk() {
                Some((word, rest)) => {
                    self.rest = rest;
                    *word
                }
                None if self.rest.is_empty() => return None,
                None => {
                    let mut word = [b'!'; 8];
                    word[..self.rest.len()].copy_from_slice(self.rest);
                    self.rest = &[];
                    word
                }
            };
            self.word = self.next;
            self.next += 8;
            self.found = not_graphic_in(u64::from_le_bytes(word));
        }
        let at = self.word + self.found.trailing_zeros() as usize / 8;
        self.found &= self.found - 1;
        Some(at)
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
    fn each_octet_is_told_at_each_place_whatever_is_beside_it() {
        for octet in 0..=u8::MAX {
            for beside in [b'!', b'~', 0, 0x20, 0x7f, 0xff] {
                for at in 0..19 {
                    let mut octets = [beside; 19];
                    octets[at] = octet;
                    let found: Vec<_> = not_graphic(&octets, 2).collect();
                    let expected: Vec<_> = (2..19).filter(|&at| !octets[at].is_ascii_graphic()).collect();
                    assert_eq!(found, expected, "{octet} beside {beside}");
                }
            }
        }
    }
}

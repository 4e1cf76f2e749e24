//! Texts that say which message of which run they are, so that a whole text can be checked without remembering it.
//!
//! A text is the run in 8 hexadecimal digits, `.`, the message's index in 12, and a filling that follows from the index.

use std::fmt::Write;

/// The octets of a text before its filling, and so the fewest that a text has.
pub const LEAST_TEXT: usize = RUN + 1 + INDEX;

const RUN: usize = 8;
const INDEX: usize = 12;

/// The filling is cut from this: no part of it soon repeats, and it begins elsewhere for each index.
const PERIOD: usize = 89;

/// The texts of one run.
#[derive(Clone, Debug)]
pub struct Texts {
    run: String,
    /// The longest filling, and one period more.
    filling: String,
    size: usize,
}

/// What a text is, to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The whole text of the message of this index.
    Ours(u64),
    /// It says that it is of this run, and is not as it was sent.
    Damaged,
    /// It does not say that it is of this run.
    Foreign,
}

impl Texts {
    /// Texts of so many octets, at least [`LEAST_TEXT`].
    pub fn new(run: u32, size: usize) -> Self {
        // Printable ASCII but SP, in steps that are coprime to their number, so that each occurs once a period.
        let octet = |at: usize| char::from(b'!' + u8::try_from(at * 37 % PERIOD).expect("it is below 89"));
        let size = size.max(LEAST_TEXT);
        Self { run: format!("{run:08x}"), filling: (0..size - LEAST_TEXT + PERIOD).map(octet).collect(), size }
    }

    /// The run, as texts and names have it.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Writes the text of a message over what was in `text`.
    pub fn write(&self, index: u64, text: &mut String) {
        text.clear();
        // Writing to a string does not fail.
        let _ = write!(text, "{}.{index:012x}", self.run);
        text.push_str(self.filling(index));
    }

    /// Which message a text is.
    pub fn identify(&self, text: &str) -> Identity {
        let Some(rest) = text.strip_prefix(&*self.run) else { return Identity::Foreign };
        let index = rest.get(1..1 + INDEX).filter(|_| rest.starts_with('.'));
        let canonical = |digits: &&str| digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        match index.filter(canonical).and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
            Some(index) if rest[1 + INDEX..] == *self.filling(index) => Identity::Ours(index),
            _ => Identity::Damaged,
        }
    }

    fn filling(&self, index: u64) -> &str {
        let begin = usize::try_from(index % PERIOD as u64).expect("it is below 89");
        &self.filling[begin..begin + self.size - LEAST_TEXT]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_tells_its_index_and_has_its_size() {
        for size in [LEAST_TEXT, LEAST_TEXT + 1, 64, 65_536] {
            let texts = Texts::new(0xfa, size);
            let mut text = String::new();
            for index in [0, 1, 88, 89, 90, 1 << 40] {
                texts.write(index, &mut text);
                assert_eq!(text.len(), size);
                assert_eq!(texts.identify(&text), Identity::Ours(index));
            }
        }
    }

    #[test]
    fn no_octet_of_a_text_can_change_unseen() {
        let texts = Texts::new(7, 64);
        let mut text = String::new();
        texts.write(41, &mut text);
        for at in 0..text.len() {
            let mut octets = text.clone().into_bytes();
            octets[at] ^= 1;
            let changed = String::from_utf8(octets).expect("ASCII");
            let expected = if at < RUN { Identity::Foreign } else { Identity::Damaged };
            assert_eq!(texts.identify(&changed), expected, "{changed}");
        }
        assert_eq!(texts.identify(&text[..text.len() - 1]), Identity::Damaged);
        assert_eq!(texts.identify(&format!("{text}!")), Identity::Damaged);
        assert_eq!(texts.identify("00000007"), Identity::Damaged);
        assert_eq!(texts.identify("hello"), Identity::Foreign);
    }
}

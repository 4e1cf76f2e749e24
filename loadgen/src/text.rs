//! Texts that say which message of which run they are, so that a whole text can be checked without remembering it.
//!
//! A text is the run in 6 digits, `.`, the message's index in 7, 2 that check the index, and a filling that follows from the
//! index. The digits are 64 letters, figures, `-` and `_`: no protocol gives them a meaning.

/// The octets of a text before its filling, and so the fewest that a text has.
pub const LEAST_TEXT: usize = RUN + 1 + INDEX + CHECK;

/// How many digits the run has, the index (2⁴² messages: at a million a second those of 50 days), and its check.
const RUN: usize = 6;
const INDEX: usize = 7;
const CHECK: usize = 2;

/// Their values, in order.
const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/// The index is checked by what is left of it by this: a prime, which no change of one digit is a multiple of, and of two
/// digits.
const MODULUS: u64 = 4_093;

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
        let mut digits = String::new();
        write_digits(run.into(), RUN, &mut digits);
        Self { run: digits, filling: (0..size - LEAST_TEXT + PERIOD).map(octet).collect(), size }
    }

    /// Writes the text of a message over what was in `text`. The index is below 2⁴².
    pub fn write(&self, index: u64, text: &mut String) {
        text.clear();
        text.push_str(&self.run);
        text.push('.');
        write_digits(index, INDEX, text);
        write_digits(index % MODULUS, CHECK, text);
        text.push_str(self.filling(index));
    }

    /// Which message a text is.
    pub fn identify(&self, text: &str) -> Identity {
        let Some(rest) = text.strip_prefix(&*self.run) else { return Identity::Foreign };
        self.index(rest).map_or(Identity::Damaged, Identity::Ours)
    }

    /// What stands behind the run: the index, if nothing in it is wrong.
    fn index(&self, rest: &str) -> Option<u64> {
        let (index, rest) = rest.strip_prefix('.')?.split_at_checked(INDEX)?;
        let (check, filling) = rest.split_at_checked(CHECK)?;
        let index = value(index)?;
        (value(check)? == index % MODULUS && filling == self.filling(index)).then_some(index)
    }

    fn filling(&self, index: u64) -> &str {
        let begin = usize::try_from(index % PERIOD as u64).expect("it is below 89");
        &self.filling[begin..begin + self.size - LEAST_TEXT]
    }
}

/// Appends the last so many digits of a number.
fn write_digits(number: u64, count: usize, text: &mut String) {
    let digit = |at: usize| char::from(DIGITS[usize::try_from(number >> (6 * at) & 63).expect("it is below 64")]);
    text.extend((0..count).rev().map(digit));
}

/// The number that digits stand for; `None` if one of them is none.
fn value(digits: &str) -> Option<u64> {
    digits.bytes().try_fold(0, |number, octet| {
        let digit = match octet {
            b'0'..=b'9' => octet - b'0',
            b'A'..=b'Z' => octet - b'A' + 10,
            b'a'..=b'z' => octet - b'a' + 36,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        Some(number << 6 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_tells_its_index_and_has_its_size() {
        for size in [LEAST_TEXT, LEAST_TEXT + 1, 64, 65_536] {
            let texts = Texts::new(0xfa, size);
            let mut text = String::new();
            for index in [0, 1, 63, 64, 88, 89, 90, 4_092, 4_093, 1 << 40, (1 << 42) - 1] {
                texts.write(index, &mut text);
                assert_eq!(text.len(), size);
                assert_eq!(texts.identify(&text), Identity::Ours(index));
            }
        }
    }

    #[test]
    fn every_digit_has_its_value() {
        for (at, digit) in DIGITS.iter().enumerate() {
            assert_eq!(value(&char::from(*digit).to_string()), Some(at as u64));
        }
        assert_eq!((0..=255_u8).filter(|octet| value(&char::from(*octet).to_string()).is_some()).count(), 64);
    }

    #[test]
    fn no_octet_of_a_text_can_change_unseen() {
        // The shortest has no filling that would show it.
        for (size, index) in [(LEAST_TEXT, 41), (LEAST_TEXT, (1 << 42) - 1), (LEAST_TEXT + 1, 0), (64, 41)] {
            let texts = Texts::new(7, size);
            let mut text = String::new();
            texts.write(index, &mut text);
            for at in 0..text.len() {
                for octet in (0..128).filter(|octet| *octet != text.as_bytes()[at]) {
                    let mut octets = text.clone().into_bytes();
                    octets[at] = octet;
                    let changed = String::from_utf8(octets).expect("ASCII");
                    let expected = if at < RUN { Identity::Foreign } else { Identity::Damaged };
                    assert_eq!(texts.identify(&changed), expected, "{changed:?}");
                }
            }
            assert_eq!(texts.identify(&text[..text.len() - 1]), Identity::Damaged);
            assert_eq!(texts.identify(&format!("{text}!")), Identity::Damaged);
            assert_eq!(texts.identify(&text[..RUN]), Identity::Damaged);
            assert_eq!(texts.identify(&format!("{}.é", &text[..RUN])), Identity::Damaged);
        }
        assert_eq!(Texts::new(7, 16).identify("hello"), Identity::Foreign);
    }
}

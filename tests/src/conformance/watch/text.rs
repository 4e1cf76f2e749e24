//! Texts. SPEC.md, section 2.4.

use super::Breach;

/// The longest text, in octets.
const LONGEST: usize = 65_536;

const NOT_UTF8: Breach = Breach { requirement: "2.4/1", expected: "a text in UTF-8" };
const TOO_LONG: Breach = Breach { requirement: "2.4/2", expected: "a text of at most 65,536 octets" };
const FORBIDDEN: Breach = Breach { requirement: "2.4/3", expected: "a text without forbidden characters" };

/// What a text breaks. Line text can hold no LF, so what holds one is counted.
pub(super) fn breaches(text: &[u8]) -> impl Iterator<Item = Breach> {
    let utf8 = std::str::from_utf8(text);
    let broken = [
        (utf8.is_err(), NOT_UTF8),
        (text.len() > LONGEST, TOO_LONG),
        (utf8.is_ok_and(|text| text.contains(is_forbidden)), FORBIDDEN),
    ];
    broken.into_iter().filter(|(broken, _)| *broken).map(|(_, breach)| breach)
}

fn is_forbidden(char: char) -> bool {
    match char {
        '\t' | '\n' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{2028}'..='\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &[u8]) -> Vec<&'static str> {
        breaches(text).map(|breach| breach.requirement).collect()
    }

    #[test]
    fn each_rule_of_texts_is_seen_to_be_broken() {
        assert_eq!(broken("a\tb\nc ~\u{a0}\u{2027}\u{202f}\u{2065}\u{206a}\u{10ffff}".as_bytes()), [""; 0]);
        assert_eq!(broken(b"\xc0\x80"), ["2.4/1"]);
        assert_eq!(broken(&[b'x'; LONGEST + 1]), ["2.4/2"]);
        for char in "\0\u{8}\u{b}\r\u{1f}\u{7f}\u{80}\u{9f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}".chars() {
            assert_eq!(broken(char.to_string().as_bytes()), ["2.4/3"], "{char:?}");
        }
    }
}

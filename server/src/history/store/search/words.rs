//! What makes words of texts, together with FTS5's `unicode61`: that takes runs of letters and digits, and here the
//! letters of scripts without spaces are set apart. SPEC.md, section 4.15. What is changed here makes another
//! version of the index.

use fanfare_protocol::words::stands_alone;

/// Below the first octet of each character that stands alone.
const FIRST: u8 = 0xe0;

/// A text with each character that is a word by itself set apart by SP. `None` if nothing is to be set apart, as in most
/// texts, which are looked at and not copied.
pub(super) fn set_apart(text: &[u8]) -> Option<String> {
    // All octets without a branch: the compiler looks at many at a time.
    if text.iter().fold(0, |last, &octet| last.max(octet)) < FIRST {
        return None;
    }
    // What a person has put into the table as it should not be is left as it is.
    let text = str::from_utf8(text).ok()?;
    let first = text.find(stands_alone)?;
    // One SP for three octets.
    let mut apart = String::with_capacity(text.len() + text.len() / 3 + 1);
    apart.push_str(&text[..first]);
    let mut stood_alone = false;
    for c in text[first..].chars() {
        let stands_alone = stands_alone(c);
        if stands_alone || stood_alone {
            apart.push(' ');
        }
        apart.push(c);
        stood_alone = stands_alone;
    }
    Some(apart)
}

/// The characters that are words by themselves and that FTS5 could take for no part of a word: marks, among others.
pub(super) fn token_chars() -> String {
    ('\u{e00}'..='\u{33ff}').chain('\u{a9e0}'..='\u{aaff}').filter(|&c| stands_alone(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_scripts_without_spaces_are_set_apart() {
        for (text, expected) in [
            ("第3回 meeting会", " 第 3 回  meeting 会"),
            ("お茶", " お 茶"),
            ("\u{1f642}é茶x", "\u{1f642}é 茶 x"),
            ("กิน", " ก \u{e34} น"),
            ("コーヒー", " コ ー ヒ ー"),
        ] {
            assert_eq!(set_apart(text.as_bytes()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_text_without_such_letters_is_not_copied() {
        for text in ["", "kettle", "Grüße, дом", "“quoted” \u{1f642} 한국어 ２０"] {
            assert_eq!(set_apart(text.as_bytes()), None, "{text}");
        }
        assert_eq!(set_apart("茶\u{1f642}".as_bytes().split_last().expect("octets").1), None, "that is not UTF-8");
    }
}

//! What is a word where messages are searched for. SPEC.md, section 4.15.

use core::iter;

/// The words of a text, each with the octet at which it begins.
///
/// A character that Unicode calls alphabetic or numeric is of a word. These are all letters and digits, and some of the
/// marks that a server can take as parts of words.
///
/// ```
/// use fanfare_protocol::words;
///
/// assert!(words::of("第3回 Tea-Time!").map(|(_, word)| word).eq(["第", "3", "回", "Tea", "Time"]));
/// ```
pub fn of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric() && !stands_alone(c));
        let first = rest.chars().next()?;
        let end = match stands_alone(first) {
            true => first.len_utf8(),
            false => rest.find(|c: char| !c.is_alphanumeric() || stands_alone(c)).unwrap_or(rest.len()),
        };
        let (at, word) = (text.len() - rest.len(), &rest[..end]);
        rest = &rest[end..];
        Some((at, word))
    })
}

/// Whether a character is a word by itself: a letter or mark of a script that is written without spaces. None of them has
/// fewer than three octets.
///
/// These are the letters and marks of Unicode 16, and the planes that it has for ideographs as a whole.
pub fn stands_alone(c: char) -> bool {
    // Most characters are below.
    c >= '\u{e01}'
        && matches!(c,
            // Thai.
            '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}'
            // Lao.
            | '\u{e81}'..='\u{e82}' | '\u{e84}' | '\u{e86}'..='\u{e8a}' | '\u{e8c}'..='\u{ea3}' | '\u{ea5}'
            | '\u{ea7}'..='\u{ebd}' | '\u{ec0}'..='\u{ec4}' | '\u{ec6}' | '\u{ec8}'..='\u{ece}' | '\u{edc}'..='\u{edf}'
            // Myanmar.
            | '\u{1000}'..='\u{103f}' | '\u{1050}'..='\u{108f}' | '\u{109a}'..='\u{109d}'
            | '\u{a9e0}'..='\u{a9ef}' | '\u{a9fa}'..='\u{a9fe}' | '\u{aa60}'..='\u{aa76}' | '\u{aa7a}'..='\u{aa7f}'
            // Khmer.
            | '\u{1780}'..='\u{17d3}' | '\u{17d7}' | '\u{17dc}'..='\u{17dd}'
            // Hiragana, Katakana, and what both or Han have in common: U+30FC makes a vowel long, U+3031 to U+3035 repeat.
            | '\u{3005}'..='\u{3006}' | '\u{3031}'..='\u{3035}' | '\u{303b}'..='\u{303c}' | '\u{3041}'..='\u{3096}'
            | '\u{3099}'..='\u{309a}' | '\u{309d}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}'
            | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' | '\u{1aff0}'..='\u{1aff3}' | '\u{1aff5}'..='\u{1affb}'
            | '\u{1affd}'..='\u{1affe}' | '\u{1b000}'..='\u{1b122}' | '\u{1b132}' | '\u{1b150}'..='\u{1b152}'
            | '\u{1b155}' | '\u{1b164}'..='\u{1b167}'
            // Han.
            | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{fa6d}' | '\u{fa70}'..='\u{fad9}'
            | '\u{16fe3}' | '\u{16ff0}'..='\u{16ff1}' | '\u{20000}'..='\u{3fffd}'
        )
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use unicode_general_category::{GeneralCategory as Category, get_general_category};
    use unicode_script::{Script, UnicodeScript as _};

    use super::*;

    fn words(text: &str) -> Vec<&str> {
        of(text)
            .map(|(at, word)| {
                assert_eq!(&text[at..at + word.len()], word);
                word
            })
            .collect()
    }

    #[test]
    fn a_word_is_a_run_of_letters_and_digits() {
        for (text, expected) in [
            ("", &[][..]),
            ("?! \u{1f642} \u{301}", &[]),
            ("one", &["one"]),
            (" a_b, 7x-10.0\n", &["a", "b", "7x", "10", "0"]),
            ("дом №5 Ⅻ ٣٤", &["дом", "5", "Ⅻ", "٣٤"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_letter_or_mark_of_a_script_without_spaces_is_a_word_of_its_own() {
        for (text, expected) in [
            ("第3回 meeting会、OK", &["第", "3", "回", "meeting", "会", "OK"][..]),
            ("コーヒーｺｰﾋｰ人々", &["コ", "ー", "ヒ", "ー", "ｺ", "ｰ", "ﾋ", "ｰ", "人", "々"]),
            ("か\u{3099}", &["か", "\u{3099}"]),
            ("กิน", &["ก", "\u{e34}", "น"]),
            ("ນ້ຳ", &["ນ", "\u{ec9}", "\u{eb3}"]),
            ("ក្រ", &["ក", "\u{17d2}", "រ"]),
            ("မြန်", &["မ", "\u{103c}", "န", "\u{103a}"]),
            // Numbers are whole in all scripts.
            ("ปี๒๕๖๗ 二〇〇〇年", &["ป", "\u{e35}", "๒๕๖๗", "二", "〇〇〇", "年"]),
            // Korean has spaces, and is not of the same scripts.
            ("한국어 書", &["한국어", "書"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn the_scripts_without_spaces_are_those_of_the_specification() {
        use Category::{
            EnclosingMark, LowercaseLetter, ModifierLetter, NonspacingMark, OtherLetter, SpacingMark, TitlecaseLetter,
            UppercaseLetter,
        };
        use Script::{Han, Hiragana, Katakana, Khmer, Lao, Myanmar, Thai};
        for c in '\0'..=char::MAX {
            let scripts = c.script_extension();
            // What all scripts have in common names none.
            let is_of_them = scripts.iter().next().is_some()
                && scripts.iter().all(|script| [Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar].contains(&script));
            let category = get_general_category(c);
            let is_letter_or_mark = matches!(
                category,
                UppercaseLetter
                    | LowercaseLetter
                    | TitlecaseLetter
                    | ModifierLetter
                    | OtherLetter
                    | NonspacingMark
                    | SpacingMark
                    | EnclosingMark
            );
            let is_for_ideographs = matches!(c, '\u{20000}'..='\u{3fffd}') && category == Category::Unassigned;
            assert_eq!(stands_alone(c), is_letter_or_mark && is_of_them || is_for_ideographs, "{c:?}");
            assert!(!stands_alone(c) || c.len_utf8() >= 3, "{c:?}");
        }
    }
}

//! Words that somebody searched for, where they stand in what was found.

use std::sync::Arc;

/// Words to be marked; none in what was not searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks(Option<Arc<[String]>>);

impl Marks {
    /// The words of a text that was searched for.
    pub(crate) fn new(text: &str) -> Self {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        Self(Some(words.map(str::to_lowercase).collect()))
    }

    /// A text in pieces, and whether each is one of the words. The server compares more loosely than this: what it takes
    /// as the same without accents, say, is not marked.
    pub(crate) fn pieces<'t>(&self, text: &'t str) -> Vec<(bool, &'t str)> {
        let Some(words) = &self.0 else { return vec![(false, text)] };
        let mut pieces = Vec::new();
        let (mut begin, mut at) = (0, 0);
        while let Some(start) = text[at..].find(char::is_alphanumeric).map(|found| at + found) {
            at = text[start..].find(|c: char| !c.is_alphanumeric()).map_or(text.len(), |length| start + length);
            if words.contains(&text[start..at].to_lowercase()) {
                pieces.extend([(false, &text[begin..start]), (true, &text[start..at])]);
                begin = at;
            }
        }
        pieces.push((false, &text[begin..]));
        pieces.retain(|(_, piece)| !piece.is_empty());
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_marked_and_no_octet_is_lost() {
        let marks = Marks::new("Kettle, 1.88 дом");
        for (text, pieces) in [
            ("a kettle!", &[(false, "a "), (true, "kettle"), (false, "!")][..]),
            ("KETTLE", &[(true, "KETTLE")]),
            ("no kettles", &[(false, "no kettles")]),
            ("v1.88", &[(false, "v1."), (true, "88")]),
            ("Дом 1\u{1F642}", &[(true, "Дом"), (false, " "), (true, "1"), (false, "\u{1F642}")]),
            ("", &[]),
        ] {
            assert_eq!(marks.pieces(text), pieces, "{text}");
        }
        assert_eq!(Marks::default().pieces("a kettle"), [(false, "a kettle")]);
    }
}

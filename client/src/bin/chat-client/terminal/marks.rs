//! Words that somebody searched for, where they stand in what was found.

use std::sync::Arc;

use fanfare_protocol::words;

/// Words to be marked; none in what was not searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks(Option<Arc<[String]>>);

impl Marks {
    /// The words of a text that was searched for, in lower case. Those that are one character each stay together as they
    /// stand: alone, many of them are in every text.
    pub(crate) fn new(text: &str) -> Self {
        let mut marked: Vec<String> = Vec::new();
        let mut end = None;
        for (at, word) in words::of(text) {
            let stands_alone = word.starts_with(words::stands_alone);
            match marked.last_mut() {
                Some(last) if stands_alone && end == Some(at) => last.push_str(word),
                _ => marked.push(word.to_lowercase()),
            }
            end = stands_alone.then_some(at + word.len());
        }
        Self(Some(marked.into()))
    }

    /// A text in pieces, and whether each is one of the words. The server compares more loosely than this: what it takes
    /// as the same without accents, say, is not marked.
    pub(crate) fn pieces<'t>(&self, text: &'t str) -> Vec<(bool, &'t str)> {
        let Some(marked) = &self.0 else { return vec![(false, text)] };
        let mut pieces = Vec::new();
        let mut begin = 0;
        for (start, word) in words::of(text) {
            let length = if word.starts_with(words::stands_alone) {
                marked.iter().filter(|marked| text[start..].starts_with(marked.as_str())).map(String::len).max()
            } else {
                marked.contains(&word.to_lowercase()).then_some(word.len())
            };
            if let Some(length) = length
                && start >= begin
            {
                pieces.extend([(false, &text[begin..start]), (true, &text[start..start + length])]);
                begin = start + length;
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

    #[test]
    fn letters_of_scripts_without_spaces_are_marked_where_they_stand_together() {
        let marks = Marks::new("お茶を 茶 3回Tea กิน");
        for (text, pieces) in [
            ("お茶をください", &[(true, "お茶を"), (false, "ください")][..]),
            ("茶とお茶", &[(true, "茶"), (false, "とお"), (true, "茶")]),
            ("茶茶を", &[(true, "茶"), (true, "茶"), (false, "を")]),
            ("第3回teas、TEA", &[(false, "第"), (true, "3"), (true, "回"), (false, "teas、"), (true, "TEA")]),
            ("กินกัน", &[(true, "กิน"), (false, "กัน")]),
        ] {
            assert_eq!(marks.pieces(text), pieces, "{text}");
        }
    }
}

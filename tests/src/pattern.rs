//! Lines that are expected, with places for what varies.

use std::collections::HashMap;

/// What the places of patterns stood for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures {
    words: HashMap<String, String>,
}

impl Captures {
    /// What `<word>` stood for.
    #[track_caller]
    pub fn get(&self, word: &str) -> &str {
        self.find(word).unwrap_or_else(|| panic!("no pattern had <{word}>"))
    }

    /// What `<word>` stood for, if a pattern had it.
    pub fn find(&self, word: &str) -> Option<&str> {
        self.words.get(word).map(String::as_str)
    }

    /// A number that `<word>` stood for.
    #[track_caller]
    pub fn number(&self, word: &str) -> u64 {
        self.get(word).parse().unwrap_or_else(|error| panic!("<{word}>: {error}"))
    }

    /// Whether a line is of a pattern, given what the words stood for before. `<text>` is never the same twice.
    pub fn fit(&mut self, pattern: &str, line: &str) -> bool {
        let Some((before, rest)) = pattern.split_once('<') else { return pattern == line };
        let Some((word, after)) = rest.split_once('>') else { return pattern == line };
        let Some(line) = line.strip_prefix(before) else { return false };
        let whole_rest = after.is_empty() && (before.ends_with([' ', ':']) || before.is_empty());
        let end = if whole_rest { line.len() } else { line.find(' ').unwrap_or(line.len()) };
        // A word may be followed by something that is no SP: the shortest that fits is taken.
        let ends = if whole_rest { end..=end } else { 1..=end };
        for end in ends.filter(|&end| line.is_char_boundary(end)) {
            let (value, line) = line.split_at(end);
            let known = self.words.get(word).filter(|_| word != "text");
            if known.is_some_and(|known| known != value) {
                continue;
            }
            let mut with = self.clone();
            with.words.insert(word.to_owned(), value.to_owned());
            if with.fit(after, line) {
                *self = with;
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_for_what_varies_and_for_the_same_each_time() {
        let mut captures = Captures::default();
        assert!(captures.fit("OK epoch=<epoch> next=1", "OK epoch=ab1 next=1"));
        assert_eq!(captures.get("epoch"), "ab1");
        assert!(!captures.fit("OK epoch=<epoch>", "OK epoch=ab2"));
        assert!(captures.fit("AFTER <epoch>:3 x", "AFTER ab1:3 x"));
        assert!(!captures.fit("OK epoch=<other> next=2", "OK epoch=ab1 next=1"));
        assert!(!captures.fit("A <word> B", "A  B"));
    }

    #[test]
    fn at_the_end_a_word_stands_for_the_rest() {
        let mut captures = Captures::default();
        assert!(captures.fit("ERR busy :<text>", "ERR busy :come back later"));
        assert!(captures.fit("! <text>", "! come back"));
        assert!(!captures.fit("ERR busy :<text>", "ERR bad :x"));
    }
}

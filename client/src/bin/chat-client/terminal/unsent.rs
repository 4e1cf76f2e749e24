//! What was typed and has no answer yet: it stands above the prompt until it has one, so that it is never out of sight.

use std::collections::VecDeque;

/// How many rows these take.
const ROWS: usize = 5;

/// Texts that wait for their answer, in the order in which they were typed.
#[derive(Debug, Default)]
pub(crate) struct Unsent {
    texts: VecDeque<Waiting>,
    serial: u64,
}

/// One of them.
#[derive(Debug)]
struct Waiting {
    serial: u64,
    /// A room, or a name.
    to: String,
    text: String,
}

impl Unsent {
    /// A text for a room or a person. The number that it is known by.
    pub(crate) fn add(&mut self, to: &str, text: &str) -> u64 {
        self.serial += 1;
        self.texts.push_back(Waiting { serial: self.serial, to: to.to_owned(), text: text.to_owned() });
        self.serial
    }

    /// It was answered.
    pub(crate) fn answered(&mut self, serial: u64) {
        self.texts.retain(|waiting| waiting.serial != serial);
    }

    /// One's own message came back, perhaps before its answer: then it need not be shown twice.
    pub(crate) fn seen(&mut self, room: &str, text: &str) {
        if let Some(index) = self.texts.iter().position(|waiting| waiting.to == room && waiting.text == text) {
            self.texts.remove(index);
        }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The rows that show them.
    pub(crate) fn rows(&self) -> Vec<String> {
        let mut rows: Vec<_> = self
            .texts
            .iter()
            .take(ROWS)
            .map(|waiting| format!("… {}: {}", waiting.to, waiting.text.replace(['\n', '\t'], " ")))
            .collect();
        if self.texts.len() > ROWS {
            rows.push(format!("… and {} more", self.texts.len() - ROWS));
        }
        rows
    }

    /// What is to be said of them when the program ends.
    pub(crate) fn last_words(&self) -> String {
        self.texts
            .iter()
            .map(|waiting| format!("no answer to what you wrote to {}: {}\n", waiting.to, waiting.text))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_until_it_is_answered_or_comes_back() {
        let mut unsent = Unsent::default();
        let one = unsent.add("#tea", "one");
        unsent.add("#tea", "two");
        unsent.add("bob", "two\nlines");
        assert_eq!(unsent.rows(), ["… #tea: one", "… #tea: two", "… bob: two lines"]);
        unsent.answered(one);
        unsent.seen("#tea", "two");
        unsent.seen("#tea", "two");
        assert_eq!(unsent.rows(), ["… bob: two lines"]);
        assert_eq!(unsent.last_words(), "no answer to what you wrote to bob: two\nlines\n");
    }

    #[test]
    fn of_the_same_text_twice_one_comes_back_at_a_time() {
        let mut unsent = Unsent::default();
        unsent.add("#tea", "ha");
        unsent.add("#tea", "ha");
        unsent.seen("#tea", "ha");
        assert_eq!(unsent.len(), 1);
    }

    #[test]
    fn many_texts_take_few_rows() {
        let mut unsent = Unsent::default();
        for number in 0..12 {
            unsent.add("#tea", &number.to_string());
        }
        assert_eq!(unsent.rows()[ROWS..], ["… and 7 more"]);
    }
}

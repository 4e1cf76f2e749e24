//! One line of words for people.

use super::{Kind, Refusal};

/// A text of one line that the protocol can send.
pub(in crate::options) struct Phrase {
    /// The most octets that it may have.
    pub(in crate::options) most: usize,
}

impl Kind for Phrase {
    type Value = String;

    fn parse(&self, text: &str) -> Result<String, Refusal> {
        if text.is_empty() {
            return Err(Refusal::new(text, "is empty"));
        }
        if text.len() > self.most {
            return Err(Refusal::new(text, format!("has {} octets", text.len())));
        }
        match text.chars().find(|c| is_control(*c)) {
            Some(control) => Err(Refusal::new(text, format!("has the control character U+{:04X}", u32::from(control)))),
            None => Ok(text.to_owned()),
        }
    }

    fn show(&self, value: &String) -> toml::Value {
        toml::Value::from(value.as_str())
    }

    fn allowed(&self) -> String {
        format!("one line of 1 to {} octets, without control characters", self.most)
    }
}

/// Whether the protocol keeps it out of texts. TAB, which it lets pass, is kept out of this line too.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Phrase = Phrase { most: 8 };

    #[test]
    fn the_limit_counts_octets() {
        assert_eq!(KIND.parse("ääää"), Ok("ääää".to_owned()));
        assert_eq!(KIND.parse("ääääa"), Err(Refusal::new("ääääa", "has 9 octets")));
        assert_eq!(KIND.parse(""), Err(Refusal::new("", "is empty")));
    }

    #[test]
    fn what_moves_a_cursor_or_reorders_a_line_is_refused() {
        for c in ['\0', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{9b}', '\u{2028}', '\u{202e}', '\u{2066}'] {
            assert!(KIND.parse(&format!("a{c}")).is_err(), "{c:?}");
        }
    }
}

//! What is looked for.

use thiserror::Error;

/// The most words that are looked for at once: each costs a look at all messages that have it.
const MOST_WORDS: usize = 32;

/// The most octets of all terms together. They bound the words of scripts in which words are told apart otherwise.
const MOST_OCTETS: usize = 512;

/// What is looked for: terms, each of which a message must have. A term is words that must follow one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The terms in FTS5's syntax, each quoted.
    quoted: String,
}

/// Why nothing can be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum TermsError {
    /// No letter and no digit is in it.
    #[error("there is no word to look for")]
    NoWord,
    /// There are too many words.
    #[error("a search has at most {MOST_WORDS} words, and {MOST_OCTETS} octets of them")]
    TooMany,
}

impl Terms {
    /// Divides a text at SP, TAB and LF into terms. Words are runs of letters and digits; a term without any is ignored.
    pub(crate) fn parse(text: &str) -> Result<Self, TermsError> {
        let mut quoted = String::new();
        let mut words = 0;
        for term in text.split([' ', '\t', '\n']) {
            let of_term = words_of(term);
            if of_term == 0 {
                continue;
            }
            words += of_term;
            if words > MOST_WORDS || quoted.len() + term.len() > MOST_OCTETS {
                return Err(TermsError::TooMany);
            }
            // A quotation mark is no part of a word, like all that has a meaning in FTS5's syntax outside of quotes.
            let separator = if quoted.is_empty() { "" } else { " " };
            quoted.extend([separator, "\"", &term.replace('"', " "), "\""]);
        }
        if quoted.is_empty() { Err(TermsError::NoWord) } else { Ok(Self { quoted }) }
    }

    /// The terms as a query of FTS5 within a room.
    pub(super) fn within(&self, room: i64) -> String {
        // Terms side by side, and not joined by AND: so FTS5 passes over those in which it sees no word.
        format!("room : \"{room}\" AND text : ({})", self.quoted)
    }
}

fn words_of(term: &str) -> usize {
    term.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).count()
}

//! What is looked for.

use fanfare_protocol::{Query, words};

use super::words::set_apart;

/// What is looked for: terms, each of which a message must have. A term is words that must follow one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The terms in FTS5's syntax, each quoted.
    quoted: String,
}

impl Terms {
    //= protocol/SPEC.md#4-15-search
    //# A server MUST take `A`-`Z` and `a`-`z` as the same when it compares words.
    //= protocol/SPEC.md#4-15-search
    //# A server SHOULD compare words beyond ASCII without regard to case.
    //= protocol/SPEC.md#4-15-search
    //# A server MAY compare words without regard to diacritics.
    /// Divides a text at SP, TAB and LF into terms. A term without a word is ignored.
    pub(crate) fn of(query: Query<'_>) -> Self {
        let has_word = |term: &&str| words::of(term).next().is_some();
        let terms = query.as_str().split([' ', '\t', '\n']).filter(has_word).map(|term| {
            // A quotation mark is no part of a word, like all that has a meaning in FTS5's syntax outside of quotes.
            let term = term.replace('"', " ");
            format!("\"{}\"", set_apart(term.as_bytes()).unwrap_or(term))
        });
        Self { quoted: terms.collect::<Vec<_>>().join(" ") }
    }

    /// The terms as a query of FTS5 within a room.
    pub(super) fn within(&self, room: i64) -> String {
        // Terms side by side, and not joined by AND: so FTS5 passes over those in which it sees no word.
        format!("room : \"{room}\" AND text : ({})", self.quoted)
    }
}

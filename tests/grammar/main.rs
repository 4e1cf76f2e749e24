//! SPEC.md held together: its ABNF is the parser's, octet for octet, and its prose keeps its own rules.
//!
//! The grammar is read from SPEC.md. Strings are generated from it, and changed; what is in the language by the grammar
//! and its comments must be what the crate accepts, and nothing else. `FANFARE_GRAMMAR_CASES` says how many strings.

mod acceptance;
mod agreement;
mod attributes;
mod comments;
mod constraints;
mod coverage;
mod document;
mod first_line;
mod form_lines;
mod generating;
mod limits;
mod matching;
mod mutating;
mod reading;
mod requirements;
mod shrinking;
mod tables;
mod whole;

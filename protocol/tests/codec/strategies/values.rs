//! The values of SPEC.md, sections 2.4 and 2.6, as owned strings and numbers, with their limits more often than chance
//! has them.

use fanfare_fuzz_bodies::naive::is_forbidden;
use fanfare_protocol::limits::{MAX_LINE, MAX_NUMBER, MAX_QUERY, MAX_REASON, MAX_TEXT};
use proptest::collection::vec;
use proptest::prelude::*;

pub(crate) fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[A-Za-z0-9][A-Za-z0-9_-]{0,31}", 1 => "[A-Za-z0-9][A-Za-z0-9_-]{31}"]
}

pub(crate) fn room() -> impl Strategy<Value = String> {
    prop_oneof![4 => "#[a-z0-9._-]{1,64}", 1 => "#[a-z0-9._-]{64}"]
}

pub(crate) fn epoch() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z0-9]{1,16}", 1 => "[a-z0-9]{16}"]
}

/// An id or a token.
pub(crate) fn id() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[A-Za-z0-9_-]{1,64}", 1 => "[A-Za-z0-9_-]{64}"]
}

/// A code or a kind.
pub(crate) fn word() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z][a-z0-9-]{0,31}", 1 => "[a-z][a-z0-9-]{31}"]
}

pub(crate) fn mechanism() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[A-Za-z0-9_-]{1,20}", 1 => "[A-Za-z0-9_-]{20}"]
}

pub(crate) fn number() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(MAX_NUMBER), 0..=MAX_NUMBER, 0_u64..100]
}

pub(crate) fn seq() -> impl Strategy<Value = u64> {
    number().prop_map(|number| number.max(1))
}

/// Names for a `NAMES` line, as many as fit it at most.
pub(crate) fn names() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![4 => vec(name(), 1..8), 1 => vec("[a-z][a-z0-9]{31}", 121)]
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[ -~]{0,60}",
        8 => "[ -~\t\n\u{e9}\u{2192}\u{1f600}:{}]{0,60}",
        4 => vec(allowed_char(), 0..40).prop_map(String::from_iter),
        // Where line text ends and counted text begins, whatever the header.
        4 => (MAX_LINE - 400..=MAX_LINE).prop_map(|len| "x".repeat(len)),
        2 => (MAX_LINE / 2 - 200..=MAX_LINE / 2).prop_map(|len| "\u{e9}".repeat(len)),
        1 => Just("x\n".repeat(MAX_TEXT / 2)),
    ]
}

pub(crate) fn reason() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[ -~]{0,60}",
        4 => "[ -~\t\n\u{e9}\u{1f600}:{}]{0,60}",
        1 => Just("x".repeat(MAX_REASON)),
        1 => Just("\u{e9}".repeat(MAX_REASON / 2)),
    ]
}

/// A text that can be searched for.
pub(crate) fn query() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[ -~]{0,30}[A-Za-z0-9][ -~]{0,30}",
        4 => "[ -~\t\n\u{e9}\u{1f600}:{}]{0,30}[\u{e9}\u{4e2d}\u{663}][ -~\t\n]{0,30}",
        1 => Just("x".repeat(MAX_QUERY)),
        1 => Just("\u{e9}".repeat(MAX_QUERY / 2)),
    ]
}

/// Any character that the table of section 2.4 does not forbid.
fn allowed_char() -> impl Strategy<Value = char> {
    any::<char>().prop_filter("forbidden in text", |&c| !is_forbidden(c))
}

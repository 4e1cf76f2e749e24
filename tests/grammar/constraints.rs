//! What the grammar cannot say: the comments in SPEC.md's ABNF, each with the section that it binds through.
//!
//! This is the one place for them. A test compares the comments below with those in SPEC.md, word for word.

use std::sync::LazyLock;

use fanfare_protocol::words;

use crate::attributes::header_fields;
use crate::document::{section, spans};
use crate::matching::Matcher;
use crate::reading::{Grammar, RuleId};

/// Octets that a rule's syntax allows.
pub(crate) struct Span<'s> {
    pub(crate) matcher: &'s Matcher<'s>,
    pub(crate) octets: &'s [u8],
    /// The message of either side in which they stand.
    pub(crate) message: Option<RuleId>,
}

type Holds = fn(&Span<'_>) -> bool;

/// A rule, its comment in SPEC.md (none where a sentence of the section alone says it), the section, and the check.
pub(crate) const CONSTRAINTS: &[(&str, &str, &str, Holds)] = &[
    ("greeting", "at most 4,096 octets before the eol", "2.1, items 6 and 7", |span| before_eol(span.octets) <= 4_096),
    ("versions", "in rising order", "3.1", |span| {
        let versions: Vec<u64> = span.octets.split(|&octet| octet == b',').map(value).collect();
        versions.is_sorted_by(|earlier, later| earlier < later)
    }),
    ("client-frame", "", "14.1, 2.3 and 2.5", is_frame),
    ("server-frame", "", "14.1, 2.3 and 2.5", is_frame),
    ("line", "at most 4,096 octets", "2.1, items 6 and 7", |span| span.octets.len() <= 4_096),
    ("counted", "up to the eol in it at most 4,096", "2.1, items 6 and 7", |span| before_eol(span.octets) <= 4_096),
    ("text", "at most 65,536 octets", "2.4, item 2", |span| text_octets(span.octets) <= 65_536),
    ("counted-text", "after eol exactly as many octets as count-field says", "2.3, item 5", |span| {
        counted_octets(span.octets) == count(span.octets)
    }),
    // What a server of these defaults announces (4.4, 11).
    ("count", "at most the announced text limit", "2.7", |span| value(span.octets) <= 65_536),
    ("reason", "at most 256 octets", "4.6, 4.14, 5.5", |span| text_octets(span.octets) <= 256),
    ("number", "at most 9007199254740991", "2.6", is_number),
    ("positive", "at most 9007199254740991", "2.6", is_number),
    ("seq", "at most 9007199254740991", "2.6", is_number),
    ("extension", "", "14.4, 2.5", |span| {
        let key = span.octets.split(|&octet| octet == b'=').next().unwrap_or_default();
        span.message.is_none_or(|message| !span.matcher.messages.knows(message, key))
    }),
    ("history", "first at most last", "4.11", |span| in_order(span.octets, 2)),
    ("found-is", "at most 1000", "4.15", |span| value_of(span.octets) <= 1_000),
    ("query", "at most 256 octets, with a word", "4.15", |span| is_query(text_of(span.octets))),
    ("gap", "first at most last", "5.7, item 1", |span| in_order(span.octets, 2)),
    ("names", "the names at most 3,999 octets", "4.9, item 3", |span| {
        let names = header_fields(span.octets).skip(2).filter(|field| !field.contains(&b'='));
        names.map(|name| name.len() + 1).sum::<usize>() <= 3_999 + 1
    }),
    ("ping-is", "1 to 3600", "4.4", |span| (1..=3_600).contains(&value_of(span.octets))),
    ("text-is", "4096 to 65536", "4.4", |span| (4_096..=65_536).contains(&value_of(span.octets))),
    ("name-line", "", "3.4, item 1", |span| !is_reserved(span.octets)),
    ("name-line", "at most 4,096 octets", "10.2, item 8", |span| span.octets.len() <= 4_096),
    ("plain-line", "at most 4,096 octets", "10.2, item 8", |span| span.octets.len() <= 4_096),
    ("history-command", "at most 1000", "10.2", |span| {
        let number = span.octets.split(|octet| b" \t".contains(octet)).rfind(|word| !word.is_empty());
        number.is_none_or(|number| number[0] == b'/' || value(number) <= 1_000)
    }),
    ("search-command", "at most 256 octets, with a word", "4.15, 10.2", |span| {
        is_query(span.octets["/search".len()..].trim_ascii_start())
    }),
    ("quit-command", "text at most 256 octets", "4.14, 10.2", |span| {
        let text = span.octets["/quit".len()..].iter().skip_while(|octet| b" \t".contains(octet));
        text.count() <= 256
    }),
];

/// Comments that exclude no octets a receiver takes: names for what is meant, and duties of senders.
pub(crate) const EXPLANATIONS: &[(&str, &str)] = &[
    ("eol", "sent without CR"),
    ("frame", "the form of every frame, whatever its verb (2.2, 2.3)"),
    ("verb", "sent in upper case"),
    ("field-first", "neither \":\" nor \"{\""),
    ("name", "the same in any case"),
    ("at", "ms since 1970-01-01 UTC"),
    ("utf8-2", "not U+0080-9F"),
    ("utf8-3", "not the surrogates"),
    ("utf8-e2", "not U+2028-2029, 202A-202E"),
    ("utf8-e2", "not U+2066-2069"),
    ("ok", "LEAVE, TELL: none of them"),
    ("challenge", "reserved"),
    ("note", "reserved"),
    ("gap-reason", "\"slow\" or \"expired\""),
];

/// The checks by rule.
pub(crate) struct Constraints(Vec<Vec<Holds>>);

impl Constraints {
    pub(crate) fn new(grammar: &Grammar) -> Self {
        let mut by_rule: Vec<Vec<Holds>> = grammar.rules.iter().map(|_| Vec::new()).collect();
        for &(rule, _, _, holds) in CONSTRAINTS {
            by_rule[grammar.rule(rule)].push(holds);
        }
        Self(by_rule)
    }

    pub(crate) fn hold(&self, rule: RuleId, span: &Span<'_>) -> bool {
        self.0[rule].iter().all(|holds| holds(span))
    }

    pub(crate) fn any(&self, rule: RuleId) -> bool {
        !self.0[rule].is_empty()
    }
}

/// How many octets a counted text has after its eol, by its count; `None` before the eol has come.
pub(crate) fn counted_octets_due(so_far: &[u8]) -> Option<usize> {
    let eol = so_far.iter().position(|&octet| octet == b'\n')?;
    (so_far.starts_with(b"{") && so_far.len() == eol + 1).then(|| count(so_far))
}

/// 14.1: "the form of every frame, whatever its verb"; 2.5, items 3 and 4: at most 16 attributes, no key twice.
fn is_frame(span: &Span<'_>) -> bool {
    let attributes = header_fields(span.octets).filter(|field| field.contains(&b'='));
    let mut keys: Vec<&[u8]> =
        attributes.map(|field| field.split(|&octet| octet == b'=').next().unwrap_or(field)).collect();
    let number = keys.len();
    keys.sort_unstable();
    keys.dedup();
    number <= 16 && keys.len() == number && span.matcher.matches(span.matcher.grammar.rule("frame"), span.octets)
}

fn is_number(span: &Span<'_>) -> bool {
    value(span.octets) <= 9_007_199_254_740_991
}

/// 3.4: the reserved names, read from there.
fn is_reserved(line: &[u8]) -> bool {
    static RESERVED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let lines = section("3.4").prose;
        let list = lines.iter().skip_while(|line| !line.starts_with("These names are reserved"));
        list.take_while(|line| !line.is_empty()).flat_map(|line| spans(line)).collect()
    });
    let name = line.trim_ascii();
    RESERVED.iter().any(|reserved| reserved.as_bytes().eq_ignore_ascii_case(name))
}

fn in_order(octets: &[u8], field: usize) -> bool {
    let mut numbers = header_fields(octets).skip(field).map(value);
    numbers.next() <= numbers.next()
}

/// The value of digits; the largest of all for what is too long to count.
fn value(digits: &[u8]) -> u64 {
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX)
}

/// The value of an attribute.
fn value_of(attribute: &[u8]) -> u64 {
    attribute.iter().position(|&octet| octet == b'=').map_or(u64::MAX, |equals| value(&attribute[equals + 1..]))
}

fn before_eol(octets: &[u8]) -> usize {
    let line = octets.split(|&octet| octet == b'\n').next().unwrap_or_default();
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

fn text_octets(text: &[u8]) -> usize {
    text_of(text).len()
}

fn counted_octets(text: &[u8]) -> usize {
    text_of(text).len()
}

/// What a line text or a counted text says.
fn text_of(text: &[u8]) -> &[u8] {
    if text.starts_with(b"{") {
        &text[text.iter().position(|&octet| octet == b'\n').map_or(text.len(), |eol| eol + 1)..]
    } else {
        &text[1..]
    }
}

/// 4.15: short enough, and with a word.
fn is_query(text: &[u8]) -> bool {
    let is_of_word = |c: char| c.is_alphanumeric() || words::stands_alone(c);
    text.len() <= 256 && std::str::from_utf8(text).is_ok_and(|text| text.contains(is_of_word))
}

fn count(text: &[u8]) -> usize {
    let digits = text[1..].split(|&octet| octet == b'}').next().unwrap_or_default();
    usize::try_from(value(digits)).unwrap_or(usize::MAX)
}

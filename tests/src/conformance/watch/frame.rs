//! Frames. SPEC.md, sections 2.2 to 2.6.

use super::value::Form;
use super::verb::{Code, Tail, Text, VERBS, Verb};
use super::{Breach, LONGEST_LINE, text};

const fn breach(requirement: &'static str, expected: &'static str) -> Breach {
    Breach { requirement, expected }
}

const SP_BETWEEN: Breach = breach("2.2/1", "exactly one SP between two parts");
const SP_FIRST: Breach = breach("2.2/2", "no SP before the verb");
const SP_LAST: Breach = breach("2.2/3", "no SP after the last field");
const OCTETS: Breach = breach("2.2/4", "only the octets %x21-7E in the header");
const VERB: Breach = breach("2.2/5", "a verb of 1 to 16 letters in upper case");
const BRACE: Breach = breach("2.2/7", "no field that begins with {");
const HEAD: Breach = breach("2.3/4", "a count of 1 to 6 digits without leading zeros");
const CANONICAL: Breach = breach("2.4/5", "line text, as it holds no LF and the line fits in 4,096 octets");
const KEY: Breach = breach("2.5/1", "attributes with a key of 1 to 16 of a-z 0-9 -, a letter first");
const VALUE: Breach = breach("2.5/2", "attributes with a value of 1 to 255 octets");
const MANY: Breach = breach("2.5/3", "at most 16 attributes");
const REPEATED: Breach = breach("2.5/4", "no key twice");
const ORDER: Breach = breach("2.5/7", "attributes in the order of the specification");
const FORM: Breach = breach("2.6/1", "values of the forms that 2.6 names");
const PARTS: Breach = breach("2.6/1", "the fields and the text of its verb");
const OTHER_TABLE: Breach = breach("7.1/1", "ERR only with the codes of 7.2, BYE only with those of 7.3");
const RETRY: Breach = breach("7.1/3", "no retry with a code whose retry is not later");

/// What a frame breaks, given as its line, and its counted text if the line ends with the head of one.
pub(super) fn breaches(line: &[u8], counted: Option<&[u8]>) -> Vec<Breach> {
    let (mut fields, line_text) = split(line);
    let mut found = Vec::new();
    let mut note = |broken: bool, breach: Breach| {
        if broken {
            found.push(breach);
        }
    };
    if let Some(text) = counted {
        let head = fields.pop().unwrap_or_default();
        note(!is_head(head), HEAD);
        let as_line = line.len() - head.len() + ":".len() + text.len();
        note(!text.contains(&b'\n') && as_line <= LONGEST_LINE, CANONICAL);
    }
    let has_text = counted.or(line_text);
    let (first, last) = (fields.first().copied().unwrap_or_default(), fields.last().copied().unwrap_or_default());
    let inner = if has_text.is_some() { fields.get(1..) } else { fields.get(1..fields.len().max(2) - 1) };
    note(first.is_empty() && !line.starts_with(b":"), SP_FIRST);
    note(last.is_empty() && fields.len() > 1 && has_text.is_none(), SP_LAST);
    note(inner.unwrap_or_default().iter().any(|field| field.is_empty()), SP_BETWEEN);
    note(!fields.iter().copied().flatten().all(u8::is_ascii_graphic), OCTETS);
    note(fields.iter().any(|field| field.starts_with(b"{")), BRACE);
    note(!is_verb(first), VERB);
    found.extend(has_text.into_iter().flat_map(text::breaches));
    let known = VERBS.iter().find(|verb| first.eq_ignore_ascii_case(verb.name.as_bytes()));
    // What stands behind an empty field has lost its place.
    if let Some(verb) = known.filter(|_| !fields.iter().any(|field| field.is_empty())) {
        found.extend(of_verb(verb, &fields[1..], has_text.is_some()));
    }
    found
}

/// The fields of a line, the head of a counted text among them, and its line text.
fn split(line: &[u8]) -> (Vec<&[u8]>, Option<&[u8]>) {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        if let Some(text) = rest.strip_prefix(b":") {
            return (fields, Some(text));
        }
        let Some(end) = rest.iter().position(|&octet| octet == b' ') else {
            fields.push(rest);
            return (fields, None);
        };
        fields.push(&rest[..end]);
        rest = &rest[end + 1..];
    }
}

fn is_head(field: &[u8]) -> bool {
    let digits = field.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).unwrap_or_default();
    Form::Number(0, 999_999).fits(digits)
}

fn is_verb(field: &[u8]) -> bool {
    (1..=16).contains(&field.len()) && field.iter().all(u8::is_ascii_uppercase)
}

fn is_key(key: &[u8]) -> bool {
    let is_of_keys = |octet: &u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || *octet == b'-';
    (1..=16).contains(&key.len()) && key[0].is_ascii_lowercase() && key.iter().all(is_of_keys)
}

/// What the parts behind a verb break.
fn of_verb(verb: &Verb, fields: &[&[u8]], has_text: bool) -> Vec<Breach> {
    let mut found = Vec::new();
    let mut note = |broken: bool, breach: Breach| {
        if broken {
            found.push(breach);
        }
    };
    let (fixed, behind) = fields.split_at(fields.len().min(verb.fixed.len()));
    let begin = match verb.tail {
        Tail::None => 0,
        _ => behind.iter().position(|field| field.contains(&b'=')).unwrap_or(behind.len()),
    };
    let (tail, attributes) = behind.split_at(begin);
    let (tail_form, tail_counts) = match verb.tail {
        Tail::None => (Form::Yes, 0..=0),
        Tail::Optional(form) => (form, 0..=1),
        Tail::List(form) => (form, 1..=usize::MAX),
    };
    let lacks_text = if has_text { verb.text == Text::Never } else { verb.text == Text::Always };
    note(fixed.len() < verb.fixed.len() || !tail_counts.contains(&tail.len()) || lacks_text, PARTS);
    note(fixed.iter().zip(verb.fixed).any(|(field, form)| !form.fits(field)), FORM);
    note(tail.iter().any(|field| !tail_form.fits(field)), FORM);
    let pairs: Vec<(&[u8], &[u8])> = attributes.iter().map(|field| pair(field)).collect();
    note(pairs.iter().any(|(key, _)| !is_key(key)), KEY);
    note(pairs.iter().any(|(_, value)| !(1..=255).contains(&value.len())), VALUE);
    note(pairs.len() > 16, MANY);
    note((1..pairs.len()).any(|at| pairs[..at].iter().any(|(key, _)| *key == pairs[at].0)), REPEATED);
    let place = |key: &[u8]| verb.attributes.iter().position(|(known, _)| known.as_bytes() == key);
    note(!pairs.iter().filter_map(|(key, _)| place(key)).is_sorted(), ORDER);
    note(pairs.iter().any(|(key, value)| place(key).is_some_and(|at| !verb.attributes[at].1.fits(value))), FORM);
    if let (true, Some(code)) = (["ERR", "BYE"].contains(&verb.name), fixed.first()) {
        let (code, has_retry) = (Code::of(verb, code), pairs.iter().any(|(key, _)| *key == b"retry"));
        note(code == Code::OfTheOther, OTHER_TABLE);
        note(code == Code::NotLater && has_retry, RETRY);
    }
    found
}

/// A key and a value. What has no `=` has neither.
fn pair(field: &[u8]) -> (&[u8], &[u8]) {
    match field.iter().position(|&octet| octet == b'=') {
        Some(at) => (&field[..at], &field[at + 1..]),
        None => (b"", b"x"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(line: &str) -> Vec<&'static str> {
        let (line, counted) = line.split_once('\n').map_or((line, None), |(line, text)| (line, Some(text.as_bytes())));
        breaches(line.as_bytes(), counted).iter().map(|breach| breach.requirement).collect()
    }

    #[test]
    fn frames_of_the_specification_break_nothing() {
        for line in [
            "WELCOME a token=t ping=30 text=65536 rate=50 presence=256 :You are connected to the Server!",
            "WELCOME a ping=30 text=65536 presence=0 x=1 :",
            "OK",
            "OK epoch=e next=1 newest=0 members=1 reset=yes",
            "OK epoch=e count=0 next=1",
            "OK epoch=e count=1 more=yes",
            "OK seq=1 repeat=yes",
            "OK members=2 more=yes",
            "OK count=2 more=yes x=y=z",
            "ERR rate-limited retry=0 :x",
            "ERR something-new retry=1 :x",
            "NAMES #a a",
            "NAMES #a a b c x=1",
            "ROOM #a members=0 newest=0",
            "MSG #a 1 2 b id=i :",
            "MSG #a 1 2 b {3}\na\nb",
            "NOTE #a 1 2 b kind",
            "LEFT #a b :x",
            "LEFT #a b",
            "GAP #a 1 2 slow",
            "PING",
            "PONG x",
            "BYE shutdown retry=5 :x",
            "NEWS #a B :unknown",
        ] {
            assert_eq!(broken(line), [""; 0], "{line}");
        }
    }

    #[test]
    fn each_rule_of_frames_is_seen_to_be_broken() {
        for (line, requirement) in [
            ("OK  seq=1", "2.2/1"),
            ("MSG #a 1 2 b  :x", "2.2/1"),
            (" OK", "2.2/2"),
            ("OK ", "2.2/3"),
            ("OK x=\u{e9}", "2.2/4"),
            ("NEWS a\tb", "2.2/4"),
            ("ok", "2.2/5"),
            ("SEVENTEENLETTERSX", "2.2/5"),
            (":x", "2.2/5"),
            ("NEWS {x a", "2.2/7"),
            ("MSG #a 1 2 b {01}\n\n", "2.3/4"),
            ("ERR busy :\u{7f}", "2.4/3"),
            ("MSG #a 1 2 b {1}\nx", "2.4/5"),
            ("OK A=x", "2.5/1"),
            ("OK seq=1 x", "2.5/1"),
            ("OK seq=", "2.5/2"),
            ("OK a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1 j=1 k=1 l=1 m=1 n=1 o=1 p=1 q=1", "2.5/3"),
            ("OK x=1 x=2", "2.5/4"),
            ("OK repeat=yes seq=1", "2.5/7"),
            ("OK seq=0", "2.6/1"),
            ("OK seq=1 repeat=no", "2.6/1"),
            ("MSG #A 1 2 b :x", "2.6/1"),
            ("MSG #a 1 2 :x", "2.6/1"),
            ("MSG #a 1 2 b", "2.6/1"),
            ("OK :x", "2.6/1"),
            ("NAMES #a", "2.6/1"),
            ("NAMES #a b -", "2.6/1"),
            ("PONG a b", "2.6/1"),
            ("ERR Busy :x", "2.6/1"),
            ("ERR shutdown :x", "7.1/1"),
            ("BYE busy :x", "7.1/1"),
            ("ERR bad-frame retry=1 :x", "7.1/3"),
            ("BYE replaced retry=1 :x", "7.1/3"),
        ] {
            assert!(broken(line).contains(&requirement), "{line:?} {requirement} {:?}", broken(line));
        }
    }

    #[test]
    fn a_text_is_counted_where_its_line_would_be_too_long() {
        let header = "MSG #a 1 2 b ";
        let counted = |octets: usize| format!("{header}{{{octets}}}\n{}", "x".repeat(octets));
        assert_eq!(broken(&counted(4_096 - header.len() - 1)), ["2.4/5"]);
        assert_eq!(broken(&counted(4_096 - header.len())), [""; 0]);
    }
}

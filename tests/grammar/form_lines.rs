//! The form lines in the prose, such as `SAY #room [id=ID] TEXT`, say what the ABNF says.

use std::collections::BTreeSet;

use crate::attributes::alternatives;
use crate::document::{cells, sections, spans, tables};
use crate::reading::{Grammar, NodeId, NodeKind, RuleId};

/// A rule, and how form lines write what it describes.
const WORDS: &[(&str, &[&str])] = &[
    ("room", &["#room"]),
    ("name", &["NAME"]),
    ("text", &["TEXT"]),
    ("plain-text", &["TEXT"]),
    ("id", &["ID"]),
    ("token", &["TOKEN"]),
    ("seq", &["SEQ", "FIRST", "LAST", "N"]),
    ("positive", &["N"]),
    ("number", &["N", "MS"]),
    ("at", &["AT"]),
    ("kind", &["KIND"]),
    ("code", &["CODE"]),
    ("gap-reason", &["REASON"]),
    ("version", &["VERSION"]),
    ("mechanism", &["MECHANISM"]),
    ("epoch", &["EPOCH"]),
    ("point", &["EPOCH:SEQ"]),
    ("reason", &["TEXT"]),
];

/// One part of a form line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    /// What stands before the value: the verb, a command, or `key=`.
    before: String,
    /// The rule of the value, if there is one.
    value: Option<&'static (&'static str, &'static [&'static str])>,
    optional: bool,
    repeated: bool,
}

impl Part {
    /// Whether a word of a form line can stand for it: by a placeholder or, in an instance, by a value.
    fn takes(&self, word: &str, instance: bool) -> bool {
        match (word.strip_prefix(&self.before), self.value) {
            (Some(rest), None) => rest.is_empty(),
            (Some(rest), Some((_, words))) => {
                words.contains(&rest)
                    || (instance && !rest.is_empty() && rest.starts_with(|c: char| c.is_ascii_lowercase()))
            }
            (None, _) => false,
        }
    }
}

/// The ways to write a rule as a form: several where `ok` differs by request. Extensions are not shown.
fn forms(grammar: &Grammar, node: NodeId) -> Vec<Vec<Part>> {
    let part = |before: &str, value| Part { before: before.to_owned(), value, optional: false, repeated: false };
    match &grammar.nodes[node].kind {
        NodeKind::Octets { octets, .. } if octets == b" " => vec![Vec::new()],
        NodeKind::Octets { octets, .. } => vec![vec![part(&String::from_utf8_lossy(octets), None)]],
        NodeKind::Range(..) => panic!("{} has no form", grammar.nodes[node].text),
        NodeKind::Rule(rule) => match &grammar.rules[*rule].name[..] {
            "extension" | "attributes" | "sp" | "blank" => vec![Vec::new()],
            name => match WORDS.iter().find(|(rule, _)| *rule == name) {
                Some(words) => vec![vec![part("", Some(words))]],
                None => forms(grammar, grammar.body(*rule)),
            },
        },
        NodeKind::Concatenation(of) => of.iter().fold(vec![Vec::new()], |before, &node| {
            let after = forms(grammar, node);
            before.iter().flat_map(|before| after.iter().map(move |after| joined(before, after))).collect()
        }),
        NodeKind::Alternatives(of) => {
            let all: Vec<Vec<Part>> = of.iter().flat_map(|&node| forms(grammar, node)).collect();
            // Attributes in any order are shown one behind the other; ways to answer are forms of their own.
            match all.iter().all(|form| form.len() <= 1) && all.iter().any(Vec::is_empty) {
                true => vec![all.concat()],
                false => all,
            }
        }
        NodeKind::Repetition { min, max, node } => {
            let inner = forms(grammar, *node);
            let several = inner.len() > 1;
            let mark = |mut form: Vec<Part>| {
                // An option with several ways is one way or another, or nothing.
                form.iter_mut().for_each(|part| part.optional |= *min == 0 && !several);
                form.iter_mut().for_each(|part| part.repeated |= max.is_none());
                form
            };
            let nothing = several.then(Vec::new);
            inner.into_iter().map(mark).chain(nothing).collect()
        }
    }
}

/// One form behind another; `key=` and its value become one part.
fn joined(before: &[Part], after: &[Part]) -> Vec<Part> {
    let mut all = before.to_vec();
    match (all.last_mut(), after) {
        (Some(last), [first, rest @ ..]) if last.value.is_none() && last.before.ends_with('=') => {
            last.value = first.value;
            all.extend_from_slice(rest);
        }
        _ => all.extend_from_slice(after),
    }
    all
}

/// Whether words are a form in full.
fn is_full(form: &[Part], words: &[&str]) -> bool {
    let mut words = words.iter();
    let all = form.iter().all(|part| {
        let Some(word) = words.next() else { return false };
        let bare =
            if part.optional { word.strip_prefix('[').and_then(|word| word.strip_suffix(']')) } else { Some(*word) };
        let fits = bare.is_some_and(|bare| part.takes(bare, false));
        fits && (!part.repeated || (words.next() == Some(word) && words.next() == Some(&"...")))
    });
    all && words.next().is_none()
}

/// Whether words are a form without some of its options, or with values in place of placeholders.
fn is_instance(form: &[Part], words: &[&str]) -> bool {
    match (form, words) {
        ([], words) => words.is_empty(),
        ([part, rest @ ..], [word, others @ ..]) if part.takes(word.trim_matches(['[', ']']), true) => {
            is_instance(rest, others) || (part.optional && is_instance(rest, words))
        }
        ([part, rest @ ..], words) => part.optional && is_instance(rest, words),
    }
}

/// The form lines of the sections on frames.
fn lines() -> Vec<(&'static str, &'static str)> {
    let on_frames =
        |number: &str| ["3", "4", "5", "6", "7", "9"].contains(&number.split('.').next().unwrap_or_default());
    let mut lines = Vec::new();
    for section in sections().into_iter().filter(|section| on_frames(section.number)) {
        for span in section.prose.iter().flat_map(|line| spans(line)) {
            let verb = span.split(' ').next().unwrap_or_default();
            if verb.len() > 1 && verb.bytes().all(|octet| octet.is_ascii_uppercase()) {
                lines.push((section.number, span));
            }
        }
    }
    lines
}

#[test]
fn each_form_line_of_a_frame_agrees_with_its_rule_and_each_rule_has_one() {
    let grammar = Grammar::of_spec();
    let all = |side| alternatives(&grammar, grammar.rule(side)).into_iter();
    let messages: Vec<RuleId> = all("client-message").chain(all("server-message")).collect();
    let forms_of = |rule: RuleId| forms(&grammar, grammar.body(rule));
    let codes: BTreeSet<&str> = ["7.2", "7.3"]
        .iter()
        .flat_map(|number| tables(&crate::document::section(number)))
        .flat_map(|table| table.into_iter().skip(1).map(|row| row[0].trim_matches('`')))
        .collect();
    let mut shown: BTreeSet<RuleId> = BTreeSet::new();
    let mut alone: BTreeSet<&str> = BTreeSet::new();
    for (section, line) in lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            // A verb in running text.
            [verb] => {
                alone.insert(verb);
                continue;
            }
            // A fault by its code, as in a table.
            ["ERR" | "BYE", code] if codes.contains(code) => continue,
            // A value by its name and a greeting are no frames.
            ["FANFARE/1", ..] | ["HELLO", "1"] => continue,
            _ => {}
        }
        let fits =
            |rule: &&RuleId| forms_of(**rule).iter().any(|form| is_full(form, &words) || is_instance(form, &words));
        assert!(messages.iter().any(|rule| fits(&rule)), "{section}: no rule describes {line}");
        shown.extend(messages.iter().filter(|rule| forms_of(**rule).iter().any(|form| is_full(form, &words))));
    }
    for rule in messages {
        for form in forms_of(rule) {
            // A frame of nothing but a verb is shown by that.
            let bare = form.len() == 1 && alone.contains(&form[0].before[..]);
            let name = &grammar.rules[rule].name;
            assert!(bare || shown.contains(&rule), "no form line in the prose is {name} in full: {form:?}");
        }
    }
}

#[test]
fn each_command_in_the_prose_is_a_command_of_the_grammar_and_the_other_way_round() {
    let grammar = Grammar::of_spec();
    let mut forms = forms(&grammar, grammar.body(grammar.rule("command")));
    let section = crate::document::section("10.2");
    for row in section.prose.iter().filter(|line| line.starts_with("| `/")) {
        let command = cells(row)[0].trim_matches('`');
        let words: Vec<&str> = command.split(' ').collect();
        let at = forms.iter().position(|form| is_full(form, &words));
        forms.remove(at.unwrap_or_else(|| panic!("the ABNF has no {command}: {forms:#?}")));
    }
    assert!(forms.is_empty(), "10.2 does not show {forms:?}");
}

//! The grammar as a whole: nothing is missing in it and nothing is left over.

use std::collections::BTreeSet;

use crate::coverage::{reachable, references};
use crate::reading::{Grammar, Source};

/// The rules that no other rule needs: a connection, seen from either side and in either mode, and the frame that a
/// receiver finds before it knows the verb.
const ROOTS: [&str; 5] = ["client-stream", "server-stream", "frame", "plain-input", "plain-output"];

#[test]
fn the_grammar_is_abnf_and_every_rule_is_defined_once_and_used() {
    // It can't be built unless it is ABNF, defines what it names, and defines nothing twice.
    let grammar = Grammar::of_spec();
    let mut named: BTreeSet<_> = ROOTS.iter().map(|root| grammar.rule(root)).collect();
    for rule in grammar.rules.iter().filter(|rule| rule.source == Source::Spec) {
        named.extend(references(&grammar, rule.node));
    }
    let own = |rule: &usize| grammar.rules[*rule].source == Source::Spec;
    let unused: Vec<&str> = (0..grammar.rules.len())
        .filter(|rule| own(rule) && !named.contains(rule))
        .map(|rule| grammar.rules[rule].name.as_str())
        .collect();
    assert_eq!(unused, [""; 0]);
}

#[test]
fn every_rule_is_part_of_a_root() {
    let grammar = Grammar::of_spec();
    let reached = reachable(&grammar, &ROOTS.map(|root| grammar.rule(root)));
    let lost: Vec<&str> = (0..grammar.rules.len())
        .filter(|rule| grammar.rules[*rule].source == Source::Spec && !reached.contains(rule))
        .map(|rule| grammar.rules[rule].name.as_str())
        .collect();
    assert_eq!(lost, [""; 0]);
}

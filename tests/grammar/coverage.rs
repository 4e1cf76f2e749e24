//! Counts which ways through the grammar were taken.

use std::collections::{BTreeMap, BTreeSet};

use crate::reading::{Grammar, NodeId, NodeKind, RuleId, Source};

/// The choices that led to a string.
pub(crate) type Trail = Vec<(NodeId, Choice)>;

/// One way where a node leaves several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Choice {
    Alternative(usize),
    /// As few times as may be.
    Fewest,
    Between,
    /// As many times as may be.
    Most,
}

impl Choice {
    pub(crate) fn times(times: usize, min: usize, max: Option<usize>) -> Self {
        match times {
            _ if times == min => Self::Fewest,
            _ if Some(times) == max => Self::Most,
            _ => Self::Between,
        }
    }
}

/// What no string can show, because a comment forbids it: a piece, and why.
const BEYOND: &[(&str, Choice, &str)] =
    &[("*5DIGIT", Choice::Most, "2.7: six digits are above every text limit, and so `text-too-long`")];

/// How often each way was taken.
#[derive(Default)]
pub(crate) struct Coverage(BTreeMap<(NodeId, Choice), u64>);

impl Coverage {
    pub(crate) fn count(&mut self, trail: &Trail) {
        for &step in trail {
            *self.0.entry(step).or_default() += 1;
        }
    }

    /// The ways through what a root reaches that were never taken, in words.
    pub(crate) fn missing(&self, grammar: &Grammar, roots: &[RuleId]) -> Vec<String> {
        let reached = reachable(grammar, roots);
        let mut missing = Vec::new();
        for (id, node) in grammar.nodes.iter().enumerate() {
            let rule = &grammar.rules[node.rule];
            if rule.source == Source::Core || !reached.contains(&node.rule) {
                continue;
            }
            for choice in choices(&node.kind) {
                let beyond = BEYOND.iter().any(|(text, beyond, _)| node.text == *text && choice == *beyond);
                if self.0.contains_key(&(id, choice)) == beyond {
                    missing.push(format!("{}: {choice:?} of {}", rule.name, node.text));
                }
            }
        }
        missing
    }
}

fn choices(node: &NodeKind) -> Vec<Choice> {
    match node {
        NodeKind::Alternatives(of) => (0..of.len()).map(Choice::Alternative).collect(),
        NodeKind::Repetition { min, max: Some(max), .. } if min == max => vec![Choice::Fewest],
        NodeKind::Repetition { min, max: Some(max), .. } if min + 1 == *max => vec![Choice::Fewest, Choice::Most],
        NodeKind::Repetition { max: Some(_), .. } => vec![Choice::Fewest, Choice::Between, Choice::Most],
        NodeKind::Repetition { max: None, .. } => vec![Choice::Fewest, Choice::Between],
        NodeKind::Concatenation(_) | NodeKind::Rule(_) | NodeKind::Range(..) | NodeKind::Octets { .. } => Vec::new(),
    }
}

/// The rules that stand in others, the others included.
pub(crate) fn reachable(grammar: &Grammar, roots: &[RuleId]) -> BTreeSet<RuleId> {
    let mut found: BTreeSet<RuleId> = BTreeSet::new();
    let mut open = roots.to_vec();
    while let Some(rule) = open.pop() {
        if found.insert(rule) {
            open.extend(references(grammar, grammar.body(rule)));
        }
    }
    found
}

/// The rules that a node names.
pub(crate) fn references(grammar: &Grammar, node: NodeId) -> Vec<RuleId> {
    match &grammar.nodes[node].kind {
        NodeKind::Rule(rule) => vec![*rule],
        NodeKind::Alternatives(of) | NodeKind::Concatenation(of) => {
            of.iter().flat_map(|&node| references(grammar, node)).collect()
        }
        NodeKind::Repetition { node, .. } => references(grammar, *node),
        NodeKind::Range(..) | NodeKind::Octets { .. } => Vec::new(),
    }
}

//! Decides whether octets are in the language of a rule, comments included.
//!
//! The grammar has no recursion, so a node and a place have a finite set of places where the node can end. All are
//! followed at once: nothing here prefers one way of reading to another.

use crate::attributes::Messages;
use crate::constraints::{Constraints, Span};
use crate::reading::{Grammar, NodeId, NodeKind, RuleId};

/// A grammar made ready for matching.
pub(crate) struct Matcher<'g> {
    pub(crate) grammar: &'g Grammar,
    constraints: Constraints,
    first: Vec<First>,
    pub(crate) messages: Messages,
    server_frame: RuleId,
    frame: RuleId,
}

/// With which octets a node can begin.
struct First {
    octets: [bool; 256],
    /// Those of them that are the whole node, whatever follows.
    alone: [bool; 256],
    nothing: bool,
}

impl<'g> Matcher<'g> {
    pub(crate) fn new(grammar: &'g Grammar) -> Self {
        let mut first: Vec<Option<First>> = grammar.nodes.iter().map(|_| None).collect();
        let constraints = Constraints::new(grammar);
        for node in 0..grammar.nodes.len() {
            find_first(grammar, &constraints, node, &mut first, &mut Vec::new());
        }
        Self {
            grammar,
            constraints,
            first: first.into_iter().map(|first| first.expect("all were looked at")).collect(),
            messages: Messages::new(grammar),
            server_frame: grammar.rule("server-frame"),
            frame: grammar.rule("frame"),
        }
    }

    /// Whether octets are all in all what a rule describes.
    pub(crate) fn matches(&self, rule: RuleId, octets: &[u8]) -> bool {
        self.rule_ends(rule, octets, At { start: 0, message: None, next: None }).contains(&octets.len())
    }

    /// Whether what stands behind a rule in comments holds for octets that its syntax allows.
    pub(crate) fn holds(&self, rule: RuleId, octets: &[u8], message: Option<RuleId>) -> bool {
        self.constraints.hold(rule, &Span { matcher: self, octets, message })
    }

    /// Whether anything stands behind a rule in comments.
    pub(crate) fn is_constrained(&self, rule: RuleId) -> bool {
        self.constraints.any(rule)
    }

    fn rule_ends(&self, rule: RuleId, octets: &[u8], at: At) -> Vec<usize> {
        if rule == self.server_frame {
            return self.in_any_order(octets, at.start);
        }
        self.rule_ends_in_order(rule, octets, at)
    }

    fn rule_ends_in_order(&self, rule: RuleId, octets: &[u8], at: At) -> Vec<usize> {
        let message = if self.messages.has(rule) { Some(rule) } else { at.message };
        let mut ends = Vec::new();
        self.ends(self.grammar.body(rule), octets, At { message, ..at }, &mut ends);
        ends.retain(|&end| self.holds(rule, &octets[at.start..end], message));
        ends
    }

    /// 2.5, item 6: A receiver MUST accept attributes in any order. The grammar shows the one in which a server sends.
    fn in_any_order(&self, octets: &[u8], start: usize) -> Vec<usize> {
        let whole = |start| At { start, message: None, next: None };
        let mut ends = self.rule_ends(self.frame, octets, whole(start));
        ends.retain(|&end| {
            let frames = self.messages.in_order(&octets[start..end]);
            let matches =
                |frame: &Vec<u8>| self.rule_ends_in_order(self.server_frame, frame, whole(0)).contains(&frame.len());
            frames.iter().any(matches)
        });
        ends
    }

    /// Adds each place where a node can end.
    fn ends(&self, node: NodeId, octets: &[u8], at: At, ends: &mut Vec<usize>) {
        if !self.can_begin(node, octets, at.start) {
            return;
        }
        if self.is_alone(node, octets, at.start) {
            ends.push(at.start + 1);
            return;
        }
        match &self.grammar.nodes[node].kind {
            NodeKind::Range(..) => {}
            NodeKind::Octets { octets: literal, any_case } => {
                let end = at.start + literal.len();
                let equal = octets
                    .get(at.start..end)
                    .is_some_and(|found| found == literal || (*any_case && found.eq_ignore_ascii_case(literal)));
                if equal {
                    ends.push(end);
                }
            }
            NodeKind::Rule(rule) => ends.append(&mut self.rule_ends(*rule, octets, at)),
            NodeKind::Alternatives(of) => of.iter().for_each(|&node| self.ends(node, octets, at, ends)),
            NodeKind::Concatenation(of) => {
                let mut places = vec![at.start];
                for (index, &node) in of.iter().enumerate() {
                    let next = match of.get(index + 1) {
                        Some(&next) => (!self.first[next].nothing).then_some(next),
                        None => at.next,
                    };
                    places = self.step(node, octets, &places, At { next, ..at });
                }
                ends.append(&mut places);
            }
            NodeKind::Repetition { min, max, node } => self.repeat(*node, *min, *max, octets, at, ends),
        }
    }

    fn repeat(&self, node: NodeId, min: usize, max: Option<usize>, octets: &[u8], at: At, ends: &mut Vec<usize>) {
        let mut places = vec![at.start];
        // Without a bound, what ends where it has ended before leads nowhere new.
        let mut seen = if max.is_none() { vec![false; octets.len() + 1] } else { Vec::new() };
        let mut times = 0;
        while !places.is_empty() {
            if times >= min {
                places.retain(|&place| seen.get_mut(place).is_none_or(|seen| !std::mem::replace(seen, true)));
                let can_go_on = |&&place: &&usize| at.next.is_none_or(|next| self.can_begin(next, octets, place));
                ends.extend(places.iter().filter(can_go_on));
            }
            if max.is_some_and(|max| times == max) {
                return;
            }
            match &mut places[..] {
                // Texts are long, and nearly always go on by one octet.
                [place] if self.is_alone(node, octets, *place) => *place += 1,
                _ => places = self.step(node, octets, &places, At { next: None, ..at }),
            }
            times += 1;
        }
    }

    fn step(&self, node: NodeId, octets: &[u8], places: &[usize], at: At) -> Vec<usize> {
        let mut ends = Vec::new();
        places.iter().for_each(|&start| self.ends(node, octets, At { start, ..at }, &mut ends));
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    fn is_alone(&self, node: NodeId, octets: &[u8], at: usize) -> bool {
        octets.get(at).is_some_and(|&octet| self.first[node].alone[usize::from(octet)])
    }

    fn can_begin(&self, node: NodeId, octets: &[u8], at: usize) -> bool {
        let first = &self.first[node];
        first.nothing || octets.get(at).is_some_and(|&octet| first.octets[usize::from(octet)])
    }
}

/// Where a node begins.
#[derive(Clone, Copy)]
struct At {
    start: usize,
    /// The message of either side in which it stands.
    message: Option<RuleId>,
    /// A node that has to come behind it: ends where that can't begin are not looked for.
    next: Option<NodeId>,
}

fn find_first(
    grammar: &Grammar,
    constraints: &Constraints,
    node: NodeId,
    found: &mut Vec<Option<First>>,
    above: &mut Vec<NodeId>,
) {
    if found[node].is_some() {
        return;
    }
    assert!(!above.contains(&node), "{} contains itself", grammar.rules[grammar.nodes[node].rule].name);
    above.push(node);
    let mut first = First { octets: [false; 256], alone: [false; 256], nothing: false };
    // Adds what another node can begin with, and says whether that can be nothing.
    let mut add = |node: NodeId, first: &mut First| {
        find_first(grammar, constraints, node, found, above);
        let inner = found[node].as_ref().expect("it was just found");
        for octet in (0..256).filter(|&octet| inner.octets[octet]) {
            first.alone[octet] = inner.alone[octet] && (first.alone[octet] || !first.octets[octet]);
            first.octets[octet] = true;
        }
        inner.nothing
    };
    match &grammar.nodes[node].kind {
        NodeKind::Range(from, to) => {
            first.octets[usize::from(*from)..=usize::from(*to)].fill(true);
            first.alone = first.octets;
        }
        NodeKind::Octets { octets, any_case } => {
            let octet = *octets.first().expect("no terminal is empty");
            first.octets[usize::from(octet)] = true;
            if *any_case {
                first.octets[usize::from(octet.to_ascii_lowercase())] = true;
                first.octets[usize::from(octet.to_ascii_uppercase())] = true;
            }
        }
        NodeKind::Rule(rule) => {
            first.nothing = add(grammar.body(*rule), &mut first);
            if first.nothing || constraints.any(*rule) {
                first.alone.fill(false);
            }
        }
        NodeKind::Alternatives(all) => {
            for &node in all {
                first.nothing |= add(node, &mut first);
            }
            if first.nothing {
                first.alone.fill(false);
            }
        }
        NodeKind::Concatenation(all) => {
            first.nothing = all.iter().all(|&node| add(node, &mut first));
            first.alone.fill(false);
        }
        NodeKind::Repetition { min, node, .. } => {
            first.nothing = add(*node, &mut first) || *min == 0;
            first.alone.fill(false);
        }
    }
    above.pop();
    found[node] = Some(first);
}

//! Walks the grammar and writes strings of a rule that its comments allow too.

use crate::constraints::counted_octets_due;
use crate::coverage::{Choice, Trail};
use crate::matching::Matcher;
use crate::reading::{NodeId, NodeKind, RuleId};

/// How often something is tried again that a comment forbids.
const PATIENCE: usize = 400;

/// A source of strings, the same for the same seed.
pub(crate) struct Generator<'m> {
    matcher: &'m Matcher<'m>,
    rng: fastrand::Rng,
    out: Vec<u8>,
    trail: Trail,
    /// Where the last of what was repeated begins.
    last: usize,
    /// Where the last of as many as may be stands.
    full: Vec<std::ops::Range<usize>>,
}

/// Nothing that the comments allow was found: what was begun is begun again.
struct Stuck;

impl<'m> Generator<'m> {
    pub(crate) fn new(matcher: &'m Matcher<'m>, seed: u64) -> Self {
        Self {
            matcher,
            rng: fastrand::Rng::with_seed(seed),
            out: Vec::new(),
            trail: Trail::new(),
            last: 0,
            full: Vec::new(),
        }
    }

    /// A string of a rule, and the choices that led to it.
    pub(crate) fn string(&mut self, rule: RuleId) -> (Vec<u8>, Trail) {
        for _ in 0..PATIENCE {
            self.out.clear();
            self.trail.clear();
            self.full.clear();
            if self.rule(rule, None).is_ok() {
                return (std::mem::take(&mut self.out), std::mem::take(&mut self.trail));
            }
        }
        panic!("the comments leave no string of {}", self.matcher.grammar.rules[rule].name);
    }

    /// The last string with one more of each that stands in it as often as may be.
    pub(crate) fn overfull(&self, string: &[u8]) -> Vec<Vec<u8>> {
        let full = self.full.iter().filter(|last| last.end <= string.len());
        full.map(|last| [&string[..last.end], &string[last.start..]].concat()).collect()
    }

    fn rule(&mut self, rule: RuleId, message: Option<Message>) -> Result<(), Stuck> {
        let (begin, trail) = (self.out.len(), self.trail.len());
        let message = if self.matcher.messages.has(rule) { Some(Message { rule, begin }) } else { message };
        let attempts = if self.matcher.is_constrained(rule) { PATIENCE } else { 1 };
        for _ in 0..attempts {
            let written = self.node(self.matcher.grammar.body(rule), begin, message);
            if written.is_ok() && self.matcher.holds(rule, &self.out[begin..], message.map(|message| message.rule)) {
                return Ok(());
            }
            self.out.truncate(begin);
            self.trail.truncate(trail);
        }
        Err(Stuck)
    }

    fn node(&mut self, node: NodeId, rule_begin: usize, message: Option<Message>) -> Result<(), Stuck> {
        match &self.matcher.grammar.nodes[node].kind {
            NodeKind::Range(from, to) => self.out.push(self.rng.u8(*from..=*to)),
            NodeKind::Octets { octets, any_case } => {
                let folds = *any_case && self.rng.u8(..8) == 0;
                let octets = octets
                    .iter()
                    .map(|&octet| if folds && self.rng.bool() { octet.to_ascii_lowercase() } else { octet });
                self.out.extend(octets);
            }
            NodeKind::Rule(rule) => self.rule(*rule, message)?,
            NodeKind::Alternatives(of) => {
                let chosen = self.rng.usize(..of.len());
                self.trail.push((node, Choice::Alternative(chosen)));
                self.node(of[chosen], rule_begin, message)?;
            }
            NodeKind::Concatenation(of) => of.iter().try_for_each(|&node| self.node(node, rule_begin, message))?,
            NodeKind::Repetition { min, max, node: repeated } => {
                let times = match max.is_none().then(|| counted_octets_due(&self.out[rule_begin..])).flatten() {
                    Some(octets) => self.octets(*repeated, octets, rule_begin, message)?,
                    None => {
                        let due = self.times(*min, *max);
                        let times = self.repeat(*repeated, *min, due, rule_begin, message)?;
                        if Some(times) == *max && times > 1 {
                            self.full.push(self.last..self.out.len());
                        }
                        times
                    }
                };
                self.trail.push((node, Choice::times(times, *min, *max)));
            }
        }
        Ok(())
    }

    /// Few times mostly, now and then as often as it may be, and rarely more than any line can hold.
    fn times(&mut self, min: usize, max: Option<usize>) -> usize {
        let more = match self.rng.u8(..32) {
            0..=9 => 0,
            10..=15 => 1,
            16..=26 => self.rng.usize(1..=3),
            27 => self.rng.usize(1..=10),
            28..=30 => max.map_or_else(|| self.rng.usize(1..=60), |max| max - min),
            _ if max.is_none() && self.rng.u8(..16) == 0 => self.rng.usize(1..=4_400),
            _ => self.rng.usize(1..=20),
        };
        max.map_or(min + more, |max| max.min(min + more))
    }

    /// Repeats something, in a frame without repeating a key (2.5, item 4). How often it came to that.
    fn repeat(
        &mut self,
        node: NodeId,
        min: usize,
        due: usize,
        rule_begin: usize,
        message: Option<Message>,
    ) -> Result<usize, Stuck> {
        let (mut times, mut refused) = (0, 0);
        while times < due {
            let (begin, trail) = (self.out.len(), self.trail.len());
            self.node(node, rule_begin, message)?;
            if !message.is_some_and(|message| repeats_a_key(&self.out[message.begin..begin], &self.out[begin..])) {
                times += 1;
                self.last = begin;
                continue;
            }
            self.out.truncate(begin);
            self.trail.truncate(trail);
            refused += 1;
            if refused == PATIENCE {
                return if times >= min { Ok(times) } else { Err(Stuck) };
            }
        }
        Ok(times)
    }

    /// Repeats something until it has a number of octets (2.3, item 5).
    fn octets(
        &mut self,
        node: NodeId,
        octets: usize,
        rule_begin: usize,
        message: Option<Message>,
    ) -> Result<usize, Stuck> {
        let end = self.out.len() + octets;
        let mut times = 0;
        while self.out.len() < end {
            let (begin, trail) = (self.out.len(), self.trail.len());
            self.node(node, rule_begin, message)?;
            if self.out.len() > end {
                self.out.truncate(begin);
                self.trail.truncate(trail);
            } else {
                times += 1;
            }
        }
        Ok(times)
    }
}

#[derive(Clone, Copy)]
struct Message {
    rule: RuleId,
    begin: usize,
}

/// Whether ` key=value` has a key that stands before it.
fn repeats_a_key(before: &[u8], attribute: &[u8]) -> bool {
    let Some(equals) = attribute.iter().position(|&octet| octet == b'=') else { return false };
    attribute.starts_with(b" ") && before.windows(equals + 1).any(|window| window == &attribute[..=equals])
}

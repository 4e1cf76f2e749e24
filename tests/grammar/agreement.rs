//! What is generated from the grammar is accepted, and what is changed is accepted exactly if the grammar describes it.

use std::fmt::Write;

use fastrand::Rng;

use crate::acceptance::Root;
use crate::coverage::Coverage;
use crate::generating::Generator;
use crate::matching::Matcher;
use crate::mutating::mutate;
use crate::reading::{Grammar, RuleId};
use crate::shrinking::shrink;

/// How many strings of each root are generated, and each is changed a few times. The same ones in each run.
pub(crate) fn cases() -> u64 {
    match std::env::var("FANFARE_GRAMMAR_CASES") {
        Ok(cases) => cases.parse().expect("FANFARE_GRAMMAR_CASES is a number"),
        Err(_) => 400,
    }
}

/// How many changed strings come of each that was generated; of one that is longer than a line, one.
const CHANGES: usize = 8;

/// How many differences are made short and shown.
const ENOUGH: usize = 4;

#[test]
fn frames_of_any_verb_agree() {
    agree(Root::Frames);
}

#[test]
fn frames_of_a_client_agree() {
    agree(Root::Client);
}

#[test]
fn frames_of_a_server_agree() {
    agree(Root::Server);
}

#[test]
fn greetings_agree() {
    agree(Root::Greeting);
}

#[test]
fn lines_of_a_person_agree() {
    agree(Root::PlainInput);
}

#[test]
fn lines_of_a_server_in_plain_mode_agree() {
    agree(Root::PlainOutput);
}

#[test]
fn each_way_through_the_grammar_is_taken_by_a_string_that_is_accepted() {
    let grammar = Grammar::of_spec();
    let matcher = Matcher::new(&grammar);
    let mut coverage = Coverage::default();
    for root in Root::ALL {
        // Without changes: many are needed, and they cost little.
        for seed in 0..4 * cases() {
            let (octets, trail) = Generator::new(&matcher, !seed).string(grammar.rule(root.rule()));
            if root.accepts(&octets) {
                coverage.count(&trail);
            }
        }
    }
    let missing = coverage.missing(&grammar, &Root::ALL.map(|root| grammar.rule(root.rule())));
    assert!(missing.is_empty(), "never generated, or never accepted:\n{}", missing.join("\n"));
}

#[track_caller]
fn agree(root: Root) {
    let grammar = Grammar::of_spec();
    let matcher = Matcher::new(&grammar);
    let rule = grammar.rule(root.rule());
    let mut differences = Differences::default();
    let (mut inside, mut outside) = (0_u64, 0_u64);
    let mut before = Vec::new();
    for seed in 0..cases() {
        let mut generator = Generator::new(&matcher, seed);
        let (octets, _) = generator.string(rule);
        assert!(matcher.matches(rule, &octets), "generated and not matched: {}", octets.escape_ascii());
        differences.look(&matcher, root, rule, &octets);
        for changed in generator.overfull(&octets).iter().take(CHANGES) {
            differences.look(&matcher, root, rule, changed);
        }
        let mut rng = Rng::with_seed(seed);
        for _ in 0..if octets.len() > 4_096 { 1 } else { CHANGES } {
            let changed = mutate(&octets, &before, &mut rng);
            *(if differences.look(&matcher, root, rule, &changed) { &mut inside } else { &mut outside }) += 1;
        }
        before = octets;
    }
    differences.assert_none(root);
    assert!(inside.min(outside) > cases() / 20, "{inside} changed strings are in the language and {outside} are not");
}

/// Strings of which the grammar and the crate say different things, as short as they can be.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    /// Whether the grammar describes octets; and if the crate does not say the same, it is noted.
    fn look(&mut self, matcher: &Matcher<'_>, root: Root, rule: RuleId, octets: &[u8]) -> bool {
        let described = matcher.matches(rule, octets);
        if root.accepts(octets) == described || self.0.len() == ENOUGH {
            return described;
        }
        let differs = |octets: &[u8]| {
            let now = matcher.matches(rule, octets);
            now == described && root.accepts(octets) != now
        };
        let least = shrink(octets, differs);
        let mut words = least.escape_ascii().to_string();
        words.truncate(400);
        let who = if described { "described and refused" } else { "not described and accepted" };
        let line = format!("{who}: {words} ({} octets)", least.len());
        if !self.0.contains(&line) {
            self.0.push(line);
        }
        described
    }

    fn assert_none(&self, root: Root) {
        let mut words = String::new();
        for difference in &self.0 {
            writeln!(words, "{difference}").expect("a String takes all");
        }
        assert!(self.0.is_empty(), "{}:\n{words}", root.rule());
    }
}

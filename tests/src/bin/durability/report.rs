//! What a run tells in the end.

use std::fmt;
use std::time::Instant;

use fanfare_tests::durability::{Outcome, Tally};
use serde::Serialize;

/// How many violations of one round are shown to people.
const SHOWN: usize = 5;

/// The outcomes of all rounds.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    seed: u64,
    seconds: f64,
    /// What was done in all rounds.
    pub(crate) tally: Tally,
    /// The rounds with violations.
    pub(crate) violated: Vec<Outcome>,
    #[serde(skip)]
    begin: Instant,
}

impl Report {
    /// One of no rounds.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, seconds: 0.0, tally: Tally::default(), violated: Vec::new(), begin: Instant::now() }
    }

    /// A round is over.
    pub(crate) fn enter(&mut self, outcome: Outcome) {
        self.tally += &outcome.tally;
        self.seconds = self.begin.elapsed().as_secs_f64();
        if !outcome.violations.is_empty() {
            self.violated.push(outcome);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Outcome { seed, round, plan, violations, .. } in &self.violated {
            writeln!(f, "VIOLATED in round {round} of seed {seed}; to repeat it: --seed {seed} --round {round}")?;
            for line in plan.lines() {
                writeln!(f, "    {line}")?;
            }
            for violation in violations.iter().take(SHOWN) {
                writeln!(f, "  {violation}")?;
            }
            if violations.len() > SHOWN {
                writeln!(f, "  and {} more", violations.len() - SHOWN)?;
            }
            writeln!(f)?;
        }
        write!(f, "{}", self.tally)?;
        let (rounds, violated) = (self.tally.rounds, self.violated.len());
        writeln!(f, "{rounds} rounds of seed {} in {:.1} s, {violated} with violations", self.seed, self.seconds)
    }
}

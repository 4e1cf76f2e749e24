//! Servers that break one requirement each: the real one, and a man in the middle who changes one thing.

mod middle;
mod s02_framing;
mod s03_opening;
mod s06_numbering;
mod s08_ends;
mod s10_plain;

use std::collections::BTreeSet;

use fanfare_tests::TestServer;
use fanfare_tests::conformance::{Report, Status};

use crate::{play, small};
use middle::{Change, Middle};

/// A server that breaks a requirement.
struct Mutant {
    /// What it breaks, which must be found.
    breaks: &'static str,
    /// What may be found in consequence.
    also: &'static [&'static str],
    /// The sections that are played; none are all.
    sections: &'static [&'static str],
}

impl Mutant {
    /// The suite must find what it breaks, and nothing but what follows from that. The change is made anew for each
    /// connection.
    #[track_caller]
    fn is_caught(&self, change: impl Fn() -> Change + Send + 'static) {
        let server = TestServer::start(1);
        let middle = Middle::to(server.address(), change);
        self.is_found(&play(middle.address(), self.sections));
    }

    /// The same, where times are short and bounds are small.
    #[track_caller]
    fn is_caught_when_small(&self, change: impl Fn() -> Change + Send + 'static) {
        let server = small::server(1);
        let middle = Middle::to(server.address(), change);
        self.is_found(&small::play(middle.address(), self.sections));
    }

    #[track_caller]
    fn is_found(&self, report: &Report) {
        let mut found: BTreeSet<_> = report.ids(Status::Failed).into_iter().collect();
        found.extend(report.ids(Status::Departed));
        assert!(found.contains(self.breaks), "{} was not caught\n{report}", self.breaks);
        found.retain(|&id| id != self.breaks && !self.also.contains(&id));
        assert!(found.is_empty(), "{found:?} failed besides {}\n{report}", self.breaks);
    }
}

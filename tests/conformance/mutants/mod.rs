//! Servers that break one requirement each: the real one, and a man in the middle who changes one thing.

mod middle;
mod s02_faults;
mod s02_framing;
mod s03_opening;
mod s04_15_search;
mod s04_requests;
mod s05_events;
mod s06_numbering;
mod s07_errors;
mod s08_ends;
mod s10_plain;
mod searching;

use std::collections::BTreeSet;

use fanfare_tests::TestServer;
use fanfare_tests::conformance::{Report, Status};

use crate::{play, small};
use middle::{Change, Middle, Passed, Sender};

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
        let server = TestServer::by_default(1);
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

/// Replaces lines of one side, each given without its LF. What is not replaced is passed on.
fn replacing(side: Sender, replace: fn(&str) -> Option<String>) -> impl Fn() -> Change {
    move || {
        Change::lines(move |from: Sender, line: &[u8], passed: &mut Passed| {
            let text = str::from_utf8(line).ok().and_then(|line| line.strip_suffix('\n')).filter(|_| from == side);
            match text.and_then(replace) {
                Some(other) => passed.on(from, format!("{other}\n").as_bytes()),
                None => passed.on(from, line),
            }
        })
    }
}

/// Otherwise a mutant could be caught for what the man in the middle does and not for what it changes.
#[test]
fn a_man_in_the_middle_who_changes_nothing_is_not_caught() {
    let server = TestServer::by_default(1);
    let middle = Middle::to(server.address(), replacing(Sender::Server, |_| None));
    let report = play(middle.address(), &["2", "3", "7"]);
    assert!(report.ids(Status::Failed).is_empty() && report.ids(Status::Departed).is_empty(), "{report}");
}

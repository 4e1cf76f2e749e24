//! From what was played to what becomes of each requirement.

use super::run::Played;
use super::{Failure, Requirement, Status, Trouble, sections};

/// What the checks say of a requirement.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) status: Status,
    /// Why it was skipped.
    pub(super) reasons: Vec<String>,
    pub(super) failures: Vec<Failure>,
    /// The checks that assert it.
    pub(super) checks: Vec<&'static str>,
}

/// A failure outweighs a pass, and a pass what could not be played.
pub(super) fn judge(requirement: &Requirement, played: &[Played]) -> Judgement {
    let id = requirement.id.as_str();
    let failures: Vec<Failure> = played.iter().flat_map(|played| failures(played, id)).collect();
    let about = || played.iter().filter(|played| played.check.requirements.contains(&id));
    let passed = about().any(|played| played.outcome.is_ok() && !played.entries.left_out.contains_key(id));
    let mut reasons: Vec<String> = about().filter_map(|played| reason(played, id)).collect();
    reasons.extend(sections::unseen(id).map(str::to_owned));
    reasons.dedup();
    let status = match (failures.is_empty(), requirement.keyword.is_strict()) {
        (false, true) => Status::Failed,
        (false, false) => Status::Departed,
        (true, _) if passed => Status::Passed,
        (true, _) => Status::Skipped,
    };
    if status == Status::Skipped && reasons.is_empty() {
        reasons.push("no check of the suite asserts it yet".to_owned());
    }
    Judgement { status, reasons, failures, checks: about().map(|played| played.check.name).collect() }
}

/// How a check says that a requirement was broken. What is wrong with the check itself breaks all that it is for.
fn failures(played: &Played, id: &str) -> Vec<Failure> {
    let mut failures: Vec<Failure> = played.entries.broken.clone();
    if let Err(Trouble::Failed(failure)) = &played.outcome {
        failures.push((**failure).clone());
    }
    failures.retain(|failure| failure.requirement == id);
    let Some(&requirement) = played.check.requirements.iter().find(|&&requirement| requirement == id) else {
        return failures;
    };
    let mut defect = |got: String| {
        let (check, expected) = (played.check.name, "a check that can be relied on".to_owned());
        failures.push(Failure { requirement, check, expected, got, log: Vec::new() });
    };
    if let Some(words) = &played.defect {
        defect(format!("a defect of the suite: {words}"));
    } else if played.outcome == Err(Trouble::NoPlace) {
        defect("no place for one more connection; raise the server's limits, or lower --jobs".to_owned());
    } else if played.outcome.is_ok()
        && !played.entries.asserted.contains(id)
        && !played.entries.left_out.contains_key(id)
    {
        defect("a defect of the suite: the check has no assertion about it".to_owned());
    }
    failures
}

/// Why a check says nothing of a requirement that it is for.
fn reason(played: &Played, id: &str) -> Option<String> {
    match &played.outcome {
        Ok(()) => played.entries.left_out.get(id).cloned(),
        Err(Trouble::Skipped(reason)) => Some(reason.clone()),
        Err(Trouble::Failed(failure)) if failure.requirement != id => {
            Some(format!("{} stopped before its end, because {} failed", played.check.name, failure.requirement))
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::conformance::journal::Journal;
    use crate::conformance::{Check, Outcome, requirements};

    const CHECK: Check = Check::new("it", &["2.1/3", "2.1/4"], |_| Ok(()));

    fn status(id: &str, played: &[Played]) -> (Status, usize) {
        let requirement = requirements().iter().find(|requirement| requirement.id == id).expect("it is there");
        let judgement = judge(requirement, played);
        (judgement.status, judgement.reasons.len())
    }

    fn played(outcome: impl FnOnce(&Journal) -> Outcome) -> Played {
        let journal = Journal::new(CHECK.name, Duration::ZERO);
        let outcome = outcome(&journal);
        Played { check: CHECK, outcome, defect: None, entries: journal.close() }
    }

    fn both(journal: &Journal) -> Outcome {
        journal.assert("2.1/3");
        journal.assert("2.1/4");
        Ok(())
    }

    #[test]
    fn what_was_asserted_has_passed() {
        assert_eq!(status("2.1/3", &[played(both)]), (Status::Passed, 0));
        assert_eq!(status("2.1/4", &[played(both)]), (Status::Passed, 0));
    }

    #[test]
    fn what_a_check_forgets_to_assert_fails() {
        let forgets = played(|journal| {
            journal.assert("2.1/3");
            Ok(())
        });
        assert_eq!(status("2.1/3", std::slice::from_ref(&forgets)).0, Status::Passed);
        assert_eq!(status("2.1/4", &[forgets]).0, Status::Failed);
    }

    #[test]
    fn a_failure_is_the_one_requirements_that_it_names() {
        let all = [played(both), played(|journal| Err(journal.fail("4.4/1", "WELCOME", "nothing")))];
        assert_eq!(status("4.4/1", &all).0, Status::Failed);
        assert_eq!(status("2.1/3", &all).0, Status::Passed);
        assert_eq!(status("2.1/3", &all[1..]), (Status::Skipped, 1));
    }

    #[test]
    fn what_is_noted_fails_although_the_check_went_on() {
        let noted = played(|journal| {
            journal.note("2.1/2", "no CR", "x\r");
            both(journal)
        });
        assert_eq!(status("2.1/2", std::slice::from_ref(&noted)).0, Status::Failed);
        assert_eq!(status("2.1/3", &[noted]).0, Status::Passed);
    }

    #[test]
    fn who_never_had_a_place_fails() {
        assert_eq!(status("2.1/3", &[played(|_| Err(Trouble::NoPlace))]).0, Status::Failed);
    }
}

//! What a run found, for people and for programs.

mod junit;
mod people;

use std::fmt;

use serde::Serialize;

use super::judge::judge;
use super::run::{Played, Settings};
use super::{Announced, Failure, Keyword, Side, Terms, requirements};

/// What became of each requirement.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Where the server listens.
    pub server: String,
    /// What it announces.
    pub announced: Announced,
    /// How many requirements came out how.
    pub summary: Summary,
    /// Those that were selected, and those that failed besides, in the order of SPEC.md.
    pub requirements: Vec<Finding>,
}

/// What became of one requirement.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Its id, such as `4.7/8`.
    pub id: String,
    /// How strong it is.
    pub keyword: Keyword,
    /// Whom it binds.
    pub side: Side,
    /// Its words in SPEC.md.
    pub sentence: String,
    /// How it came out.
    pub status: Status,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// How it was broken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Broken>,
    /// The checks that are for it.
    pub checks: Vec<&'static str>,
}

/// One way in which a requirement was broken.
#[derive(Clone, Debug, Serialize)]
pub struct Broken {
    /// The check that found it.
    pub check: &'static str,
    /// What should have been.
    pub expected: String,
    /// What was.
    pub got: String,
    /// What went by before.
    pub log: Vec<String>,
}

/// How a requirement came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It was seen to be kept.
    Passed,
    /// A `MUST` or `MUST NOT` was seen to be broken.
    Failed,
    /// A `SHOULD` was seen not to be followed. The server may have its reason.
    Departed,
    /// It was not played.
    Skipped,
}

/// How many requirements came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Seen to be kept.
    pub passed: usize,
    /// Seen to be broken.
    pub failed: usize,
    /// Recommendations that were not followed.
    pub departed: usize,
    /// Not played.
    pub skipped: usize,
}

impl Report {
    pub(super) fn new(settings: &Settings, terms: &Terms, played: &[Played]) -> Self {
        let mut report = Self {
            server: settings.address.to_string(),
            announced: terms.announced.clone(),
            summary: Summary::default(),
            requirements: Vec::new(),
        };
        for requirement in requirements() {
            let judgement = judge(requirement, played);
            if !settings.selection.has(&requirement.id) && judgement.failures.is_empty() {
                continue;
            }
            report.summary.count(judgement.status);
            report.requirements.push(Finding {
                id: requirement.id.clone(),
                keyword: requirement.keyword,
                side: requirement.side,
                sentence: requirement.sentence.clone(),
                status: judgement.status,
                reasons: judgement.reasons,
                failures: judgement.failures.into_iter().map(Broken::from).collect(),
                checks: judgement.checks,
            });
        }
        report
    }

    /// The ids of the requirements that came out in one way.
    pub fn ids(&self, status: Status) -> Vec<&str> {
        self.requirements.iter().filter(|found| found.status == status).map(|found| found.id.as_str()).collect()
    }
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self { check: failure.check, expected: failure.expected, got: failure.got, log: failure.log }
    }
}

impl Summary {
    fn count(&mut self, status: Status) {
        *match status {
            Status::Passed => &mut self.passed,
            Status::Failed => &mut self.failed,
            Status::Departed => &mut self.departed,
            Status::Skipped => &mut self.skipped,
        } += 1;
    }
}

impl fmt::Display for Status {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.pad(match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Departed => "departed",
            Self::Skipped => "skipped",
        })
    }
}

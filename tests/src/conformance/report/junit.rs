//! A report for programs that read JUnit's XML.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::{Finding, Report, Status};

impl Report {
    /// As XML: a suite for each section, a case for each requirement.
    pub fn to_junit(&self) -> Result<String, quick_junit::SerializeError> {
        let mut report = quick_junit::Report::new("Fanfare/1 conformance");
        for findings in self.requirements.chunk_by(|one, other| section(one) == section(other)) {
            let mut suite = TestSuite::new(section(&findings[0]));
            suite.add_test_cases(findings.iter().map(case));
            report.add_test_suite(suite);
        }
        report.to_string()
    }
}

fn section(finding: &Finding) -> &str {
    finding.id.split('/').next().unwrap_or_default()
}

fn case(finding: &Finding) -> TestCase {
    let mut status = match finding.status {
        Status::Passed | Status::Departed => TestCaseStatus::success(),
        Status::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Skipped => TestCaseStatus::skipped(),
    };
    match finding.status {
        Status::Failed => {
            let broken = &finding.failures;
            let first = broken.first().map(|broken| format!("expected {}, got {}", broken.expected, broken.got));
            status.set_message(first.unwrap_or_default());
            status.set_description(finding.to_string());
        }
        Status::Skipped => {
            status.set_message(finding.reasons.join("; "));
        }
        Status::Passed | Status::Departed => {}
    }
    let mut case = TestCase::new(format!("{} {}", finding.id, finding.sentence), status);
    case.set_classname(format!("fanfare.{}", section(finding)));
    if finding.status == Status::Departed {
        case.set_system_out(finding.to_string());
    }
    case
}

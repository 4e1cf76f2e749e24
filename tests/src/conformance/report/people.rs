//! A report in lines.

use std::fmt;

use super::{Finding, Report};

impl fmt::Display for Report {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.requirements {
            write!(to, "{finding}")?;
        }
        let summary = &self.summary;
        let all = self.requirements.len();
        writeln!(
            to,
            "{all} requirements of {}: {} passed, {} failed, {} departed, {} skipped",
            self.server, summary.passed, summary.failed, summary.departed, summary.skipped
        )
    }
}

impl fmt::Display for Finding {
    /// A line, and below it what there is to say.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(to, "{:8} {:7} {}", self.status, self.id, self.sentence)?;
        for reason in &self.reasons {
            writeln!(to, "{:16} {reason}", "")?;
        }
        for broken in &self.failures {
            writeln!(to, "{:16} expected {}", "", broken.expected)?;
            writeln!(to, "{:16} got      {}", "", broken.got)?;
            writeln!(to, "{:16} in       {}", "", broken.check)?;
            for line in &broken.log {
                writeln!(to, "{:16}   {line}", "")?;
            }
        }
        Ok(())
    }
}

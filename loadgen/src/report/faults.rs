//! What is not clean about a run, in words.

use super::{Report, Unit, figures};

/// The figures that a clean run has at 0.
const FAULTS: [&str; 9] =
    ["lost", "cut", "repeated", "reordered", "corrupt", "refused", "unanswered", "unsent", "disconnected"];

impl Report {
    /// What became of what was owed in a clean run, in words.
    pub(crate) fn came(&self) -> String {
        match self.deliveries.tally.missed {
            0 => "everything owed came once and in order".to_owned(),
            missed => {
                let missed = Unit::Count.show(missed as f64);
                format!("everything that came came once and in order; {missed} missed (GAP)")
            }
        }
    }

    /// Each kind of fault that there was, and how many; nothing of a clean run.
    pub fn faults(&self) -> Vec<String> {
        let figures = figures(self);
        let found = figures.iter().filter(|figure| FAULTS.contains(&figure.name.as_str()));
        let counted = found.filter_map(|figure| Some((&figure.name, figure.value?))).filter(|(_, count)| *count > 0.0);
        counted.map(|(name, count)| format!("{} {name}", Unit::Count.show(count))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_a_figure_and_named_with_its_number() {
        let mut report = Report::default();
        assert!(report.faults().is_empty());
        let known = figures(&report);
        assert!(FAULTS.iter().all(|name| known.iter().any(|figure| figure.name == *name)), "{known:?}");
        (report.deliveries.tally.lost, report.messages.unsent, report.deliveries.tally.missed) = (3, 1_000, 7);
        assert_eq!(report.faults(), ["1,000 unsent", "3 lost"]);
    }

    #[test]
    fn what_was_missed_is_not_said_to_have_come() {
        let mut report = Report::default();
        assert_eq!(report.came(), "everything owed came once and in order");
        report.deliveries.tally.missed = 1_234;
        assert_eq!(report.came(), "everything that came came once and in order; 1,234 missed (GAP)");
    }
}

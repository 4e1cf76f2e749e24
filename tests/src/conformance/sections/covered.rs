//! Which numbers of a room came in a membership.

use crate::conformance::{Outcome, Stage};

/// What a membership has covered. SPEC.md, section 6.2, item 2.
#[derive(Debug)]
pub(super) struct Covered {
    room: String,
    /// The number that is due.
    pub(super) due: u64,
    /// How many a GAP named.
    pub(super) missed: u64,
    /// The end of the last GAP, and its reason.
    pub(super) gap: Option<(u64, String)>,
}

impl Covered {
    /// Of a membership that begins at a number.
    pub(super) fn from(room: &str, next: u64) -> Self {
        Self { room: room.to_owned(), due: next, missed: 0, gap: None }
    }

    /// Of which room.
    pub(super) fn room(&self) -> &str {
        &self.room
    }

    /// Takes a line. Whether it was one that covers numbers, which must be those that are due.
    pub(super) fn take(&mut self, stage: &Stage<'_>, requirement: &'static str, line: &str) -> Outcome<bool> {
        let fields: Vec<&str> = line.splitn(6, ' ').collect();
        let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        let is_gap = fields[0] == "GAP";
        if !(is_gap || fields[0] == "MSG" || fields[0] == "NOTE") || fields.get(1) != Some(&self.room.as_str()) {
            return Ok(false);
        }
        let (first, last) = (number(2), number(if is_gap { 3 } else { 2 }));
        let begin: String = line.chars().take(80).collect();
        stage.hold(requirement, first == Some(self.due), format!("number {} of {}", self.due, self.room), &begin)?;
        let last = last.filter(|last| *last >= self.due);
        stage.hold("5.7/1", last.is_some(), "FIRST at most LAST", &begin)?;
        let last = last.unwrap_or(self.due);
        if is_gap {
            self.missed += last + 1 - self.due;
            self.gap = Some((last, fields.get(4).copied().unwrap_or_default().to_owned()));
        }
        self.due = last + 1;
        Ok(true)
    }
}

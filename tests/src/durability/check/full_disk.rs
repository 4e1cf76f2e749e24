//! A full disk is a clear error, readers go on, and it passes by itself.

use super::violation::{Rule, Violation};
use crate::durability::record::Record;

/// Appends what is wrong with the times in which the disk was full.
pub(super) fn check(record: &Record, found: &mut Vec<Violation>) {
    for full in &record.full {
        let mut wrong = full.odd.clone();
        if full.refused == 0 {
            wrong.push("nobody was refused with ERR internal and retry while the disk was full".to_owned());
        }
        if !full.was_read {
            wrong.push("nothing could be read while the disk was full".to_owned());
        }
        if !full.was_served_again {
            wrong.push("nothing was accepted when there was room again".to_owned());
        }
        found.extend(wrong.into_iter().map(|what| Violation::new(Rule::FullDisk, what)));
    }
}

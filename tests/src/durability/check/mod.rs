//! The judge: compares everything that was said, answered and seen with what the server has in the end.
//!
//! It knows no sockets and no clock. Each file has one of the promises.

mod full_disk;
mod history;
mod known;
mod membership;
mod order;
mod pages;
mod plain;
mod said;
mod search;
mod seen;
mod violation;

use super::record::Record;

pub use self::violation::{Rule, Violation};

/// Everything that is wrong with a round, the gravest first. None if the server kept its promises.
pub fn check(record: &Record) -> Vec<Violation> {
    let mut violations = Vec::new();
    let found = &mut violations;
    said::check(record, found);
    seen::check(record, found);
    history::check(record, found);
    membership::check(record, found);
    pages::check(record, found);
    search::check(record, found);
    plain::check(record, found);
    order::check(record, found);
    full_disk::check(record, found);
    violations.sort_by_key(|violation| violation.rule);
    violations
}

#[cfg(test)]
mod tests;

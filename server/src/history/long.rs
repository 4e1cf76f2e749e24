//! The thread for searches that take longer than a moment: long phrases, or many terms, of words that are everywhere.

use tracing::warn;

use super::errand::{Call, Fetched};
use super::finder::Finder;
use super::reader::answer;
use crate::worker::Shared;

/// How long a search goes on at most, so that others of this kind come to their turn, in milliseconds.
const TURN: u64 = 5_000;

/// How long after it was asked for a search ends at the latest, in milliseconds.
const PATIENCE: u64 = 10_000;

/// Searches until the end.
pub(super) fn run(finder: &Finder, shared: &Shared) {
    while let Call::Errand(errand) = finder.desk.wait() {
        let until = (finder.clock.now() + TURN).min(errand.asked + PATIENCE);
        let limit = finder.limit(&errand, until);
        let found = finder.find(&errand, &limit).map(|found| {
            found.unwrap_or_else(|| {
                //= protocol/SPEC.md#4-15-search
                //# A server MAY answer a `SEARCH` that takes it too long with `ERR internal` and `retry`.
                if limit.has_passed() {
                    warn!(room = errand.room.name().as_str(), "a search took too long and was refused");
                }
                Fetched::Failed
            })
        });
        answer(shared, errand, found);
    }
}

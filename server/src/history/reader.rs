//! The threads that fetch pages from the disk.

use std::sync::Arc;

use tracing::warn;

use super::errand::{Call, Desk, Errand, Fetch, Fetched};
use super::store::{self, StoreError};
use crate::worker::{Letter, Shared};

/// What a page has at most: as much as a connection is given at a time.
const MESSAGES: usize = 256;
const OCTETS: usize = 32 * 1_024;

/// Does errands until the end.
pub(super) fn run(reader: &store::Reader, desk: &Desk, shared: &Arc<Shared>) {
    while let Call::Errand(errand) = desk.wait() {
        let fetched = fetch(reader, &errand);
        answer(shared, errand, fetched);
    }
}

fn fetch(reader: &store::Reader, errand: &Errand) -> Result<Fetched, StoreError> {
    match &errand.fetch {
        Fetch::Range(range) => {
            let messages = reader.range(errand.row, range.first(), range.last(), MESSAGES, OCTETS)?;
            Ok(Fetched::Messages { looked_at: messages.len(), messages })
        }
        Fetch::Numbers(seqs) => {
            let store::Numbers { messages, looked_at } = reader.numbers(errand.row, seqs, OCTETS)?;
            Ok(Fetched::Messages { messages, looked_at })
        }
        Fetch::Search { .. } => unreachable!("the searcher's desk has these"),
    }
}

/// Sends what was fetched to whoever asked for it.
pub(super) fn answer(shared: &Shared, errand: Errand, fetched: Result<Fetched, StoreError>) {
    let fetched = fetched.unwrap_or_else(|error| {
        warn!(%error, room = errand.room.name().as_str(), "the history can't be read");
        Fetched::Failed
    });
    shared.mailboxes[errand.home.worker.index()].send(Letter::Fetched(Box::new(errand), fetched));
}

//! The history on disk: two SQLite databases in one directory. Synchronous, without threads or a clock.
//!
//! `history.db` is the truth: one [`Store`] writes it, any number of [`Reader`]s read it, and a [`Keeper`] moves what was
//! written from its log into its pages. `search.db` is derived from it: a [`SearchIndex`] follows, [`Searcher`]s search.

mod connect;
mod error;
mod found;
mod group;
mod ids;
mod keeper;
mod lock;
mod reader;
mod reserve;
mod retention;
mod schema;
mod search;
mod trim;
mod write;

pub(crate) use error::{OpenError, StoreError};
pub(crate) use found::{Epochs, Found};
pub(crate) use group::Group;
pub(crate) use keeper::Keeper;
pub(crate) use reader::{Numbers, Reader, StoredMessage};
pub(crate) use retention::Retention;
pub(crate) use search::{Made, Matches, SearchIndex, Searcher, Terms};
pub(crate) use trim::Cut;
pub(crate) use write::{Start, Store, boot_id};

/// A room's row. It never means another room, even after the room was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RoomId(i64);

#[cfg(test)]
impl RoomId {
    /// A row, for tests that have no store.
    pub(crate) fn for_tests(id: i64) -> Self {
        Self(id)
    }
}

/// A place in the order in which the messages of all rooms were stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place(i64);

#[cfg(test)]
impl Place {
    /// A place, for tests that have no store.
    pub(crate) fn for_tests(place: i64) -> Self {
        Self(place)
    }
}

/// A number of the protocol as SQLite keeps it.
fn integer(value: u64) -> i64 {
    i64::try_from(value).expect("numbers of the protocol are below 2^53, and sums of octets below 2^63")
}

#[cfg(test)]
mod tests;

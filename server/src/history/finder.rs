//! Finding what a `SEARCH` asks for, as long as there is time. SPEC.md, section 4.15.

use std::sync::Arc;

use bytes::BytesMut;
use fanfare_protocol::limits::MAX_PAGE_OCTETS;
use fanfare_protocol::session::Millis;
use fanfare_protocol::{RoomName, Seq, ServerMessage};

use super::RoomId;
use super::errand::{Desk, Errand, Fetch, Fetched};
use super::store::{self, Matches, Reader, StoreError};
use crate::clock::Clock;
use crate::hub::Person;

/// How many messages of a page are measured at a time, and how many of their octets.
const MEASURE: usize = 64;
const MEASURE_OCTETS: usize = 256 * 1_024;

/// What a thread searches with.
pub(super) struct Finder {
    pub(super) searching: store::Searcher,
    pub(super) reader: Reader,
    /// Where what is looked for waits.
    pub(super) desk: Arc<Desk>,
    pub(super) clock: Clock,
}

/// How long a search goes on.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    person: Arc<Person>,
    desk: Arc<Desk>,
    clock: Clock,
    until: Millis,
}

impl Limit {
    /// Whether the time has passed.
    pub(super) fn has_passed(&self) -> bool {
        self.clock.now() >= self.until
    }

    /// Whether the time has passed, or whoever has asked is gone, or somebody waits for the server's end.
    pub(super) fn is_over(&self) -> bool {
        self.has_passed() || !self.person.is_open() || self.desk.is_hurried()
    }
}

impl Finder {
    /// The limit of a search that has some time.
    pub(super) fn limit(&self, errand: &Errand, until: Millis) -> Limit {
        Limit { person: Arc::clone(&errand.person), desk: Arc::clone(&self.desk), clock: self.clock, until }
    }

    /// What is looked for, of what was indexed. None if the limit came first.
    pub(super) fn find(&self, errand: &Errand, limit: &Limit) -> Result<Option<Fetched>, StoreError> {
        let Fetch::Search { terms, before, last } = &errand.fetch else { unreachable!("readers have the others") };
        let limit = limit.clone();
        let found = self.searching.find(errand.row, terms, *before, *last, move || limit.is_over())?;
        let Some(Matches { seqs, more }) = found else { return Ok(None) };
        let whole = seqs.len();
        let seqs = self.page(errand.room.name(), errand.row, seqs)?;
        Ok(Some(Fetched::Matches { more: more || seqs.len() < whole, seqs }))
    }

    /// The newest of these messages whose `PAST` frames fit in an answer.
    fn page(&self, room: RoomName<'_>, row: RoomId, mut seqs: Vec<Seq>) -> Result<Vec<Seq>, StoreError> {
        let (mut octets, mut frame) = (0, BytesMut::new());
        let mut first = seqs.len();
        'page: while first > 0 {
            let begin = first.saturating_sub(MEASURE);
            // Newest first, as far as it is read at a time.
            let newest_first: Vec<_> = seqs[begin..first].iter().rev().copied().collect();
            let read = self.reader.numbers(row, &newest_first, MEASURE_OCTETS)?;
            for message in &read.messages {
                frame.clear();
                ServerMessage::Past(message.message(room)).encode(&mut frame);
                octets += frame.len();
                //= protocol/SPEC.md#4-15-search
                //# A server MUST take the page as full before a `PAST` frame that would bring its frames, terminators
                //# counted, to more than 1,048,576 octets, unless it is the first that it takes.
                if octets > MAX_PAGE_OCTETS && octets > frame.len() {
                    first = seqs.partition_point(|&seq| seq <= message.seq);
                    break 'page;
                }
            }
            first -= read.looked_at;
        }
        Ok(seqs.split_off(first))
    }
}

#[cfg(test)]
mod tests {
    use fanfare_protocol::plain::Dialect;
    use fanfare_protocol::{Epoch, Message, Name, Number, Query, Text, Timestamp};
    use tempfile::TempDir;

    use super::super::Terms;
    use super::super::store::{SearchIndex, Start, Store};
    use super::*;
    use crate::hub::{Digests, Ending, Home, Hub, WorkerId};
    use crate::options::Options;

    /// A thousand messages that were indexed, and somebody who asks for all of them.
    fn asked() -> (TempDir, Hub, Finder, Errand) {
        let dir = tempfile::tempdir().expect("a directory");
        let name = RoomName::new("#r").expect("a room");
        let start = Start { sync: false, boot: None, id_octets: 0 };
        let (mut store, _) = Store::open(dir.path(), start).expect("a store");
        let mut group = store.begin().expect("a group");
        let row = group.room(name, Epoch::new("e").expect("an epoch"), Number::ZERO).expect("a room");
        for number in 1..=1_000 {
            let message = Message {
                room: name,
                seq: Seq::new(number).expect("a number"),
                at: Timestamp::from_millis(number),
                name: Name::new("alice").expect("a name"),
                id: None,
                text: Text::new("a").expect("a text"),
            };
            group.message(row, &message).expect("a message");
        }
        group.commit().expect("stored");
        let (mut index, _) = SearchIndex::open(dir.path()).expect("an index");
        while index.index(1_000).expect("indexed") {}
        let finder = Finder {
            searching: store::Searcher::open(dir.path()).expect("a searcher"),
            reader: Reader::open(dir.path()).expect("a reader"),
            desk: Arc::new(Desk::new()),
            clock: Clock::start(),
        };
        let hub = Hub::new(&Options::default(), None, Digests::random());
        let home = Home { worker: WorkerId(0), connection: 0, generation: 0 };
        let bob = Name::new("bob").expect("a name");
        let person = hub.enter(bob, None, Dialect::Framed, home, Millis(0)).expect("a free name").person;
        let (room, ..) = hub.join(&person, name, None, None, Millis(0)).expect("anyone may join");
        let terms = Terms::of(Query::new("a").expect("a query"));
        let fetch = Fetch::Search { terms, before: None, last: 1_000 };
        let errand = Errand { person, home, asked: Millis(0), room, row, fetch };
        (dir, hub, finder, errand)
    }

    const FOR_EVER: Millis = Millis(u64::MAX);

    /// How many messages were found, if they were.
    fn found(finder: &Finder, errand: &Errand, until: Millis) -> Option<usize> {
        match finder.find(errand, &finder.limit(errand, until)).expect("it can be read") {
            Some(Fetched::Matches { seqs, more: false }) => Some(seqs.len()),
            None => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_search_whose_time_has_passed_ends_and_is_found_when_there_is_time() {
        let (_dir, _hub, finder, errand) = asked();
        assert_eq!(found(&finder, &errand, Millis(0)), None);
        assert_eq!(found(&finder, &errand, FOR_EVER), Some(1_000));
    }

    #[test]
    fn a_search_of_somebody_who_leaves_ends() {
        let (_dir, hub, finder, errand) = asked();
        assert_eq!(found(&finder, &errand, FOR_EVER), Some(1_000));
        hub.depart(&errand.person, None, Ending::Clean, Millis(0));
        assert_eq!(found(&finder, &errand, FOR_EVER), None);
    }

    #[test]
    fn a_search_ends_when_somebody_waits_for_the_end() {
        for end in [Desk::hurry, Desk::end] {
            let (_dir, _hub, finder, errand) = asked();
            assert_eq!(found(&finder, &errand, FOR_EVER), Some(1_000));
            end(&finder.desk);
            assert_eq!(found(&finder, &errand, FOR_EVER), None);
        }
    }
}

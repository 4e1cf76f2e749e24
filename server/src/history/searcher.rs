//! The thread that knows which words are in which messages: its index follows the store, and it answers `SEARCH`.
//! SPEC.md, section 4.15.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use fanfare_protocol::limits::MAX_PAGE_OCTETS;
use fanfare_protocol::{RoomName, Seq, ServerMessage};
use tracing::warn;

use super::RoomId;
use super::errand::{Call, Desk, Errand, Fetch, Fetched};
use super::reader::answer;
use super::store::{self, Matches, Reader, SearchIndex, StoreError};
use crate::worker::Shared;

/// How many messages are indexed at a time, so that a search is looked at soon.
const INDEX: usize = 1_000;

/// How many entries are looked at, of messages that may be gone, at a time.
const SWEEP: usize = 1_000;

/// How many pages of the file are given back to the file system after each round of sweeping.
const PAGES: u32 = 1_024;

/// How long it waits after a commit for others, so that where much is said the index takes few steps. No search waits for
/// it.
const PAUSE: Duration = Duration::from_secs(1);

/// While messages come, it rests so many times as long as its last step took: those who speak and read go first.
const REST: u32 = 4;

/// How long a search waits for the index to have what was stored before, in milliseconds.
const PATIENCE: u64 = 5_000;

/// How many messages of a page are measured at a time, and how many of their octets.
const MEASURE: usize = 64;
const MEASURE_OCTETS: usize = 256 * 1_024;

/// The one who searches.
pub(super) struct Searcher {
    pub(super) searching: store::Searcher,
    pub(super) reader: Reader,
    /// Behind those who only read: the last to close the file puts it in order.
    pub(super) index: SearchIndex,
    pub(super) desk: Arc<Desk>,
    pub(super) shared: Arc<Shared>,
}

impl Searcher {
    /// Indexes and searches until the end.
    pub(super) fn run(mut self) {
        let (mut behind, mut sweeping, mut failing) = (true, true, false);
        // How long it rests before the next step, and when it goes on to follow.
        let (mut rest, mut due) = (Duration::ZERO, None);
        loop {
            let call = match due {
                _ if behind || sweeping => self.desk.wait_for_errand(rest),
                Some(due) => self.desk.wait_for_errand(due - Instant::now()),
                None => Some(self.desk.wait()),
            };
            let came = self.desk.was_poked() || matches!(call, Some(Call::Poked));
            if came {
                due.get_or_insert_with(|| Instant::now() + PAUSE);
            }
            match call {
                Some(Call::End) => return,
                Some(Call::Errand(errand)) => {
                    let found = self.search(&errand);
                    answer(&self.shared, errand, found);
                    continue;
                }
                Some(Call::Poked) | None => {}
            }
            let begun = Instant::now();
            if due.is_some_and(|due| due <= begun) {
                (behind, sweeping, due) = (true, true, None);
            }
            if behind || sweeping {
                let step = self.step(&mut behind, &mut sweeping);
                if let Err(error) = &step {
                    // Once; and the next commit is the next occasion.
                    if !failing {
                        warn!(%error, "the index of the history can't be written");
                    }
                    (behind, sweeping) = (false, false);
                }
                failing = step.is_err();
            }
            rest = if came { begun.elapsed() * REST } else { Duration::ZERO };
        }
    }

    /// A step of what is to be done when nobody searches.
    fn step(&mut self, behind: &mut bool, sweeping: &mut bool) -> Result<(), StoreError> {
        if *behind {
            *behind = self.index.index(INDEX)?;
        } else if *sweeping {
            *sweeping = self.index.sweep(SWEEP)?;
            if !*sweeping {
                self.index.give_back(PAGES)?;
            }
        }
        Ok(())
    }

    fn search(&mut self, errand: &Errand) -> Result<Fetched, StoreError> {
        let Fetch::Search { terms, before, last } = &errand.fetch else { unreachable!("readers have the others") };
        //= protocol/SPEC.md#4-15-search
        //# A server MUST search each kept message whose `OK` or `MSG` it sent to anyone before it received the `SEARCH`.
        while self.index.index(INDEX)? {
            // The time in which others were waited for counts: so all that wait are told at the same time.
            if self.shared.clock.now() > errand.asked + PATIENCE {
                warn!("the index of the history is too far behind for a search");
                return Ok(Fetched::Failed);
            }
        }
        let Matches { seqs, more } = self.searching.find(errand.row, terms, *before, *last)?;
        let whole = seqs.len();
        let seqs = self.page(errand.room.name(), errand.row, seqs)?;
        Ok(Fetched::Matches { more: more || seqs.len() < whole, seqs })
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

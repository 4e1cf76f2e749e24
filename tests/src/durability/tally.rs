//! What was done in rounds, as numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use serde::Serialize;

use super::plan::FaultKind;
use super::record::{Event, Record, Step};

/// Counts of one round, or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Rounds.
    pub rounds: u64,
    /// In how many rounds each fault was.
    pub rounds_by_fault: BTreeMap<FaultKind, u64>,
    /// Rounds by the way in which their disk was filled.
    pub disks: BTreeMap<String, u64>,
    /// How often the server was killed.
    pub kills: u64,
    /// How often the server was told to end.
    pub stops: u64,
    /// Connections that were made through the network.
    pub connections: u64,
    /// Connections that were cut.
    pub cuts: u64,
    /// Of these, those of which one side was told nothing.
    pub half_open: u64,
    /// How often somebody connected again.
    pub reconnects: u64,
    /// Messages that were said.
    pub said: u64,
    /// Messages that were acknowledged.
    pub acknowledged: u64,
    /// `OK` with `repeat=yes`, those of the final reader not counted.
    pub repeats: u64,
    /// Messages that were refused because the disk was full.
    pub refused: u64,
    /// Messages in the histories in the end.
    pub stored: u64,
    /// Memberships in framed mode.
    pub memberships: u64,
    /// Of these, those that went on where an earlier one had stopped.
    pub resumed: u64,
    /// Messages that came in memberships.
    pub received: u64,
    /// Of these, those of replays.
    pub replayed: u64,
    /// Gaps for who was slow, or asked for fewer.
    pub slow_gaps: u64,
    /// Gaps for what is no longer kept.
    pub expired_gaps: u64,
    /// Pages of histories that were compared.
    pub pages: u64,
    /// Searches that were answered.
    pub searches: u64,
    /// Messages that they found.
    pub found: u64,
    /// Lines that were read in plain mode.
    pub plain_lines: u64,
    /// Ids that were repeated in the end.
    pub ids_repeated: u64,
}

impl Tally {
    /// That of a record alone.
    pub(super) fn of(record: &Record) -> Self {
        let mut tally = Self { rounds: 1, ..Self::default() };
        for publisher in &record.publishers {
            tally.said += publisher.said.len() as u64;
            for step in &publisher.steps {
                match step {
                    Step::Accepted { repeat, .. } => {
                        tally.acknowledged += 1;
                        tally.repeats += u64::from(*repeat);
                    }
                    Step::Refused { .. } => tally.refused += 1,
                    Step::Sent(_) => {}
                }
            }
        }
        for membership in &record.memberships {
            tally.memberships += 1;
            tally.resumed += u64::from(membership.after.is_some());
            for event in &membership.events {
                match event {
                    Event::Message(message) => {
                        tally.received += 1;
                        tally.replayed += u64::from(message.seq <= membership.newest);
                    }
                    Event::Gap { expired: true, .. } => tally.expired_gaps += 1,
                    Event::Gap { .. } => tally.slow_gaps += 1,
                    Event::Joined => {}
                }
            }
        }
        tally.stored = record.histories.values().map(|history| history.messages.len() as u64).sum();
        tally.pages = record.pages.len() as u64;
        tally.searches = record.searches.len() as u64;
        tally.found = record.searches.iter().map(|search| search.messages.len() as u64).sum();
        tally.plain_lines = record.readings.iter().map(|reading| reading.lines.len() as u64).sum();
        tally.ids_repeated = record.repeats.len() as u64;
        tally
    }

    fn counts(&self) -> [(&'static str, u64); 24] {
        [
            ("rounds", self.rounds),
            ("server killed", self.kills),
            ("server told to end", self.stops),
            ("connections", self.connections),
            ("… cut in the middle", self.cuts),
            ("… one side untold", self.half_open),
            ("reconnects", self.reconnects),
            ("messages said", self.said),
            ("… acknowledged", self.acknowledged),
            ("… answered as repeats", self.repeats),
            ("… refused on a full disk", self.refused),
            ("… stored in the end", self.stored),
            ("memberships", self.memberships),
            ("… resumed", self.resumed),
            ("messages received", self.received),
            ("… in replays", self.replayed),
            ("gaps: slow, or fewer asked", self.slow_gaps),
            ("gaps: expired", self.expired_gaps),
            ("pages of history", self.pages),
            ("searches", self.searches),
            ("… messages found", self.found),
            ("lines in plain mode", self.plain_lines),
            ("ids repeated in the end", self.ids_repeated),
            ("rounds with a full disk", self.disks.values().sum()),
        ]
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        for (fault, rounds) in &other.rounds_by_fault {
            *self.rounds_by_fault.entry(*fault).or_default() += rounds;
        }
        for (disk, rounds) in &other.disks {
            *self.disks.entry(disk.clone()).or_default() += rounds;
        }
        for (mine, theirs) in [
            (&mut self.rounds, other.rounds),
            (&mut self.kills, other.kills),
            (&mut self.stops, other.stops),
            (&mut self.connections, other.connections),
            (&mut self.cuts, other.cuts),
            (&mut self.half_open, other.half_open),
            (&mut self.reconnects, other.reconnects),
            (&mut self.said, other.said),
            (&mut self.acknowledged, other.acknowledged),
            (&mut self.repeats, other.repeats),
            (&mut self.refused, other.refused),
            (&mut self.stored, other.stored),
            (&mut self.memberships, other.memberships),
            (&mut self.resumed, other.resumed),
            (&mut self.received, other.received),
            (&mut self.replayed, other.replayed),
            (&mut self.slow_gaps, other.slow_gaps),
            (&mut self.expired_gaps, other.expired_gaps),
            (&mut self.pages, other.pages),
            (&mut self.searches, other.searches),
            (&mut self.found, other.found),
            (&mut self.plain_lines, other.plain_lines),
            (&mut self.ids_repeated, other.ids_repeated),
        ] {
            *mine += theirs;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in self.counts() {
            writeln!(f, "{what:<28} {count:>10}")?;
        }
        for (disk, rounds) in &self.disks {
            writeln!(f, "… filled by {disk:<16} {rounds:>10}")?;
        }
        for (fault, rounds) in &self.rounds_by_fault {
            writeln!(f, "rounds with {:<16} {rounds:>10}", format!("{fault:?}").to_lowercase())?;
        }
        Ok(())
    }
}

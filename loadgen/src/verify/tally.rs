//! What became of the deliveries.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Counts over all receivers.
///
/// Each accepted message is owed once to each receiver that had joined. When a run has ended, `received` (of the run's
/// own messages), `foreign`, `lost`, `missed`, `cut` and the corrupt ones together account for every number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Messages of the run that came whole, each counted once for each receiver.
    pub received: u64,
    /// Numbers that never came and that no `GAP` named.
    pub lost: u64,
    /// Numbers that a `GAP` named.
    pub missed: u64,
    /// Numbers that a receiver did not get because its connection had ended.
    pub cut: u64,
    /// Messages that came a second time.
    pub repeated: u64,
    /// Messages that came after one with a higher number.
    pub reordered: u64,
    /// Frames that are malformed, differ from what was published or from what others read, or can't be.
    pub corrupt: u64,
    /// Messages of others in the room. They are counted and otherwise ignored.
    pub foreign: u64,
    /// Comings and goings that were told.
    #[serde(skip)]
    pub presence: u64,
    /// Octets of everything that was read or counted.
    pub octets: u64,
    /// How many were verified by comparing them with what somebody else had read and was parsed. Those that were neither
    /// compared nor counted were parsed.
    pub compared: u64,
    /// How many were only counted: so many octets came as they have, and the next that were read stood in their place. 0
    /// unless [`Plan::compare_every`](crate::Plan::compare_every) is more than 1.
    pub counted: u64,
}

impl Tally {
    /// Whether each message that no `GAP` named came once, in order and as it was sent, to everybody.
    pub fn is_clean(&self) -> bool {
        self.lost + self.cut + self.repeated + self.reordered + self.corrupt == 0
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        let Self {
            received,
            lost,
            missed,
            cut,
            repeated,
            reordered,
            corrupt,
            foreign,
            presence,
            octets,
            compared,
            counted,
        } = other;
        self.received += received;
        self.lost += lost;
        self.missed += missed;
        self.cut += cut;
        self.repeated += repeated;
        self.reordered += reordered;
        self.corrupt += corrupt;
        self.foreign += foreign;
        self.presence += presence;
        self.octets += octets;
        self.compared += compared;
        self.counted += counted;
    }
}

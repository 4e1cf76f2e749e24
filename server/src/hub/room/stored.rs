//! What a room knows of its durable history.

use fanfare_protocol::{Epoch, Number, RoomName, Seq, Timestamp};

use super::{Log, PoisonError, Room, RoomLimits, RoomState};
use crate::history::RoomId;

/// What the durable history has of a room: its numbers from `oldest` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Its row; none before its first message.
    pub(crate) row: Option<RoomId>,
    /// The oldest number that is kept, or the next to come.
    pub(crate) oldest: Seq,
}

/// A numbering that goes on, of a room that nobody held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dormant {
    pub(crate) row: RoomId,
    pub(crate) epoch: Box<str>,
    pub(crate) oldest: Seq,
    pub(crate) newest: Number,
    pub(crate) last_at: Timestamp,
}

impl Room {
    /// A room that goes on where it was when nobody held it any more.
    pub(crate) fn revived(name: RoomName<'_>, dormant: &Dormant, limits: &RoomLimits) -> Self {
        let epoch = Epoch::new(&dormant.epoch).expect("it was a room's epoch");
        let mut room = Self::new(name, epoch, limits);
        let state = room.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.log = Log::beginning_behind(dormant.newest, limits.log);
        state.stored = Some(Stored { row: Some(dormant.row), oldest: dormant.oldest });
        state.last_at = dormant.last_at;
        room
    }
}

impl RoomState {
    /// What the durable history has of the room, if there is one.
    pub(crate) fn stored(&self) -> Option<Stored> {
        self.stored
    }

    /// The room has this row in the store from now on, or none any more.
    pub(crate) fn set_row(&mut self, row: Option<RoomId>) {
        self.stored = self.stored.map(|stored| Stored { row, ..stored });
    }

    /// The messages before this number are kept no longer.
    pub(crate) fn keep_from(&mut self, oldest: Seq) {
        self.stored = self.stored.map(|stored| Stored { oldest: stored.oldest.max(oldest), ..stored });
    }

    /// What is to be known of the room when nobody holds it any more, if the store knows it.
    pub(crate) fn dormant(&self, room: &Room) -> Option<Dormant> {
        let Stored { row: Some(row), oldest } = self.stored? else { return None };
        Some(Dormant { row, epoch: room.epoch.clone(), oldest, newest: self.newest(), last_at: self.last_at })
    }
}

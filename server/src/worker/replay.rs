//! Memberships whose replay is on the disk: read page by page as the reader takes it, up to the place where the room's log
//! goes on. SPEC.md, section 6.3.
//!
//! Such a member has no seat yet, so that no walk meets it, and nobody waits for it. However many there are, each keeps one
//! page at most.

use std::collections::VecDeque;
use std::sync::Arc;

use fanfare_protocol::{ByeCode, GapReason, Seq, SeqRange, ServerMessage};

use super::Worker;
use super::connection::Connection;
use super::seating::Member;
use crate::history::{Fetch, StoredMessage};
use crate::hub::{Cursor, Membership, Room, Seam};

/// The replays of one connection. The first goes on; the others wait.
pub(super) type Replays = VecDeque<Replay>;

/// A member that does not read the room's log yet.
#[derive(Debug)]
pub(super) struct Replay {
    room: Arc<Room>,
    /// The next number to be sent.
    next: Seq,
    /// The place of its own `JOINED` in the log: what comes before is replay, what comes behind is live.
    joined: Cursor,
    own: Own,
}

/// What a member is to be told of its own joining.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    /// Nothing: the room is crowded.
    Nothing,
    /// `JOINED`.
    Due,
    /// It has been.
    Told,
}

impl Replay {
    /// The replay of somebody who has just joined, if it begins on the disk.
    pub(super) fn of(room: &Arc<Room>, membership: &Membership) -> Option<Self> {
        let next = membership.from_disk?;
        let own = if membership.told { Own::Due } else { Own::Nothing };
        Some(Self { room: Arc::clone(room), next, joined: membership.cursor, own })
    }

    /// That of a member whose place has left the log before its replay was over.
    fn again(room: &Arc<Room>, member: &Member) -> Self {
        let own = if member.told { Own::Due } else { Own::Nothing };
        Self { room: Arc::clone(room), next: member.cursor.due, joined: member.joined, own }
    }

    /// Puts a page into the outbox, of what was asked for up to `last`.
    fn take(&mut self, connection: &mut Connection, messages: &[StoredMessage], last: Seq) {
        for message in messages {
            self.expired(connection, message.seq);
            connection.tell(&ServerMessage::Msg(message.message(self.room.name())));
            self.next = behind(message.seq);
        }
        if messages.is_empty() {
            self.expired(connection, behind(last));
        }
    }

    /// The numbers before one are kept no longer.
    fn expired(&mut self, connection: &mut Connection, before: Seq) {
        let last = Seq::new(before.get() - 1);
        if let Some(range) = last.and_then(|last| SeqRange::new(self.next, last)) {
            //= protocol/SPEC.md#6-3-replay
            //# A server MUST name the numbers that cease to be kept after the `OK` and before they were replayed in a
            //# further `GAP` with the reason `expired`, in their place.
            connection.tell(&ServerMessage::Gap { room: self.room.name(), range, reason: GapReason::Expired });
            self.next = before;
        }
    }

    /// The member's own `JOINED`, which its log no longer has.
    fn tell_own(&mut self, connection: &mut Connection) {
        if self.own == Own::Due
            && let Some(person) = connection.person.clone()
        {
            connection.tell(&ServerMessage::Joined { room: self.room.name(), name: person.name() });
            self.own = Own::Told;
        }
    }
}

impl Worker {
    /// Goes on with a connection's first replay. Returns whether something was done without the disk.
    pub(super) fn catch_up(&mut self, number: usize) -> bool {
        let Some(connection) = self.connections.get_mut(number) else { return false };
        if !connection.is_open() || connection.fetching || !connection.outbox.is_empty() {
            return false;
        }
        let Some(mut replays) = connection.replays.take() else { return false };
        let Some(mut replay) = replays.pop_front() else { return false };
        let (seam, row, members) = {
            let mut state = replay.room.lock();
            (state.seam(replay.next, replay.joined), state.stored().and_then(|stored| stored.row), state.members())
        };
        match seam {
            Seam::Disk(last) => {
                if replay.next == replay.joined.due {
                    //= protocol/SPEC.md#5-5-joined-and-left
                    //# A server MUST send the joining person's own `JOINED` after the replay and before the first live
                    //# message.
                    replay.tell_own(connection);
                }
                let range = SeqRange::new(replay.next, last).expect("a seam on the disk is behind what was read");
                let room = Arc::clone(&replay.room);
                match row {
                    Some(row) => {
                        replays.push_front(replay);
                        connection.replays = Some(replays);
                        self.fetch(number, room, row, Fetch::Range(range));
                        false
                    }
                    // Everything has expired, and the row with it.
                    None => {
                        replay.take(connection, &[], last);
                        replays.push_front(replay);
                        connection.replays = Some(replays);
                        true
                    }
                }
            }
            Seam::Log { cursor, live_from, skipped } => {
                if skipped > 0 {
                    replay.tell_own(connection);
                }
                if skipped > u64::from(replay.own == Own::Told) {
                    //= protocol/SPEC.md#5-6-members
                    //# A server that skips a `JOINED`, `LEFT` or `MEMBERS` for one slow reader MUST send that reader
                    //# `MEMBERS #room total=N` after the `GAP` or, if no number was skipped, in its place.
                    let room = replay.room.name();
                    connection.tell(&ServerMessage::Members { room, total: members, joined: None, left: None });
                }
                let joined = Cursor { position: live_from, due: replay.joined.due };
                self.seating.sit(number, connection, replay.room, cursor, (joined, replay.own == Own::Due));
                connection.replays = (!replays.is_empty()).then_some(replays);
                true
            }
        }
    }

    /// A member that was passed before its replay was over reads on from the disk.
    pub(super) fn back_to_disk(&mut self, number: usize, room: usize) {
        // One that ends now is sent what there is, and no more.
        let Some(connection) = self.connections.get_mut(number).filter(|connection| connection.is_open()) else {
            return;
        };
        let Some(index) = connection.seats.iter().position(|seat| seat.room == room) else { return };
        let seat = connection.seats.swap_remove(index);
        let Some(local) = self.seating.get(seat.room) else { return };
        let replay = Replay::again(&local.room, &local.members[seat.member]);
        connection.replays.get_or_insert_default().push_back(replay);
        self.seating.stand_up(&mut self.connections, seat);
        self.list(number);
    }

    /// A page of a replay has come.
    pub(super) fn replayed(
        &mut self,
        number: usize,
        room: &Arc<Room>,
        range: SeqRange,
        messages: Option<&[StoredMessage]>,
    ) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        // It may have left the room meanwhile, and joined again.
        let Some(mut replays) = connection.replays.take() else { return };
        let fits = |replay: &&mut Replay| Arc::ptr_eq(&replay.room, room) && replay.next == range.first();
        match (replays.front_mut().filter(fits), messages) {
            (Some(replay), Some(messages)) => replay.take(connection, messages, range.last()),
            // Nothing is lost in silence: the member comes back and asks again.
            (Some(_), None) => return self.end(number, ByeCode::Internal, None),
            (None, _) => {}
        }
        connection.replays = Some(replays);
    }

    /// A connection leaves a room before it has read what the disk has of it.
    pub(super) fn stop_replay(&mut self, number: usize, room: &Arc<Room>) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        if let Some(mut replays) = connection.replays.take() {
            replays.retain(|replay| !Arc::ptr_eq(&replay.room, room));
            connection.replays = (!replays.is_empty()).then_some(replays);
        }
    }
}

/// The number after one.
pub(super) fn behind(seq: Seq) -> Seq {
    seq.next().unwrap_or(seq)
}

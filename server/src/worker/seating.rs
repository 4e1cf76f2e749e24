//! A worker's own view of the rooms: which of its connections read which room, and how far each has read.

use std::collections::HashMap;
use std::sync::Arc;

use fanfare_protocol::plain::Dialect;
use slab::Slab;

use super::connection::{Connection, Seat};
use crate::hub::{Cursor, Room};

/// The rooms that the worker has readers in.
#[derive(Debug, Default)]
pub(super) struct Seating {
    rooms: Slab<LocalRoom>,
    /// Rooms by the address of what all workers share of them.
    by_room: HashMap<usize, usize>,
}

/// A room and its readers on this worker.
#[derive(Debug)]
pub(super) struct LocalRoom {
    pub(super) room: Arc<Room>,
    pub(super) members: Vec<Member>,
    /// The room is on the list of those that a walk is due in.
    pub(super) listed: bool,
    /// A walk has come so far, and goes on in the next turn.
    pub(super) walk: Option<Walk>,
}

/// A walk over a room's members that brings them up to `to`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    pub(super) next: usize,
    pub(super) to: Cursor,
}

/// A reader of a room.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) connection: usize,
    pub(super) dialect: Dialect,
    pub(super) cursor: Cursor,
    /// The place of its own joining: messages before it are replay, and presence before it is of the time before the
    /// membership.
    pub(super) joined: Cursor,
    /// Whether its own joining is told by name.
    pub(super) told: bool,
}

impl Member {
    /// Whether it has not had all of its replay, and its own joining behind it.
    pub(super) fn is_in_replay(&self) -> bool {
        self.cursor.due < self.joined.due || self.owes_own(self.cursor)
    }

    /// Whether a reader at a place has still to be told its own joining.
    pub(super) fn owes_own(&self, at: Cursor) -> bool {
        self.told && at.position <= self.joined.position
    }
}

impl Seating {
    /// The worker's number for a room, if it has readers there.
    pub(super) fn find(&self, room: &Arc<Room>) -> Option<usize> {
        self.by_room.get(&address(room)).copied()
    }

    pub(super) fn get(&self, room: usize) -> Option<&LocalRoom> {
        self.rooms.get(room)
    }

    pub(super) fn get_mut(&mut self, room: usize) -> Option<&mut LocalRoom> {
        self.rooms.get_mut(room)
    }

    /// Seats a connection at a place of the log, with the place of its own joining and whether that is told.
    pub(super) fn sit(
        &mut self,
        number: usize,
        connection: &mut Connection,
        room: Arc<Room>,
        cursor: Cursor,
        (joined, told): (Cursor, bool),
    ) {
        let rooms = &mut self.rooms;
        let index = *self
            .by_room
            .entry(address(&room))
            .or_insert_with(|| rooms.insert(LocalRoom { room, members: Vec::new(), listed: false, walk: None }));
        let members = &mut rooms[index].members;
        connection.seats.push(Seat { room: index, member: members.len() });
        members.push(Member { connection: number, dialect: connection.dialect(), cursor, joined, told });
    }

    /// Empties a seat that its connection has given up. The last member of the room gets the seat's number.
    pub(super) fn stand_up(&mut self, connections: &mut Slab<Connection>, seat: Seat) {
        let Some(local) = self.rooms.get_mut(seat.room) else { return };
        local.members.swap_remove(seat.member);
        let moved_from = Seat { room: seat.room, member: local.members.len() };
        if let Some(moved) = local.members.get(seat.member)
            && let Some(connection) = connections.get_mut(moved.connection)
            && let Some(their) = connection.seats.iter_mut().find(|other| **other == moved_from)
        {
            *their = seat;
        }
        // A walk that has passed the seat would miss the one who now has it.
        if let Some(walk) = &mut local.walk {
            walk.next = walk.next.min(seat.member);
        }
        if local.members.is_empty() {
            let local = self.rooms.remove(seat.room);
            self.by_room.remove(&address(&local.room));
        }
    }
}

fn address(room: &Arc<Room>) -> usize {
    Arc::as_ptr(room).addr()
}

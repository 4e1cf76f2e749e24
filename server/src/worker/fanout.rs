//! From the rooms' logs to the sockets.
//!
//! A walk goes over a room's members and offers each everything between its cursor and the log's end, in one write with
//! what is in its outbox. Members whose sockets are full are passed over; each goes on by itself when its socket has
//! room. Nobody waits for anybody, and nothing is queued for anybody.

use std::io::IoSlice;
use std::ops::Range;
use std::sync::Arc;

use fanfare_protocol::plain::Dialect;
use fanfare_protocol::{ByeCode, GapReason, ServerMessage};
use slab::Slab;
use smallvec::SmallVec;

use super::Worker;
use super::connection::{Connection, Stage};
use super::seating::{LocalRoom, Member, Walk};
use super::socket::Written;
use crate::hub::{Chunk, Cursor, Read, Room};

/// The members that walks serve in a turn, so that a large room lets others read and write in between.
const SLICE: usize = 1_024;

/// The pieces of a log that go out in one write at most: as many as a system call takes, less one for the outbox.
const PIECES: usize = 1_000;

type Chunks = SmallVec<[Arc<Chunk>; 4]>;

/// Octets of a log that belong together: some events of one chunk, or events that the reader is to skip.
struct Piece {
    chunk: usize,
    positions: Range<u64>,
    skip: bool,
}

/// What became of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    /// It has everything, or its socket is full.
    Done,
    /// The connection is broken.
    Broken,
}

impl Worker {
    /// Notes that there is something to read in a room. If nobody here reads it, the next reader finds it.
    pub(super) fn wake(&mut self, room: &Arc<Room>) {
        match self.seating.find(room).and_then(|number| Some((number, self.seating.get_mut(number)?))) {
            Some((number, local)) => {
                if !local.listed {
                    local.listed = true;
                    if local.walk.is_none() {
                        self.dirty.push_back(number);
                    }
                }
            }
            None => room.lock().attend(self.id),
        }
    }

    /// As many members of the rooms in which a walk is due as a turn has time for.
    pub(super) fn walk(&mut self) {
        let mut left = SLICE;
        while left > 0
            && let Some(number) = self.dirty.pop_front()
        {
            left -= self.walk_in(number, left);
        }
    }

    /// Up to `most` members of one room. Returns how many.
    fn walk_in(&mut self, number: usize, most: usize) -> usize {
        let Some(local) = self.seating.get_mut(number) else { return 0 };
        let LocalRoom { room, members, listed, walk } = local;
        let Walk { next, to } = walk.take().unwrap_or_else(|| {
            *listed = false;
            let mut state = room.lock();
            state.attend(self.id);
            Walk { next: 0, to: state.end() }
        });
        let end = (next + most).min(members.len());
        let mut backlog = Backlog::default();
        let mut broken = SmallVec::<[usize; 8]>::new();
        let mut ready = members.get(next).is_some_and(|member| is_ready(&self.connections, member, to));
        for index in next..end {
            // Asked for the next member while this one is served: what that takes from memory is there when it is used.
            let next_ready = members.get(index + 1).is_some_and(|member| is_ready(&self.connections, member, to));
            if std::mem::replace(&mut ready, next_ready)
                && let member = &mut members[index]
                && let Some(connection) = self.connections.get_mut(member.connection)
                && serve(connection, member, room, to, &mut backlog) == Served::Broken
            {
                broken.push(member.connection);
            }
        }
        if end < members.len() {
            *walk = Some(Walk { next: end, to });
            self.dirty.push_front(number);
        } else if *listed {
            self.dirty.push_back(number);
        }
        for connection in broken {
            self.lose(connection);
        }
        end - next
    }

    /// Sends what waits for one connection, and then goes on with what it has asked for meanwhile.
    pub(super) fn flush(&mut self, number: usize) {
        self.send(number);
        let Some(connection) = self.connections.get(number) else { return };
        match connection.stage {
            Stage::Open if self.shutdown.is_some() => {
                if self.is_drained(number) {
                    self.end(number, ByeCode::Shutdown, None);
                } else if self.connections.get(number).is_some_and(|connection| !connection.socket.is_blocked()) {
                    // Another worker that has not stopped yet has said something since.
                    self.list(number);
                }
            }
            Stage::Open => self.resume(number),
            Stage::Closing { .. } => self.half_close(number),
            Stage::Lingering { .. } => {}
        }
    }

    /// Sends what waits for one connection, as far as its socket takes it: its outbox, its long answer, and what its
    /// rooms have for it.
    pub(super) fn send(&mut self, number: usize) {
        loop {
            let Some(connection) = self.connections.get_mut(number) else { return };
            if connection.socket.is_blocked() {
                return;
            }
            let dialect = connection.dialect();
            if let Some(answer) = &mut connection.answer
                && answer.fill(&self.shared.hub, dialect, &mut connection.outbox)
            {
                connection.answer = None;
            }
            if connection.outbox.is_empty() {
                break;
            }
            let octets = std::mem::take(&mut connection.outbox);
            let written = connection.socket.write(&[IoSlice::new(octets.octets())]);
            connection.outbox = octets;
            match written {
                Written::Octets(count) => connection.sent(count),
                Written::Broken => return self.lose(number),
            }
        }
        for index in 0.. {
            let Some(connection) = self.connections.get_mut(number) else { return };
            let Some(&seat) = connection.seats.get(index).filter(|_| !connection.socket.is_blocked()) else { break };
            let Some(local) = self.seating.get_mut(seat.room) else { continue };
            let to = local.room.lock().end();
            let member = &mut local.members[seat.member];
            if serve(connection, member, &local.room, to, &mut Backlog::default()) == Served::Broken {
                return self.lose(number);
            }
        }
    }

    /// Whether a connection has everything that is for it.
    fn is_drained(&self, number: usize) -> bool {
        let Some(connection) = self.connections.get(number) else { return true };
        connection.outbox.is_empty()
            && connection.answer.is_none()
            && connection.seats.iter().all(|seat| {
                self.seating
                    .get(seat.room)
                    .is_none_or(|local| local.members[seat.member].cursor.position >= local.room.lock().end().position)
            })
    }
}

/// What was read from a log last, for the next member that stands at the same place.
#[derive(Default)]
struct Backlog {
    from: Option<Cursor>,
    chunks: Chunks,
}

impl Backlog {
    /// The chunks behind a member's cursor, once the member has been told what it missed.
    fn read<'b>(&'b mut self, connection: &mut Connection, member: &mut Member, room: &Room) -> &'b [Arc<Chunk>] {
        while self.from != Some(member.cursor) {
            let reading = room.lock().read(member.cursor);
            match reading.read {
                Read::Chunks(chunks) => *self = Self { from: Some(member.cursor), chunks },
                Read::Passed { to, missed } => {
                    let messages = to.due.get() - member.cursor.due.get();
                    let presence = to.position - member.cursor.position > messages && to.position > member.live_from;
                    member.cursor = to;
                    if let Some(range) = missed {
                        let gap = ServerMessage::Gap { room: room.name(), range, reason: GapReason::Slow };
                        connection.outbox.encode(member.dialect, &gap);
                    }
                    if presence {
                        let members = ServerMessage::Members {
                            room: room.name(),
                            total: reading.members,
                            joined: None,
                            left: None,
                        };
                        connection.outbox.encode(member.dialect, &members);
                    }
                }
            }
        }
        &self.chunks
    }
}

/// Whether a member has something to read up to a place, and its socket takes it.
fn is_ready(connections: &Slab<Connection>, member: &Member, to: Cursor) -> bool {
    member.cursor.position < to.position
        && connections.get(member.connection).is_some_and(|connection| !connection.socket.is_blocked())
}

/// Brings one member up to a place, or as far as its socket takes it.
fn serve(connection: &mut Connection, member: &mut Member, room: &Room, to: Cursor, backlog: &mut Backlog) -> Served {
    while member.cursor.position < to.position && !connection.socket.is_blocked() {
        let chunks = backlog.read(connection, member, room);
        let pieces = pieces(chunks, member);
        let outbox = std::mem::take(&mut connection.outbox);
        let mut slices = SmallVec::<[IoSlice<'_>; 8]>::new();
        if !outbox.is_empty() {
            slices.push(IoSlice::new(outbox.octets()));
        }
        slices.extend(pieces.iter().filter_map(|piece| {
            let octets = piece.octets(chunks, member.dialect);
            (!octets.is_empty()).then(|| IoSlice::new(octets))
        }));
        let written = if slices.is_empty() { Written::Octets(0) } else { connection.socket.write(&slices) };
        drop(slices);
        let ahead = outbox.len();
        connection.outbox = outbox;
        let Written::Octets(count) = written else { return Served::Broken };
        connection.sent(count.min(ahead));
        if let Some(count) = count.checked_sub(ahead) {
            advance(connection, member, chunks, &pieces, count);
        }
    }
    Served::Done
}

/// What a member is to be sent of some chunks. During its replay it gets messages only.
fn pieces(chunks: &[Arc<Chunk>], member: &Member) -> SmallVec<[Piece; 4]> {
    let mut pieces = SmallVec::new();
    for (index, chunk) in chunks.iter().enumerate() {
        let end = chunk.end().position;
        let mut position = member.cursor.position.max(chunk.begin().position);
        while position < end && pieces.len() < PIECES {
            let (until, skip) = if position >= member.live_from {
                (end, false)
            } else {
                let (until, is_message) = chunk.run(position);
                (until.min(member.live_from), !is_message)
            };
            pieces.push(Piece { chunk: index, positions: position..until, skip });
            position = until;
        }
    }
    pieces
}

impl Piece {
    fn octets<'c>(&self, chunks: &'c [Arc<Chunk>], dialect: Dialect) -> &'c [u8] {
        if self.skip { &[] } else { chunks[self.chunk].octets(dialect, self.positions.clone()) }
    }
}

/// Moves a member's cursor over `count` octets of its pieces. Of a frame that is cut, the rest goes to the outbox, so
/// that a cursor never stands in a frame, and a reader who stops keeps no chunk in memory.
fn advance(
    connection: &mut Connection,
    member: &mut Member,
    chunks: &[Arc<Chunk>],
    pieces: &[Piece],
    mut count: usize,
) {
    for piece in pieces {
        let chunk = &chunks[piece.chunk];
        let length = piece.octets(chunks, member.dialect).len();
        if count >= length {
            count -= length;
            member.cursor = chunk.cursor(piece.positions.end);
            continue;
        }
        let (cursor, rest) = chunk.cut(member.dialect, piece.positions.start, count);
        member.cursor = cursor;
        connection.outbox.push(rest);
        return;
    }
}

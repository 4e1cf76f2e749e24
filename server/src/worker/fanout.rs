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
use super::answers::Filled;
use super::connection::{Connection, Stage};
use super::seating::{LocalRoom, Member, Walk};
use super::sender::Sender;
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
    /// The log has passed it in its replay, and the disk has what it lacks.
    Passed,
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
        let Self { seating, connections, sender, .. } = self;
        let Some(LocalRoom { room, members, listed, walk }) = seating.get_mut(number) else {
            self.walk_ended();
            return 0;
        };
        let Walk { next, to } = walk.take().unwrap_or_else(|| {
            *listed = false;
            let mut state = room.lock();
            state.attend(self.id);
            Walk { next: 0, to: state.end() }
        });
        let end = (next + most).min(members.len());
        // One for each dialect.
        let mut choruses = [Chorus::default(), Chorus::default()];
        let mut others = SmallVec::<[usize; 8]>::new();
        //= protocol/SPEC.md#4-7-say
        //# A server MUST send an accepted message as `MSG` to every member of the room, the sender included, or name
        //# its number in a `GAP`, as long as the membership lasts.
        //= protocol/SPEC.md#5-1-rules-for-all-events
        //# A server MUST NOT send the `MSG`, `NOTE`, `GAP`, `JOINED`, `LEFT` or `MEMBERS` of a room to a person who is
        //# not a member.
        for (index, member) in members[..end].iter().enumerate().skip(next) {
            let Some(connection) = connections.get(member.connection) else { continue };
            //= protocol/SPEC.md#5-1-rules-for-all-events
            //# A server MUST NOT delay an event for one member because another member reads slowly.
            if connection.socket.is_blocked() || member.cursor.position >= to.position {
                continue;
            }
            let chorus = &mut choruses[usize::from(member.dialect == Dialect::Plain)];
            if chorus.takes(connection, member) {
                chorus.add(index, member);
            } else {
                others.push(index);
            }
        }
        let (mut broken, mut passed) = (SmallVec::<[usize; 8]>::new(), SmallVec::<[usize; 8]>::new());
        // The many first: whoever reads for several of them is woken by the first send, and awake for the rest.
        for chorus in &choruses {
            chorus.serve(connections, members, room, sender);
        }
        let mut backlog = Backlog::default();
        for index in choruses.into_iter().flat_map(|chorus| chorus.members).chain(others) {
            let member = &mut members[index];
            if member.cursor.position < to.position
                && let Some(connection) = connections.get_mut(member.connection)
            {
                match serve(connection, member, room, to, &mut backlog) {
                    Served::Done => {}
                    Served::Passed => passed.push(member.connection),
                    Served::Broken => broken.push(member.connection),
                }
            }
        }
        if end < members.len() {
            *walk = Some(Walk { next: end, to });
            self.dirty.push_front(number);
        } else {
            if *listed {
                self.dirty.push_back(number);
            }
            self.walk_ended();
        }
        for connection in passed {
            self.back_to_disk(connection, number);
        }
        for connection in broken {
            self.lose(connection);
        }
        end - next
    }

    /// A walk that was due is over.
    fn walk_ended(&mut self) {
        self.owed = self.owed.map(|owed| owed.saturating_sub(1));
    }

    /// Sends what waits for one connection, and then goes on with what it has asked for meanwhile.
    pub(super) fn flush(&mut self, number: usize) {
        self.send(number);
        let Some(connection) = self.connections.get(number) else { return };
        match connection.stage {
            Stage::Open if self.shutdown.is_some() => {
                //= protocol/SPEC.md#9-3-the-server-s-end
                //# A server that shuts down MUST deliver what its rooms hold for each reader and then send `BYE
                //# shutdown`, as far as the drain time of section 11 allows.
                self.settle(number);
                if self.is_drained(number) {
                    self.end(number, ByeCode::Shutdown, None);
                } else if self.connections.get(number).is_some_and(Connection::could_go_on) {
                    // Another worker that has not stopped yet has said something since.
                    self.list(number);
                }
            }
            Stage::Open => {
                self.settle(number);
                self.resume(number);
            }
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
            self.fill(number);
            let Some(connection) = self.connections.get_mut(number) else { return };
            if connection.outbox.is_empty() {
                if self.catch_up(number) {
                    continue;
                }
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
            match serve(connection, member, &local.room, to, &mut Backlog::default()) {
                Served::Done => {}
                // It goes on in the next turn.
                Served::Passed => return self.back_to_disk(number, seat.room),
                Served::Broken => return self.lose(number),
            }
        }
    }

    /// Makes more of a connection's long answer, or has fetched what it needs.
    fn fill(&mut self, number: usize) {
        let Some(connection) = self.connections.get_mut(number).filter(|connection| !connection.fetching) else {
            return;
        };
        let dialect = connection.dialect();
        let Some(answer) = &mut connection.answer else { return };
        match answer.fill(&self.shared.hub, dialect, &mut connection.outbox) {
            Filled::Complete => connection.answer = None,
            Filled::HasMore => {}
            Filled::Needs(room, row, fetch) => self.fetch(number, room, row, fetch),
        }
    }

    /// Whether a connection has everything that is for it.
    fn is_drained(&self, number: usize) -> bool {
        self.connections.get(number).is_none_or(Connection::is_settled) && self.has_everything(number)
    }

    /// Whether a connection has everything that there is for it by now.
    fn has_everything(&self, number: usize) -> bool {
        let Some(connection) = self.connections.get(number) else { return true };
        connection.outbox.is_empty()
            && connection.answer.is_none()
            && connection.replays.is_none()
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
    /// The chunks behind a member's cursor, once the member has been told what it missed. `None`: nothing is missed yet, as
    /// the disk has the rest of its replay.
    fn read<'b>(
        &'b mut self,
        connection: &mut Connection,
        member: &mut Member,
        room: &Room,
    ) -> Option<&'b [Arc<Chunk>]> {
        //= protocol/SPEC.md#6-2-where-a-membership-begins
        //# A server MUST send the numbers of `MSG`, `NOTE` and `GAP` of a membership contiguously from `next` until the
        //# membership ends.
        while self.from != Some(member.cursor) {
            let reading = room.lock().read(member.cursor);
            match reading.read {
                Read::Chunks(chunks) => *self = Self { from: Some(member.cursor), chunks },
                Read::Passed { .. } if reading.on_disk && member.is_in_replay() => return None,
                Read::Passed { to, missed } => {
                    let messages = to.due.get() - member.cursor.due.get();
                    let presence =
                        to.position - member.cursor.position > messages && to.position > member.joined.position;
                    let own = member.owes_own(member.cursor) && !member.owes_own(to);
                    member.cursor = to;
                    if let Some(range) = missed {
                        //= protocol/SPEC.md#6-4-slow-readers
                        //# A server MUST name in a `GAP` each number that it skips for a reader that was passed.
                        //= protocol/SPEC.md#6-4-slow-readers
                        //# A server MUST give the reason `slow` to a `GAP` that it sends because a reader was passed.
                        let gap = ServerMessage::Gap { room: room.name(), range, reason: GapReason::Slow };
                        connection.outbox.encode(member.dialect, &gap);
                    }
                    //= protocol/SPEC.md#5-5-joined-and-left
                    //# A server MUST send the joining person's own `JOINED` after the replay and before the first live
                    //# message.
                    if own && let Some(person) = connection.person.clone() {
                        let joined = ServerMessage::Joined { room: room.name(), name: person.name() };
                        connection.outbox.encode(member.dialect, &joined);
                    }
                    //= protocol/SPEC.md#5-6-members
                    //# A server that skips a `JOINED`, `LEFT` or `MEMBERS` for one slow reader MUST send that reader
                    //# `MEMBERS #room total=N` after the `GAP` or, if no number was skipped, in its place.
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
        Some(&self.chunks)
    }
}

/// Members who are to get the very same octets: they stand at one place, and there is nothing in the way.
#[derive(Default)]
struct Chorus {
    from: Option<(Cursor, Dialect)>,
    members: SmallVec<[usize; 32]>,
    connections: SmallVec<[usize; 32]>,
}

impl Chorus {
    /// Whether a member is one of them, or can be the first.
    fn takes(&self, connection: &Connection, member: &Member) -> bool {
        connection.outbox.is_empty()
            && member.cursor.position >= member.joined.position
            && self.from.is_none_or(|from| from == (member.cursor, member.dialect))
    }

    fn add(&mut self, index: usize, member: &Member) {
        self.from = Some((member.cursor, member.dialect));
        self.members.push(index);
        self.connections.push(member.connection);
    }

    /// Offers all of them what the log hands out at once. Whoever takes it all has most often everything; of a broken
    /// connection nothing is known until it is served alone.
    fn serve(&self, connections: &mut Slab<Connection>, members: &mut [Member], room: &Room, sender: &mut Sender) {
        let Some((from, dialect)) = self.from else { return };
        let Read::Chunks(chunks) = room.lock().read(from).read else { return };
        let slices: SmallVec<[_; 8]> = chunks
            .iter()
            .map(|chunk| {
                let begin = from.position.max(chunk.begin().position);
                IoSlice::new(chunk.octets(dialect, begin..chunk.end().position))
            })
            .filter(|slice| !slice.is_empty())
            .collect();
        if slices.is_empty() {
            return;
        }
        let octets: usize = slices.iter().map(|slice| slice.len()).sum();
        let end = chunks.last().map_or(from, |chunk| chunk.end());
        let written = sender.send(connections, &self.connections, &slices);
        for (&index, written) in self.members.iter().zip(written) {
            let member = &mut members[index];
            match written {
                Written::Octets(count) if count == octets => member.cursor = end,
                Written::Octets(count) => {
                    let connection = &mut connections[member.connection];
                    advance(connection, member, &chunks, &pieces(&chunks, member), count);
                }
                Written::Broken => {}
            }
        }
    }
}

/// Brings one member up to a place, or as far as its socket takes it.
fn serve(connection: &mut Connection, member: &mut Member, room: &Room, to: Cursor, backlog: &mut Backlog) -> Served {
    while member.cursor.position < to.position && !connection.socket.is_blocked() {
        let Some(chunks) = backlog.read(connection, member, room) else { return Served::Passed };
        let pieces = pieces(chunks, member);
        let outbox = std::mem::take(&mut connection.outbox);
        //= protocol/SPEC.md#4-1-rules-for-all-requests
        //# A server MAY send `PONG` and events between answers.
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
            //= protocol/SPEC.md#5-5-joined-and-left
            //# A server MUST NOT send presence as part of a replay.
            let (until, skip) = if position >= member.joined.position {
                (end, false)
            } else {
                let (until, is_message) = chunk.run(position);
                (until.min(member.joined.position), !is_message)
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
        //= protocol/SPEC.md#6-4-slow-readers
        //# A server MUST finish a frame of which it has sent a part before it sends such a `GAP`.
        connection.outbox.push(rest);
        return;
    }
}

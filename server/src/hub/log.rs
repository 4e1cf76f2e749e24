//! A room's log: the wire octets of its events, once for each dialect, and the cursors of those who read them.
//!
//! Events are appended to an open chunk. Whoever reads next seals it: from then on it never changes, is shared by all
//! readers, and goes out of the log as a whole. So everything that came between two walks is one chunk, and one write.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use fanfare_protocol::plain::Dialect;
use fanfare_protocol::{Number, Seq, SeqRange, ServerMessage};
use smallvec::SmallVec;

/// The open chunk is sealed when it has so many octets, so that the log gives way in small steps.
const CHUNK: usize = 32 * 1_024;

/// What one [`Log::read`] hands out at most, in octets: more than a socket takes at once.
const READ: usize = 256 * 1_024;

/// And how many chunks: as many as one system call can send.
const READ_CHUNKS: usize = 1_000;

/// What an empty open chunk may keep for the next events.
const SPARE_OCTETS: usize = 1_024;
const SPARE_ENTRIES: usize = 8;

/// What a chunk costs besides its octets and entries: its own fields, the reference counts, a slot in the log.
const CHUNK_OVERHEAD: usize = size_of::<Chunk>() + 4 * size_of::<usize>();

/// A place between two events of a log.
///
/// `position` counts all events since the room was made. `due` is the number of the first message at or behind the
/// place, so that a reader whose place has left the log can still be told which numbers it missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) position: u64,
    pub(crate) due: Seq,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    framed_end: u32,
    plain_end: u32,
    is_message: bool,
}

/// Events that were appended one after another, sealed.
#[derive(Debug)]
pub(crate) struct Chunk {
    begin: Cursor,
    end: Cursor,
    entries: Box<[Entry]>,
    framed: Box<[u8]>,
    plain: Box<[u8]>,
}

impl Chunk {
    /// The place before its first event.
    pub(crate) fn begin(&self) -> Cursor {
        self.begin
    }

    /// The place behind its last event.
    pub(crate) fn end(&self) -> Cursor {
        self.end
    }

    /// The octets of its events from one position to another.
    pub(crate) fn octets(&self, dialect: Dialect, positions: Range<u64>) -> &[u8] {
        let octets = match dialect {
            Dialect::Framed => &self.framed,
            Dialect::Plain => &self.plain,
        };
        &octets[self.offset(dialect, positions.start)..self.offset(dialect, positions.end)]
    }

    /// The whole events among the first `count` octets behind `from`, and the octets of the event that is cut, if one
    /// is, from the cut on.
    pub(crate) fn cut(&self, dialect: Dialect, from: u64, count: usize) -> (Cursor, &[u8]) {
        let begin = self.offset(dialect, from);
        let cut = begin + count;
        let whole = self.entries.partition_point(|entry| entry.end(dialect) <= cut);
        let position = (self.begin.position + whole as u64).max(from);
        if self.offset(dialect, position) == cut {
            return (self.cursor(position), &[]);
        }
        let end = self.offset(dialect, position + 1);
        let octets = match dialect {
            Dialect::Framed => &self.framed[cut..end],
            Dialect::Plain => &self.plain[cut..end],
        };
        (self.cursor(position + 1), octets)
    }

    /// The next events of one kind: their end, and whether they are messages.
    pub(crate) fn run(&self, from: u64) -> (u64, bool) {
        let begin = (from - self.begin.position) as usize;
        let kind = self.entries[begin].is_message;
        let length = self.entries[begin..].iter().take_while(|entry| entry.is_message == kind).count();
        (from + length as u64, kind)
    }

    /// The place before the event at a position of this chunk, or at its end.
    pub(crate) fn cursor(&self, position: u64) -> Cursor {
        if position == self.end.position {
            return self.end;
        }
        let before = &self.entries[..(position - self.begin.position) as usize];
        let messages = before.iter().filter(|entry| entry.is_message).count() as u64;
        Cursor { position, due: plus(self.begin.due, messages) }
    }

    /// The octets of the message with a number, in framed form.
    fn message(&self, seq: Seq) -> &[u8] {
        let nth = (seq.get() - self.begin.due.get()) as usize;
        let index = self.entries.iter().enumerate().filter(|(_, entry)| entry.is_message).nth(nth);
        let position = self.begin.position + index.map_or(self.entries.len(), |(index, _)| index) as u64;
        self.octets(Dialect::Framed, position..(position + 1).min(self.end.position))
    }

    fn offset(&self, dialect: Dialect, position: u64) -> usize {
        match (position - self.begin.position) as usize {
            0 => 0,
            index => self.entries[index - 1].end(dialect),
        }
    }

    fn cost(&self) -> Cost {
        Cost { framed: CHUNK_OVERHEAD + size_of_val(&*self.entries) + self.framed.len(), plain: self.plain.len() }
    }
}

impl Entry {
    fn end(&self, dialect: Dialect) -> usize {
        match dialect {
            Dialect::Framed => self.framed_end as usize,
            Dialect::Plain => self.plain_end as usize,
        }
    }
}

/// What is kept in memory, in octets.
///
/// The log's own limit counts the framed form only. The plain form of a text of empty lines is 35 times as long: with it,
/// one message could push out what nobody has read yet. Both count for the memory of all rooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cost {
    framed: usize,
    plain: usize,
}

/// The bounded tail of a room's events. SPEC.md, section 6.4.
#[derive(Debug)]
pub(crate) struct Log {
    chunks: VecDeque<Arc<Chunk>>,
    open: Open,
    end: Cursor,
    sealed: Cost,
    limit: usize,
}

#[derive(Debug)]
struct Open {
    begin: Cursor,
    entries: Vec<Entry>,
    framed: Vec<u8>,
    plain: Vec<u8>,
}

/// What there is to read behind a cursor.
#[derive(Debug)]
pub(crate) enum Read {
    /// These chunks, the first of which has the cursor's place in it. None, if the cursor is at the end.
    Chunks(SmallVec<[Arc<Chunk>; 4]>),
    /// The place has left the log: go on at `to`.
    Passed {
        /// A place in the middle of the log.
        to: Cursor,
        /// The numbers between.
        missed: Option<SeqRange>,
    },
}

impl Log {
    /// An empty log that keeps about `limit` octets, and at least the last chunk.
    pub(crate) fn new(limit: usize) -> Self {
        //= protocol/SPEC.md#6-1-numbers-and-epochs
        //# A server MUST give the first message of an epoch the number 1.
        Self::beginning_behind(Number::default(), limit)
    }

    /// An empty log whose next message has the number after `newest`.
    pub(crate) fn beginning_behind(newest: Number, limit: usize) -> Self {
        let begin = Cursor { position: 0, due: plus(Seq::FIRST, newest.get()) };
        let open = Open { begin, entries: Vec::new(), framed: Vec::new(), plain: Vec::new() };
        Self { chunks: VecDeque::new(), open, end: begin, sealed: Cost::default(), limit }
    }

    /// The place behind the last event.
    pub(crate) fn end(&self) -> Cursor {
        self.end
    }

    /// The place before the oldest event that is kept.
    pub(crate) fn begin(&self) -> Cursor {
        self.chunks.front().map_or(self.open.begin, |chunk| chunk.begin)
    }

    /// What the log keeps in memory, in octets.
    pub(crate) fn octets(&self) -> usize {
        let open = self.open.cost();
        self.sealed.framed + self.sealed.plain + open.framed + open.plain
    }

    /// Appends an event: encoded once, and once more if there are readers in plain mode.
    pub(crate) fn append(&mut self, message: &ServerMessage<'_>, for_plain_too: bool) {
        //= protocol/SPEC.md#5-1-rules-for-all-events
        //# A server MUST send the same octets of a `MSG`, `NOTE`, `JOINED` or `LEFT` to every member of the room in
        //# framed mode.
        //= protocol/SPEC.md#2-4-text
        //# A server MUST encode again what it relays, and not pass on the received octets of a frame.
        message.encode(&mut self.open.framed);
        if for_plain_too {
            //= protocol/SPEC.md#10-3-what-a-person-reads
            //# A server MUST send the same octets of a message to every member of the room in plain mode.
            message.encode_plain(&mut self.open.plain);
        }
        let is_message = matches!(message, ServerMessage::Msg(_));
        //= protocol/SPEC.md#5-1-rules-for-all-events
        //# A server MUST send the `MSG`, `NOTE`, `JOINED` and `LEFT` of a room to all its members in the same order.
        self.open.entries.push(Entry {
            framed_end: offset(self.open.framed.len()),
            plain_end: offset(self.open.plain.len()),
            is_message,
        });
        self.end.position += 1;
        if is_message {
            //= protocol/SPEC.md#6-1-numbers-and-epochs
            //# A server MUST give each further message or `NOTE` of an epoch the number after the one before it.
            //= protocol/SPEC.md#6-1-numbers-and-epochs
            //# A server MUST NOT give one number of an epoch to two messages.
            self.end.due = plus(self.end.due, 1);
        }
        if self.open.framed.len() + self.open.plain.len() >= CHUNK {
            self.seal();
        }
        self.keep_to_limit();
    }

    /// Lets the older half go; of a single chunk, all.
    pub(crate) fn halve(&mut self) {
        self.seal();
        let half = self.octets() / 2;
        while self.octets() > half && self.drop_oldest() {}
    }

    /// Lets the oldest chunks go until the framed form is within the limit, or there is only the last chunk.
    fn keep_to_limit(&mut self) {
        while self.sealed.framed + self.open.cost().framed > self.limit
            && self.chunks.len() + usize::from(!self.open.entries.is_empty()) > 1
            && self.drop_oldest()
        {}
    }

    fn drop_oldest(&mut self) -> bool {
        let Some(chunk) = self.chunks.pop_front() else { return false };
        let Cost { framed, plain } = chunk.cost();
        self.sealed.framed -= framed;
        self.sealed.plain -= plain;
        true
    }

    /// What there is to read behind a cursor, up to [`READ`] octets.
    pub(crate) fn read(&mut self, from: Cursor) -> Read {
        self.seal();
        if from.position < self.begin().position {
            //= protocol/SPEC.md#6-4-slow-readers
            //# A server SHOULD go on for such a reader from the middle of the log, not from its oldest event.
            let to = self.middle();
            //= protocol/SPEC.md#6-4-slow-readers
            //# A server MUST name in a `GAP` each number that it skips for a reader that was passed.
            let missed = (from.due < to.due).then(|| SeqRange::new(from.due, minus_one(to.due))).flatten();
            return Read::Passed { to, missed };
        }
        let first = self.chunks.partition_point(|chunk| chunk.end.position <= from.position);
        let mut octets = 0;
        let chunks = self.chunks.range(first..).take(READ_CHUNKS).take_while(|chunk| {
            let more = octets < READ;
            octets += chunk.framed.len().max(chunk.plain.len());
            more
        });
        Read::Chunks(chunks.cloned().collect())
    }

    /// The place before the message with a number, which must be kept or the next to come.
    pub(crate) fn find(&mut self, seq: Seq) -> Cursor {
        self.seal();
        let index = self.chunks.partition_point(|chunk| chunk.end.due <= seq);
        let Some(chunk) = self.chunks.get(index) else { return self.end };
        let mut position = chunk.begin.position;
        loop {
            let cursor = chunk.cursor(position);
            let (end, is_message) = chunk.run(position);
            let messages = if is_message { end - position } else { 0 };
            if is_message && seq < plus(cursor.due, messages) {
                return chunk.cursor(position + (seq.get() - cursor.due.get()));
            }
            position = end;
        }
    }

    /// The oldest message that is kept has this number; without one, the next to come has.
    pub(crate) fn oldest(&self) -> Seq {
        self.begin().due
    }

    /// The octets of a kept message, in framed form.
    pub(crate) fn message(&mut self, seq: Seq) -> Option<&[u8]> {
        self.seal();
        if seq < self.oldest() {
            return None;
        }
        let index = self.chunks.partition_point(|chunk| chunk.end.due <= seq);
        self.chunks.get(index).map(|chunk| chunk.message(seq))
    }

    /// Halfway between the oldest octet and the newest: a reader that begins at the oldest event would be passed at
    /// once.
    fn middle(&self) -> Cursor {
        let mut octets = 0;
        let chunk = self.chunks.iter().find(|chunk| {
            octets += chunk.cost().framed;
            2 * octets >= self.sealed.framed
        });
        chunk.map_or(self.end, |chunk| if self.chunks.len() > 1 { chunk.end } else { chunk.begin })
    }

    /// Makes a chunk of what is open. That takes a little memory, so the oldest chunk may go: whoever decides by what is
    /// kept, and then looks for it, seals first.
    pub(crate) fn seal(&mut self) {
        if self.open.entries.is_empty() {
            return;
        }
        let chunk = Chunk {
            begin: self.open.begin,
            end: self.end,
            entries: self.open.entries.as_slice().into(),
            framed: self.open.framed.as_slice().into(),
            plain: self.open.plain.as_slice().into(),
        };
        let Cost { framed, plain } = chunk.cost();
        self.sealed.framed += framed;
        self.sealed.plain += plain;
        self.chunks.push_back(Arc::new(chunk));
        self.open.restart(self.end);
        self.keep_to_limit();
    }
}

impl Open {
    /// Empties it, and gives back what a burst took: whole, since what shrinking would leave behind is of no use to the
    /// next burst, which is in another room.
    fn restart(&mut self, begin: Cursor) {
        self.begin = begin;
        if self.entries.capacity() > SPARE_ENTRIES {
            self.entries = Vec::new();
        }
        self.entries.clear();
        for octets in [&mut self.framed, &mut self.plain] {
            if octets.capacity() > SPARE_OCTETS {
                *octets = Vec::new();
            }
            octets.clear();
        }
    }

    fn cost(&self) -> Cost {
        Cost { framed: self.entries.len() * size_of::<Entry>() + self.framed.len(), plain: self.plain.len() }
    }
}

/// An offset in a chunk. It fits: a chunk is sealed at [`CHUNK`] octets, and the longest event of all, a longest text
/// of empty lines for plain readers, adds some 2.3 million.
fn offset(octets: usize) -> u32 {
    u32::try_from(octets).expect("a chunk is far smaller than 4 GiB")
}

/// A number some messages later.
pub(super) fn plus(seq: Seq, messages: u64) -> Seq {
    Seq::new(seq.get() + messages)
        .expect("no room lives to see 2^53 messages: at a million a second, that is 285 years")
}

/// The number before one that is not the first.
pub(super) fn minus_one(seq: Seq) -> Seq {
    Seq::new(seq.get() - 1).unwrap_or(Seq::FIRST)
}

#[cfg(test)]
mod tests;

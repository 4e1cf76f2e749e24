//! Where memberships begin and how they end. SPEC.md, sections 6.2 and 6.3.

use std::ops::Bound;
use std::sync::Arc;

use fanfare_protocol::plain::Dialect;
use fanfare_protocol::session::Millis;
use fanfare_protocol::{Epoch, GapReason, NameKey, Number, Reason, Seq, SeqRange, ServerMessage};

use super::{Effect, Person, Presence, Room, RoomState};
use crate::hub::log::{Cursor, minus_one};

/// Where a reader who has read what the disk has goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seam {
    /// On the disk, with the numbers up to this one; memory no longer has the first of them.
    Disk(Seq),
    /// In the log.
    Log {
        cursor: Cursor,
        /// Presence before this position is not the reader's concern.
        live_from: u64,
        /// How many events besides messages have left the log unread since the reader joined, its own `JOINED` included.
        skipped: u64,
    },
}

/// What somebody who has just joined needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    /// The number at which the membership begins.
    pub(crate) next: Seq,
    pub(crate) newest: Number,
    pub(crate) members: Number,
    pub(crate) reset: bool,
    /// What comes before everything else.
    pub(crate) gap: Option<(SeqRange, GapReason<'static>)>,
    /// The first number that is replayed, if only the disk has it.
    pub(crate) from_disk: Option<Seq>,
    /// Whether one's own joining is told by name.
    pub(crate) told: bool,
    /// Where the log is to be read; if the replay is on the disk, the place behind it.
    pub(crate) cursor: Cursor,
    /// The place of one's own joining: what comes before it is replay, and presence before it is not the reader's concern.
    pub(crate) joined: Cursor,
}

impl RoomState {
    /// Up to `most` members behind a name, in the order of their keys, and whether there are more.
    pub(crate) fn members_behind(&self, after: Option<NameKey>, most: usize) -> (Vec<Arc<Person>>, bool) {
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        //= protocol/SPEC.md#4-9-who
        //# A server MUST list the members in the octet order of their folded names.
        //= protocol/SPEC.md#4-9-who
        //# A server MUST list only names that follow the `after` name in that order, whether that name is a member or
        //# not.
        let mut members = self.members.range((begin, Bound::Unbounded)).map(|(_, person)| person);
        let page = members.by_ref().take(most).cloned().collect();
        (page, members.next().is_some())
    }

    /// Makes a person a member. SPEC.md, sections 6.2 and 6.3.
    pub(crate) fn join(
        &mut self,
        room: &Room,
        person: &Arc<Person>,
        after: Option<(Epoch<'_>, Number)>,
        last: Option<Number>,
        now: Millis,
    ) -> (Membership, Effect) {
        self.log.seal();
        let due = self.log.end().due;
        let newest = self.newest();
        let known = after.filter(|&(epoch, seq)| epoch == room.epoch() && seq <= newest);
        // The oldest number that is replayed: of the last K, or of all that are wanted, the oldest that is kept.
        //= protocol/SPEC.md#6-3-replay
        //# A server MUST NOT replay more than the last K numbers of the room to a `JOIN` with `last=K`.
        let wanted = last.and_then(|last| Seq::new(due.get().saturating_sub(last.get())));
        //= protocol/SPEC.md#6-2-where-a-membership-begins
        //# A server MUST choose `next` and `reset` as the table above says.
        let (next, from) = match known {
            Some((_, seq)) => {
                let next = Seq::new(seq.get() + 1).unwrap_or(due);
                (next, next.max(wanted.unwrap_or(Seq::FIRST)).max(self.oldest()))
            }
            None => {
                let from = if last.is_some() { wanted.unwrap_or(Seq::FIRST).max(self.oldest()) } else { due };
                (from, from)
            }
        };
        //= protocol/SPEC.md#6-3-replay
        //# A server MUST name the numbers from `next` that it does not replay because of `last`, or because they are no
        //# longer kept, in one leading `GAP`.
        let gap = Seq::new(from.get() - 1).and_then(|last| SeqRange::new(next, last)).map(|range| {
            let kept = range.last() >= self.oldest();
            //= protocol/SPEC.md#6-3-replay
            //# A server MUST give that `GAP` the reason `expired` if none of its numbers is kept, and otherwise `slow`.
            (range, if kept { GapReason::Slow } else { GapReason::Expired })
        });

        self.members.insert(person.key(), Arc::clone(person));
        let worker = person.home().worker;
        self.audience[worker.index()] += 1;
        self.readers.insert(worker);
        self.plain_members += usize::from(person.dialect() == Dialect::Plain);
        self.empty_since = None;
        //= protocol/SPEC.md#6-3-replay
        //# A server MUST send the numbers from `next` to `newest` as `MSG`, `NOTE` or `GAP` before the live events of
        //# the membership.
        let from_disk = (from < self.log.oldest()).then_some(from);
        let cursor = if from < due && from_disk.is_none() { self.log.find(from) } else { self.log.end() };
        //= protocol/SPEC.md#5-5-joined-and-left
        //# A server MUST send the joining person's own `JOINED` after the replay and before the first live message.
        let joined = self.log.end();
        let presence = self.crowd.joined(self.members.len());
        //= protocol/SPEC.md#5-5-joined-and-left
        //# A server MUST send `JOINED` to all members of a room when a person becomes a member, unless 4.6 or 5.6 says
        //# otherwise.
        let event = ServerMessage::Joined { room: room.name(), name: person.name() };
        let effect = self.presence(room, presence, &event, now);
        let membership = Membership {
            next,
            newest,
            members: self.members(),
            reset: after.is_some() && known.is_none(),
            gap,
            from_disk,
            told: presence == Presence::Told,
            cursor,
            joined,
        };
        (membership, effect)
    }

    /// Where a reader goes on that has read all numbers before `next` from the disk, and whose own `JOINED`, told or not,
    /// has its place at `joined`.
    pub(crate) fn seam(&mut self, next: Seq, joined: Cursor) -> Seam {
        self.log.seal();
        let begin = self.log.begin();
        if next < self.log.oldest() {
            // The replay ends before one's own `JOINED`.
            let through = if next < joined.due { self.log.oldest().min(joined.due) } else { self.log.oldest() };
            return Seam::Disk(minus_one(through));
        }
        if begin.position <= joined.position && next <= joined.due {
            let cursor = if next < joined.due { self.log.find(next) } else { joined };
            return Seam::Log { cursor, live_from: joined.position, skipped: 0 };
        }
        let cursor = self.log.find(next);
        // Whatever is kept of the presence before that message can be read: the place before it, not behind it.
        let skipped = (cursor.position - joined.position) - (next.get() - joined.due.get());
        Seam::Log { cursor, live_from: cursor.position, skipped }
    }

    /// Ends a membership.
    pub(crate) fn leave(&mut self, room: &Room, person: &Person, reason: Option<Reason<'_>>, now: Millis) -> Effect {
        if self.members.remove(&person.key()).is_none() {
            return Effect::default();
        }
        let worker = person.home().worker;
        self.audience[worker.index()] -= 1;
        if self.audience[worker.index()] == 0 {
            // A walk that was due there finds nobody to read: the next reader's worker has to be woken anew.
            self.woken.remove(worker);
            self.readers.remove(worker);
        }
        self.plain_members -= usize::from(person.dialect() == Dialect::Plain);
        if self.members.is_empty() {
            self.empty_since = Some(now);
        }
        let presence = self.crowd.left();
        //= protocol/SPEC.md#4-6-leave
        //# A server MUST put the text of `LEAVE` into the `LEFT` for the others.
        //= protocol/SPEC.md#5-5-joined-and-left
        //# A server MUST send `LEFT` to the other members of a room when a membership ends, unless 4.6 or 5.6 says
        //# otherwise.
        //= protocol/SPEC.md#5-5-joined-and-left
        //# A server MUST send a `LEFT` without text when the `LEAVE` or `BYE` had none, and when there was neither.
        let event = ServerMessage::Left { room: room.name(), name: person.name(), reason };
        self.presence(room, presence, &event, now)
    }
}

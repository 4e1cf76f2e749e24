//! When comings and goings are told one by one, and when they are only counted. SPEC.md, section 5.6.

use fanfare_protocol::session::Millis;

/// At least so many milliseconds are between two `MEMBERS` of a room.
//= protocol/SPEC.md#11-limits
//# A server MUST keep each limit of the table below that is fixed by the protocol.
const INTERVAL: u64 = 1_000;

/// The presence of one room.
#[derive(Debug)]
pub(crate) struct Crowd {
    limit: usize,
    crowded: bool,
    joined: u32,
    left: u32,
    last: Option<Millis>,
}

/// How a change of membership becomes known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// By a `JOINED` or `LEFT`.
    Told,
    /// By the next `MEMBERS`.
    Counted,
}

/// What the next `MEMBERS` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) joined: u32,
    pub(crate) left: u32,
}

impl Crowd {
    /// A room that tells presence one by one up to `limit` members.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, crowded: false, joined: 0, left: 0, last: None }
    }

    /// Somebody came, and with them there are `members`.
    pub(crate) fn joined(&mut self, members: usize) -> Presence {
        self.crowded |= members > self.limit;
        self.joined += u32::from(self.crowded);
        self.presence()
    }

    /// Somebody went.
    pub(crate) fn left(&mut self) -> Presence {
        self.left += u32::from(self.crowded);
        self.presence()
    }

    /// When the next `MEMBERS` is due, if one is.
    pub(crate) fn due(&self, now: Millis) -> Option<Millis> {
        //= protocol/SPEC.md#5-6-members
        //# A server MUST send `MEMBERS` with `total`, `joined` and `left` to the members of a crowded room within 2
        //# seconds of a change of membership.
        //= protocol/SPEC.md#5-6-members
        //# A server MUST NOT send two such `MEMBERS` of one room within one second.
        (self.joined + self.left > 0).then(|| self.last.map_or(now, |last| (last + INTERVAL).max(now)))
    }

    /// The `MEMBERS` that is due now, in a room of `members`. The one that is sent while few are left is the last.
    pub(crate) fn take(&mut self, members: usize, now: Millis) -> Option<Changes> {
        if self.due(now)? > now {
            return None;
        }
        let changes = Changes { joined: self.joined, left: self.left };
        (self.joined, self.left, self.last) = (0, 0, Some(now));
        self.crowded = 4 * members >= 3 * self.limit;
        Some(changes)
    }

    fn presence(&self) -> Presence {
        //= protocol/SPEC.md#5-6-members
        //# A server MUST NOT send `JOINED` or `LEFT` for a change of membership before or after which the room is
        //# crowded, a person's own `LEFT` by 5.5 excepted.
        if self.crowded { Presence::Counted } else { Presence::Told }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= protocol/SPEC.md#5-6-members
    //= type=test
    //# A server MUST NOT send `JOINED` or `LEFT` for a change of membership before or after which the room is crowded,
    //# a person's own `LEFT` by 5.5 excepted.
    //= protocol/SPEC.md#5-6-members
    //= type=test
    //# A server MUST send `MEMBERS` with `total`, `joined` and `left` to the members of a crowded room within 2 seconds
    //# of a change of membership.
    //= protocol/SPEC.md#5-6-members
    //= type=test
    //# A server MUST NOT send two such `MEMBERS` of one room within one second.
    //= protocol/SPEC.md#11-limits
    //= type=test
    //# A server MUST keep each limit of the table below that is fixed by the protocol.
    #[test]
    fn a_room_past_its_limit_counts_until_it_is_below_three_quarters() {
        let mut crowd = Crowd::new(4);
        for members in 1..=4 {
            assert_eq!(crowd.joined(members), Presence::Told);
        }
        assert_eq!(crowd.due(Millis(0)), None);
        assert_eq!(crowd.joined(5), Presence::Counted);
        assert_eq!(crowd.take(5, Millis(0)), Some(Changes { joined: 1, left: 0 }));
        assert_eq!((crowd.left(), crowd.left()), (Presence::Counted, Presence::Counted));
        assert_eq!(crowd.due(Millis(10)), Some(Millis(1_000)));
        assert_eq!(crowd.take(3, Millis(999)), None);
        assert_eq!(crowd.take(3, Millis(1_000)), Some(Changes { joined: 0, left: 2 }));
        assert_eq!(crowd.left(), Presence::Counted);
        assert_eq!(crowd.take(2, Millis(5_000)), Some(Changes { joined: 0, left: 1 }));
        assert_eq!(crowd.joined(3), Presence::Told);
        assert_eq!(crowd.due(Millis(9_000)), None);
    }

    #[test]
    fn a_limit_of_zero_never_tells_anyone_by_name() {
        let mut crowd = Crowd::new(0);
        assert_eq!(crowd.joined(1), Presence::Counted);
        assert_eq!(crowd.take(1, Millis(0)), Some(Changes { joined: 1, left: 0 }));
        assert_eq!(crowd.left(), Presence::Counted);
        assert_eq!(crowd.take(0, Millis(2_000)), Some(Changes { joined: 0, left: 1 }));
        assert_eq!(crowd.joined(1), Presence::Counted);
    }
}

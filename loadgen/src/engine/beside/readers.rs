//! Those who read slowly, and those who have stopped.

use std::io;

use mio::{Registry, Token};

use super::member::{Member, Read, Who};
use super::{Moment, READ, Shared};
use crate::beside::{Readers, Slow, Stalled};
use crate::engine::reason;
use crate::sources::Width;

/// How often each slow reader reads, in nanoseconds.
const EVERY: u64 = 250_000_000;

/// Some who read less than they are sent.
#[derive(Debug)]
pub(super) struct Crowd {
    /// What they are called, in an error and, as a part, in their names.
    pub(super) kind: &'static str,
    name: &'static str,
    pub(super) count: u32,
    /// The token of the first.
    first: usize,
    members: Vec<Place>,
    /// How many have joined.
    pub(super) joined: u32,
    pace: Option<Pace>,
    /// Whether all read what there is.
    free: bool,
}

/// One of them.
#[derive(Debug)]
struct Place {
    member: Member,
    /// Why its connection has ended.
    ended: Option<String>,
    /// Whether it has read all that was there.
    has_caught_up: bool,
}

/// Who reads next, how much, and when.
#[derive(Debug)]
struct Pace {
    octets: usize,
    /// How long from one who reads to the next.
    step: u64,
    next: u64,
    at: usize,
}

/// One could not join: which, and why.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) at: usize,
    pub(super) reason: String,
}

impl Pace {
    fn new(slow: &Slow) -> Self {
        let rate = u64::from(slow.octets_per_second);
        let octets = (rate * EVERY / 1_000_000_000).max(1);
        // So that each reads so many octets in so long.
        let step = octets * 1_000_000_000 / rate / u64::from(slow.count);
        Self { octets: usize::try_from(octets).expect("a quarter of 32 bits"), step, next: u64::MAX, at: 0 }
    }

    /// Who of so many reads now, if it is time.
    fn take(&mut self, count: u32, now: u64) -> Option<usize> {
        if self.next > now {
            return None;
        }
        // What was not read in time is not made up for, but for one round: they read at most so much.
        self.next = (self.next + self.step).max(now.saturating_sub(EVERY));
        let at = self.at;
        self.at = (at + 1) % count as usize;
        Some(at)
    }
}

impl Crowd {
    pub(super) fn slow(slow: &Slow, first: usize) -> Self {
        Self::new("slow reader", "slow", slow.count, first, Some(Pace::new(slow)))
    }

    pub(super) fn stalled(stalled: &Stalled, first: usize) -> Self {
        Self::new("stalled reader", "stalled", stalled.count, first, None)
    }

    fn new(kind: &'static str, name: &'static str, count: u32, first: usize, pace: Option<Pace>) -> Self {
        let members = Vec::with_capacity(count as usize);
        Self { kind, name, count, first, members, joined: 0, pace, free: false }
    }

    /// Begins connections, so that at most so many are opening.
    pub(super) fn open(&mut self, at_a_time: u32, moment: &Moment<'_>, shared: &mut Shared<'_>) -> Result<(), Failed> {
        while self.members.len() < self.count.min(self.joined.saturating_add(at_a_time)) as usize {
            let at = self.members.len();
            let name = shared.plan.wire.name_beside(&shared.prefix, self.name, at as u64);
            let who = Who { name: &name, room: at % shared.rooms, width: Width::Narrow };
            let member = Member::connect(who, shared, moment.verifier, moment.registry, Token(self.first + at));
            let member = member.map_err(|error| Failed { at, reason: error.to_string() })?;
            self.members.push(Place { member, ended: None, has_caught_up: false });
        }
        Ok(())
    }

    /// All have joined: from now on, the slow ones read at their pace.
    pub(super) fn begin(&mut self, now: u64) {
        if let Some(pace) = &mut self.pace {
            pace.next = now;
        }
    }

    /// The poll told something of one. It returns whether it can be read from again.
    pub(super) fn ready(&mut self, at: usize, moment: &Moment<'_>, shared: &mut Shared<'_>) -> Result<bool, Failed> {
        let Some(place) = self.members.get_mut(at).filter(|place| place.ended.is_none()) else { return Ok(false) };
        // What can't be sent is told by reading.
        let _ = place.member.link.flush();
        if place.member.has_joined() && !self.free {
            return Ok(false);
        }
        let had_joined = place.member.has_joined();
        let read = place.member.read(READ, true, moment.now, shared, moment.verifier);
        // One read can bring both that it has joined and that it has ended.
        self.joined += u32::from(!had_joined && place.member.has_joined());
        place.has_caught_up = self.free && read == Read::Nothing;
        match read {
            Read::Nothing => Ok(false),
            Read::Some => Ok(true),
            Read::Joined => {
                self.tell(at, false, moment.registry).map_err(|error| Failed { at, reason: error.to_string() })?;
                Ok(false)
            }
            Read::Refused(reason) => Err(Failed { at, reason }),
            Read::Ended(reason) if !place.member.has_joined() => Err(Failed { at, reason }),
            Read::Ended(reason) => {
                place.ended = Some(reason);
                Ok(false)
            }
        }
    }

    fn tell(&mut self, at: usize, octets: bool, registry: &Registry) -> io::Result<()> {
        self.members[at].member.link.tell_of_octets(octets, registry, Token(self.first + at))
    }

    /// When somebody reads next.
    pub(super) fn next(&self) -> u64 {
        self.pace.as_ref().filter(|_| !self.free).map_or(u64::MAX, |pace| pace.next)
    }

    /// Lets the next slow reader read, if it is time. It returns whether it was.
    pub(super) fn step(&mut self, moment: &Moment<'_>, shared: &mut Shared<'_>) -> bool {
        let Some(pace) = self.pace.as_mut().filter(|_| !self.free) else { return false };
        let Some(at) = pace.take(self.count, moment.now) else { return false };
        let place = &mut self.members[at];
        if place.ended.is_none()
            && let Read::Ended(reason) = place.member.read(pace.octets, true, moment.now, shared, moment.verifier)
        {
            place.ended = Some(reason);
        }
        true
    }

    /// From now on, all read all that there is.
    pub(super) fn catch_up(&mut self, registry: &Registry) {
        self.free = true;
        for at in 0..self.members.len() {
            if self.members[at].ended.is_none()
                && let Err(error) = self.tell(at, true, registry)
            {
                self.members[at].ended = Some(reason(&error));
            }
        }
    }

    /// Whether all have everything, or will get nothing more.
    pub(super) fn is_done(&self, moment: &Moment<'_>, shared: &Shared<'_>) -> bool {
        self.members.iter().all(|place| place.ended.is_some() || place.member.has_everything(shared, moment.verifier))
    }

    /// The account. To whom nothing has come since a time, nothing more would have.
    pub(super) fn finish(self, quiet_since: u64, moment: &Moment<'_>, shared: &Shared<'_>) -> Readers {
        let mut readers = Readers { count: self.joined, ..Readers::default() };
        for Place { member, ended, has_caught_up } in self.members {
            let flows = !has_caught_up || member.has_heard_since(quiet_since);
            let deliveries = member.finish(ended.is_some(), flows, shared, moment.verifier);
            let lacking = deliveries.lost + deliveries.cut + deliveries.unread + deliveries.corrupt;
            readers.complete += u32::from(lacking == 0 && ended.is_none());
            readers.deliveries += deliveries;
            if let Some(reason) = ended {
                *readers.disconnected.entry(reason).or_default() += 1;
            }
        }
        readers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many octets each of some readers may read within ten seconds, if it is looked so often.
    fn read(count: u32, octets_per_second: u32, look_every: u64) -> Vec<u64> {
        let mut pace = Pace::new(&Slow { count, octets_per_second });
        let mut read = vec![0; count as usize];
        pace.next = 0;
        for now in (0..10_000_000_000).step_by(usize::try_from(look_every).expect("it fits")) {
            while let Some(at) = pace.take(count, now) {
                read[at] += pace.octets as u64;
            }
        }
        read
    }

    #[test]
    fn each_reads_its_octets_a_second_and_no_more() {
        for (count, rate) in [(1, 1), (1, 1_000), (7, 5), (100, 1_000), (3, 1_000_000)] {
            for octets in read(count, rate, 1_000_000) {
                let all = u64::from(rate) * 10;
                // One read more or less.
                let one = u64::from(rate / 4).max(1);
                assert!(octets <= all + one && octets + one >= all, "{count} at {rate}: {octets}");
            }
        }
    }

    #[test]
    fn what_was_not_read_in_time_is_not_made_up_for() {
        // Looked at every two seconds, each reads what it may in a quarter of one, and once more.
        for octets in read(10, 1_000, 2_000_000_000) {
            assert!((4 * 250..=5 * 500).contains(&octets), "{octets}");
        }
    }
}

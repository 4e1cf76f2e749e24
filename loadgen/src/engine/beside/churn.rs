//! Those who come and go.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use mio::Token;

use super::due::{Alarms, Due};
use super::member::{Member, Read, Who};
use super::{Moment, Shared};
use crate::beside::{Churn, Churned};
use crate::clock::nanos;
use crate::engine::reason;
use crate::sources::Width;

/// The most octets of one read.
const READ: usize = 16 << 10;

/// How long the server may take to end the connection of who has said farewell.
const FAREWELL: Duration = Duration::from_secs(5);

/// The most reasons that are told apart, as they are the server's words.
const REASONS: usize = 32;

#[derive(Debug)]
pub(super) struct Churners {
    churn: Churn,
    /// The token of the first place.
    first: usize,
    places: Vec<Option<Place>>,
    free: Vec<usize>,
    /// Set while messages are sent.
    due: Option<Due>,
    alarms: Alarms,
    measured: Churned,
}

/// One who is there.
#[derive(Debug)]
struct Place {
    member: Member,
    /// When it should have come.
    due: u64,
    /// Whether it goes without a word.
    is_abrupt: bool,
    /// Whether it has said farewell.
    is_leaving: bool,
}

impl Churners {
    pub(super) fn new(churn: &Churn, first: usize) -> Self {
        let count = churn.count as usize;
        Self {
            churn: churn.clone(),
            first,
            places: (0..count).map(|_| None).collect(),
            free: (0..count).rev().collect(),
            due: None,
            alarms: Alarms::default(),
            measured: Churned::default(),
        }
    }

    /// Messages are sent from now on, until then.
    pub(super) fn begin(&mut self, start: u64, end: u64) {
        self.due = Some(Due::new(&self.churn, start, end));
    }

    /// How many places there are.
    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    /// When something is to be done.
    pub(super) fn next(&self) -> u64 {
        // Without a free place the next one waits until somebody has gone.
        let due = self.due.as_ref().filter(|_| !self.free.is_empty()).and_then(Due::next);
        due.into_iter().chain(self.alarms.next()).min().unwrap_or(u64::MAX)
    }

    /// Does one thing, if it is time. It returns whether it was.
    pub(super) fn step(&mut self, moment: &Moment<'_>, shared: &mut Shared<'_>) -> bool {
        if let Some(at) = self.alarms.take(moment.now) {
            self.time_is_over(at, moment, shared);
            return true;
        }
        if !self.free.is_empty()
            && let Some(due) = self.due.as_mut().and_then(|due| due.take(moment.now))
        {
            self.come(due, moment, shared);
            return true;
        }
        false
    }

    fn come(&mut self, due: u64, moment: &Moment<'_>, shared: &mut Shared<'_>) {
        let Some(at) = self.free.pop() else { return };
        let number = self.measured.attempts;
        self.measured.attempts += 1;
        let name = shared.plan.wire.name_beside(&shared.prefix, "churn", number);
        let room = usize::try_from(number).unwrap_or(at) % shared.rooms;
        let who = Who { name: &name, room, width: Width::Usual };
        match Member::connect(who, shared, moment.verifier, moment.registry, Token(self.first + at)) {
            Ok(member) => {
                // So many of each hundred, say, spread evenly.
                let so_far = |count: u64| (count as f64 * self.churn.abrupt) as u64;
                let is_abrupt = so_far(number + 1) > so_far(number);
                self.places[at] = Some(Place { member, due, is_abrupt, is_leaving: false });
                self.alarms.set(at, moment.now.saturating_add(nanos(shared.plan.patience)));
                let open = self.churn.count - u32::try_from(self.free.len()).unwrap_or(self.churn.count);
                self.measured.most_open = self.measured.most_open.max(open);
            }
            Err(error) => {
                add(&mut self.measured.failed, &without_ports(&error));
                self.free.push(at);
            }
        }
    }

    /// Somebody has been long enough where it is.
    fn time_is_over(&mut self, at: usize, moment: &Moment<'_>, shared: &Shared<'_>) {
        let Some(place) = &mut self.places[at] else { return };
        if place.is_leaving {
            self.measured.stuck += 1;
            self.gone(at);
        } else if !place.member.has_joined() {
            add(&mut self.measured.failed, "timed out");
            self.gone(at);
        } else {
            self.leave(at, moment, shared);
        }
    }

    /// One who has joined goes: abruptly, or with a farewell, whose answer is waited for.
    fn leave(&mut self, at: usize, moment: &Moment<'_>, shared: &Shared<'_>) {
        let Some(place) = &mut self.places[at] else { return };
        if place.is_abrupt {
            self.measured.dropped += 1;
            return self.gone(at);
        }
        place.is_leaving = true;
        let link = &mut place.member.link;
        link.out.extend_from_slice(shared.plan.wire.farewell());
        // What can't be sent is told by reading.
        let _ = link.flush();
        if link.out.is_empty() {
            link.end_output();
        }
        self.alarms.set(at, moment.now.saturating_add(nanos(FAREWELL)));
    }

    /// The poll told something of one. It returns whether it can be read from again.
    pub(super) fn ready(&mut self, at: usize, moment: &Moment<'_>, shared: &mut Shared<'_>) -> bool {
        let Some(place) = self.places.get_mut(at).and_then(Option::as_mut) else { return false };
        let had_to_send = !place.member.link.out.is_empty();
        let _ = place.member.link.flush();
        if place.is_leaving && had_to_send && place.member.link.out.is_empty() {
            place.member.link.end_output();
        }
        let (due, had_joined) = (place.due, place.member.has_joined());
        match place.member.read(READ, false, moment.now, shared, moment.verifier) {
            Read::Nothing => return false,
            Read::Some => return true,
            Read::Joined => {
                self.measured.joined += 1;
                self.measured.times.saturating_record(moment.now.saturating_sub(due));
                if self.due.is_none() {
                    // The run is over: there is nothing to stay for.
                    self.leave(at, moment, shared);
                    return self.places[at].is_some();
                }
                self.alarms.set(at, moment.now.saturating_add(nanos(self.churn.stay)));
                return true;
            }
            Read::Refused(reason) => add(&mut self.measured.refused, &reason),
            Read::Ended(_) if place.is_leaving => self.measured.left += 1,
            // One read can bring both that it has joined and that it has ended.
            Read::Ended(reason) if place.member.has_joined() => {
                if !had_joined {
                    self.measured.joined += 1;
                    self.measured.times.saturating_record(moment.now.saturating_sub(due));
                }
                add(&mut self.measured.disconnected, &reason);
            }
            Read::Ended(reason) => add(&mut self.measured.failed, &reason),
        }
        self.gone(at);
        false
    }

    fn gone(&mut self, at: usize) {
        self.alarms.clear(at);
        if let Some(place) = self.places[at].take() {
            self.measured.deliveries += place.member.leave();
            self.free.push(at);
        }
    }

    /// No more messages are sent: nobody comes any more, and all who are there go.
    pub(super) fn end(&mut self, moment: &Moment<'_>, shared: &Shared<'_>) {
        let Some(mut due) = self.due.take() else { return };
        while due.take(moment.now).is_some() {
            self.measured.unbegun += 1;
        }
        for at in 0..self.places.len() {
            if self.places[at].as_ref().is_some_and(|place| !place.is_leaving && place.member.has_joined()) {
                self.leave(at, moment, shared);
            }
        }
    }

    /// Whether all have gone.
    pub(super) fn is_done(&self) -> bool {
        self.free.len() == self.places.len()
    }

    /// The account, of which those who are still there are a part.
    pub(super) fn finish(mut self) -> Churned {
        for at in 0..self.places.len() {
            let Some(place) = &self.places[at] else { continue };
            *(if place.is_leaving { &mut self.measured.stuck } else { &mut self.measured.unfinished }) += 1;
            self.gone(at);
        }
        self.measured
    }
}

/// Counts a reason.
pub(super) fn add(reasons: &mut BTreeMap<String, u64>, reason: &str) {
    let reason = if reasons.len() < REASONS || reasons.contains_key(reason) { reason } else { "others" };
    *reasons.entry(reason.to_owned()).or_default() += 1;
}

/// Why a connection could not be begun.
pub(super) fn without_ports(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrNotAvailable => "no local port is free".to_owned(),
        _ => reason(error),
    }
}

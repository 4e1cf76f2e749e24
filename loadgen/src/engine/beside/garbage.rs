//! Those who send garbage.

use mio::Token;

use super::churn::{add, without_ports};
use super::due::Alarms;
use super::hostile::{Hostile, Kind};
use super::link::{Came, Link};
use super::{Moment, Shared};
use crate::beside::{Garbage, Garbled, Kept};
use crate::clock::nanos;
use crate::engine::reason;
use crate::sources::Width;
use crate::wire::{Next, Opener, Opening, Word};

/// The most octets that one sends or reads at a time.
const AT_ONCE: usize = 16 << 10;

/// The most octets of a frame of the server's that is looked at: errors are short.
const MOST_ANSWER: usize = 16 << 10;

#[derive(Debug)]
pub(super) struct Garbagers {
    garbage: Garbage,
    /// The token of the first place.
    first: usize,
    places: Vec<Option<Place>>,
    free: Vec<usize>,
    hostile: Hostile,
    /// When the next one may be opened. `None` while no messages are sent.
    next: Option<u64>,
    /// How many were opened.
    opened: u64,
    alarms: Alarms,
    measured: Garbled,
}

/// One connection.
#[derive(Debug)]
struct Place {
    link: Link,
    kind: Kind,
    /// Whether it stands.
    connected: bool,
    /// What is said first, and what becomes of it where that goes before the garbage.
    opening: Vec<u8>,
    joining: Option<Box<dyn Opening>>,
    /// Octets of garbage that were taken for sending, and octets that were sent.
    sent: usize,
    kept: Kept,
    /// What has come and is not understood yet. `None` once nothing can be.
    heard: Option<Vec<u8>>,
}

impl Garbagers {
    pub(super) fn new(garbage: &Garbage, first: usize, shared: &Shared<'_>) -> Self {
        let count = garbage.count as usize;
        Self {
            garbage: garbage.clone(),
            first,
            places: (0..count).map(|_| None).collect(),
            free: (0..count).rev().collect(),
            hostile: Hostile::new(shared.plan.wire, shared.plan.run),
            next: None,
            opened: 0,
            alarms: Alarms::default(),
            measured: Garbled::default(),
        }
    }

    /// Messages are sent from now on.
    pub(super) fn begin(&mut self, start: u64) {
        self.next = Some(start);
    }

    /// When something is to be done.
    pub(super) fn next(&self) -> u64 {
        let open = self.next.filter(|_| !self.free.is_empty());
        open.into_iter().chain(self.alarms.next()).min().unwrap_or(u64::MAX)
    }

    /// Does one thing, if it is time. It returns whether it was.
    pub(super) fn step(&mut self, moment: &Moment<'_>, shared: &mut Shared<'_>) -> bool {
        if let Some(at) = self.alarms.take(moment.now) {
            self.time_is_over(at);
            return true;
        }
        if self.free.is_empty() || self.next.is_none_or(|next| next > moment.now) {
            return false;
        }
        // At most so many a second: what could not be opened in time is not made up for.
        self.next = Some(moment.now.saturating_add((1e9 / self.garbage.per_second) as u64));
        self.open(moment, shared);
        true
    }

    fn open(&mut self, moment: &Moment<'_>, shared: &mut Shared<'_>) {
        let Some(at) = self.free.pop() else { return };
        let number = usize::try_from(self.opened).unwrap_or_default();
        self.opened += 1;
        let kind = Kind::ALL[number % Kind::ALL.len()];
        let (to, token) = (shared.plan.address, Token(self.first + at));
        match Link::connect(&mut shared.sources, to, Width::Usual, moment.registry, token) {
            Ok(mut link) => {
                let (name, room) =
                    (shared.plan.wire.name_beside(&shared.prefix, "garbage", number as u64), number % shared.rooms);
                let mut opening = Vec::new();
                let place = Some(moment.verifier.place(room));
                let opener = Opener { name: &name, place, login: &shared.plan.login };
                let joining = shared.plan.wire.open(&opener, &mut opening);
                if kind == Kind::Malformed {
                    link.out.clone_from(&opening);
                }
                let joining = (kind == Kind::Malformed).then_some(joining);
                let (kept, heard) = (Kept::default(), Some(Vec::new()));
                self.places[at] = Some(Place { link, kind, connected: false, opening, joining, sent: 0, kept, heard });
                self.alarms.set(at, moment.now.saturating_add(nanos(self.garbage.hold)));
            }
            Err(error) => {
                add(&mut self.measured.refused, &without_ports(&error));
                self.free.push(at);
            }
        }
    }

    /// One has stood as long as it may.
    fn time_is_over(&mut self, at: usize) {
        let Some(place) = &mut self.places[at] else { return };
        if place.connected {
            place.kept.kept = 1;
            // Only of those that are kept it matters that they were answered.
            self.gone(at);
        } else {
            add(&mut self.measured.refused, "timed out");
            self.gone(at);
        }
    }

    /// The poll told something of one. It returns whether it can go on at once.
    pub(super) fn ready(&mut self, at: usize, shared: &mut Shared<'_>) -> bool {
        let Some(place) = self.places.get_mut(at).and_then(Option::as_mut) else { return false };
        if !place.connected {
            match place.link.is_connected() {
                Ok(false) => return false,
                Ok(true) => {
                    place.connected = true;
                    place.kept.connections = 1;
                }
                Err(error) => {
                    add(&mut self.measured.refused, &reason(&error));
                    self.gone(at);
                    return false;
                }
            }
        }
        if place.kind == Kind::Nothing {
            place.kept.closed = 1;
            self.gone(at);
            return false;
        }
        // What was said, why the server goes away perhaps, counts before what it does not take any more.
        let came = place.link.read(&mut shared.buffer[..AT_ONCE]);
        let more = match came {
            Came::Octets(octets) => {
                place.hear(octets, shared, &mut self.measured);
                true
            }
            Came::Nothing => false,
            Came::End(_) => return self.cut(at),
        };
        match place.send(&self.hostile, self.garbage.octets as usize) {
            Ok(sent_all) => more || sent_all,
            // What it said before can still be read; then its end is.
            Err(_) if more => true,
            Err(_) => self.cut(at),
        }
    }

    /// The server has ended one.
    fn cut(&mut self, at: usize) -> bool {
        if let Some(place) = &mut self.places[at] {
            place.kept.cut = 1;
            self.gone(at);
        }
        false
    }

    fn gone(&mut self, at: usize) {
        self.alarms.clear(at);
        if let Some(mut place) = self.places[at].take() {
            // That one was answered is told of those that were kept.
            place.kept.answered &= place.kept.kept;
            self.measured.all += place.kept;
            *self.measured.kinds.entry(place.kind.name().to_owned()).or_default() += place.kept;
            self.free.push(at);
        }
    }

    /// No more messages are sent: all are closed.
    pub(super) fn end(&mut self) {
        self.next = None;
        for at in 0..self.places.len() {
            if let Some(place) = &mut self.places[at] {
                if place.connected {
                    place.kept.open = 1;
                } else {
                    add(&mut self.measured.refused, "not connected when the run ended");
                }
                self.gone(at);
            }
        }
    }

    /// The account.
    pub(super) fn finish(self) -> Garbled {
        self.measured
    }
}

impl Place {
    /// Sends what its kind sends, at most so much in all. It returns whether the socket took all of that and there is more.
    fn send(&mut self, hostile: &Hostile, most: usize) -> std::io::Result<bool> {
        if self.link.out.is_empty() && self.joining.is_none() {
            let (octets, _) = hostile.octets(self.kind, &self.opening, self.sent);
            let octets = &octets[..octets.len().min(AT_ONCE).min(most.saturating_sub(self.sent))];
            self.link.out.extend_from_slice(octets);
            self.sent += octets.len();
        }
        let sent = self.link.flush()?;
        self.kept.octets += sent as u64;
        Ok(sent > 0 && self.link.out.is_empty())
    }

    /// Something came: goes on with its opening, if it has one, and counts errors.
    fn hear(&mut self, octets: usize, shared: &Shared<'_>, measured: &mut Garbled) {
        let Some(mut heard) = self.heard.take() else { return };
        heard.extend_from_slice(&shared.buffer[..octets]);
        let mut taken = 0;
        if let Some(joining) = &mut self.joining {
            match joining.receive(&heard, shared.plan, &mut self.link.out) {
                Ok((octets, joined)) => {
                    taken = octets;
                    if joined.is_some() {
                        self.joining = None;
                    }
                }
                // It sends its garbage all the same.
                Err(_) => {
                    self.kept.answered = 1;
                    add(&mut measured.answers, "opening refused");
                    self.joining = None;
                    return;
                }
            }
        }
        if self.joining.is_none() {
            match self.errors(&heard[taken..], shared, measured) {
                Some(more) => taken += more,
                None => return,
            }
        }
        heard.drain(..taken);
        if heard.len() <= MOST_ANSWER {
            self.heard = Some(heard);
        }
    }

    /// Counts the errors among what came. It returns how many octets that was, if what follows can be understood.
    fn errors(&mut self, octets: &[u8], shared: &Shared<'_>, measured: &mut Garbled) -> Option<usize> {
        let mut rest = octets;
        while !rest.is_empty() {
            let (taken, code) = match shared.plan.wire.next(rest) {
                Next::Incomplete => break,
                Next::Broken => return None,
                Next::Frame(taken, Word::Refused(code) | Word::End(_, code)) => (taken, Some(code)),
                Next::Frame(taken, _) => (taken, None),
                // A greeting, or words for people.
                Next::Unreadable(taken) => (taken, None),
            };
            if let Some(code) = code {
                self.kept.answered = 1;
                add(&mut measured.answers, code);
            }
            rest = &rest[taken..];
        }
        Some(octets.len() - rest.len())
    }
}

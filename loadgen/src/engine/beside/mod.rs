//! The connections beside the receivers, which the same thread serves in the same poll.
//!
//! They have tokens of their own, and their work comes in small steps: after each the engine looks whether a message is due, and
//! in one turn it takes only so many of them. A run without them has nothing of this but a look at an empty place.

mod account;
mod churn;
mod due;
mod garbage;
mod hooks;
mod hostile;
mod link;
mod member;
mod readers;

use std::collections::BTreeMap;

use mio::Registry;

use self::account::Known;
use self::churn::Churners;
use self::garbage::Garbagers;
use self::readers::{Crowd, Failed};
use crate::beside::BesideMeasured;
use crate::layout::Layout;
use crate::plan::Plan;
use crate::sources::Sources;
use crate::text::Texts;
use crate::verify::{MOST_LEFT, Verifier};

/// The token of the first connection. The clients' are below: there are at most a million.
pub(super) const FIRST: usize = 1 << 28;

/// How many steps there are in one turn at most.
const STEPS: usize = 64;

/// The most octets of one read.
const READ: usize = 64 << 10;

/// All that is beside the receivers of a run.
#[derive(Debug)]
pub(super) struct Besiders<'r> {
    shared: Shared<'r>,
    slow: Option<Crowd>,
    stalled: Option<Crowd>,
    churn: Option<Churners>,
    garbage: Option<Garbagers>,
    /// Who can go on at once, by token.
    again: Vec<usize>,
}

/// What they share.
#[derive(Debug)]
struct Shared<'r> {
    plan: &'r Plan,
    sources: Sources,
    /// What their names begin with.
    prefix: String,
    rooms: usize,
    texts: Texts,
    /// What all read into.
    buffer: Vec<u8>,
    /// How many messages were refused of each who speaks, by turn.
    refused: BTreeMap<u64, u64>,
}

/// What is so at the moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'m> {
    pub(super) now: u64,
    pub(super) registry: &'m Registry,
    pub(super) verifier: &'m Verifier,
}

/// One of those who are to be there from the start can't join.
#[derive(Debug)]
pub(super) struct CannotJoin {
    pub(super) kind: &'static str,
    pub(super) at: usize,
    pub(super) count: u32,
    pub(super) reason: String,
}

impl Shared<'_> {
    fn known<'k>(&'k self, verifier: &'k Verifier) -> Known<'k> {
        Known { wire: self.plan.wire, texts: &self.texts, verifier, refused: &self.refused }
    }
}

impl<'r> Besiders<'r> {
    /// `None` where there are to be none.
    pub(super) fn new(plan: &'r Plan, layout: &Layout, texts: &Texts) -> Option<Box<Self>> {
        if plan.beside.is_empty() {
            return None;
        }
        let shared = Shared {
            plan,
            sources: Sources::new(&plan.sources),
            prefix: plan.name_prefix(),
            rooms: layout.rooms(),
            texts: texts.clone(),
            buffer: vec![0; MOST_LEFT + READ],
            refused: BTreeMap::new(),
        };
        let (beside, mut first) = (&plan.beside, FIRST);
        let mut place = |count: u32| {
            first += count as usize;
            first - count as usize
        };
        let slow = beside.slow.as_ref().map(|slow| Crowd::slow(slow, place(slow.count)));
        let stalled = beside.stalled.as_ref().map(|stalled| Crowd::stalled(stalled, place(stalled.count)));
        let churn = beside.churn.as_ref().map(|churn| Churners::new(churn, place(churn.count)));
        let garbage = beside.garbage.as_ref().map(|garbage| Garbagers::new(garbage, place(garbage.count), &shared));
        Some(Box::new(Self { shared, slow, stalled, churn, garbage, again: Vec::new() }))
    }

    fn crowds(&mut self) -> impl Iterator<Item = &mut Crowd> {
        self.slow.iter_mut().chain(&mut self.stalled)
    }

    /// Begins connections of those who are to be there from the start. It returns how many of them have joined, and whether
    /// that is all.
    pub(super) fn open(&mut self, moment: &Moment<'_>) -> Result<(u32, bool), CannotJoin> {
        let (shared, mut joined, mut is_all) = (&mut self.shared, 0, true);
        for crowd in self.slow.iter_mut().chain(&mut self.stalled) {
            let opened = crowd.open(shared.plan.ramp, moment, shared);
            opened.map_err(|failed| cannot_join(crowd, failed))?;
            joined += crowd.joined;
            is_all &= crowd.joined == crowd.count;
        }
        Ok((joined, is_all))
    }

    /// All are there: the slow ones read at their pace.
    pub(super) fn joined(&mut self, now: u64) {
        self.crowds().for_each(|crowd| crowd.begin(now));
    }

    /// Messages are sent from now on, until then.
    pub(super) fn begin(&mut self, start: u64, end: u64) {
        self.churn.iter_mut().for_each(|churn| churn.begin(start, end));
        self.garbage.iter_mut().for_each(|garbage| garbage.begin(start));
    }

    /// When something is to be done: 0 for at once.
    pub(super) fn next(&self) -> u64 {
        if !self.again.is_empty() {
            return 0;
        }
        let crowds = self.slow.iter().chain(&self.stalled).map(Crowd::next);
        let others = self.churn.iter().map(Churners::next).chain(self.garbage.iter().map(Garbagers::next));
        crowds.chain(others).min().unwrap_or(u64::MAX)
    }

    /// Does one thing that is to be done. It returns whether there was one.
    pub(super) fn step(&mut self, moment: &Moment<'_>) -> Result<bool, CannotJoin> {
        let shared = &mut self.shared;
        if self.slow.iter_mut().any(|slow| slow.step(moment, shared))
            || self.churn.iter_mut().any(|churn| churn.step(moment, shared))
            || self.garbage.iter_mut().any(|garbage| garbage.step(moment, shared))
        {
            return Ok(true);
        }
        let Some(token) = self.again.pop() else { return Ok(false) };
        self.ready(token, moment)?;
        Ok(true)
    }

    /// The poll told something of one.
    pub(super) fn ready(&mut self, token: usize, moment: &Moment<'_>) -> Result<(), CannotJoin> {
        let (shared, mut at, mut more) = (&mut self.shared, token - FIRST, false);
        'found: {
            for crowd in self.slow.iter_mut().chain(&mut self.stalled) {
                if at < crowd.count as usize {
                    more = crowd.ready(at, moment, shared).map_err(|failed| cannot_join(crowd, failed))?;
                    break 'found;
                }
                at -= crowd.count as usize;
            }
            if let Some(churn) = &mut self.churn {
                if at < churn.count() {
                    more = churn.ready(at, moment, shared);
                    break 'found;
                }
                at -= churn.count();
            }
            if let Some(garbage) = &mut self.garbage {
                more = garbage.ready(at, shared);
            }
        }
        if more {
            self.again.push(token);
        }
        Ok(())
    }

    /// A message was refused: nobody gets it.
    pub(super) fn refused(&mut self, publisher: u64) {
        *self.shared.refused.entry(publisher).or_default() += 1;
    }

    /// No more messages are sent.
    pub(super) fn end(&mut self, moment: &Moment<'_>) {
        self.churn.iter_mut().for_each(|churn| churn.end(moment, &self.shared));
        self.garbage.iter_mut().for_each(Garbagers::end);
    }

    /// The receivers have what is theirs: the slow and the stalled ones read all that there is.
    pub(super) fn catch_up(&mut self, registry: &Registry) {
        self.crowds().for_each(|crowd| crowd.catch_up(registry));
    }

    /// Whether nothing is waited for.
    pub(super) fn is_done(&self, moment: &Moment<'_>) -> bool {
        self.slow.iter().chain(&self.stalled).all(|crowd| crowd.is_done(moment, &self.shared))
            && self.churn.iter().all(Churners::is_done)
    }

    /// The accounts. Of those to whom nothing has come since a time nothing more is waited for.
    pub(super) fn finish(self, quiet_since: u64, moment: &Moment<'_>) -> BesideMeasured {
        let shared = &self.shared;
        let finish = |crowd: Crowd| crowd.finish(quiet_since, moment, shared);
        BesideMeasured {
            slow: self.slow.map(finish),
            stalled: self.stalled.map(finish),
            churn: self.churn.map(Churners::finish),
            garbage: self.garbage.map(Garbagers::finish),
        }
    }
}

fn cannot_join(crowd: &Crowd, failed: Failed) -> CannotJoin {
    CannotJoin { kind: crowd.kind, at: failed.at + 1, count: crowd.count, reason: failed.reason }
}

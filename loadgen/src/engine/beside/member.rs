//! A connection that joins a room and reads there.

use std::io;

use mio::{Registry, Token};

use super::Shared;
use super::account::{Account, Ended, From};
use super::link::{Came, Link};
use crate::beside::Deliveries;
use crate::engine::client::release;
use crate::engine::reason;
use crate::sources::Width;
use crate::verify::Verifier;
use crate::wire::{Opener, Opening, Turned};

/// One who is to join a room, or is in it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) link: Link,
    /// Its room.
    room: usize,
    /// The unfinished frame.
    left: Vec<u8>,
    state: State,
    /// When octets came last.
    heard: u64,
}

#[derive(Debug)]
enum State {
    Opening(Box<dyn Opening>),
    Member(Account),
}

/// What became of it with one read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Nothing came, and nothing more does for now.
    Nothing,
    /// Something came, and there can be more.
    Some,
    /// It has joined, and there can be more.
    Joined,
    /// The server does not let it join, for this reason.
    Refused(String),
    /// Its connection has ended, for this reason.
    Ended(String),
}

/// Who joins, where and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who<'w> {
    pub(super) name: &'w str,
    pub(super) room: usize,
    pub(super) width: Width,
}

impl Member {
    /// Begins its connection.
    pub(super) fn connect(
        who: Who<'_>,
        shared: &mut Shared<'_>,
        verifier: &Verifier,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let mut link = Link::connect(&mut shared.sources, shared.plan.address, who.width, registry, token)?;
        let opener = Opener { name: who.name, place: Some(verifier.place(who.room)), login: &shared.plan.login };
        let opening = shared.plan.wire.open(&opener, &mut link.out);
        Ok(Self { link, room: who.room, left: Vec::new(), state: State::Opening(opening), heard: 0 })
    }

    /// Whether it has joined.
    pub(super) fn has_joined(&self) -> bool {
        matches!(self.state, State::Member(_))
    }

    /// Whether octets came after a time.
    pub(super) fn has_heard_since(&self, time: u64) -> bool {
        self.heard > time
    }

    /// Reads once, at most so many octets. If it joins, it is owed what was said from the start, or from now on.
    pub(super) fn read(
        &mut self,
        most: usize,
        from_start: bool,
        now: u64,
        shared: &mut Shared<'_>,
        verifier: &Verifier,
    ) -> Read {
        let left = self.left.len();
        let most = most.min(shared.buffer.len().saturating_sub(left));
        if most == 0 {
            return Read::Ended("a frame without an end".to_owned());
        }
        let came = self.link.read(&mut shared.buffer[left..left + most]);
        let octets = match came {
            Came::Octets(octets) => octets,
            Came::Nothing => return Read::Nothing,
            Came::End(error) => return Read::Ended(reason(&error)),
        };
        self.heard = now;
        shared.buffer[..left].copy_from_slice(&self.left);
        let buffer = std::mem::take(&mut shared.buffer);
        let heard = self.heard(&buffer[..left + octets], octets, from_start, shared, verifier);
        shared.buffer = buffer;
        if let Err(error) = self.link.flush() {
            return Read::Ended(reason(&error));
        }
        heard
    }

    fn heard(&mut self, octets: &[u8], new: usize, from_start: bool, shared: &Shared<'_>, verifier: &Verifier) -> Read {
        let (mut taken, mut read) = (0, Read::Some);
        if let State::Opening(opening) = &mut self.state {
            let opened = opening.receive(octets, shared.plan, &mut self.link.out);
            let joined = match opened {
                Ok((octets, joined)) => {
                    taken = octets;
                    joined
                }
                Err(Turned::Away(reason)) => return Read::Refused(reason),
                Err(Turned::Otherwise(fault)) => return Read::Ended(fault),
                Err(Turned::Limited(error)) => return Read::Refused(error.to_string()),
            };
            if let Some(joined) = joined {
                let from = if from_start { From::Start(joined.newest) } else { From::Now(joined.newest) };
                self.state = State::Member(Account::new(self.room, from));
                read = Read::Joined;
            }
        }
        if let State::Member(account) = &mut self.state {
            account.count_octets(new);
            match account.receive(&octets[taken..], &shared.known(verifier), &mut self.link.out) {
                Ok(octets) => taken += octets,
                Err(Ended::Said(reason)) => return Read::Ended(reason),
                Err(Ended::Broken) => return Read::Ended("broken stream".to_owned()),
            }
        }
        self.left.clear();
        self.left.extend_from_slice(&octets[taken..]);
        release(&mut self.left);
        read
    }

    /// Whether it has everything that was said.
    pub(super) fn has_everything(&self, shared: &Shared<'_>, verifier: &Verifier) -> bool {
        matches!(&self.state, State::Member(account) if account.has_everything(&shared.known(verifier)))
    }

    /// What became of the messages for one who was there from the start until the end.
    pub(super) fn finish(self, cut: bool, flows: bool, shared: &Shared<'_>, verifier: &Verifier) -> Deliveries {
        match self.state {
            State::Member(account) => account.finish(&shared.known(verifier), cut, flows),
            State::Opening(_) => Deliveries::default(),
        }
    }

    /// What became of them for one who has gone.
    pub(super) fn leave(self) -> Deliveries {
        match self.state {
            State::Member(account) => account.leave(),
            State::Opening(_) => Deliveries::default(),
        }
    }
}

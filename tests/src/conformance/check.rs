//! What a section of SPEC.md is checked with.

use std::net::SocketAddr;
use std::time::Duration;

use super::profile::Span;
use super::{Announced, Outcome, Profile, Stage};

/// How many connections a check has open at once, unless it says otherwise.
const PEERS: usize = 4;

/// The checks of one file, and the requirements of its section that none can be for.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// The section, such as `4.7`, and all below it.
    pub number: &'static str,
    /// What is played.
    pub checks: &'static [Check],
    /// What is not.
    pub unseen: &'static [Unseen],
}

/// Requirements that cannot be seen from outside, or do not bind a server.
#[derive(Clone, Copy, Debug)]
pub struct Unseen {
    /// Their ids.
    pub requirements: &'static [&'static str],
    /// Why there is no check.
    pub reason: &'static str,
}

/// A short conversation that asserts some requirements. The macro `check!` makes one.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The name of its function.
    pub name: &'static str,
    /// The requirements that it asserts, each of them at least once.
    pub requirements: &'static [&'static str],
    /// The conversation.
    pub play: fn(&mut Stage<'_>) -> Outcome,
    /// How many connections it has open at once.
    pub peers: usize,
    /// How long it waits for what only time brings.
    pub waits: fn(&Terms) -> Duration,
    /// Whether nothing else of the suite may run meanwhile.
    pub alone: bool,
}

/// What is known of the server.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Where it listens.
    pub address: SocketAddr,
    /// How long what must come may take.
    pub patience: Duration,
    /// What `WELCOME` says.
    pub announced: Announced,
    /// What it does not say, with defaults.
    pub profile: Profile,
}

impl Check {
    /// One that asserts some requirements by a conversation.
    pub const fn new(
        name: &'static str,
        requirements: &'static [&'static str],
        play: fn(&mut Stage<'_>) -> Outcome,
    ) -> Self {
        Self { name, requirements, play, peers: PEERS, waits: |_| Duration::ZERO, alone: false }
    }

    /// With more connections at once than four, or fewer.
    #[must_use]
    pub const fn peers(self, peers: usize) -> Self {
        Self { peers, ..self }
    }

    /// With a wait: if it is longer than `--max-wait`, the check is skipped and says so.
    #[must_use]
    pub const fn waits(self, waits: fn(&Terms) -> Duration) -> Self {
        Self { waits, ..self }
    }

    /// While no other check of the suite runs.
    #[must_use]
    pub const fn alone(self) -> Self {
        Self { alone: true, ..self }
    }
}

impl Terms {
    /// Time without `WELCOME`.
    pub fn without_welcome(&self) -> Duration {
        time(self.profile.without_welcome)
    }

    /// Time that a name is held.
    pub fn name_held(&self) -> Duration {
        time(self.profile.name_held)
    }

    /// Time that an empty room is remembered.
    pub fn empty_room(&self) -> Duration {
        time(self.profile.empty_room)
    }

    /// Time that is discarded for after `BYE`.
    pub fn discarding(&self) -> Duration {
        time(self.profile.discarding)
    }
}

fn time(span: Option<Span>) -> Duration {
    span.expect("a resolved profile has all times").0
}

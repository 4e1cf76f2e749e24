//! Where a check is played.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::journal::Journal;
use super::{Check, Found, Outcome, Peer, Terms, Trouble};
use crate::wire::Wire;

/// Opens peers, and gives names and rooms that nobody else has.
#[derive(Debug)]
pub struct Stage<'a> {
    /// What is known of the server.
    pub terms: &'a Terms,
    journal: Journal,
    suffix: String,
    allowed: usize,
    open: Arc<AtomicUsize>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(check: &Check, terms: &'a Terms, journal: Journal) -> Self {
        Self { terms, journal, suffix: format!("-{}", random()), allowed: check.peers, open: Arc::default() }
    }

    /// A name that nobody else has: the label, and what all names and rooms of this check end with. Two names are ordered
    /// as their labels are. A label has at most 23 octets.
    pub fn name(&self, label: &str) -> String {
        format!("{label}{}", self.suffix)
    }

    /// A room that nobody else has, ordered as its label is.
    pub fn room(&self, label: &str) -> String {
        format!("#{label}{}", self.suffix)
    }

    /// A connection from which nothing was read.
    pub fn connect_unread(&self, label: &str) -> Outcome<Peer> {
        self.over(label, Wire::connect(self.terms.address, self.terms.patience))
    }

    /// The same, with a receive buffer that is soon full, for a reader that is to be slow.
    pub fn connect_narrow(&self, label: &str) -> Outcome<Peer> {
        self.over(label, Wire::connect_narrow(self.terms.address, self.terms.patience))
    }

    /// A connection that has read the greeting. Its mode is not fixed.
    pub fn connect(&self, label: &str) -> Outcome<Peer> {
        let mut peer = self.connect_unread(label)?;
        peer.expect("3.1/1", "FANFARE/<versions> <words>")?;
        Ok(peer)
    }

    /// A person in framed mode, who has read `WELCOME`.
    pub fn framed(&self, label: &str) -> Outcome<Peer> {
        self.framed_with_welcome(label).map(|(peer, _)| peer)
    }

    /// The same, and its `WELCOME`, where `<limits>` is all behind the name.
    pub fn framed_with_welcome(&self, label: &str) -> Outcome<(Peer, Found)> {
        let mut peer = self.connect(label)?;
        let welcome = self.welcome(&mut peer)?;
        Ok((peer, welcome))
    }

    /// Says `HELLO` on a connection, and reads `WELCOME`.
    pub fn welcome(&self, peer: &mut Peer) -> Outcome<Found> {
        peer.send(&format!("HELLO 1 {}", peer.name));
        peer.expect("4.4/1", &format!("WELCOME {} <limits>", peer.name))
    }

    /// A person in framed mode who is in a room, where it has read its own `JOINED`.
    pub fn member(&self, label: &str, room: &str) -> Outcome<Peer> {
        let mut peer = self.framed(label)?;
        self.join(&mut peer, room)?;
        Ok(peer)
    }

    /// Joins a room, and reads the `OK` with `<epoch>`, `<next>`, `<newest>` and `<members>`, and the own `JOINED`.
    pub fn join(&self, peer: &mut Peer, room: &str) -> Outcome<Found> {
        peer.send_paced(&format!("JOIN {room}"));
        let ok = peer.expect("4.5/3", "OK epoch=<epoch> next=<next> newest=<newest> members=<members>")?;
        peer.expect("5.5/1", &format!("JOINED {room} {}", peer.name))?;
        Ok(ok)
    }

    /// A connection that has read the greeting, and is read as plain mode from then on. No name was chosen.
    pub fn connect_plain(&self, label: &str) -> Outcome<Peer> {
        let mut peer = self.connect(label)?;
        peer.read_plain(&self.suffix);
        Ok(peer)
    }

    /// A person in plain mode, in the lobby, who has read its own joining.
    pub fn plain(&self, label: &str) -> Outcome<Peer> {
        let mut peer = self.connect(label)?;
        self.enter_plain(&mut peer)?;
        Ok(peer)
    }

    /// Says the name on a connection that has read the greeting, and reads the own joining of the lobby.
    pub fn enter_plain(&self, peer: &mut Peer) -> Outcome {
        peer.read_plain(&self.suffix);
        peer.send(&peer.name.clone());
        peer.expect("10.1/5", "You are connected to the Server!")?;
        peer.expect("10.1/6", &format!("{} joined the chat!", peer.name)).map(drop)
    }

    /// A person in plain mode in a room of its own, where no stranger speaks.
    pub fn plain_member(&self, label: &str, room: &str) -> Outcome<Peer> {
        let mut peer = self.plain(label)?;
        self.move_plain(&mut peer, room)?;
        Ok(peer)
    }

    /// Goes into another room in plain mode.
    pub fn move_plain(&self, peer: &mut Peer, room: &str) -> Outcome {
        peer.send(&format!("/join {room}"));
        let own = format!("{} joined the chat!", peer.name);
        peer.expect_unordered("10.2/13", [&format!("* You are in {room}, <count>"), &own]).map(drop)
    }

    /// A requirement holds, or was broken: what was expected, and what was got.
    pub fn hold(&self, requirement: &'static str, holds: bool, expected: impl Display, got: impl Display) -> Outcome {
        self.journal.assert(requirement);
        if holds { Ok(()) } else { Err(self.journal.fail(requirement, &expected.to_string(), &got.to_string())) }
    }

    /// Two values are the same.
    pub fn same<T: PartialEq + Display>(&self, requirement: &'static str, expected: &T, got: &T) -> Outcome {
        self.hold(requirement, expected == got, expected, got)
    }

    /// Requirements that everything received is watched for, of which the check has now read what there is.
    pub fn watched(&self, requirements: &[&'static str]) {
        for requirement in requirements {
            self.journal.assert(requirement);
        }
    }

    /// One requirement of the check cannot be asserted here, and the others can.
    pub fn leave_out(&self, requirement: &'static str, reason: &str) {
        self.journal.leave_out(requirement, reason);
    }

    /// A value of the profile that the check cannot do without.
    pub fn need<T>(&self, value: Option<T>, flag: &str) -> Outcome<T> {
        value.ok_or_else(|| Trouble::Skipped(format!("the profile does not say {flag}")))
    }

    /// The check cannot be played here at all.
    pub fn skip<T>(&self, reason: &str) -> Outcome<T> {
        Err(Trouble::Skipped(reason.to_owned()))
    }

    /// Waits for what only time brings, and keeps peers from being taken for dead. The check must announce such a wait
    /// with [`Check::waits`].
    pub fn wait(&self, time: Duration, peers: &mut [&mut Peer]) {
        let end = Instant::now() + time;
        let interval = Duration::from_secs(self.terms.announced.ping) / 2;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(interval));
            for peer in &mut *peers {
                // An empty line is heard, and nothing else.
                peer.send("");
            }
        }
    }

    fn over(&self, label: &str, wire: std::io::Result<Wire>) -> Outcome<Peer> {
        let open = self.open.load(Ordering::Relaxed);
        assert!(open < self.allowed, "the check has more than {} peers, and does not say so", self.allowed);
        let wire = wire.map_err(|error| self.journal.fail("3.1/1", "a connection", &error.to_string()))?;
        let (name, journal) = (self.name(label), self.journal.clone());
        Ok(Peer::new(label, name, wire, journal, self.terms.patience, Arc::clone(&self.open)))
    }
}

/// Eight letters and digits that nobody else draws.
pub(super) fn random() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut octets = [0; 8];
    getrandom::fill(&mut octets).expect("the system has random octets");
    octets.iter().map(|octet| char::from(LETTERS[usize::from(octet % 32)])).collect()
}

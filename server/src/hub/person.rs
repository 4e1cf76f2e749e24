//! A connection that has a name.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fanfare_protocol::plain::Dialect;
use fanfare_protocol::{Name, NameKey, RoomName};
use smallvec::SmallVec;

use super::room::Room;
use super::{Home, Refusal};

/// The private messages that may wait for one person, in octets as they will be sent. SPEC.md, section 4.8.
//= protocol/SPEC.md#11-limits
//# A server MUST keep each limit of the table below that is fixed by the protocol.
pub(super) const SHARE: usize = 131_072;

/// A connection that has a name, as all workers know it.
#[derive(Debug)]
pub(crate) struct Person {
    name: Box<str>,
    dialect: Dialect,
    home: Home,
    /// Octets of private messages that were accepted and not yet sent.
    private: AtomicUsize,
    /// Until the connection ends, or another takes its name. Changes under the lock only.
    open: AtomicBool,
    presence: Mutex<PersonState>,
}

/// What changes about a person.
#[derive(Debug)]
pub(crate) struct PersonState {
    /// The rooms that the person is in.
    pub(crate) rooms: SmallVec<[Arc<Room>; 2]>,
}

impl Person {
    pub(crate) fn new(name: Name<'_>, dialect: Dialect, home: Home) -> Self {
        Self {
            //= protocol/SPEC.md#2-6-values
            //# A server MUST send a name as the person spelled it in the `HELLO` or name line that was accepted.
            name: name.as_str().into(),
            dialect,
            home,
            private: AtomicUsize::new(0),
            open: AtomicBool::new(true),
            presence: Mutex::new(PersonState { rooms: SmallVec::new() }),
        }
    }

    /// The name as registered.
    pub(crate) fn name(&self) -> Name<'_> {
        Name::new(&self.name).expect("it was made of a name")
    }

    pub(crate) fn key(&self) -> NameKey {
        self.name().key()
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Where the connection is served.
    pub(crate) fn home(&self) -> Home {
        self.home
    }

    /// Everything that the person does is done under this lock, so that nothing is done any more once the person is
    /// no longer open.
    pub(crate) fn while_open(&self) -> Result<MutexGuard<'_, PersonState>, Refusal> {
        let presence = self.lock();
        //= protocol/SPEC.md#3-5-tokens
        //# A server MUST NOT execute anything of the earlier connection after it accepted the token.
        if self.is_open() { Ok(presence) } else { Err(Refusal::Gone) }
    }

    /// Whether the person was still open a moment ago.
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// Ends the person. As long as the lock is held, nobody does anything with what it has left.
    pub(crate) fn close(&self) -> MutexGuard<'_, PersonState> {
        let presence = self.lock();
        self.open.store(false, Ordering::Relaxed);
        presence
    }

    /// The same lock, open or not.
    pub(crate) fn lock(&self) -> MutexGuard<'_, PersonState> {
        self.presence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes room for a private message, if there is some.
    pub(crate) fn reserve(&self, octets: usize) -> bool {
        let fits = |used: usize| used.checked_add(octets).filter(|&sum| sum <= SHARE);
        self.private.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    /// Gives it back when the message was sent.
    pub(crate) fn release(&self, octets: usize) {
        self.private.fetch_sub(octets, Ordering::Relaxed);
    }
}

impl PersonState {
    /// The room of a name, if the person is in it.
    pub(crate) fn room(&self, name: RoomName<'_>) -> Option<&Arc<Room>> {
        self.rooms.iter().find(|room| room.is_named(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::WorkerId;

    #[test]
    fn a_share_is_never_overdrawn_and_comes_back() {
        let home = Home { worker: WorkerId(0), connection: 0, generation: 0 };
        let person = Person::new(Name::new("Bob").expect("a name"), Dialect::Framed, home);
        assert!(person.reserve(SHARE - 1) && !person.reserve(2) && person.reserve(1) && !person.reserve(1));
        person.release(SHARE);
        assert!(!person.reserve(SHARE + 1) && person.reserve(SHARE));
        assert_eq!(person.name().as_str(), "Bob");
    }
}

//! What workers have fetched from the disk, and the queues in which they ask for it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fanfare_protocol::session::Millis;
use fanfare_protocol::{Seq, SeqRange};

use super::{RoomId, StoredMessage, Terms};
use crate::hub::{Home, Person, Room};

/// Something that a connection needs from the disk.
#[derive(Debug)]
pub(crate) struct Errand {
    /// Who asks, and when.
    pub(crate) person: Arc<Person>,
    pub(crate) home: Home,
    pub(crate) asked: Millis,
    /// The room that it is about, and its row.
    pub(crate) room: Arc<Room>,
    pub(crate) row: RoomId,
    pub(crate) fetch: Fetch,
}

/// What is to be fetched.
#[derive(Debug)]
pub(crate) enum Fetch {
    /// The first messages of a range.
    Range(SeqRange),
    /// The first of these messages.
    Numbers(Vec<Seq>),
    /// The numbers of the newest `last` messages before a number that match.
    Search { terms: Terms, before: Option<Seq>, last: usize },
}

/// What was fetched.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// Messages in their order, of the first `looked_at` of the numbers that were asked for. Of a range, none means that
    /// none of it is kept any more.
    Messages { messages: Vec<StoredMessage>, looked_at: usize },
    /// The numbers of messages that match, rising, and whether older ones match too.
    Matches { seqs: Vec<Seq>, more: bool },
    /// The disk can't be read.
    Failed,
}

/// Of so many errands, those of people who are gone are not looked for.
const FEW: usize = 64;

/// Where errands wait for a thread that does them.
#[derive(Debug)]
pub(super) struct Desk {
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Debug, Default)]
struct State {
    errands: VecDeque<Errand>,
    /// How many errands there were when those of people who are gone were last dropped.
    cleared: usize,
    /// What takes long is not to be done any more.
    hurried: bool,
    /// Something else is to be looked at.
    poked: bool,
    ended: bool,
}

/// Why a thread at a desk wakes up.
#[derive(Debug)]
pub(super) enum Call {
    /// This is to be done.
    Errand(Errand),
    /// Something else may be to be done.
    Poked,
    /// Nothing is to be done any more.
    End,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), came: Condvar::new() }
    }

    /// Has something done. So many errands wait at most as twice the number of people who wait, and [`FEW`].
    pub(super) fn push(&self, errand: Errand) {
        let mut state = self.lock();
        if state.errands.len() >= FEW.max(2 * state.cleared) {
            state.errands.retain(|errand| errand.person.is_open());
            state.cleared = state.errands.len();
        }
        state.errands.push_back(errand);
        drop(state);
        self.came.notify_one();
    }

    /// What is asked for from now on, and what is being done, is done only if it is done soon.
    pub(super) fn hurry(&self) {
        self.lock().hurried = true;
    }

    /// Whether somebody waits for the end.
    pub(super) fn is_hurried(&self) -> bool {
        let state = self.lock();
        state.hurried || state.ended
    }

    /// There is something else to look at. Costs a system call only if nobody knows yet.
    pub(super) fn poke(&self) {
        if !std::mem::replace(&mut self.lock().poked, true) {
            self.came.notify_one();
        }
    }

    /// Whether somebody has poked since this was last asked, or waited for.
    pub(super) fn was_poked(&self) -> bool {
        std::mem::take(&mut self.lock().poked)
    }

    /// The threads at the desk end.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.came.notify_all();
    }

    /// Waits for what is to be done next. Errands go before everything but the end.
    pub(super) fn wait(&self) -> Call {
        let mut state = self.lock();
        loop {
            if let Some(call) = state.next() {
                return call;
            }
            state = self.came.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What is to be done within some time, pokes aside.
    pub(super) fn wait_for_errand(&self, time: Duration) -> Option<Call> {
        let nothing = |state: &mut State| state.errands.is_empty() && !state.ended;
        let (mut state, _) =
            self.came.wait_timeout_while(self.lock(), time, nothing).unwrap_or_else(PoisonError::into_inner);
        if state.errands.is_empty() && !state.ended { None } else { state.next() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self) -> Option<Call> {
        if self.ended {
            // Whoever waits for an answer has ended before.
            return Some(Call::End);
        }
        // Nobody waits any more for what somebody who is gone has asked for.
        while let Some(errand) = self.errands.pop_front() {
            if errand.person.is_open() {
                return Some(Call::Errand(errand));
            }
        }
        std::mem::take(&mut self.poked).then_some(Call::Poked)
    }
}

#[cfg(test)]
mod tests {
    use fanfare_protocol::plain::Dialect;
    use fanfare_protocol::{Name, RoomName};

    use super::*;
    use crate::hub::{Digests, Ending, Hub, WorkerId};
    use crate::options::Options;

    /// Those who ask, and the room that it is about.
    struct People {
        hub: Hub,
        room: Arc<Room>,
    }

    impl People {
        fn new() -> Self {
            let hub = Hub::new(&Options::default(), None, Digests::random());
            let host = enter(&hub, 0);
            let room = RoomName::new("#r").expect("a room");
            let (room, ..) = hub.join(&host, room, None, None, Millis(0)).expect("anyone may join");
            Self { hub, room }
        }

        fn errand(&self, person: &Arc<Person>) -> Errand {
            Errand {
                person: Arc::clone(person),
                home: person.home(),
                asked: Millis(0),
                room: Arc::clone(&self.room),
                row: RoomId::for_tests(1),
                fetch: Fetch::Numbers(Vec::new()),
            }
        }
    }

    fn enter(hub: &Hub, connection: usize) -> Arc<Person> {
        let home = Home { worker: WorkerId(0), connection, generation: 0 };
        let name = format!("p{connection}");
        hub.enter(Name::new(&name).expect("a name"), None, Dialect::Framed, home, Millis(0))
            .expect("a free name")
            .person
    }

    #[test]
    fn no_more_errands_wait_than_twice_as_many_as_people_who_wait() {
        let people = People::new();
        let desk = Desk::new();
        for connection in 1..=40 {
            desk.push(people.errand(&enter(&people.hub, connection)));
        }
        for connection in 1_000..3_000 {
            let person = enter(&people.hub, connection);
            desk.push(people.errand(&person));
            people.hub.depart(&person, None, Ending::Clean, Millis(0));
            let waiting = desk.lock().errands.len();
            assert!(waiting <= 2 * 41, "{waiting} errands wait");
        }
        for connection in 1..=40 {
            assert!(matches!(desk.wait(), Call::Errand(errand) if errand.home.connection == connection));
        }
        assert!(desk.wait_for_errand(Duration::ZERO).is_none());
    }

    #[test]
    fn errands_are_done_in_their_order_and_not_for_somebody_who_is_gone() {
        let people = People::new();
        let (alice, bob) = (enter(&people.hub, 1), enter(&people.hub, 2));
        let desk = Desk::new();
        for person in [&bob, &alice, &bob, &alice] {
            desk.push(people.errand(person));
        }
        desk.poke();
        people.hub.depart(&bob, None, Ending::Clean, Millis(0));
        for _ in 0..2 {
            assert!(matches!(desk.wait(), Call::Errand(errand) if errand.home.connection == 1));
        }
        assert!(matches!(desk.wait(), Call::Poked));
        assert!(desk.wait_for_errand(Duration::ZERO).is_none());
        desk.end();
        assert!(matches!(desk.wait(), Call::End));
    }

    #[test]
    fn a_poke_is_told_once_and_to_whoever_asks_first() {
        let desk = Desk::new();
        assert!(!desk.was_poked());
        desk.poke();
        desk.poke();
        assert!(desk.was_poked() && !desk.was_poked());
        desk.poke();
        assert!(desk.wait_for_errand(Duration::ZERO).is_none(), "it is no errand");
        assert!(matches!(desk.wait(), Call::Poked) && !desk.was_poked());
        desk.poke();
        desk.end();
        assert!(matches!(desk.wait(), Call::End));
    }
}

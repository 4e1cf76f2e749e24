//! One who takes part with frames. It writes down everything and checks nothing: that is the judge's.

mod heard;
mod requests;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use fanfare_protocol::{ClientMessage, Name, Token};
use fastrand::Rng;
use tokio::time::{sleep, sleep_until, timeout};

use super::course::{Account, Course, Phase, Trace, pause};
use super::record::{Membership, Message, Publisher};
use super::script::{Act, Entrance, Role};
use super::wire::Wire;

/// How long a connection may be silent. A server that is there says something each second.
const SILENCE: Duration = Duration::from_secs(4);

/// How long one waits for the answer to a goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// One who takes part.
pub(super) struct Person {
    course: Course,
    role: Role,
    random: Rng,
    account: Account,
    token: Option<String>,
    /// What is left to do.
    acts: VecDeque<Act>,
    /// Until when nothing further is done.
    until: Instant,
    rooms: BTreeMap<String, Place>,
    publisher: Publisher,
    /// Requests without an answer on this connection, in order.
    unanswered: VecDeque<Request>,
    /// Messages that must be sent again, in the order in which they were first sent.
    again: VecDeque<usize>,
    /// Messages that were refused, and when each is said once more.
    refused: VecDeque<(Instant, usize)>,
    /// `PAST` frames of the answer that is coming.
    past: Vec<Message>,
    /// How many searches were put off since one was answered.
    put_off: u32,
    is_idle: bool,
}

/// What one knows of a room that one is in or wants to be in.
struct Place {
    entrance: Entrance,
    /// The epoch and the last number that one has covered.
    position: Option<(String, u64)>,
    /// Whether one wants to be in it.
    is_wanted: bool,
    /// The membership, while there is one.
    membership: Option<Membership>,
}

/// A request that has no answer yet.
enum Request {
    Hello,
    Join { room: String, after: Option<(String, u64)>, last: Option<u64>, seen: u64 },
    Leave(String),
    Say(usize),
    Page { room: String, first: u64, last: u64, seen: u64 },
    Search { act: Act, before: Option<u64>, seen: u64 },
}

/// Why a connection is over.
enum Over {
    /// It was lost.
    Lost,
    /// One wants another.
    Again { goodbye: bool },
    /// The round is over.
    Done,
}

impl Person {
    /// One who has done nothing yet.
    pub(super) fn new(course: Course, role: Role) -> Self {
        let account = Account { trace: Trace::since(course.begin), ..Account::default() };
        Self {
            random: Rng::with_seed(role.seed),
            account,
            token: None,
            acts: role.acts.iter().cloned().collect(),
            until: course.begin,
            rooms: BTreeMap::new(),
            publisher: Publisher { name: role.name.clone(), ..Publisher::default() },
            unanswered: VecDeque::new(),
            again: VecDeque::new(),
            refused: VecDeque::new(),
            past: Vec::new(),
            put_off: 0,
            is_idle: false,
            course,
            role,
        }
    }

    /// Does everything, over as many connections as it takes.
    pub(super) async fn run(mut self) -> Account {
        loop {
            let over = self.connection().await;
            if matches!(over, Over::Done) {
                break;
            }
            if self.is_late() {
                self.give_up();
                break;
            }
            self.lose();
            self.account.reconnects += 1;
            if matches!(over, Over::Lost) {
                sleep(pause(&mut self.random)).await;
            }
        }
        self.lose();
        self.account.publishers.push(self.publisher);
        self.account
    }

    /// One connection, from its making to its end.
    async fn connection(&mut self) -> Over {
        let wire = match Wire::connect(self.course.address, self.role.slow.is_some()).await {
            Ok(wire) => wire,
            Err(error) => {
                self.account.trace.note(format_args!("no connection: {error}"));
                return Over::Lost;
            }
        };
        let token = self.token.clone();
        let name = Name::new(&self.role.name).expect("a plan has names");
        let token = token.as_deref().map(|token| Token::new(token).expect("the server sent it"));
        wire.send(&ClientMessage::Hello { name, token });
        self.account.trace.note(format_args!("C HELLO{}", if token.is_some() { " token" } else { "" }));
        self.unanswered.push_back(Request::Hello);
        let mut wire = wire;
        let over = self.converse(&mut wire).await;
        if matches!(over, Over::Done | Over::Again { goodbye: true }) {
            self.say_goodbye(&mut wire).await;
        }
        over
    }

    async fn converse(&mut self, wire: &mut Wire) -> Over {
        let mut phase = self.course.phase.clone();
        let mut heard_at = Instant::now();
        loop {
            if let Some(over) = self.act(wire) {
                return over;
            }
            if self.is_over() {
                return Over::Done;
            }
            let wakes_at = self.wakes_at(heard_at + SILENCE);
            tokio::select! {
                heard = wire.next() => {
                    heard_at = Instant::now();
                    match heard {
                        Ok(heard) => {
                            if let Some(over) = self.hear(wire, heard) {
                                return over;
                            }
                            self.dawdle().await;
                        }
                        Err(error) => {
                            if error.kind() == std::io::ErrorKind::InvalidData {
                                self.account.odd(format!("{}: the server sent {error}", self.role.name));
                            }
                            self.account.trace.note(format_args!("lost: {error}"));
                            return Over::Lost;
                        }
                    }
                }
                _ = phase.changed() => {}
                () = sleep_until(wakes_at.into()) => {
                    if heard_at.elapsed() >= SILENCE {
                        self.account.trace.note("silence");
                        return Over::Lost;
                    }
                }
            }
            if self.is_late() {
                return Over::Lost;
            }
        }
    }

    /// Who is slow waits after each frame, as long as the round goes on.
    async fn dawdle(&mut self) {
        if let Some(slow) = self.role.slow
            && *self.course.phase.borrow() == Phase::Running
        {
            sleep(slow).await;
        }
    }

    async fn say_goodbye(&mut self, wire: &mut Wire) {
        wire.send(&ClientMessage::Bye { reason: None });
        // The rest of the events still counts; what does not come in time is lost with the connection.
        let _ = timeout(GOODBYE, async {
            while let Ok(heard) = wire.next().await {
                if self.hear(wire, heard).is_some() {
                    break;
                }
            }
        })
        .await;
    }

    /// Whether there is nothing left to do.
    fn has_done_all(&self) -> bool {
        self.acts.is_empty() && self.again.is_empty() && self.refused.is_empty() && self.unanswered.is_empty()
    }

    /// Whether the round is over for this one; says once that there is nothing left to do.
    fn is_over(&mut self) -> bool {
        if !self.has_done_all() {
            return false;
        }
        if !self.is_idle {
            self.is_idle = true;
            self.account.trace.note("idle");
            // Who counts them is there as long as the round.
            let _ = self.course.idle.send(());
        }
        let Phase::Ending { due, .. } = &*self.course.phase.borrow() else { return false };
        let has_all = |(room, place): (&String, &Place)| {
            let covered = place.membership.as_ref().map(Membership::covered);
            !place.is_wanted || covered >= due.get(room).copied()
        };
        self.rooms.iter().all(has_all)
    }

    /// Whether the end of the round was waited for too long.
    fn is_late(&self) -> bool {
        matches!(&*self.course.phase.borrow(), Phase::Ending { until, .. } if Instant::now() >= *until)
    }

    /// Writes down what is missing.
    fn give_up(&mut self) {
        let Phase::Ending { due, .. } = self.course.phase.borrow().clone() else { return };
        let (acts, unanswered, again) = (self.acts.len(), self.unanswered.len(), self.again.len());
        let mut missing = format!("{acts} acts, {unanswered} answers and {again} repeats are missing");
        for (room, place) in self.rooms.iter_mut().filter(|(_, place)| place.is_wanted) {
            let due = due.get(room).copied().unwrap_or_default();
            let covered = place.membership.as_ref().map(Membership::covered);
            missing += &format!(", {room} is there up to {covered:?} of {due}");
            if let Some(membership) = &mut place.membership {
                membership.due = due;
            }
        }
        self.account.in_vain(format!("{}: {missing}", self.role.name));
    }

    /// When there is something to do if nothing comes.
    fn wakes_at(&self, silent: Instant) -> Instant {
        let mut at = silent;
        if let Phase::Ending { until, .. } = &*self.course.phase.borrow() {
            at = at.min(*until);
        }
        if !self.acts.is_empty() && self.until > Instant::now() {
            at = at.min(self.until);
        }
        if let Some((due, _)) = self.refused.front() {
            at = at.min(*due);
        }
        at
    }

    /// The connection is gone: memberships end, and what has no answer is sent again where it can be.
    fn lose(&mut self) {
        let unanswered: Vec<_> = self.unanswered.drain(..).collect();
        let mut again: VecDeque<_> = unanswered
            .into_iter()
            .filter_map(|request| match request {
                Request::Say(message) if self.has_id(message) => Some(message),
                _ => None,
            })
            .collect();
        again.append(&mut self.again);
        self.again = again;
        self.past.clear();
        for place in self.rooms.values_mut() {
            self.account.memberships.extend(place.membership.take());
        }
    }
}

//! One who takes part through the client library, whose saying-once is to be proven as well.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use fanfare_client::{Client, Config, Ending, Entered, Entry, Error, Event, Events, Missed, Position, Said, Since};
use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout};

use super::course::{Account, Course, Phase, Trace, pause};
use super::record::{self, Membership, Message, Page, Publisher, SaidId, Step};
use super::script::{Act, Entrance, Role};

/// So much that events never have to be folded: the program takes them at once.
const EVENTS: usize = 1 << 28;

/// How long one attempt to connect may take, and a goodbye.
const PATIENCE: Duration = Duration::from_secs(2);

/// One who takes part.
pub(super) struct Reader {
    course: Course,
    role: Role,
    random: Rng,
    account: Account,
    acts: VecDeque<Act>,
    until: Instant,
    rooms: BTreeMap<String, Place>,
    publisher: Publisher,
    receipts: JoinSet<(usize, Result<Said, Error>)>,
    refused: VecDeque<(Instant, usize)>,
    is_idle: bool,
}

struct Place {
    position: Option<(String, u64)>,
    is_wanted: bool,
    membership: Option<Membership>,
    /// The `last` of the `JOIN` that was sent last.
    last: Option<u64>,
}

/// How a conversation is over.
enum Over {
    Again,
    Done,
    Late,
}

impl Reader {
    /// One who has done nothing yet.
    pub(super) fn new(course: Course, role: Role) -> Self {
        Self {
            random: Rng::with_seed(role.seed),
            account: Account { trace: Trace::since(course.begin), ..Account::default() },
            acts: role.acts.iter().cloned().collect(),
            until: course.begin,
            rooms: BTreeMap::new(),
            publisher: Publisher { name: role.name.clone(), resends_unseen: true, ..Publisher::default() },
            receipts: JoinSet::new(),
            refused: VecDeque::new(),
            is_idle: false,
            course,
            role,
        }
    }

    /// Does everything, in as many conversations as the script has.
    pub(super) async fn run(mut self) -> Account {
        loop {
            let config = Config::new(self.course.address.to_string(), &self.role.name).expect("a plan has names");
            let backoff = Duration::from_millis(5)..=Duration::from_millis(200);
            let config = config.backoff(backoff).timeout(PATIENCE).event_memory(EVENTS);
            let over = match Client::connect(config).await {
                Ok((client, events)) => self.converse(client, events).await,
                Err(error) => {
                    self.account.trace.note(format_args!("no conversation: {error}"));
                    sleep(pause(&mut self.random)).await;
                    if self.is_late() { Over::Late } else { Over::Again }
                }
            };
            for place in self.rooms.values_mut() {
                self.account.memberships.extend(place.membership.take());
            }
            match over {
                Over::Again => {}
                Over::Done => break,
                Over::Late => {
                    let (acts, answers) = (self.acts.len(), self.receipts.len());
                    let what = format!("{}: {acts} acts and {answers} answers are missing", self.role.name);
                    self.account.in_vain(what);
                    break;
                }
            }
        }
        self.account.publishers.push(self.publisher);
        self.account
    }

    async fn converse(&mut self, client: Client, mut events: Events) -> Over {
        let rooms: Vec<_> = self.rooms.iter().filter(|(_, place)| place.is_wanted).collect();
        let rooms: Vec<_> = rooms.into_iter().map(|(room, _)| room.clone()).collect();
        for room in rooms {
            self.acts.push_front(Act::Join(room, Entrance::Resume));
        }
        let mut phase = self.course.phase.clone();
        loop {
            if let Some(over) = self.act(&client, &mut events).await {
                let _ = timeout(PATIENCE, client.bye(None)).await;
                while let Ok(Some(event)) = timeout(PATIENCE, events.next()).await {
                    self.hear(event);
                }
                return over;
            }
            let mut at = Instant::now() + PATIENCE;
            if self.until > Instant::now() {
                at = at.min(self.until);
            }
            if let Phase::Ending { until, .. } = &*phase.borrow_and_update() {
                at = at.min(*until);
            }
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => self.hear(event),
                    None => return Over::Again,
                },
                Some(receipt) = self.receipts.join_next() => {
                    let (message, answer) = receipt.expect("no receipt panics");
                    self.answered(message, answer);
                }
                _ = phase.changed() => {}
                () = sleep_until(at.into()) => {}
            }
        }
    }

    /// Does what can be done now.
    async fn act(&mut self, client: &Client, events: &mut Events) -> Option<Over> {
        loop {
            if self.is_late() {
                return Some(Over::Late);
            }
            if self.has_done_all() && self.is_over() {
                return Some(Over::Done);
            }
            if self.receipts.len() >= self.role.window || Instant::now() < self.until {
                return None;
            }
            if self.refused.front().is_some_and(|(due, _)| *due <= Instant::now()) {
                let (_, message) = self.refused.pop_front()?;
                self.post(client, message).await;
                continue;
            }
            // A conversation that is given up finishes what was asked by itself, and who has left says nothing more.
            let is_end = matches!(self.acts.front(), Some(Act::Leave(_) | Act::Again(_)));
            if is_end && !(self.receipts.is_empty() && self.refused.is_empty()) {
                return None;
            }
            match self.acts.pop_front()? {
                Act::Join(room, entrance) => self.join(client, events, room, entrance).await,
                Act::Leave(room) => {
                    if let Some(place) = self.rooms.get_mut(&room) {
                        place.is_wanted = false;
                    }
                    self.meanwhile(events, client.leave(&room, None)).await;
                    // Events that were waiting are of the membership still.
                    while let Ok(Some(event)) = timeout(Duration::ZERO, events.next()).await {
                        self.hear(event);
                    }
                    let membership = self.rooms.get_mut(&room).and_then(|place| place.membership.take());
                    self.account.memberships.extend(membership);
                }
                Act::Say { room, id, text } => {
                    let id = if self.random.bool() { id.map_or(SaidId::Drawn, SaidId::Given) } else { SaidId::Drawn };
                    let moment = self.course.tide.moment();
                    self.publisher.said.push(record::Said { room, id, text, moment });
                    self.post(client, self.publisher.said.len() - 1).await;
                }
                Act::Page { room, forwards, span } => self.page(client, events, &room, forwards, span).await,
                // Only who talks in frames searches.
                Act::Search { .. } => {}
                Act::Pause(time) => self.until = Instant::now() + time,
                Act::Again(_) => return Some(Over::Again),
            }
        }
    }

    /// Waits for an answer, and goes on taking events.
    async fn meanwhile<T>(&mut self, events: &mut Events, asked: impl Future<Output = Result<T, Error>>) -> Option<T> {
        tokio::pin!(asked);
        loop {
            let until = match &*self.course.phase.borrow() {
                Phase::Ending { until, .. } => *until,
                Phase::Running => Instant::now() + PATIENCE,
            };
            if self.is_late() {
                return None;
            }
            tokio::select! {
                answer = &mut asked => match answer {
                    Ok(answer) => return Some(answer),
                    Err(error) => {
                        self.account.odd(format!("{}: the library answered {error}", self.role.name));
                        return None;
                    }
                },
                Some(event) = events.next() => self.hear(event),
                () = sleep_until(until.into()) => {}
            }
        }
    }

    async fn join(&mut self, client: &Client, events: &mut Events, room: String, entrance: Entrance) {
        let place = Place { position: None, is_wanted: true, membership: None, last: None };
        let place = self.rooms.entry(room.clone()).or_insert(place);
        place.is_wanted = true;
        let position = place.position.as_ref().map(|(epoch, seq)| Position::new(epoch, *seq));
        let since = match (entrance, position) {
            (Entrance::Resume | Entrance::ResumeLast(_), Some(position)) => {
                Since::After(position.expect("the server sent the epoch"))
            }
            (Entrance::Last(last) | Entrance::ResumeLast(last), _) => Since::Last(last),
            (Entrance::Now | Entrance::Resume, _) => Since::Now,
        };
        place.last = if let Since::Last(last) = since { Some(last) } else { None };
        self.account.trace.note(format_args!("join {room} {since:?}"));
        self.meanwhile(events, client.join_since(&room, since)).await;
    }

    async fn post(&mut self, client: &Client, message: usize) {
        let said = &self.publisher.said[message];
        self.publisher.steps.push(Step::Sent(message));
        self.account.trace.note(format_args!("say {} {message} ({} octets)", said.room, said.text.len()));
        let posted = match &said.id {
            SaidId::Given(id) => client.post_with_id(&said.room, id, &said.text).await,
            SaidId::None | SaidId::Drawn => client.post(&said.room, &said.text).await,
        };
        match posted {
            Ok(receipt) => _ = self.receipts.spawn(async move { (message, receipt.await) }),
            Err(error) => self.account.odd(format!("{}: the library can't say: {error}", self.role.name)),
        }
    }

    fn answered(&mut self, message: usize, answer: Result<Said, Error>) {
        match answer {
            Ok(Said { seq, repeat }) => {
                self.account.trace.note(format_args!("said {message} as {seq} {repeat}"));
                self.course.tide.raise(&self.publisher.said[message].room, seq);
                self.publisher.steps.push(Step::Accepted { message, seq, repeat });
            }
            Err(Error::Refused(refusal)) => {
                self.account.trace.note(format_args!("{message} was refused: {refusal}"));
                let is_clear = refusal.code == "internal" && refusal.after.is_some();
                if !is_clear {
                    self.account.odd(format!("{}: a message was refused: {refusal:?}", self.role.name));
                }
                self.publisher.steps.push(Step::Refused { message, code: refusal.code });
                let due = Instant::now() + refusal.after.unwrap_or(PATIENCE);
                self.until = self.until.max(due);
                // With an id of the library's own it would be another message.
                if is_clear && matches!(self.publisher.said[message].id, SaidId::Given(_)) {
                    self.refused.push_back((due, message));
                }
            }
            Err(error) => self.account.odd(format!("{}: a message has no answer: {error}", self.role.name)),
        }
    }

    async fn page(&mut self, client: &Client, events: &mut Events, room: &str, forwards: bool, span: u64) {
        let seen = self.course.tide.of(room);
        if seen == 0 || self.rooms.get(room).is_none_or(|place| !place.is_wanted) {
            return;
        }
        let first = if forwards { 1 } else { seen.saturating_sub(span) + 1 };
        let last = first + span - 1;
        let Some(history) = self.meanwhile(events, client.history(room, first..=last, None)).await else { return };
        let messages = history.messages.iter().map(Message::from).collect();
        let (who, room, epoch) = (self.role.name.clone(), room.to_owned(), history.epoch);
        let (next, moment) = (history.next, self.course.tide.moment());
        self.account.pages.push(Page { who, room, first, last, seen, epoch, messages, next, moment });
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Entered(entered) => self.entered(entered),
            Event::Message(message) => {
                self.course.tide.raise(&message.room, message.seq);
                self.event(&message.room, record::Event::Message(Message::from(&message)));
            }
            Event::Gap(gap) => {
                if gap.missed == Missed::Unread {
                    self.account.odd(format!("{}: the library folded events", self.role.name));
                }
                let (expired, moment) = (gap.missed == Missed::Expired, self.course.tide.moment());
                self.event(&gap.room, record::Event::Gap { first: gap.first, last: gap.last, expired, moment });
            }
            Event::Disconnected { loss, .. } => {
                self.account.trace.note(format_args!("disconnected: {loss}"));
                self.account.reconnects += 1;
            }
            Event::Removed { room, refusal } => {
                self.account.odd(format!("{} was removed from {room}: {refusal:?}", self.role.name));
            }
            Event::Ended(ending) if !matches!(ending, Ending::Done) => {
                self.account.odd(format!("{}: the conversation ended: {ending}", self.role.name));
            }
            _ => {}
        }
    }

    fn entered(&mut self, entered: Entered) {
        self.account.trace.note(format_args!("{entered:?}"));
        self.course.tide.raise(&entered.room, entered.newest);
        let Some(place) = self.rooms.get_mut(&entered.room) else { return };
        let before = place.membership.take();
        // What it had when it joined; a membership without a position before it is a new one.
        let after = place.position.take().filter(|_| entered.how != Entry::Fresh);
        place.position = Some((entered.epoch.clone(), entered.next - 1));
        place.membership = Some(Membership {
            who: self.role.name.clone(),
            room: entered.room,
            last: if after.is_some() { None } else { place.last },
            seen: after.as_ref().map_or(0, |(_, seq)| *seq),
            after,
            epoch: entered.epoch,
            next: entered.next,
            newest: entered.newest,
            reset: entered.how == Entry::Reset,
            events: Vec::new(),
            due: 0,
        });
        self.account.memberships.extend(before);
    }

    fn event(&mut self, room: &str, event: record::Event) {
        let Some(place) = self.rooms.get_mut(room) else { return };
        if let Some(membership) = &mut place.membership {
            membership.events.push(event);
            place.position = Some((membership.epoch.clone(), membership.covered()));
        }
    }

    fn has_done_all(&self) -> bool {
        self.acts.is_empty() && self.receipts.is_empty() && self.refused.is_empty()
    }

    /// Whether the round is over for this one; says once that there is nothing left to do.
    fn is_over(&mut self) -> bool {
        if !self.is_idle {
            self.is_idle = true;
            // Who counts them is there as long as the round.
            let _ = self.course.idle.send(());
        }
        let Phase::Ending { due, .. } = &*self.course.phase.borrow() else { return false };
        self.rooms.iter().all(|(room, place)| {
            let covered = place.membership.as_ref().map(Membership::covered);
            !place.is_wanted || covered >= due.get(room).copied()
        })
    }

    fn is_late(&self) -> bool {
        matches!(&*self.course.phase.borrow(), Phase::Ending { until, .. } if Instant::now() >= *until)
    }
}

impl From<&fanfare_client::Message> for Message {
    fn from(message: &fanfare_client::Message) -> Self {
        Self {
            seq: message.seq,
            at: message.at,
            name: message.name.clone(),
            id: message.id.clone(),
            text: message.text.clone(),
        }
    }
}

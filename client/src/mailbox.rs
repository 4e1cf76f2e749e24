//! Events on their way from the connection to the program: bounded, and never lost in silence.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

use crate::event::{Entered, Entry, Event, Gap, Missed};

/// How much more than what is wanted is kept while events can't be left with the server.
const SLACK: usize = 1 << 20;

/// Where the driver leaves events and the program takes them.
///
/// Past `capacity` it is full, and the driver reads no more from the server, which then counts the client as a slow
/// reader. But an answer that somebody waits for comes behind the events, so the driver reads on as long as one is due.
/// Past `SLACK` more, what comes then is not kept: numbers become gaps, the rest is named as missed too.
#[derive(Debug)]
pub(crate) struct Mailbox {
    capacity: usize,
    state: Mutex<State>,
    space: Notify,
}

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Event>,
    octets: usize,
    /// What was not kept, by room; it comes before the next event of its room.
    missed: BTreeMap<String, MissedInRoom>,
    told_missed: u64,
    /// The last `Connected` or `Disconnected`, if it was not kept. Of several, only the last still holds.
    connection: Option<Event>,
    reader: Reader,
}

/// What was not kept of a room.
#[derive(Debug, Default)]
struct MissedInRoom {
    /// The first and the last number.
    numbers: Option<(u64, u64)>,
    presence: bool,
}

#[derive(Debug, Default)]
enum Reader {
    #[default]
    Awake,
    Waiting(Waker),
    Gone,
}

impl Mailbox {
    /// An empty one that is full when its events take so many octets.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default(), space: Notify::new() }
    }

    /// Leaves an event.
    pub(crate) fn push(&self, event: Event) {
        let mut state = self.state();
        if matches!(state.reader, Reader::Gone) {
            return;
        }
        if state.octets < self.capacity + SLACK {
            state.keep_in_order(event);
        } else {
            state.miss(event);
        }
        if let Reader::Waiting(waker) = std::mem::take(&mut state.reader) {
            waker.wake();
        }
    }

    /// Whether nothing more should be read from the server.
    pub(crate) fn is_full(&self) -> bool {
        self.state().octets >= self.capacity
    }

    /// Waits until the program took something. It may return too early.
    pub(crate) async fn space(&self) {
        self.space.notified().await;
    }

    /// Takes the next event.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<Event> {
        let mut state = self.state();
        match state.take() {
            Some(event) => {
                self.space.notify_one();
                Poll::Ready(event)
            }
            None => {
                state.reader = Reader::Waiting(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// The program takes no more events.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        *state = State { reader: Reader::Gone, ..State::default() };
        self.space.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the lock")
    }
}

impl State {
    fn keep(&mut self, event: Event) {
        self.octets += event.cost();
        self.events.push_back(event);
    }

    fn take(&mut self) -> Option<Event> {
        if let Some(event) = self.events.pop_front() {
            self.octets -= event.cost();
            return Some(event);
        }
        if self.told_missed > 0 {
            return Some(Event::ToldMissed { count: std::mem::take(&mut self.told_missed) });
        }
        if let Some(event) = self.connection.take() {
            return Some(event);
        }
        let (room, missed) = self.missed.pop_first()?;
        missed.into_events(room, &mut |event| self.keep(event));
        self.take()
    }

    /// Enters what can't be kept into the account of what was missed.
    fn miss(&mut self, event: Event) {
        match event {
            Event::Message(message) => self.miss_numbers(message.room, message.seq, message.seq),
            Event::Note(note) => self.miss_numbers(note.room, note.seq, note.seq),
            Event::Gap(gap) => self.miss_numbers(gap.room, gap.first, gap.last),
            Event::Told(_) => self.told_missed += 1,
            Event::ToldMissed { count } => self.told_missed += count,
            Event::Joined { room, .. } | Event::Left { room, .. } | Event::Members { room, .. } => {
                self.missed.entry(room).or_default().presence = true;
            }
            // The numbers go on where they were. Who came and went meanwhile is not told.
            Event::Entered(Entered { room, how: Entry::Resumed, .. }) => {
                self.missed.entry(room).or_default().presence = true;
            }
            Event::Connected(_) | Event::Disconnected { .. } => self.connection = Some(event),
            // These are few.
            event => self.keep_in_order(event),
        }
    }

    fn miss_numbers(&mut self, room: String, first: u64, last: u64) {
        let numbers = &mut self.missed.entry(room).or_default().numbers;
        *numbers = Some((numbers.map_or(first, |(first, _)| first), last));
    }

    /// Keeps an event behind what was missed of its room before.
    fn keep_in_order(&mut self, event: Event) {
        if let Some(connection) = self.connection.take() {
            self.keep(connection);
        }
        if let Some(room) = event.room()
            && let Some((room, missed)) = self.missed.remove_entry(room)
        {
            missed.into_events(room, &mut |event| self.keep(event));
        }
        self.keep(event);
    }
}

impl MissedInRoom {
    fn into_events(self, room: String, keep: &mut dyn FnMut(Event)) {
        if let Some((first, last)) = self.numbers {
            keep(Event::Gap(Gap { room: room.clone(), first, last, missed: Missed::Unread }));
        }
        if self.presence {
            keep(Event::Members { room, total: None, joined: None, left: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;
    use crate::event::{Message, Told};

    impl Mailbox {
        /// Whether what comes is not kept any more.
        fn is_overfull(&self) -> bool {
            self.state().octets >= self.capacity + SLACK
        }
    }

    fn message(room: &str, seq: u64) -> Event {
        Event::Message(Message {
            room: room.to_owned(),
            seq,
            at: 0,
            name: "bob".to_owned(),
            id: None,
            text: "x".repeat(1_000),
        })
    }

    fn told() -> Event {
        Event::Told(Told { at: 0, name: "bob".to_owned(), id: None, text: String::new() })
    }

    fn take(mailbox: &Mailbox) -> Option<Event> {
        match mailbox.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(event) => Some(event),
            Poll::Pending => None,
        }
    }

    /// A mailbox that keeps nothing more, and how many messages of `#r` are in it.
    fn overfull() -> (Mailbox, u64) {
        let mailbox = Mailbox::new(0);
        let mut seq = 0;
        while !mailbox.is_overfull() {
            seq += 1;
            mailbox.push(message("#r", seq));
        }
        (mailbox, seq)
    }

    /// Takes everything. The numbers of a room must be contiguous from 1; how many came, and how many were missed.
    fn account(mailbox: &Mailbox, of: &str) -> (u64, u64) {
        let (mut came, mut missed) = (0, 0);
        while let Some(event) = take(mailbox) {
            match event {
                Event::Message(message) if message.room == of => {
                    assert_eq!(message.seq, came + missed + 1);
                    came += 1;
                }
                Event::Gap(gap) if gap.room == of => {
                    assert_eq!((gap.first, gap.missed.clone()), (came + missed + 1, Missed::Unread));
                    missed += gap.count();
                }
                _ => {}
            }
        }
        (came, missed)
    }

    #[test]
    fn it_is_full_at_its_capacity_and_has_space_again_when_something_is_taken() {
        let mailbox = Mailbox::new(message("#r", 1).cost() + 1);
        mailbox.push(message("#r", 1));
        assert!(!mailbox.is_full());
        mailbox.push(message("#r", 2));
        assert!(mailbox.is_full() && !mailbox.is_overfull());
        assert!(take(&mailbox).is_some());
        assert!(!mailbox.is_full());
    }

    #[test]
    fn messages_that_are_not_kept_become_a_gap_in_their_place() {
        let (mailbox, kept) = overfull();
        for seq in kept + 1..=kept + 5 {
            mailbox.push(message("#r", seq));
        }
        assert!(take(&mailbox).is_some() && take(&mailbox).is_some());
        mailbox.push(message("#r", kept + 6));
        let mut seqs = Vec::new();
        while let Some(event) = take(&mailbox) {
            match event {
                Event::Message(message) => seqs.push((message.seq, message.seq)),
                Event::Gap(gap) => seqs.push((gap.first, gap.last)),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(seqs[seqs.len() - 2..], [(kept + 1, kept + 5), (kept + 6, kept + 6)]);
    }

    #[test]
    fn a_gap_at_the_end_comes_by_itself_and_of_each_room() {
        let (mailbox, kept) = overfull();
        for seq in 1..=3 {
            mailbox.push(message("#r", kept + seq));
            mailbox.push(message("#a", seq));
        }
        mailbox.push(told());
        mailbox.push(told());
        mailbox.push(Event::Joined { room: "#a".to_owned(), name: "bob".to_owned() });
        let events: Vec<_> = std::iter::from_fn(|| take(&mailbox)).collect();
        assert!(
            matches!(&events[events.len() - 4..], [
                Event::ToldMissed { count: 2 },
                Event::Gap(a),
                Event::Members { total: None, .. },
                Event::Gap(r),
            ] if (a.first, a.last) == (1, 3) && r.count() == 3),
            "{:?}",
            &events[events.len() - 4..]
        );
    }

    #[test]
    fn the_account_holds_however_it_is_filled_and_taken() {
        let (mailbox, mut seq) = overfull();
        for _ in 0..10 {
            for _ in 0..7 {
                seq += 1;
                mailbox.push(message("#r", seq));
            }
        }
        let (came, missed) = account(&mailbox, "#r");
        assert_eq!(came + missed, seq);
        assert_eq!(missed, 70);
    }

    #[test]
    fn a_membership_that_begins_anew_stands_behind_what_was_missed_of_the_old_one() {
        let (mailbox, kept) = overfull();
        mailbox.push(message("#r", kept + 1));
        mailbox.push(Event::Entered(Entered {
            room: "#r".to_owned(),
            epoch: "e2".to_owned(),
            next: 1,
            newest: 0,
            members: 1,
            how: Entry::Reset,
        }));
        let events: Vec<_> = std::iter::from_fn(|| take(&mailbox)).collect();
        assert!(matches!(&events[events.len() - 2..], [Event::Gap(_), Event::Entered(_)]));
    }

    #[test]
    fn a_reader_that_waits_is_woken_and_one_that_is_gone_is_not_kept_for() {
        let mailbox = Mailbox::new(1);
        assert!(take(&mailbox).is_none());
        assert!(matches!(mailbox.state().reader, Reader::Waiting(_)));
        mailbox.push(told());
        assert!(matches!(mailbox.state().reader, Reader::Awake));
        mailbox.close();
        mailbox.push(told());
        assert!(!mailbox.is_full() && take(&mailbox).is_none());
    }
}

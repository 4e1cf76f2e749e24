//! What workers are told from outside.

use std::collections::VecDeque;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use fanfare_protocol::session::Millis;
use mio::Waker;

use crate::admission::Ticket;
use crate::history::{Errand, Fetched, News};
use crate::hub::{Home, Room};

/// A message to a worker.
///
/// The number of letters that wait is bounded by their kinds: connections by the gate, wakes by one a room, private
/// messages by their receivers' shares, stored messages by what a worker reads before they are, the others by the number of
/// connections.
#[derive(Debug)]
pub(crate) enum Letter {
    /// A new connection is to be served.
    Connection(TcpStream, Ticket),
    /// There is something to read in a room.
    Wake(Arc<Room>),
    /// A private message for a connection, in its dialect; its octets are taken from the person's share.
    Told(Home, Bytes),
    /// Messages are stored, or refused.
    Stored(News),
    /// What a connection has asked for has come from the disk.
    Fetched(Box<Errand>, Fetched),
    /// Another connection has taken over this one's name.
    Replaced(Home),
    /// The server ends; what is not delivered by then is not delivered.
    Shutdown(Millis),
}

/// The way to a worker. Letters to a worker that has ended are lost, and so is what they are about.
#[derive(Clone, Debug)]
pub(crate) struct Mailbox {
    post: Arc<Mutex<Post>>,
    waker: Arc<Waker>,
}

#[derive(Debug)]
struct Post {
    letters: VecDeque<Letter>,
    worker: State,
}

/// What the worker does. Only one that sleeps costs its correspondents a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Awake,
    Asleep,
    Ended,
}

impl Mailbox {
    /// The mailbox of a worker that is awake, and that sleeps on what has this waker.
    pub(crate) fn new(waker: Arc<Waker>) -> Self {
        Self { post: Arc::new(Mutex::new(Post { letters: VecDeque::new(), worker: State::Awake })), waker }
    }

    pub(crate) fn send(&self, letter: Letter) {
        let mut post = self.lock();
        if post.worker == State::Ended {
            // A worker ends only with the server, and with all that the letter could be about.
            return;
        }
        post.letters.push_back(letter);
        let slept = std::mem::replace(&mut post.worker, State::Awake) == State::Asleep;
        // The first that a worker does when it wakes is to take this lock.
        drop(post);
        if slept {
            self.waker.wake().expect("an open event descriptor takes one more");
        }
    }

    /// The worker takes its letters, behind those that it has not opened yet.
    pub(super) fn take(&self, into: &mut VecDeque<Letter>) {
        let mut post = self.lock();
        post.worker = State::Awake;
        if into.is_empty() {
            std::mem::swap(into, &mut post.letters);
        } else {
            into.append(&mut post.letters);
        }
    }

    /// The worker has nothing else to do: whether it may sleep, as there is no letter either.
    pub(super) fn may_sleep(&self) -> bool {
        let mut post = self.lock();
        if post.letters.is_empty() {
            post.worker = State::Asleep;
        }
        post.worker == State::Asleep
    }

    /// The worker opens no more letters.
    pub(super) fn close(&self) {
        let mut post = self.lock();
        post.worker = State::Ended;
        // Outside of the lock: what a letter is about may have locks of its own.
        let unopened = std::mem::take(&mut post.letters);
        drop(post);
        drop(unopened);
    }

    fn lock(&self) -> MutexGuard<'_, Post> {
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mio::{Events, Poll, Token};

    use super::*;

    fn letter() -> Letter {
        Letter::Shutdown(Millis(7))
    }

    #[test]
    fn only_a_worker_that_sleeps_is_woken_and_once() {
        let mut poll = Poll::new().expect("a poll");
        let waker = Waker::new(poll.registry(), Token(0)).expect("a waker");
        let mut was_woken = || {
            let mut events = Events::with_capacity(2);
            poll.poll(&mut events, Some(Duration::ZERO)).expect("it is open");
            !events.is_empty()
        };
        let (mailbox, mut letters) = (Mailbox::new(Arc::new(waker)), VecDeque::new());
        mailbox.send(letter());
        assert!(!was_woken());
        assert!(!mailbox.may_sleep());
        mailbox.take(&mut letters);
        assert!(mailbox.may_sleep());
        mailbox.send(letter());
        mailbox.send(letter());
        assert!(was_woken() && !was_woken());
        mailbox.take(&mut letters);
        assert_eq!(letters.len(), 3);
    }

    #[test]
    fn letters_to_a_worker_that_has_ended_are_dropped() {
        let poll = Poll::new().expect("a poll");
        let mailbox = Mailbox::new(Arc::new(Waker::new(poll.registry(), Token(0)).expect("a waker")));
        mailbox.send(letter());
        mailbox.close();
        mailbox.send(letter());
        assert!(mailbox.lock().letters.is_empty());
    }
}

//! Which connections a worker has to look at.
//!
//! A connection has no task. Its socket wakes a waker that only notes the connection's number, and the worker, which
//! is one task, looks at all that are noted in its next turn.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

use atomic_waker::AtomicWaker;

/// The numbers that were noted since the last turn.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    noted: Mutex<Vec<usize>>,
    worker: AtomicWaker,
}

/// The waker of one connection.
#[derive(Debug)]
struct Note {
    connection: usize,
    noted: AtomicBool,
    ready: Arc<Ready>,
}

/// A connection's waker, and the means to hear it again.
#[derive(Debug)]
pub(crate) struct Bell {
    note: Arc<Note>,
    pub(crate) waker: Waker,
}

impl Ready {
    /// The waker for a connection.
    pub(crate) fn bell(self: &Arc<Self>, connection: usize) -> Bell {
        let note = Arc::new(Note { connection, noted: AtomicBool::new(false), ready: Arc::clone(self) });
        Bell { waker: Waker::from(Arc::clone(&note)), note }
    }

    /// The worker's own waker, for when something is noted.
    pub(crate) fn register(&self, worker: &Waker) {
        self.worker.register(worker);
    }

    /// Moves what was noted to `into`, which must be empty.
    pub(crate) fn take(&self, into: &mut Vec<usize>) {
        std::mem::swap(&mut *self.noted.lock().unwrap_or_else(PoisonError::into_inner), into);
    }
}

impl Bell {
    /// The worker is about to look at the connection: from now on it can be noted again.
    pub(crate) fn heard(&self) {
        self.note.noted.store(false, Ordering::Release);
    }
}

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.noted.swap(true, Ordering::AcqRel) {
            let mut noted = self.ready.noted.lock().unwrap_or_else(PoisonError::into_inner);
            noted.push(self.connection);
            let first = noted.len() == 1;
            drop(noted);
            if first {
                self.ready.worker.wake();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_noted_once_until_it_was_looked_at() {
        let ready = Arc::new(Ready::default());
        let (one, two) = (ready.bell(1), ready.bell(2));
        let mut list = Vec::new();
        one.waker.wake_by_ref();
        two.waker.wake_by_ref();
        one.waker.wake_by_ref();
        ready.take(&mut list);
        assert_eq!(list, [1, 2]);
        list.clear();
        one.heard();
        one.waker.wake_by_ref();
        two.waker.wake_by_ref();
        ready.take(&mut list);
        assert_eq!(list, [1]);
    }
}

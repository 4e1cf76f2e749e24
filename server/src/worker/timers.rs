//! What a worker has to do at a certain time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fanfare_protocol::session::Millis;

/// A heap of times, each with what is to be done then.
///
/// A time is never moved: whoever wants another time adds it, and finds out when the old one comes that it means
/// nothing any more. A connection whose deadline moves with every octet thus costs one entry for each interval.
#[derive(Debug)]
pub(crate) struct Timers<T> {
    heap: BinaryHeap<Reverse<Timer<T>>>,
}

#[derive(Debug)]
struct Timer<T> {
    at: Millis,
    what: T,
}

impl<T> Timers<T> {
    pub(crate) fn new() -> Self {
        Self { heap: BinaryHeap::new() }
    }

    /// Adds something to do.
    pub(crate) fn add(&mut self, at: Millis, what: T) {
        self.heap.push(Reverse(Timer { at, what }));
    }

    /// The earliest time.
    pub(crate) fn next(&self) -> Option<Millis> {
        self.heap.peek().map(|Reverse(timer)| timer.at)
    }

    /// The earliest thing to do whose time has come.
    pub(crate) fn pop(&mut self, now: Millis) -> Option<T> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(timer)| timer.what)
    }
}

impl<T> PartialEq for Timer<T> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl<T> Eq for Timer<T> {}

impl<T> PartialOrd for Timer<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Timer<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_the_order_of_its_time_and_not_before_it() {
        let mut timers = Timers::new();
        for at in [30, 10, 20] {
            timers.add(Millis(at), at);
        }
        assert_eq!((timers.next(), timers.pop(Millis(9))), (Some(Millis(10)), None));
        assert_eq!(
            (timers.pop(Millis(25)), timers.pop(Millis(25)), timers.pop(Millis(25))),
            (Some(10), Some(20), None)
        );
    }
}

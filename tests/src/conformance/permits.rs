//! How many connections the suite has open at once.

use std::sync::{Condvar, Mutex};

/// A number of connections that the checks share.
#[derive(Debug)]
pub(super) struct Permits {
    free: Mutex<usize>,
    returned: Condvar,
}

/// Some connections, until it is dropped.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    permits: &'a Permits,
    count: usize,
}

impl Permits {
    /// So many in all.
    pub(super) fn new(count: usize) -> Self {
        Self { free: Mutex::new(count), returned: Condvar::new() }
    }

    /// Waits until so many are free. All are taken at once, so nobody waits for who waits.
    pub(super) fn take(&self, count: usize) -> Permit<'_> {
        let free = self.free.lock().expect("nobody panics while holding it");
        let mut free = self.returned.wait_while(free, |free| *free < count).expect("nobody panics while holding it");
        *free -= count;
        Permit { permits: self, count }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.permits.free.lock().expect("nobody panics while holding it") += self.count;
        self.permits.returned.notify_all();
    }
}

//! What can be counted of a run while it goes on.

/// What is counted, from the beginning of the run on. It never becomes less, except where it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Connections that have joined: clients, and publishers that are apart.
    Joined,
    /// Clients whose connections stand. It can become less.
    Connected,
    /// Messages that were sent.
    Published,
    /// Of these, those that the server accepted.
    Accepted,
    /// Refusals of the server.
    Refused,
    /// Messages that have no answer yet, of publishers whose connections stand. It can become less.
    Unanswered,
    /// Messages that were not refused and that somebody has still to receive. It can become less.
    Unsettled,
    /// Messages that had to wait because the server did not take those before.
    Held,
    /// Messages that were due and were never sent. Known at the end.
    Unsent,
    /// Deliveries.
    Received,
    /// Octets of everything that was read or counted.
    Octets,
    /// Deliveries that never came and that no `GAP` named. What is lost behind the last message is known at the end.
    Lost,
    /// Deliveries that a `GAP` named.
    Missed,
    /// Deliveries that could not come because the connection had ended. Known at the end.
    Cut,
    /// Deliveries that came again.
    Repeated,
    /// Deliveries that came behind a later one.
    Reordered,
    /// Frames that are malformed, or not what was published.
    Corrupt,
    /// Connections that had joined and ended.
    Disconnected,
    /// How late the latest of the messages was sent, those apart that the server held up, in nanoseconds.
    Late,
}

/// How many counts there are.
pub(super) const COUNTS: usize = Count::Late as usize + 1;

/// One number for each [`Count`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; COUNTS]);

impl Counts {
    pub(super) fn new(of: impl Fn(usize) -> u64) -> Self {
        Self(std::array::from_fn(of))
    }

    pub(super) fn each(&self) -> &[u64] {
        &self.0
    }

    /// The same, with one of them another.
    #[must_use]
    pub fn with(mut self, count: Count, number: u64) -> Self {
        self.0[count as usize] = number;
        self
    }

    /// One of them.
    pub fn get(&self, count: Count) -> u64 {
        self.0[count as usize]
    }
}

//! One connection of a conversation: its session, its pace and its times.

use bytes::BytesMut;
use fanfare_protocol::limits::MAX_TEXT;
use fanfare_protocol::session::{ClientSession, Millis};
use fanfare_protocol::{ClientMessage, Number, Welcome};

use super::pacer::Pacer;

pub(super) struct Link {
    pub(super) session: ClientSession,
    pub(super) phase: Phase,
    /// The most octets of a text that the server takes.
    pub(super) text_limit: usize,
    pacer: Option<Pacer>,
    /// The keep-alive interval in milliseconds.
    interval: u64,
    /// When octets were last sent to show that one is there, while nothing is read.
    shown: Millis,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    /// Since then, a `WELCOME` is waited for.
    Opening { since: Millis },
    /// Requests go.
    Open { since: Millis },
    /// The server has until then to answer the `BYE`.
    Leaving { until: Millis },
}

impl Link {
    pub(super) fn new(now: Millis) -> Self {
        Self {
            session: ClientSession::new(),
            phase: Phase::Opening { since: now },
            text_limit: MAX_TEXT,
            pacer: None,
            interval: 0,
            shown: now,
        }
    }

    pub(super) fn welcome(&mut self, now: Millis, welcome: &Welcome<'_>) {
        self.phase = Phase::Open { since: now };
        self.text_limit = usize::try_from(welcome.text_limit.get()).unwrap_or(MAX_TEXT);
        self.pacer = welcome.rate.map(|rate| Pacer::new(now, rate.get()));
        self.interval = Number::get(welcome.ping) * 1_000;
        self.shown = now;
    }

    /// Whether the server's rate lets a request go.
    pub(super) fn is_open(&mut self, now: Millis) -> bool {
        self.pacer.as_mut().is_none_or(|pacer| pacer.is_open(now))
    }

    /// When it will, if answers don't come before.
    pub(super) fn opens_at(&self) -> Option<Millis> {
        self.pacer.as_ref().and_then(Pacer::opens_at)
    }

    pub(super) fn sent(&mut self) {
        if let Some(pacer) = &mut self.pacer {
            pacer.sent();
        }
    }

    pub(super) fn answered(&mut self, now: Millis) {
        if let Some(pacer) = &mut self.pacer {
            pacer.answered(now);
        }
    }

    /// When [`expire`](Self::expire) has something to do.
    pub(super) fn deadline(&self, patience: u64, reading: bool) -> Option<Millis> {
        match self.phase {
            Phase::Opening { since } => Some(since + patience),
            Phase::Leaving { until } => Some(until),
            Phase::Open { .. } if reading => self.session.deadline(),
            Phase::Open { .. } => Some(self.shown + self.interval),
        }
    }

    /// Does what the time calls for. It returns whether the server is to be given up.
    pub(super) fn expire(&mut self, now: Millis, patience: u64, reading: bool, out: &mut BytesMut) -> bool {
        if self.deadline(patience, reading).is_none_or(|deadline| now < deadline) {
            return false;
        }
        match self.phase {
            Phase::Opening { .. } | Phase::Leaving { .. } => true,
            Phase::Open { .. } if reading => self.session.expire(now, out),
            Phase::Open { .. } => {
                // Its PING is not read, so it is not answered; this shows that one is there.
                self.shown = now;
                // The session has not ended.
                let _ = self.session.send(&ClientMessage::Ping { token: None }, out);
                false
            }
        }
    }
}

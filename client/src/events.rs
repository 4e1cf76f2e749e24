//! The stream of what happens.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::event::Event;
use crate::mailbox::Mailbox;

/// What happens in a conversation, in order. Its last item is [`Event::Ended`].
///
/// A program that takes no events costs the server and the others nothing, and bounded memory here: past
/// [`Config::event_memory`](crate::Config::event_memory) nothing more is read, and the server counts the client as a slow
/// reader; what it passes over comes as a [`Gap`](crate::Gap). While a request waits for its answer, reading goes on,
/// and what then has no room becomes a gap as well. What a program does
/// itself is not folded: each room that it enters meanwhile takes some 200 octets. Dropping this drops all events to
/// come; requests work without it.
pub struct Events {
    mailbox: Arc<Mailbox>,
    /// One that was looked at and not taken.
    first: Option<Event>,
    ended: bool,
}

impl Events {
    pub(crate) fn new(mailbox: Arc<Mailbox>) -> Self {
        Self { mailbox, first: None, ended: false }
    }

    /// Looks at the first event. It is only for the one that every conversation begins with.
    pub(crate) async fn first(&mut self) -> &Event {
        let event = poll_fn(|context| self.mailbox.poll(context)).await;
        self.first.insert(event)
    }

    /// The next event; `None` behind [`Event::Ended`].
    ///
    /// It is cancel-safe: an event is taken when the future is ready, and never lost with it.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let event = match self.first.take() {
            Some(event) => event,
            None => ready!(self.mailbox.poll(context)),
        };
        self.ended = matches!(event, Event::Ended(_));
        Poll::Ready(Some(event))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.mailbox.close();
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("ended", &self.ended).finish_non_exhaustive()
    }
}

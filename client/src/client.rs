//! What a program holds: requests in, answers out.

use std::fmt;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use fanfare_protocol::{Epoch, Id, Name, PageSize, Query, Reason, RoomName, Seq, SeqRange, Text, ValueError};
use tokio::sync::{mpsc, oneshot};

use crate::ask::{Answer, Ask, Found, History, Members, Rooms, Said, Since};
use crate::config::Config;
use crate::conversation::{Bye, Ids};
use crate::driver::{Command, Driver, Outcome, random};
use crate::error::{Ending, Error};
use crate::event::{Entered, Event};
use crate::events::Events;
use crate::mailbox::Mailbox;
use crate::owned::{OwnedEpoch, OwnedId, OwnedName, OwnedQuery, OwnedReason, OwnedRoom, OwnedText};

/// Requests that wait for the driver to take them.
const COMMANDS: usize = 16;

/// A conversation with a server. It is cheap to clone; all clones are the same person.
///
/// A request is kept until it is answered, over lost connections: then the rooms are joined again where one was, and
/// what has no answer is sent once more, a message with the id it had, so that it is said once. Each method is
/// cancel-safe in this sense: a future that is dropped before the request was taken has done nothing; one that is
/// dropped later has lost only the answer.
///
/// When the last clone is dropped, what was asked is finished, and the server is told goodbye.
#[derive(Clone)]
pub struct Client {
    commands: mpsc::Sender<Command>,
    ids: Arc<Mutex<Ids>>,
    outcome: Outcome,
}

impl Client {
    /// Connects, and registers the name. The conversation is carried by a task of the tokio runtime it is called in.
    ///
    /// The first event is [`Event::Connected`], which is also waited for here.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`] if no connection can be made or the name is refused: the first attempt is the only one.
    pub async fn connect(config: Config) -> Result<(Self, Events), Error> {
        let mailbox = Arc::new(Mailbox::new(config.event_memory));
        let outcome = Outcome::default();
        let (commands, taken) = mpsc::channel(COMMANDS);
        tokio::spawn(Driver::new(&config, taken, Arc::clone(&mailbox), Arc::clone(&outcome)).run());
        //= protocol/SPEC.md#4-7-say
        //# A client MUST put at least 64 random bits, drawn anew for each process at least, into each id it makes.
        let client = Self { commands, ids: Arc::new(Mutex::new(Ids::new(random()))), outcome };
        let mut events = Events::new(mailbox);
        match events.first().await {
            Event::Ended(ending) => Err(ending.clone().into()),
            _ => Ok((client, events)),
        }
    }

    /// Becomes a member of a room, from now on. SPEC.md, section 4.5.
    ///
    /// # Errors
    ///
    /// As [`join_since`](Self::join_since).
    pub async fn join(&self, room: &str) -> Result<Entered, Error> {
        self.join_since(room, Since::Now).await
    }

    /// Becomes a member of a room, and reads it from a place in the past on. SPEC.md, sections 4.5 and 6.2.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `already-joined`, `too-many-rooms` or `not-allowed`.
    pub async fn join_since(&self, room: &str, since: Since) -> Result<Entered, Error> {
        let room = OwnedRoom::from(RoomName::new(room)?);
        self.ask(|answer| Ask::Join { room, since, answer }).await?.await
    }

    /// Ends a membership, with words of at most 256 octets for those who stay. No event of the room comes after the
    /// answer, except those that wait in [`Events`] already. SPEC.md, section 4.6.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `not-joined`.
    pub async fn leave(&self, room: &str, reason: Option<&str>) -> Result<(), Error> {
        let (room, reason) = (OwnedRoom::from(RoomName::new(room)?), owned_reason(reason)?);
        self.ask(|answer| Ask::Leave { room, reason, answer }).await?.await
    }

    /// Says something in a room, and waits until the server has it. SPEC.md, section 4.7.
    ///
    /// It is said once, whatever happens to connections meanwhile, as long as the server does not lose its memory. If
    /// the server cannot store it, it is tried again until it can: see [`Event::Delayed`].
    ///
    /// # Errors
    ///
    /// [`Error::Text`] and [`Error::TextTooLong`] for a text that can't be said, [`Error::Refused`] with `not-joined`.
    pub async fn say(&self, room: &str, text: &str) -> Result<Said, Error> {
        self.post(room, text).await?.await
    }

    /// Says something in a room, in turn with what was posted before. It waits only until there is place for it: up to
    /// 256 requests can be without an answer.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] for a text that can't be said; for the rest, see the [`Receipt`].
    pub async fn post(&self, room: &str, text: &str) -> Result<Receipt<Said>, Error> {
        let id = self.id();
        self.post_as(room, id, text).await
    }

    /// As [`post`](Self::post), with an id of one's own: 1 to 64 of `A-Z a-z 0-9 _ -`, at least 64 of its bits random.
    /// A program that keeps it can say the same again in a later run, and the server says it only once, for at least 5
    /// minutes.
    ///
    /// # Errors
    ///
    /// As [`post`](Self::post); and [`Error::Refused`] with `id-reused` for an id that had another text.
    pub async fn post_with_id(&self, room: &str, id: &str, text: &str) -> Result<Receipt<Said>, Error> {
        self.post_as(room, Id::new(id)?.into(), text).await
    }

    /// Tells one person something in private. That it is done means that it waits for the person. SPEC.md, section 4.8.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] and [`Error::TextTooLong`] for a text that can't be told; [`Error::Refused`] with
    /// `no-such-name`, or with `busy` if too much waits for the person.
    pub async fn tell(&self, name: &str, text: &str) -> Result<(), Error> {
        let (name, id, text) = (OwnedName::from(Name::new(name)?), self.id(), OwnedText::from(Text::new(text)?));
        self.ask(|answer| Ask::Tell { name, id, text, answer }).await?.await
    }

    /// Who is in a room: the first 1,000 names behind one, in the order of their lower-case letters. One need not be a
    /// member. SPEC.md, section 4.9.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `no-such-room`.
    pub async fn who(&self, room: &str, after: Option<&str>) -> Result<Members, Error> {
        let room = OwnedRoom::from(RoomName::new(room)?);
        let after = after.map(Name::new).transpose()?.map(OwnedName::from);
        self.ask(|answer| Ask::Who { room, after, names: Vec::new(), answer }).await?.await
    }

    /// Which rooms there are: the first 1,000 behind one, in the order of their names. SPEC.md, section 4.10.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub async fn rooms(&self, after: Option<&str>) -> Result<Rooms, Error> {
        let after = after.map(RoomName::new).transpose()?.map(OwnedRoom::from);
        self.ask(|answer| Ask::Rooms { after, rooms: Vec::new(), answer }).await?.await
    }

    /// Messages of a room that one is in, as far as they are kept: one page. SPEC.md, section 4.11.
    ///
    /// With an epoch, the numbers are of that numbering of the room; without, of its present one.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a range that is empty or begins with 0; [`Error::Refused`] with `not-joined` or
    /// `wrong-epoch`.
    pub async fn history(&self, room: &str, seqs: RangeInclusive<u64>, epoch: Option<&str>) -> Result<History, Error> {
        let room = OwnedRoom::from(RoomName::new(room)?);
        let range = Seq::new(*seqs.start())
            .zip(Seq::new(*seqs.end()))
            .and_then(|(first, last)| SeqRange::new(first, last))
            .ok_or(ValueError { what: "range of numbers", rule: "from 1 on, and the first not above the last" })?;
        let epoch = epoch.map(Epoch::new).transpose()?.map(OwnedEpoch::from);
        self.ask(|answer| Ask::History { room, range, epoch, past: Vec::new(), answer }).await?.await
    }

    /// Messages of a room that one is in, by the words that they have: the newest `last` of those that match, 1 to 1,000,
    /// if there is a `before` only of those with lower numbers. SPEC.md, section 4.15.
    ///
    /// The text has at most 256 octets. What is between its blanks is looked for, each anywhere in a message, and its
    /// words directly one after another: `1.88 tokio` finds messages that have `1` before `88`, and `tokio`.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] for a text that is too long or has neither a letter nor a digit, [`Error::Invalid`] for a `last`
    /// or a `before` out of bounds; [`Error::Refused`] with `not-joined`, or with `not-allowed` by a server that does not
    /// search.
    pub async fn search(&self, room: &str, text: &str, before: Option<u64>, last: u64) -> Result<Found, Error> {
        let (room, text) = (OwnedRoom::from(RoomName::new(room)?), OwnedQuery::from(Query::new(text)?));
        let last = PageSize::new(last).ok_or(ValueError { what: "number of messages", rule: "from 1 to 1000" })?;
        let before = before
            .map(|seq| Seq::new(seq).ok_or(ValueError { what: "number of a message", rule: "from 1 on" }))
            .transpose()?;
        self.ask(|answer| Ask::Search { room, before, last, text, past: Vec::new(), answer }).await?.await
    }

    /// Finishes what was asked, and says goodbye with words of at most 256 octets. [`Event::Ended`] follows.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`] if the conversation ended in another way before.
    pub async fn bye(&self, reason: Option<&str>) -> Result<(), Error> {
        let (answer, receipt) = self.receipt();
        let bye = Bye { reason: owned_reason(reason)?, answer: Some(answer) };
        self.command(Command::Bye(bye)).await?;
        receipt.await
    }

    async fn post_as(&self, room: &str, id: OwnedId, text: &str) -> Result<Receipt<Said>, Error> {
        let (room, text) = (OwnedRoom::from(RoomName::new(room)?), OwnedText::from(Text::new(text)?));
        self.ask(|answer| Ask::Say { room, id, text, heard: None, answer }).await
    }

    fn id(&self) -> OwnedId {
        self.ids.lock().expect("nothing panics while it holds the lock").next()
    }

    async fn ask<T>(&self, ask: impl FnOnce(Answer<T>) -> Ask) -> Result<Receipt<T>, Error> {
        let (answer, receipt) = self.receipt();
        self.command(Command::Ask(ask(answer))).await?;
        Ok(receipt)
    }

    async fn command(&self, command: Command) -> Result<(), Error> {
        self.commands.send(command).await.map_err(|_| ended(&self.outcome))
    }

    fn receipt<T>(&self) -> (Answer<T>, Receipt<T>) {
        let (answer, receiver) = oneshot::channel();
        (answer, Receipt { receiver, outcome: Arc::clone(&self.outcome) })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("ended", &self.outcome.get()).finish_non_exhaustive()
    }
}

/// The answer to something that was asked, to be awaited. To drop it is to lose the answer, and nothing else.
pub struct Receipt<T> {
    receiver: oneshot::Receiver<Result<T, Error>>,
    outcome: Outcome,
}

impl<T> Future for Receipt<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.receiver).poll(context));
        Poll::Ready(answer.unwrap_or_else(|_| Err(ended(&self.outcome))))
    }
}

impl<T> fmt::Debug for Receipt<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt").finish_non_exhaustive()
    }
}

/// How it ended; without a driver that says so, its runtime is gone.
fn ended(outcome: &Outcome) -> Error {
    outcome.get().cloned().unwrap_or(Ending::Abandoned).into()
}

fn owned_reason(reason: Option<&str>) -> Result<Option<OwnedReason>, Error> {
    Ok(reason.map(Reason::new).transpose()?.map(OwnedReason::from))
}

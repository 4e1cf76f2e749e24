//! Somebody who talks to the server past the network, one request at a time: the probe of a full disk, and the final
//! reader. Its moments are at the end: more is kept of nothing than then.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

use fanfare_protocol::{ClientMessage, Id, Name, PageSize, Query, RoomName, Seq, SeqRange, Text, Token};
use tokio::time::{timeout, timeout_at};

use super::record::{Event, Message, Page, Said, SaidId, Search};
use super::wire::{Heard, Wire};

/// How long one answer may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// How often in a row a search may be put off: its index is behind, as after a start, or can't be written.
pub(super) const PUT_OFF: u32 = 40;

/// A connection that has a name.
pub(super) struct Direct {
    wire: Wire,
    name: String,
    /// Events since they were last taken, each with its room.
    pub(super) events: Vec<(String, Event)>,
    past: Vec<Message>,
}

impl Direct {
    /// Connects and takes a name.
    pub(super) async fn connect(server: SocketAddr, name: &str) -> Result<Self> {
        let wire = Wire::connect(server, false).await?;
        let mut direct = Self { wire, name: name.to_owned(), events: Vec::new(), past: Vec::new() };
        direct.send(&ClientMessage::Hello { name: Name::new(name).map_err(Error::other)?, token: None });
        match direct.answer().await? {
            Heard::Welcome(_) => Ok(direct),
            other => Err(unexpected("HELLO", &other)),
        }
    }

    /// Sends a request.
    pub(super) fn send(&self, message: &ClientMessage<'_>) {
        self.wire.send(message);
    }

    /// Joins a room. Its epoch, `next` and `newest`.
    pub(super) async fn join(&mut self, room: &str, last: Option<u64>) -> Result<(String, u64, u64)> {
        let last = last.map(fanfare_protocol::Number::saturating);
        self.send(&ClientMessage::Join { room: RoomName::new(room).map_err(Error::other)?, after: None, last });
        match self.answer().await? {
            Heard::Entered { epoch, next, newest, .. } => Ok((epoch, next, newest)),
            other => Err(unexpected("JOIN", &other)),
        }
    }

    /// Reads until a number of a room was covered.
    pub(super) async fn read_to(&mut self, room: &str, seq: u64) -> Result<()> {
        let covers = |(of, event): &(String, Event)| of == room && event.range().is_some_and(|(_, last)| last >= seq);
        while !self.events.iter().any(covers) {
            self.hear().await?;
        }
        Ok(())
    }

    /// Does nothing for a time but to show that it is there.
    pub(super) async fn idle(&mut self, during: Duration) -> Result<()> {
        let until = tokio::time::Instant::now() + during;
        loop {
            match timeout_at(until, self.hear()).await {
                Ok(Ok(None)) => {}
                Ok(Ok(Some(answer))) => return Err(unexpected("nothing", &answer)),
                Ok(Err(error)) => return Err(error),
                Err(_) => return Ok(()),
            }
        }
    }

    /// Asks for a page of a history.
    pub(super) async fn page(&mut self, room: &str, first: u64, last: u64, seen: u64) -> Result<Page> {
        let range = Seq::new(first).zip(Seq::new(last)).and_then(|(first, last)| SeqRange::new(first, last));
        let range = range.ok_or(ErrorKind::InvalidInput)?;
        let named = RoomName::new(room).map_err(Error::other)?;
        self.send(&ClientMessage::History { room: named, range, epoch: None });
        match self.answer().await? {
            Heard::Paged { epoch, next, .. } => {
                let messages = std::mem::take(&mut self.past);
                let (who, room, moment) = (self.name.clone(), room.to_owned(), u64::MAX);
                Ok(Page { who, room, first, last, seen, epoch, messages, next, moment })
            }
            other => Err(unexpected("HISTORY", &other)),
        }
    }

    /// Searches a room, and again as long as that is put off.
    pub(super) async fn search(
        &mut self,
        room: &str,
        text: &str,
        before: Option<u64>,
        last: u64,
        seen: u64,
    ) -> Result<Search> {
        let (named, query) = (RoomName::new(room).map_err(Error::other)?, Query::new(text).map_err(Error::other)?);
        let request = ClientMessage::Search {
            room: named,
            before: before.and_then(Seq::new),
            last: PageSize::new(last),
            text: query,
        };
        for _ in 0..PUT_OFF {
            self.send(&request);
            match self.answer().await? {
                Heard::Found { epoch, count, more } => {
                    let messages = std::mem::take(&mut self.past);
                    if messages.len() as u64 != count {
                        return Err(Error::other(format!("SEARCH: count={count} for {} messages", messages.len())));
                    }
                    let (who, room, text) = (self.name.clone(), room.to_owned(), text.to_owned());
                    return Ok(Search { who, room, text, before, last, seen, epoch, messages, more, moment: u64::MAX });
                }
                Heard::Refused { code, retry: Some(retry) } if code == "internal" => {
                    self.idle(Duration::from_millis(retry)).await?;
                }
                other => return Err(unexpected("SEARCH", &other)),
            }
        }
        Err(Error::other(format!("SEARCH {room} {text:?} was put off {PUT_OFF} times")))
    }

    /// Says something; the answer is to be waited for.
    pub(super) fn say(&self, said: &Said) -> Result<()> {
        let id = match &said.id {
            SaidId::Given(id) => Some(Id::new(id).map_err(Error::other)?),
            SaidId::None | SaidId::Drawn => None,
        };
        let (room, text) = (RoomName::new(&said.room).map_err(Error::other)?, Text::new(&said.text));
        self.send(&ClientMessage::Say { room, id, text: text.map_err(Error::other)? });
        Ok(())
    }

    /// The next answer.
    pub(super) async fn answer(&mut self) -> Result<Heard> {
        loop {
            if let Some(answer) = self.hear().await? {
                return Ok(answer);
            }
        }
    }

    /// The next frame, if it is an answer; an event is kept.
    async fn hear(&mut self) -> Result<Option<Heard>> {
        let heard = timeout(PATIENCE, self.wire.next()).await.map_err(|_| Error::from(ErrorKind::TimedOut))??;
        match heard {
            Heard::Message(room, message) => self.events.push((room, Event::Message(message))),
            Heard::Gap { room, first, last, expired } => {
                self.events.push((room, Event::Gap { first, last, expired, moment: u64::MAX }));
            }
            Heard::Joined { room, name } if name == self.name => self.events.push((room, Event::Joined)),
            Heard::Past(_, message) => self.past.push(message),
            Heard::Ping(token) => {
                let token = token.as_deref().map(Token::new).transpose().map_err(Error::other)?;
                self.send(&ClientMessage::Pong { token });
            }
            Heard::Joined { .. } | Heard::Left { .. } | Heard::Other => {}
            answer => return Ok(Some(answer)),
        }
        Ok(None)
    }
}

fn unexpected(request: &str, answer: &Heard) -> Error {
    Error::other(format!("{request} was answered {answer:?}"))
}

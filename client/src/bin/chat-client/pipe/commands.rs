//! The commands among the lines.

use fanfare_client::Error;
use fanfare_protocol::Reason;

use super::answer::Answer;
use super::known::Room;
use super::notices::tell;
use super::speaker::{NoRoom, Speaker, Trouble};
use crate::command::{COMMANDS, Line};
use crate::missed::Range;
use crate::searches::PAGE;

impl Speaker {
    /// Does what a command asks for.
    pub(super) async fn obey(&mut self, command: Line<'_>) -> Result<(), Trouble> {
        match command {
            Line::Say(_) => {}
            Line::Join(room) => self.join(room).await?,
            Line::Leave { room, reason } => self.leave(room, reason).await?,
            Line::Msg { name, text } => self.client.tell(name, text).await?,
            Line::Who(room) => self.who(room).await?,
            Line::Rooms => self.list_rooms().await?,
            Line::History(count) => self.history(count).await?,
            Line::Search(words) => self.search(words).await?,
            Line::Missed => self.missed().await?,
            Line::Presence(_) => return Err(Trouble::ForTerminals("/presence")),
            Line::Help => {
                for (_, usage, does) in COMMANDS {
                    tell(format_args!("* {usage}: {does}"));
                }
            }
            Line::Quit(reason) => {
                if let Some(reason) = reason {
                    Reason::new(reason).map_err(Error::from)?;
                }
                self.outcome.quit = Some(reason.map(str::to_owned));
                return Err(Trouble::Quit);
            }
        }
        Ok(())
    }

    async fn join(&mut self, room: String) -> Result<(), Trouble> {
        // Until it is done, and if it is not, nothing is for the room before.
        self.current = Err(NoRoom::NotJoined);
        match self.client.join(&room).await {
            Ok(entered) => self.known.borrow_mut().enter(&entered),
            // Then it is where one speaks from now on.
            Err(Error::Refused(refusal)) if refusal.code == "already-joined" => {}
            Err(error) => return Err(error.into()),
        }
        if !self.rooms.contains(&room) {
            self.rooms.push(room.clone());
        }
        self.current = Ok(room);
        Ok(())
    }

    async fn leave(&mut self, room: Option<String>, reason: Option<&str>) -> Result<(), Trouble> {
        let room = room.map_or_else(|| self.current.clone(), Ok)?;
        self.client.leave(&room, reason).await?;
        self.known.borrow_mut().forget(&room);
        self.searches.forget(&room);
        self.rooms.retain(|other| *other != room);
        if self.current.as_ref() == Ok(&room) {
            self.current = self.rooms.last().cloned().ok_or(NoRoom::None);
        }
        Ok(())
    }

    async fn who(&self, room: Option<String>) -> Result<(), Trouble> {
        let room = room.map_or_else(|| self.current.clone(), Ok)?;
        let mut after = None;
        loop {
            let members = self.client.who(&room, after.as_deref()).await?;
            after = members.names.last().filter(|_| members.more).cloned();
            self.answer(Answer::Who { room: room.clone(), members }).await;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn list_rooms(&self) -> Result<(), Trouble> {
        let mut after = None;
        loop {
            let rooms = self.client.rooms(after.as_deref()).await?;
            after = rooms.rooms.last().filter(|_| rooms.more).map(|room| room.room.clone());
            self.answer(Answer::Rooms(rooms)).await;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// The last messages, up to the last of one's own.
    async fn history(&mut self, count: u64) -> Result<(), Trouble> {
        let name = self.current.clone()?;
        self.settle().await;
        let Room { epoch, newest, .. } = self.known.borrow().room(&name).ok_or(NoRoom::None)?;
        let mut first = newest.saturating_sub(count - 1).max(1);
        while first <= newest {
            first = self.page(&name, &Range { epoch: epoch.clone(), first, last: newest }).await?;
        }
        Ok(())
    }

    /// The last messages with some words, one's own that were said before among them; or older ones.
    async fn search(&mut self, words: Option<&str>) -> Result<(), Trouble> {
        let name = self.current.clone()?;
        self.settle().await;
        // A room that was joined just now has no search that could be gone on with.
        let epoch = self.known.borrow().room(&name).map(|room| room.epoch).unwrap_or_default();
        let wanted = self.searches.begin(&name, &epoch, words)?;
        let found = self.client.search(&name, &wanted.words, wanted.before, PAGE).await.map_err(in_words)?;
        self.searches.answered(wanted, &found);
        self.answer(Answer::Search { room: name, found }).await;
        Ok(())
    }

    async fn missed(&mut self) -> Result<(), Trouble> {
        let name = self.current.clone()?;
        loop {
            let Some(range) = self.known.borrow().missed.oldest(&name).cloned() else { return Ok(()) };
            let next = self.page(&name, &range).await?;
            self.known.borrow_mut().missed.fetched(&name, next);
        }
    }

    /// A page of messages of the past. Where the next one begins.
    async fn page(&self, name: &str, range: &Range) -> Result<u64, Trouble> {
        let page = self.client.history(name, range.first..=range.last, Some(&range.epoch)).await?;
        // A server that does not get on does not keep this here for ever.
        let next = page.next.max(range.first + 1);
        let (room, more) = (name.to_owned(), next <= range.last);
        self.answer(Answer::History { room, epoch: page.epoch, messages: page.messages, more }).await;
        Ok(next)
    }

    async fn answer(&self, answer: Answer) {
        // Who does not listen any more needs no answer.
        let _gone = self.answers.send(answer).await;
    }
}

/// Why a search was not done: what is not allowed is to search at all.
fn in_words(error: Error) -> Error {
    match error {
        Error::Refused(mut refusal) if refusal.code == "not-allowed" => {
            "This server does not search.".clone_into(&mut refusal.text);
            refusal.into()
        }
        error => error,
    }
}

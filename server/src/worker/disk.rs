//! What comes from the threads of the history: answers to what was said, and pages of what is on the disk.

use std::sync::Arc;

use fanfare_protocol::plain::Dialect;
use fanfare_protocol::{Answer, ErrCode, Seq, ServerMessage};

use super::Worker;
use super::connection::{Goodbye, Held, Seat, Until};
use crate::history::{Errand, Fetch, Fetched, News, Outcome, RoomId, Stored};
use crate::hub::{Home, Room};

/// How long somebody who asked for what could not be read is asked to wait, in milliseconds.
const RETRY: u32 = 1_000;

impl Worker {
    /// Messages are stored, or refused: those who said them are told, and those who read them.
    pub(super) fn stored(&mut self, news: News) {
        let News { answers, octets, rooms } = news;
        self.taken -= octets;
        // It is read now, as far as its readers are concerned: they come before more of it.
        self.gathered += octets;
        for room in &rooms {
            self.wake(room);
        }
        for Stored { home, outcome } in answers {
            self.answer_stored(home, outcome);
        }
        for number in std::mem::take(&mut self.held_back) {
            if let Some(connection) = self.connections.get_mut(number) {
                connection.held_back = false;
                self.list(number);
            }
        }
    }

    fn answer_stored(&mut self, home: Home, outcome: Outcome) {
        let number = home.connection;
        let Some(connection) = self.connections.get_mut(number) else { return };
        if connection.generation != home.generation {
            return;
        }
        connection.awaited -= 1;
        if !connection.is_open() {
            return;
        }
        let framed = connection.dialect() == Dialect::Framed;
        let said = |seq: Seq, repeat: bool| ServerMessage::Ok(Answer::Say { seq, repeat });
        match outcome {
            //= protocol/SPEC.md#10-3-what-a-person-reads
            //# A server MUST NOT send an answer to a said line that was accepted, apart from the message itself.
            Outcome::Said(seq) if framed => connection.tell(&said(seq, false)),
            Outcome::Repeat(seq) if framed => connection.tell(&said(seq, true)),
            Outcome::Said(_) | Outcome::Repeat(_) => {}
            Outcome::Refused(code, retry) => self.refuse_now(number, code, retry),
        }
        self.settle(number);
        self.list(number);
    }

    /// Does what was put off until all that waits for the disk is there, if it is.
    pub(super) fn settle(&mut self, number: usize) {
        let Some(connection) = self.connections.get(number) else { return };
        let is_time = match connection.held.as_deref() {
            _ if connection.awaited > 0 => false,
            Some(Held::Goodbye { goodbye: Goodbye::Bye(_), .. }) => self.has_all_before_its_goodbye(number),
            Some(Held::Goodbye { goodbye: Goodbye::Fault(_), .. } | Held::Refusal(..)) => true,
            None => false,
        };
        let held = self.connections.get_mut(number).filter(|_| is_time).and_then(|connection| connection.held.take());
        match held.map(|held| *held) {
            Some(Held::Refusal(code, retry)) => {
                self.refuse_now(number, code, retry);
                self.list(number);
            }
            Some(Held::Goodbye { goodbye, .. }) => self.end_now(number, &goodbye),
            None => {}
        }
    }

    /// Whether a connection that says goodbye has what its rooms held for it when nothing else was to be waited for. If not,
    /// and its socket has room, it goes on in the next turn: the walks of a busy room would serve it for ever.
    fn has_all_before_its_goodbye(&mut self, number: usize) -> bool {
        //= protocol/SPEC.md#9-1-after-bye
        //# A server SHOULD send what its rooms hold for a person before the person's `BYE bye`.
        let Some(connection) = self.connections.get_mut(number) else { return true };
        if connection.answer.is_some() || connection.replays.is_some() {
            return false;
        }
        let goes_on = connection.could_go_on();
        let Some(Held::Goodbye { until, .. }) = connection.held.as_deref_mut() else { return true };
        let ends = |seat: &Seat| {
            let position = self.seating.get(seat.room)?.room.lock().end().position;
            Some(Until { room: seat.room, position })
        };
        let until = &*until.get_or_insert_with(|| connection.seats.iter().filter_map(ends).collect());
        let has = |seat: &Seat| {
            let end = until.iter().find(|until| until.room == seat.room);
            let cursor = self.seating.get(seat.room).map(|local| local.members[seat.member].cursor);
            end.zip(cursor).is_none_or(|(end, cursor)| cursor.position >= end.position)
        };
        let has_all = connection.seats.iter().all(has);
        if goes_on && !has_all {
            self.list(number);
        }
        has_all
    }

    /// Has something fetched for a connection.
    pub(super) fn fetch(&mut self, number: usize, room: Arc<Room>, row: RoomId, fetch: Fetch) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        let home = Home { worker: self.id, connection: number, generation: connection.generation };
        if let (Some(history), Some(person)) = (&self.shared.history, connection.person.clone()) {
            connection.fetching = true;
            history.send(Errand { person, home, asked: self.now, room, row, fetch });
        }
    }

    /// What a connection has asked for has come.
    pub(super) fn fetched(&mut self, errand: &Errand, fetched: Fetched) {
        let number = errand.home.connection;
        let Some(connection) = self.connections.get_mut(number) else { return };
        if connection.generation != errand.home.generation {
            return;
        }
        connection.fetching = false;
        if !connection.is_open() {
            return;
        }
        match (&mut connection.answer, &errand.fetch) {
            (Some(answer), fetch) if answer.waits_for(&errand.room, fetch) => {
                let goes_on = answer.take(fetch, fetched);
                if !goes_on {
                    connection.answer = None;
                    self.refuse(number, ErrCode::Internal, Some(RETRY));
                }
            }
            (_, Fetch::Range(range)) => {
                let messages = match &fetched {
                    Fetched::Messages { messages, .. } => Some(messages.as_slice()),
                    Fetched::Matches { .. } | Fetched::Failed => None,
                };
                self.replayed(number, &errand.room, *range, messages);
            }
            _ => {}
        }
        self.list(number);
    }
}

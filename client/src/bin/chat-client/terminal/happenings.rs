//! What the library tells, shown to a person.

use fanfare_client::{Connected, Entered, Entry, Event, Gap, Message};
use jiff::Timestamp;
use tokio::time::Instant;

use super::chat::{Chat, Flow, members};
use super::clock::timestamp;
use super::gaps::{messages, notice};
use super::view::{Kind, is, mentions};
use crate::missed::Range;
use crate::options::Presence;

/// In larger rooms nobody's name is asked for in advance.
const LARGE: u64 = 1_000;

impl Chat {
    /// Shows what happened.
    pub(super) fn happened(&mut self, event: Event) -> Flow {
        match event {
            Event::Connected(connected) => self.connected(connected),
            Event::Disconnected { loss, retry } => {
                if self.offline.is_none() {
                    let seconds = retry.as_secs_f64().ceil();
                    self.notice(None, format!("connection lost ({loss}); trying again in {seconds} s"));
                }
                // The server's words can have several lines, and here is one row.
                self.offline = Some((loss.to_string().replace(['\n', '\t'], " "), Instant::now() + retry));
            }
            Event::Entered(entered) => self.entered(&entered),
            Event::Removed { room, refusal } => {
                self.remove_room(&room);
                self.missed.forget(&room);
                self.searches.forget(&room);
                let why = refusal.map(|refusal| format!(": {refusal}")).unwrap_or_default();
                self.notice(None, format!("you are no longer in {room}{why}"));
            }
            Event::Message(message) => self.message(message),
            //= protocol/SPEC.md#5-8-note
            //# A client MUST NOT show a `NOTE` whose KIND it does not know as something that NAME said.
            Event::Note(note) => {
                self.counted(&note.room, note.seq);
                let text = note.text.map(|text| format!(": {text}")).unwrap_or_default();
                let text = format!("{} by {}{text}", note.kind, note.name);
                self.show(timestamp(note.at), Some(&note.room), Kind::Notice, text);
            }
            Event::Gap(gap) => self.gap(&gap),
            Event::Told(told) => {
                if !is(&told.name, &self.ui.me) {
                    self.ui.ring();
                }
                self.show(timestamp(told.at), None, Kind::Told(told.name), told.text);
            }
            Event::Delayed { room, refusal, .. } => {
                self.fault(Some(&room), format!("not said yet: {refusal}; it is tried again until it is"));
            }
            Event::ToldMissed { count } => {
                self.notice(None, format!("{} to you alone missed; they can't be fetched", messages(count)));
            }
            Event::Joined { room, name } => {
                if let Some(room) = self.rooms.get(&room) {
                    room.is_here(&name);
                }
                if self.speakers.shows(&room, &name, Timestamp::now()) {
                    self.notice(Some(&room), format!("{name} has joined"));
                }
            }
            Event::Left { room, name, reason } => {
                if let Some(room) = self.rooms.get(&room) {
                    room.is_gone(&name);
                }
                if self.speakers.shows(&room, &name, Timestamp::now()) {
                    let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                    self.notice(Some(&room), format!("{name} has left{reason}"));
                }
            }
            Event::Members { room, total: Some(total), joined, left } if self.speakers.wanted == Presence::All => {
                let changes = match (joined, left) {
                    (Some(joined), Some(left)) => format!(" ({joined} joined, {left} left)"),
                    _ => String::new(),
                };
                self.notice(Some(&room), format!("{} are here now{changes}", members(total)));
            }
            Event::Ended(ending) => return Flow::Over(ending),
            // Presence that nobody wants to see, and what a later library may tell.
            _ => {}
        }
        Flow::On
    }

    fn connected(&mut self, connected: Connected) {
        self.offline = None;
        self.ui.me = connected.name;
        if std::mem::replace(&mut self.was_connected, true) {
            self.notice(None, "connected again".to_owned());
        } else {
            let text = format!("connected to {} as {}; /help lists the commands", self.address, self.ui.me);
            self.notice(None, text);
        }
    }

    fn entered(&mut self, entered: &Entered) {
        let name = &entered.room;
        let was_away = entered.how != Entry::Fresh;
        let Some(room) = self.rooms.entered(name, &entered.epoch, entered.newest, was_away) else { return };
        let me = self.ui.me.clone();
        room.is_here(&me);
        let wishes = room.take_wishes();
        match entered.how {
            Entry::Fresh => {
                let others = match entered.members.saturating_sub(1) {
                    0 => "nobody else is here".to_owned(),
                    1 => "one other is here".to_owned(),
                    count => format!("{count} others are here"),
                };
                self.notice(None, format!("you are in {name}; {others}"));
            }
            Entry::Resumed => {}
            Entry::Reset => {
                let lost = match self.missed.forget(name) {
                    0 => String::new(),
                    count => format!(", and the {} that you had not fetched", messages(count)),
                };
                let text = format!("{name} was begun anew: an unknown number of messages is lost{lost}");
                self.notice(None, text);
            }
        }
        if entered.members <= LARGE {
            self.ask_who(name.clone(), false);
        }
        for wish in wishes {
            self.grant(name, wish);
        }
    }

    fn message(&mut self, message: Message) {
        let Message { room, seq, at, name, text, .. } = message;
        let is_own = is(&name, &self.ui.me);
        self.counted(&room, seq);
        let is_past = self.rooms.get(&room).is_some_and(|room| {
            room.is_here(&name);
            seq <= room.past
        });
        // The same words of another day are no sign that these were said.
        if is_own && !is_past {
            self.unsent.seen(&room, &text);
        }
        let at = timestamp(at);
        self.speakers.speaks(&room, &name, at);
        if !is_own && !is_past && mentions(&text, &self.ui.me) {
            self.ui.ring();
        }
        self.show(at, Some(&room), Kind::Said(name), text);
    }

    fn gap(&mut self, gap: &Gap) {
        self.counted(&gap.room, gap.last);
        let is_kept = gap.missed != fanfare_client::Missed::Expired;
        if is_kept && let Some(room) = self.rooms.get(&gap.room) {
            let epoch = room.epoch.clone();
            self.missed.add(&gap.room, Range { epoch, first: gap.first, last: gap.last });
        }
        let is_current = self.rooms.current() == Some(&gap.room);
        //= protocol/SPEC.md#6-5-what-a-client-checks
        //# A client MUST report a `GAP` to its user or caller as messages missed.
        self.notice(None, notice(&gap.room, gap.count(), is_kept, is_current));
    }

    /// A number of a room came.
    fn counted(&mut self, room: &str, seq: u64) {
        if let Some(room) = self.rooms.get(room) {
            room.newest = room.newest.max(seq);
        }
    }
}

//! What a typed line does.

use clap::ValueEnum;
use fanfare_protocol::Reason;

use super::answers::{Answer, Past, past};
use super::chat::{Chat, Flow};
use super::rooms::Wish;
use crate::command::{COMMANDS, Line};
use crate::options::Presence;
use crate::searches::PAGE;

impl Chat {
    /// Does what a line says. It is in the history already.
    pub(super) fn obey(&mut self, line: &str) -> Flow {
        match Line::parse(line) {
            Err(error) => self.fault(None, error.to_string()),
            Ok(Line::Say(text)) => self.say(text),
            Ok(Line::Join(room)) => self.join(&room),
            Ok(Line::Leave { room, reason }) => self.leave_room(room, reason),
            Ok(Line::Msg { name, text }) => self.tell(name, text),
            Ok(Line::Who(room)) => self.who(room),
            Ok(Line::Rooms) => {
                let client = self.client.clone();
                self.requests.begin(async move { Answer::Rooms(client.rooms(None).await) });
            }
            Ok(Line::History(count)) => self.wish(Wish::History(count)),
            Ok(Line::Search(words)) => self.wish(Wish::Search(words.map(str::to_owned))),
            Ok(Line::Missed) => self.wish(Wish::Missed),
            Ok(Line::Presence(whose)) => {
                if let Ok(wanted) = Presence::from_str(whose, false) {
                    self.speakers.wanted = wanted;
                }
                self.notice(
                    None,
                    match self.speakers.wanted {
                        Presence::Off => "nobody's comings and goings are shown".to_owned(),
                        Presence::Smart => "the comings and goings of those who spoke lately are shown".to_owned(),
                        Presence::All => "everybody's comings and goings are shown".to_owned(),
                    },
                );
            }
            Ok(Line::Help) => self.help(),
            Ok(Line::Quit(reason)) => match reason.map(Reason::new).transpose() {
                Ok(_) => return self.leave(reason),
                Err(error) => self.fault(None, error.to_string()),
            },
        }
        Flow::On
    }

    fn help(&mut self) {
        let widest = COMMANDS.iter().map(|(_, usage, _)| usage.len()).max().unwrap_or_default();
        let mut lines: Vec<_> = COMMANDS.iter().map(|(_, usage, does)| format!("{usage:widest$}  {does}")).collect();
        lines.push(format!("{:widest$}  say a line that begins with /", "//..."));
        lines.push(format!("{:widest$}  completes names, rooms and commands", "TAB"));
        self.ui.hint(lines.join("\n"));
    }

    fn leave_room(&mut self, room: Option<String>, reason: Option<&str>) {
        let Some(room) = room.or_else(|| self.rooms.current().map(str::to_owned)) else {
            return self.fault(None, "you are in no room".to_owned());
        };
        if let Err(error) = reason.map(Reason::new).transpose() {
            return self.fault(None, error.to_string());
        }
        self.searches.forget(&room);
        // What is typed next is not for this room any more.
        self.remove_room(&room);
        let (client, reason) = (self.client.clone(), reason.map(str::to_owned));
        self.requests.begin(async move {
            let result = client.leave(&room, reason.as_deref()).await;
            Answer::Left { room, result }
        });
    }

    fn tell(&mut self, name: &str, text: &str) {
        let (serial, client) = (self.unsent.add(name, text), self.client.clone());
        let (name, text) = (name.to_owned(), text.to_owned());
        self.requests.begin(async move {
            let result = client.tell(&name, &text).await;
            Answer::Told { serial, name, text, result }
        });
    }

    fn who(&mut self, room: Option<String>) {
        let Some(room) = room.or_else(|| self.rooms.current().map(str::to_owned)) else {
            return self.fault(None, "you are in no room; /who #room looks into one".to_owned());
        };
        self.ask_who(room, true);
    }

    /// Asks who is in a room; to be shown, or to be known for completion.
    pub(super) fn ask_who(&mut self, room: String, is_shown: bool) {
        let client = self.client.clone();
        self.requests.begin(async move {
            let result = client.who(&room, None).await;
            Answer::Members { room, is_shown, result }
        });
    }

    /// Asks for the past of the current room, now or when one is in it.
    fn wish(&mut self, wish: Wish) {
        let Some(name) = self.rooms.current().map(str::to_owned) else {
            return self.fault(None, "you are in no room".to_owned());
        };
        match self.rooms.get(&name) {
            Some(room) if room.is_being_joined() => {
                if !room.wish(wish) {
                    self.fault(Some(&name), "you are not in this room yet".to_owned());
                }
            }
            _ => self.grant(&name, wish),
        }
    }

    /// Asks for the past of a room that one is in.
    pub(super) fn grant(&mut self, room: &str, wish: Wish) {
        match wish {
            Wish::History(count) => self.history(room, count),
            Wish::Search(words) => self.search(room, words.as_deref()),
            Wish::Missed => self.fetch_missed(room),
        }
    }

    /// One is not in a room any more, and what was to be asked there is not asked.
    pub(super) fn remove_room(&mut self, room: &str) {
        if self.rooms.remove(room) {
            self.fault(None, format!("what you wanted to see of {room} was not asked for: you are not there"));
        }
    }

    fn history(&mut self, name: &str, count: u64) {
        let Some(room) = self.rooms.get(name) else { return };
        if room.newest == 0 {
            return self.notice(Some(name), "nothing was said here yet".to_owned());
        }
        let (epoch, last) = (room.epoch.clone(), room.newest);
        let first = last.saturating_sub(count - 1).max(1);
        self.fetch(Past { room: name.to_owned(), epoch, first, last, is_missed: false });
    }

    fn search(&mut self, name: &str, words: Option<&str>) {
        let Some(room) = self.rooms.get(name) else { return };
        match self.searches.begin(name, &room.epoch, words) {
            Ok(wanted) => {
                let client = self.client.clone();
                self.requests.begin(async move {
                    let result = client.search(&wanted.room, &wanted.words, wanted.before, PAGE).await;
                    Answer::Found { wanted, result }
                });
            }
            Err(error) => self.fault(Some(name), error.to_string()),
        }
    }

    /// Fetches the messages of a room that were missed first.
    pub(super) fn fetch_missed(&mut self, room: &str) {
        match self.missed.oldest(room).cloned() {
            None => self.notice(Some(room), "nothing was missed that can be fetched".to_owned()),
            Some(range) => {
                if !self.missed.begin(room) {
                    return self.notice(Some(room), "what you missed is on its way".to_owned());
                }
                let (room, epoch) = (room.to_owned(), range.epoch);
                self.fetch(Past { room, epoch, first: range.first, last: range.last, is_missed: true });
            }
        }
    }

    fn fetch(&mut self, wanted: Past) {
        let client = self.client.clone();
        self.requests.begin(async move {
            let result = past(&client, &wanted).await;
            Answer::Past { wanted, result }
        });
    }
}

//! What a typed line does.

use clap::ValueEnum;
use fanfare_protocol::Reason;

use super::answers::{Answer, Past, past};
use super::chat::{Chat, Flow};
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
            Ok(Line::History(count)) => self.history(count),
            Ok(Line::Search(words)) => self.search(words),
            Ok(Line::Missed) => self.fetch_missed(),
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
        self.rooms.remove(&room);
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

    fn history(&mut self, count: u64) {
        let Some(room) = self.rooms.current().map(str::to_owned) else {
            return self.fault(None, "you are in no room".to_owned());
        };
        match self.rooms.get(&room).map(|room| (room.epoch.clone(), room.newest)) {
            None => {}
            Some((epoch, _)) if epoch.is_empty() => {
                self.fault(Some(&room), "you are not in this room yet".to_owned());
            }
            Some((_, 0)) => self.notice(Some(&room), "nothing was said here yet".to_owned()),
            Some((epoch, newest)) => {
                let first = newest.saturating_sub(count - 1).max(1);
                self.fetch(Past { room, epoch, first, last: newest, is_missed: false });
            }
        }
    }

    fn search(&mut self, words: Option<&str>) {
        let Some(room) = self.rooms.current().map(str::to_owned) else {
            return self.fault(None, "you are in no room".to_owned());
        };
        let epoch = self.rooms.get(&room).map_or_else(String::new, |room| room.epoch.clone());
        if epoch.is_empty() {
            return self.fault(Some(&room), "you are not in this room yet".to_owned());
        }
        match self.searches.begin(&room, &epoch, words) {
            Ok(wanted) => {
                let client = self.client.clone();
                self.requests.begin(async move {
                    let result = client.search(&wanted.room, &wanted.words, wanted.before, PAGE).await;
                    Answer::Found { wanted, result }
                });
            }
            Err(error) => self.fault(Some(&room), error.to_string()),
        }
    }

    /// Fetches the messages that were missed first.
    pub(super) fn fetch_missed(&mut self) {
        let Some(room) = self.rooms.current().map(str::to_owned) else {
            return self.fault(None, "you are in no room".to_owned());
        };
        match self.missed.oldest(&room).cloned() {
            None => self.notice(Some(&room), "nothing was missed that can be fetched".to_owned()),
            Some(range) => {
                if !self.missed.begin(&room) {
                    return self.notice(Some(&room), "what you missed is on its way".to_owned());
                }
                self.fetch(Past { room, epoch: range.epoch, first: range.first, last: range.last, is_missed: true });
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

//! What a person types in plain mode. SPEC.md, section 10.

use fanfare_protocol::plain::{Command, LOBBY, Reply};
use fanfare_protocol::{ErrCode, Number, PageSize, RoomName, Seq, SeqRange};

use super::Worker;
use super::answers::LongAnswer;
use super::connection::Goodbye;
use crate::hub::Refusal;

impl Worker {
    /// A person who has just got a name goes to the first room.
    pub(super) fn enter_lobby(&mut self, number: usize) {
        let lobby = RoomName::new(LOBBY).expect("it is a room's name");
        //= protocol/SPEC.md#10-1-the-name-line
        //# A server MUST then make the person a member of `#lobby`, as `JOIN #lobby` does, without an answer of its
        //# own.
        if let Err(refused) = self.join(number, lobby, None, None) {
            //= protocol/SPEC.md#10-1-the-name-line
            //# A server MUST leave a person for whom the joining of `#lobby` was refused in no room, with a fault line.
            self.refused(number, refused);
        }
    }

    /// Does what a person typed, and answers it.
    pub(super) fn command(&mut self, number: usize, command: Command<'_>) {
        if let Command::Quit(reason) = command {
            return self.end_in_turn(number, Goodbye::Bye(reason.map(|reason| reason.as_str().into())));
        }
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST apply the message rate to each said line and each command except `/quit`.
        if let Err(refused) = self.charge(number).and_then(|()| self.obey(number, command)) {
            self.refused(number, refused);
        }
    }

    fn obey(&mut self, number: usize, command: Command<'_>) -> Result<(), Refusal> {
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST answer a command as the table above says, or with one fault line.
        match command {
            Command::Say(text) => {
                let room = self.current_room(number)?;
                //= protocol/SPEC.md#10-2-what-a-person-types
                //# A server MUST take a line that does not begin with `/` as a `SAY` of the whole line, with no id, in
                //# the person's room.
                //= protocol/SPEC.md#10-3-what-a-person-reads
                //# A server MUST NOT send an answer to a said line that was accepted, apart from the message itself.
                self.say(number, room_name(&room), None, text)?;
            }
            Command::Join(room) => {
                let earlier = self.current_room(number);
                //= protocol/SPEC.md#10-2-what-a-person-types
                //# A server MUST leave a person in the earlier room when the new one of `/join` is refused.
                let members = self.join(number, room, None, None)?;
                if let Ok(earlier) = earlier {
                    self.leave(number, room_name(&earlier), None)?;
                }
                self.reply(number, &Reply::Moved { room, members });
            }
            Command::Tell { name, text } => {
                let to = self.tell(number, name, None, text)?;
                self.reply(number, &Reply::Sent { name: to.name() });
            }
            Command::Who => {
                let room = self.current_room(number)?;
                self.answer_at_length(number, LongAnswer::who(room_name(&room), None));
            }
            Command::Rooms => self.answer_at_length(number, LongAnswer::rooms(None)),
            Command::History { count } => self.recall(number, count)?,
            //= protocol/SPEC.md#10-2-what-a-person-types
            //# A server MUST answer `/search` with the messages that a `SEARCH` of that TEXT without attributes finds, and
            //# with the line `* and more` behind them where that has `more=yes`.
            Command::Search { text } => {
                //= protocol/SPEC.md#10-2-what-a-person-types
                //# A server MUST refuse `/search` with the fault line of the code with which it refuses that `SEARCH`, a
                //# person in no room being a member of none.
                let room = self.current_room(number)?;
                let room = self.membership(number, room_name(&room))?;
                self.search(number, room, None, PageSize::DEFAULT, text)?;
            }
            Command::Help => self.reply(number, &Reply::Help),
            Command::Quit(_) => unreachable!("`command` serves it"),
        }
        Ok(())
    }

    /// `/history`: the last messages of the person's room.
    fn recall(&mut self, number: usize, count: Number) -> Result<(), Refusal> {
        let room = self.current_room(number)?;
        let room = self.membership(number, room_name(&room))?;
        let newest = room.lock().newest().get();
        let first = Seq::new((newest + 1).saturating_sub(count.get())).unwrap_or(Seq::FIRST);
        match Seq::new(newest).and_then(|last| SeqRange::new(first, last)) {
            Some(range) => self.answer_at_length(number, LongAnswer::history(room, range)),
            //= protocol/SPEC.md#10-2-what-a-person-types
            //# A server MUST answer `/history` with the line `* 0 messages kept` when none of the messages asked for is
            //# kept.
            None => self.reply(number, &Reply::NothingKept),
        }
        Ok(())
    }

    /// The name of the one room that a person in plain mode is in.
    fn current_room(&self, number: usize) -> Result<Box<str>, Refusal> {
        let person = self.person(number)?;
        let presence = person.lock();
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST answer `/who`, `/history` and a said line of a person who is in no room with the fault line of
        //# `not-joined`.
        let room = presence.rooms.first().ok_or(ErrCode::NotJoined)?;
        Ok(room.name().as_str().into())
    }
}

fn room_name(name: &str) -> RoomName<'_> {
    RoomName::new(name).expect("it was made of a room's name")
}

//! From a [`ServerMessage`] to the lines that a person sees. SPEC.md, section 10.3.

use core::fmt::{self, Write};

use bytes::BufMut;

use super::ServerLine;
use super::server_line::CONNECTED;
use crate::{Message, Name, Names, Number, RoomName, ServerMessage, Text, Timestamp};

impl ServerMessage<'_> {
    /// Appends the message as a person sees it. Some messages show nothing.
    ///
    /// # Panics
    ///
    /// If `out` has no room, as `BufMut` does: a `Vec<u8>` and a `BytesMut` grow.
    pub fn encode_plain(&self, out: &mut impl BufMut) {
        //= protocol/SPEC.md#10-3-what-a-person-reads
        //# A server MUST send to a person in plain mode the lines that the table above names for each event of the
        //# person's room.
        match *self {
            Self::Welcome(welcome) => {
                //= protocol/SPEC.md#10-1-the-name-line
                //# A server MUST answer an accepted name line with the line `You are connected to the Server!`.
                ServerLine::Connected.encode(out);
                //= protocol/SPEC.md#10-1-the-name-line
                //# A server MAY send the words of its operator between these two, each line with `* ` before it.
                let words = Some(welcome.text).filter(|words| words.as_str() != CONNECTED);
                words.into_iter().flat_map(Text::lines).for_each(|line| ServerLine::Info(line).encode(out));
            }
            Self::Msg(Message { name, text, .. }) => {
                //= protocol/SPEC.md#10-3-what-a-person-reads
                //# A server MUST split a text at each LF and give each part its prefix, an empty part too.
                text.lines().for_each(|line| ServerLine::Said { name, line }.encode(out));
            }
            Self::Told { name, text, .. } => {
                //= protocol/SPEC.md#10-3-what-a-person-reads
                //# A server MUST split a text at each LF and give each part its prefix, an empty part too.
                text.lines().for_each(|line| ServerLine::Told { name, line }.encode(out));
            }
            Self::Joined { name, .. } => ServerLine::Joined(name).encode(out),
            //= protocol/SPEC.md#10-3-what-a-person-reads
            //# A server MUST NOT send the reason of a `LEFT` to a person in plain mode.
            Self::Left { name, .. } => ServerLine::Left(name).encode(out),
            Self::Past(Message { at, name, text, .. }) => {
                text.lines().for_each(|line| info(out, format_args!("{} {name}: {line}", Utc(at))));
            }
            Self::Room { room, members, .. } => info(out, format_args!("{room}, {}", Count(members, "member"))),
            Self::Members { total, joined: None, left: None, .. } => {
                info(out, format_args!("{} now", Count(total, "member")));
            }
            Self::Members { total, joined, left, .. } => {
                let [joined, left] = [joined, left].map(Option::unwrap_or_default);
                info(out, format_args!("{} now ({joined} joined, {left} left)", Count(total, "member")));
            }
            Self::Gap { range, .. } => {
                info(out, format_args!("{} missed", Count(Number::saturating(range.count()), "message")));
            }
            Self::Bye { code: crate::ByeCode::Bye, text, .. } => {
                text.lines().for_each(|line| ServerLine::Info(line).encode(out));
            }
            Self::Err { text, .. } | Self::Bye { text, .. } => {
                text.lines().for_each(|line| ServerLine::Fault(line).encode(out));
            }
            Self::Ok(_)
            | Self::Challenge { .. }
            | Self::Names { .. }
            | Self::Note { .. }
            | Self::Ping { .. }
            | Self::Pong { .. } => {}
        }
    }
}

/// What answers a [`Command`](super::Command) and is no [`ServerMessage`]. SPEC.md, section 10.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// To `/join`: where one is now.
    Moved {
        /// The room.
        room: RoomName<'a>,
        /// How many members it has, oneself included.
        members: Number,
    },
    /// To `/msg`.
    Sent {
        /// The receiver, as registered.
        name: Name<'a>,
    },
    /// To `/who`: some of the members.
    Members {
        /// The room.
        room: RoomName<'a>,
        /// How many members it has in all.
        total: Number,
        /// Some of them.
        names: Names<'a>,
    },
    /// Behind an answer that a bound cut short.
    More,
    /// To `/history`, if nothing is kept.
    NothingKept,
    /// To `/search`, if nothing matches.
    NothingFound,
    /// To `/rooms`, if there is none.
    NoRooms,
    /// To `/help`.
    Help,
}

impl Reply<'_> {
    /// Appends the reply's lines.
    pub fn encode(&self, out: &mut impl BufMut) {
        match *self {
            Self::Moved { room, members } => {
                info(out, format_args!("You are in {room}, {}", Count(members, "member")));
            }
            Self::Sent { name } => info(out, format_args!("sent to {name}")),
            Self::Members { room, total, names } => {
                info(out, format_args!("{} in {room}: {}", Count(total, "member"), names.as_str()));
            }
            Self::More => ServerLine::Info("and more").encode(out),
            Self::NothingKept => ServerLine::Info("0 messages kept").encode(out),
            Self::NothingFound => ServerLine::Info("0 messages found").encode(out),
            Self::NoRooms => ServerLine::Info("0 rooms").encode(out),
            Self::Help => HELP.iter().for_each(|line| ServerLine::Info(line).encode(out)),
        }
    }
}

/// What `/help` shows.
const HELP: &[&str] = &[
    "/join #room        go to another room",
    "/msg NAME TEXT     say something to one person",
    "/who               who is here",
    "/rooms             which rooms there are",
    "/history [N]       the last N messages, 20 if you don't say",
    "/search TEXT       the newest messages that have these words",
    "/quit [TEXT]       leave",
    "//text             say a line that begins with /",
];

/// An information line whose words are put together.
fn info(out: &mut impl BufMut, words: fmt::Arguments<'_>) {
    struct Octets<'o, B>(&'o mut B);

    impl<B: BufMut> Write for Octets<'_, B> {
        fn write_str(&mut self, words: &str) -> fmt::Result {
            self.0.put_slice(words.as_bytes());
            Ok(())
        }
    }

    // `put_slice` panics rather than fails, and the values' own `Display` can't fail.
    let written = writeln!(Octets(out), "* {words}");
    debug_assert!(written.is_ok());
}

/// `1 member`, `2 members`
struct Count(Number, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0.get() == 1 { "" } else { "s" })
    }
}

/// `2026-11-22 16:51:03`, in UTC.
struct Utc(Timestamp);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.millis() / 1_000;
        // Days are counted in years that begin on 1 March, so that a leap day is a year's last
        // day, and in cycles of 400 years, which all have the same length.
        let day = seconds / 86_400 + 719_468;
        let (cycle, day) = (day / 146_097, day % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (year, month) = (cycle * 400 + year, if month < 10 { month + 3 } else { month - 9 });
        let year = if month <= 2 { year + 1 } else { year };
        let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use super::*;
    use crate::{ByeCode, ErrCode, GapReason, Id, Kind, Reason, Seq, SeqRange, Welcome};

    fn plain(message: &ServerMessage<'_>) -> String {
        let mut out = Vec::new();
        message.encode_plain(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        // As `date -u -d @SECONDS` has them.
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_709_164_800, "2024-02-29 00:00:00"),
            (1_735_689_599, "2024-12-31 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(Utc(Timestamp::from_millis(seconds * 1_000)).to_string(), expected);
        }
    }

    //= protocol/SPEC.md#10-3-what-a-person-reads
    //= type=test
    //# A server MUST split a text at each LF and give each part its prefix, an empty part too.
    #[test]
    fn each_line_of_a_text_gets_the_prefix() {
        let message = Message {
            room: RoomName::new("#r").expect("a room"),
            seq: Seq::FIRST,
            at: Timestamp::from_millis(1_000),
            name: Name::new("Alice").expect("a name"),
            id: Id::new("x").ok(),
            text: Text::new("one\n\nbob has left the chat!").expect("a text"),
        };
        assert_eq!(plain(&ServerMessage::Msg(message)), "Alice: one\nAlice: \nAlice: bob has left the chat!\n");
        assert_eq!(
            plain(&ServerMessage::Past(message)),
            "* 1970-01-01 00:00:01 Alice: one\n* 1970-01-01 00:00:01 Alice: \n\
             * 1970-01-01 00:00:01 Alice: bob has left the chat!\n"
        );
    }

    //= protocol/SPEC.md#10-1-the-name-line
    //= type=test
    //# A server MAY send the words of its operator between these two, each line with `* ` before it.
    #[test]
    fn each_line_of_the_servers_own_words_shows_what_it_is() {
        let text = Text::new("Come in\nbob: hi").expect("a text");
        let name = Name::new("alice").expect("a name");
        let number = Number::from(256);
        let welcome =
            Welcome { name, token: None, ping: number, text_limit: number, rate: None, presence: number, text };
        assert_eq!(plain(&ServerMessage::Welcome(welcome)), "You are connected to the Server!\n* Come in\n* bob: hi\n");
        let usual = Welcome { text: Text::new(CONNECTED).expect("a text"), ..welcome };
        assert_eq!(plain(&ServerMessage::Welcome(usual)), "You are connected to the Server!\n");
        let bye = ServerMessage::Bye { code: ByeCode::Bye, retry: None, text };
        assert_eq!(plain(&bye), "* Come in\n* bob: hi\n");
    }

    //= protocol/SPEC.md#10-3-what-a-person-reads
    //= type=test
    //# A server MUST send to a person in plain mode the lines that the table above names for each event of the person's
    //# room.
    #[test]
    fn information_and_faults_show_what_they_are() {
        let room = RoomName::new("#r").expect("a room");
        let range = SeqRange::new(Seq::FIRST, Seq::new(12).expect("12")).expect("a range");
        assert_eq!(plain(&ServerMessage::Gap { room, range, reason: GapReason::Slow }), "* 12 messages missed\n");
        assert_eq!(plain(&ServerMessage::Room { room, members: 1.into(), newest: 0.into() }), "* #r, 1 member\n");
        assert_eq!(
            plain(&ServerMessage::Members { room, total: 300.into(), joined: Some(5.into()), left: None }),
            "* 300 members now (5 joined, 0 left)\n"
        );
        assert_eq!(plain(&ServerMessage::err(ErrCode::NameTaken)), "! This name is taken.\n");
        let stale = ServerMessage::Members { room, total: 1.into(), joined: None, left: None };
        assert_eq!(plain(&stale), "* 1 member now\n");
        assert_eq!(plain(&ServerMessage::bye(ByeCode::Bye)), "* Goodbye!\n");
        assert_eq!(plain(&ServerMessage::bye(ByeCode::Shutdown)), "! The server is shutting down.\n");
        let name = Name::new("Bob").expect("a name");
        assert_eq!(plain(&ServerMessage::Joined { room, name }), "Bob joined the chat!\n");
        let reason = Reason::new("Supper").ok();
        assert_eq!(plain(&ServerMessage::Left { room, name, reason }), "Bob has left the chat!\n");
        let (seq, at, kind) = (Seq::FIRST, Timestamp::from_millis(0), Kind::new("topic").expect("a kind"));
        assert_eq!(plain(&ServerMessage::Note { room, seq, at, name, kind, text: Text::new("Tea").ok() }), "");
    }
    #[test]
    fn replies_say_what_was_done() {
        let reply = |reply: Reply<'_>| {
            let mut out = Vec::new();
            reply.encode(&mut out);
            String::from_utf8(out).expect("UTF-8")
        };
        let room = RoomName::new("#tea").expect("a room");
        let names = Names::new("alice bob").expect("names");
        assert_eq!(reply(Reply::Moved { room, members: 2.into() }), "* You are in #tea, 2 members\n");
        assert_eq!(reply(Reply::Members { room, total: 2.into(), names }), "* 2 members in #tea: alice bob\n");
        assert_eq!(reply(Reply::Sent { name: Name::new("Bob").expect("a name") }), "* sent to Bob\n");
        assert_eq!(reply(Reply::More) + &reply(Reply::NothingKept), "* and more\n* 0 messages kept\n");
        assert_eq!(reply(Reply::NothingFound), "* 0 messages found\n");
        assert!(reply(Reply::Help).lines().all(|line| line.starts_with("* /")));
    }
}

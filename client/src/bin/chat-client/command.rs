//! What a person types: a line to say, or a command.

use fanfare_protocol::{Name, Query};

/// One line of input, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// To be said in the current room.
    Say(&'a str),
    /// `/join #room`: become a member, or speak there from now on.
    Join(String),
    /// `/leave [#room] [TEXT]`: end a membership; without a room that of the current one.
    Leave { room: Option<String>, reason: Option<&'a str> },
    /// `/msg NAME TEXT`: in private.
    Msg { name: &'a str, text: &'a str },
    /// `/who [#room]`.
    Who(Option<String>),
    /// `/rooms`.
    Rooms,
    /// `/history [N]`: the last messages of the current room.
    History(u64),
    /// `/search [WORDS]`: messages of the current room that have these words; without, older ones than those that were
    /// found last.
    Search(Option<&'a str>),
    /// `/missed`: the messages of the current room that were missed.
    Missed,
    /// `/presence off|smart|all`: whose comings and goings are shown.
    Presence(&'a str),
    /// `/help`.
    Help,
    /// `/quit [TEXT]`.
    Quit(Option<&'a str>),
}

/// Why a line that begins with `/` is no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CommandError {
    /// There is no such command.
    #[error("there is no such command; /help lists them, and // says a line that begins with /")]
    Unknown,
    /// The arguments do not fit.
    #[error("write: {usage}")]
    Usage {
        /// How it is written.
        usage: &'static str,
    },
    /// A room has not its form.
    #[error("a room is # and 1 to 64 of a-z 0-9 . _ -")]
    Room,
    /// A name has not its form.
    #[error("a name is 1 to 32 of A-Z a-z 0-9 _ -, a letter or digit first")]
    Name,
    /// A text can't be searched for.
    #[error("what is searched for has at most 256 octets, and a letter or a digit among them")]
    Search,
}

/// How a command is written, and what it does: for completion and for `/help`.
pub(crate) const COMMANDS: &[(&str, &str, &str)] = &[
    ("/join", "/join #room", "join a room, or go back to one you are in"),
    ("/leave", "/leave [#room] [TEXT]", "leave a room"),
    ("/msg", "/msg NAME TEXT", "tell one person something"),
    ("/who", "/who [#room]", "who is here"),
    ("/rooms", "/rooms", "which rooms there are"),
    ("/history", "/history [N]", "the last N messages, 20 if not said"),
    ("/search", "/search [WORDS]", "find messages by their words; alone, older ones"),
    ("/missed", "/missed", "the messages that you missed"),
    ("/presence", "/presence off|smart|all", "whose comings and goings to show"),
    ("/help", "/help", "this list"),
    ("/quit", "/quit [TEXT]", "leave; Ctrl-D does it too"),
];

/// How many messages `/history` shows if not said.
const HISTORY: u64 = 20;

impl<'a> Line<'a> {
    /// Understands a line. `//` says a line that begins with `/`, as in plain mode (SPEC.md, section 10.2).
    pub(crate) fn parse(line: &'a str) -> Result<Self, CommandError> {
        let Some(command) = line.strip_prefix('/') else { return Ok(Self::Say(line)) };
        if command.starts_with('/') {
            return Ok(Self::Say(command));
        }
        let (word, rest) = split(command);
        let (first, text) = split(rest);
        let word = word.to_ascii_lowercase();
        let usage = || {
            let row = COMMANDS.iter().find(|(name, ..)| name[1..] == word);
            row.map_or(CommandError::Unknown, |&(_, usage, _)| CommandError::Usage { usage })
        };
        Ok(match (word.as_str(), first, text) {
            ("join", "", _) => return Err(usage()),
            ("join", room, "") => Self::Join(self::room(room)?),
            ("leave", first, text) if first.starts_with('#') => {
                Self::Leave { room: Some(room(first)?), reason: some(text) }
            }
            ("leave", ..) => Self::Leave { room: None, reason: some(rest) },
            ("msg", "", _) | ("msg", _, "") => return Err(usage()),
            ("msg", name, text) => {
                Name::new(name).map_err(|_| CommandError::Name)?;
                Self::Msg { name, text }
            }
            ("who", "", "") => Self::Who(None),
            ("who", room, "") => Self::Who(Some(self::room(room)?)),
            ("rooms", "", "") => Self::Rooms,
            ("history", "", "") => Self::History(HISTORY),
            ("history", count, "") => match count.parse() {
                Ok(count @ 1..=1_000) => Self::History(count),
                _ => return Err(usage()),
            },
            ("search", "", _) => Self::Search(None),
            ("search", ..) => {
                Query::new(rest).map_err(|_| CommandError::Search)?;
                Self::Search(Some(rest))
            }
            ("missed", "", "") => Self::Missed,
            ("presence", whose @ ("off" | "smart" | "all"), "") => Self::Presence(whose),
            ("help", "", "") => Self::Help,
            ("quit", ..) => Self::Quit(some(rest)),
            _ => return Err(usage()),
        })
    }
}

/// Whether a line is a `/join`, even one that can't be understood.
pub(crate) fn is_join(line: &str) -> bool {
    line.strip_prefix('/').is_some_and(|command| split(command).0.eq_ignore_ascii_case("join"))
}

/// The first word, and what follows it, without the blanks around.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim_matches([' ', '\t']);
    let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    (word, rest.trim_start_matches([' ', '\t']))
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn room(room: &str) -> Result<String, CommandError> {
    crate::options::room(room).map_err(|_| CommandError::Room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_said_unless_it_is_a_command() {
        assert_eq!(Line::parse("hello /join"), Ok(Line::Say("hello /join")));
        assert_eq!(Line::parse("//join is a command"), Ok(Line::Say("/join is a command")));
        assert_eq!(Line::parse(""), Ok(Line::Say("")));
        assert_eq!(Line::parse(" /join #a"), Ok(Line::Say(" /join #a")));
    }

    #[test]
    fn commands_take_their_arguments() {
        for (line, command) in [
            ("/join #tea", Line::Join("#tea".to_owned())),
            ("/JOIN  tea ", Line::Join("#tea".to_owned())),
            ("/leave", Line::Leave { room: None, reason: None }),
            ("/leave #tea So long", Line::Leave { room: Some("#tea".to_owned()), reason: Some("So long") }),
            ("/leave So long", Line::Leave { room: None, reason: Some("So long") }),
            ("/msg bob \t hi  there", Line::Msg { name: "bob", text: "hi  there" }),
            ("/who", Line::Who(None)),
            ("/who #tea", Line::Who(Some("#tea".to_owned()))),
            ("/history", Line::History(20)),
            ("/history 1000", Line::History(1_000)),
            ("/search", Line::Search(None)),
            ("/Search \t1.88 \t tokio ", Line::Search(Some("1.88 \t tokio"))),
            ("/presence off", Line::Presence("off")),
            ("/quit", Line::Quit(None)),
            ("/quit Good night", Line::Quit(Some("Good night"))),
        ] {
            assert_eq!(Line::parse(line), Ok(command), "{line}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_with_the_right_way() {
        assert_eq!(Line::parse("/dance"), Err(CommandError::Unknown));
        assert_eq!(Line::parse("/"), Err(CommandError::Unknown));
        assert_eq!(Line::parse("/join"), Err(CommandError::Usage { usage: "/join #room" }));
        assert_eq!(Line::parse("/join #a b"), Err(CommandError::Usage { usage: "/join #room" }));
        assert_eq!(Line::parse("/join #TEA"), Err(CommandError::Room));
        assert_eq!(Line::parse("/msg b.b hi"), Err(CommandError::Name));
        assert_eq!(Line::parse("/msg bob"), Err(CommandError::Usage { usage: "/msg NAME TEXT" }));
        assert_eq!(Line::parse("/history 0"), Err(CommandError::Usage { usage: "/history [N]" }));
        assert_eq!(Line::parse("/history 1001"), Err(CommandError::Usage { usage: "/history [N]" }));
        assert_eq!(Line::parse("/search ?!"), Err(CommandError::Search));
        assert_eq!(Line::parse(&format!("/search {}", "x".repeat(257))), Err(CommandError::Search));
        assert_eq!(Line::parse("/presence loud"), Err(CommandError::Usage { usage: "/presence off|smart|all" }));
    }
}

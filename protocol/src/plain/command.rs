//! What a person types.

use super::HISTORY_DEFAULT;
use crate::limits::MAX_PAGE;
use crate::{MessageError, Name, Number, Query, Reason, RoomName, Text};

/// One line of a person who has a name. SPEC.md, section 10.2.
///
/// ```
/// use fanfare_protocol::Text;
/// use fanfare_protocol::plain::Command;
///
/// assert_eq!(Command::parse(Text::new("/who")?), Ok(Command::Who));
/// assert_eq!(Command::parse(Text::new("//who?")?), Ok(Command::Say(Text::new("/who?")?)));
/// # Ok::<(), fanfare_protocol::TextError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// A line that is said to the room.
    Say(Text<'a>),
    /// `/join #room`
    Join(RoomName<'a>),
    /// `/msg NAME TEXT`
    Tell {
        /// The one who is told.
        name: Name<'a>,
        /// What.
        text: Text<'a>,
    },
    /// `/who`
    Who,
    /// `/rooms`
    Rooms,
    /// `/history [N]`
    History {
        /// How many messages, 1 to [`MAX_PAGE`].
        count: Number,
    },
    /// `/search TEXT`
    Search {
        /// The words that are looked for.
        text: Query<'a>,
    },
    /// `/help`
    Help,
    /// `/quit [TEXT]`
    Quit(Option<Reason<'a>>),
}

impl<'a> Command<'a> {
    /// Reads a line.
    pub fn parse(line: Text<'a>) -> Result<Self, MessageError> {
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST take a line that does not begin with `/` as a `SAY` of the whole line, with no id, in the
        //# person's room.
        let Some(command) = line.as_str().strip_prefix('/') else { return Ok(Self::Say(line)) };
        if command.starts_with('/') {
            //= protocol/SPEC.md#10-2-what-a-person-types
            //# A server MUST take a line that begins with `//` as a `SAY` of the line without its first `/`.
            return Text::new(command).map(Self::Say).map_err(|_| MessageError::BadArguments);
        }
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST take any other line that begins with `/` as a command of the table below.
        let (verb, arguments) = split(command);
        //= protocol/SPEC.md#10-2-what-a-person-types
        //# A server MUST accept the word of a command in any case.
        let is = |name: &str| verb.eq_ignore_ascii_case(name);
        if is("join") {
            RoomName::new(arguments).map(Self::Join).map_err(|_| MessageError::BadRoom)
        } else if is("msg") {
            let (name, words) = split(arguments);
            let name = Name::new(name).map_err(|_| MessageError::BadName)?;
            let text = Text::new(words).map_err(|_| MessageError::BadArguments)?;
            if words.is_empty() { Err(MessageError::BadArguments) } else { Ok(Self::Tell { name, text }) }
        } else if is("history") {
            let count = match arguments {
                "" => Number::from(HISTORY_DEFAULT),
                digits => Number::parse(digits)?,
            };
            let allowed = 1..=MAX_PAGE as u64;
            if allowed.contains(&count.get()) { Ok(Self::History { count }) } else { Err(MessageError::BadArguments) }
        } else if is("search") {
            Query::new(arguments).map(|text| Self::Search { text }).map_err(|_| MessageError::BadArguments)
        } else if is("quit") {
            let reason = Reason::new(arguments).map_err(|_| MessageError::BadArguments)?;
            Ok(Self::Quit((!arguments.is_empty()).then_some(reason)))
        } else {
            let command = match () {
                () if is("who") => Self::Who,
                () if is("rooms") => Self::Rooms,
                () if is("help") => Self::Help,
                //= protocol/SPEC.md#10-2-what-a-person-types
                //# A server MUST answer a command that is not in the table below with the fault line of `unknown-verb`.
                () => return Err(MessageError::UnknownVerb),
            };
            if arguments.is_empty() { Ok(command) } else { Err(MessageError::BadArguments) }
        }
    }
}

/// The first word, and what follows the blanks behind it.
fn split(words: &str) -> (&str, &str) {
    let (first, rest) = words.split_once(BLANKS).unwrap_or((words, ""));
    (first, rest.trim_matches(BLANKS))
}

pub(super) const BLANKS: [char; 2] = [' ', '\t'];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parse(line: &str) -> Result<Command<'_>, MessageError> {
        Command::parse(Text::new(line).expect("a text"))
    }

    //= protocol/SPEC.md#10-2-what-a-person-types
    //= type=test
    //# A server MUST take any other line that begins with `/` as a command of the table below.
    #[test]
    fn every_command_is_understood_in_any_case_and_with_blanks() {
        let text = |words| Text::new(words).expect("a text");
        assert_eq!(parse("hello /who"), Ok(Command::Say(text("hello /who"))));
        assert_eq!(parse(" /who"), Ok(Command::Say(text(" /who"))));
        assert_eq!(parse("//"), Ok(Command::Say(text("/"))));
        assert_eq!(parse("/JOIN  #rust "), Ok(Command::Join(RoomName::new("#rust").expect("a room"))));
        let name = Name::new("bob").expect("a name");
        assert_eq!(parse("/msg bob  hi there"), Ok(Command::Tell { name, text: text("hi there") }));
        assert_eq!(parse("/rooms "), Ok(Command::Rooms));
        assert_eq!(parse("/history"), Ok(Command::History { count: Number::from(20) }));
        assert_eq!(parse("/history 1000"), Ok(Command::History { count: Number::from(1_000) }));
        let text = Query::new("TLS  1.3").expect("a query");
        assert_eq!(parse("/Search \tTLS  1.3 "), Ok(Command::Search { text }));
        assert_eq!(parse("/help"), Ok(Command::Help));
        assert_eq!(parse("/quit"), Ok(Command::Quit(None)));
        assert_eq!(parse("/quit see you"), Ok(Command::Quit(Reason::new("see you").ok())));
    }

    //= protocol/SPEC.md#10-2-what-a-person-types
    //= type=test
    //# A server MUST answer a command whose arguments do not fit the table below with the fault line of `bad-room` if
    //# what follows `/join` is no room, of `bad-name` if the first word after `/msg` is missing or no name, and
    //# otherwise of `bad-arguments`.
    #[test]
    fn what_is_no_command_says_why() {
        assert_eq!(parse("/"), Err(MessageError::UnknownVerb));
        assert_eq!(parse("/dance"), Err(MessageError::UnknownVerb));
        assert_eq!(parse("/join rust"), Err(MessageError::BadRoom));
        assert_eq!(parse("/join"), Err(MessageError::BadRoom));
        assert_eq!(parse("/msg"), Err(MessageError::BadName));
        assert_eq!(parse("/msg bob"), Err(MessageError::BadArguments));
        for bad in ["/who me", "/history 0", "/history 1001", "/history x", "/search", "/search  ?!", "/help me"] {
            assert_eq!(parse(bad), Err(MessageError::BadArguments), "{bad}");
        }
    }
}

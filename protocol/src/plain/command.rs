//! What a person types.

use super::HISTORY_DEFAULT;
use crate::limits::MAX_PAGE;
use crate::{MessageError, Name, Number, Reason, RoomName, Text};

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
    /// `/help`
    Help,
    /// `/quit [TEXT]`
    Quit(Option<Reason<'a>>),
}

impl<'a> Command<'a> {
    /// Reads a line.
    pub fn parse(line: Text<'a>) -> Result<Self, MessageError> {
        let Some(command) = line.as_str().strip_prefix('/') else { return Ok(Self::Say(line)) };
        if command.starts_with('/') {
            return Text::new(command).map(Self::Say).map_err(|_| MessageError::BadArguments);
        }
        let (verb, arguments) = split(command);
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
        } else if is("quit") {
            let reason = Reason::new(arguments).map_err(|_| MessageError::BadArguments)?;
            Ok(Self::Quit((!arguments.is_empty()).then_some(reason)))
        } else {
            let command = match () {
                () if is("who") => Self::Who,
                () if is("rooms") => Self::Rooms,
                () if is("help") => Self::Help,
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
        assert_eq!(parse("/help"), Ok(Command::Help));
        assert_eq!(parse("/quit"), Ok(Command::Quit(None)));
        assert_eq!(parse("/quit see you"), Ok(Command::Quit(Reason::new("see you").ok())));
    }

    #[test]
    fn what_is_no_command_says_why() {
        assert_eq!(parse("/"), Err(MessageError::UnknownVerb));
        assert_eq!(parse("/dance"), Err(MessageError::UnknownVerb));
        assert_eq!(parse("/join rust"), Err(MessageError::BadRoom));
        assert_eq!(parse("/join"), Err(MessageError::BadRoom));
        assert_eq!(parse("/msg"), Err(MessageError::BadName));
        assert_eq!(parse("/msg bob"), Err(MessageError::BadArguments));
        for bad in ["/who me", "/history 0", "/history 1001", "/history x", "/help me"] {
            assert_eq!(parse(bad), Err(MessageError::BadArguments), "{bad}");
        }
    }
}

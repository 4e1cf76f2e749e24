//! What a person types.

use fanfare_protocol::limits::{MAX_FAULTS, MAX_LINE};
use fanfare_protocol::plain::{Command, LineFault, Lines, PlainLine};
use fanfare_protocol::session::{Incoming, Millis, ServerSession, SessionLimits};
use fanfare_protocol::{ByeCode, ErrCode, Text};

use crate::script::Script;

/// Any octets behind a name are the lines that SPEC.md, section 10.2, says they are. What a command says can be typed
/// again and means the same, and the server's session hears just these commands and faults.
pub fn plain_commands(data: &[u8]) {
    let octets = Script::read(data).octets;
    let mut session = ServerSession::new(Millis(0), SessionLimits::default());
    let name = session.receive(&mut &b"alice\n"[..]);
    assert!(matches!(name, Some(Incoming::Request(_))), "{name:?}");
    session.welcome(Millis(0));

    let (mut lines, mut rest, mut input) = (Lines::from_client(), &octets[..], &octets[..]);
    let mut faults = 0;
    loop {
        let wanted = match lines.next(&mut rest) {
            Ok(PlainLine::Incomplete) => None,
            Ok(PlainLine::Line(line)) => Some(command(line)),
            Err(LineFault::OverLong) => Some(Incoming::Fault(ErrCode::LineTooLong)),
            Err(LineFault::Endless) => Some(Incoming::End(ByeCode::LineTooLong)),
        };
        faults = if matches!(wanted, Some(Incoming::Fault(_))) { faults + 1 } else { 0 };
        let wanted = if faults == MAX_FAULTS { Some(Incoming::End(ByeCode::TooManyErrors)) } else { wanted };
        let heard = session.receive(&mut input);
        assert_eq!(format!("{heard:?}"), format!("{wanted:?}"));
        if matches!(wanted, None | Some(Incoming::End(_))) {
            break;
        }
    }
}

/// What a server is to hear in a line.
fn command(line: &[u8]) -> Incoming<'_> {
    assert!(!line.is_empty() && line.len() <= MAX_LINE && !line.contains(&b'\n'), "{}", line.escape_ascii());
    let Ok(text) = Text::from_octets(line) else { return Incoming::Fault(ErrCode::BadText) };
    let is_said = !line.starts_with(b"/") || line.starts_with(b"//");
    match Command::parse(text) {
        Ok(command) => {
            assert_eq!(matches!(command, Command::Say(_)), is_said, "{text}");
            if let Command::Tell { text, .. } = command {
                assert_eq!(text.as_str().trim_matches([' ', '\t']), text.as_str(), "blanks are dropped");
            }
            let typed = typed(&command);
            let again = Command::parse(Text::new(&typed).expect("made of valid values"));
            assert_eq!(format!("{again:?}"), format!("{:?}", Ok::<_, ()>(command)), "{text}");
            Incoming::Command(command)
        }
        Err(error) => {
            assert!(!is_said, "{error}: {text}");
            Incoming::Fault(error.code())
        }
    }
}

/// How a person would type a command.
fn typed(command: &Command<'_>) -> String {
    match command {
        Command::Say(text) if text.as_str().starts_with('/') => format!("/{text}"),
        Command::Say(text) => text.to_string(),
        Command::Join(room) => format!("/join {room}"),
        Command::Tell { name, text } => format!("/msg {name} {text}"),
        Command::Who => "/who".to_owned(),
        Command::Rooms => "/rooms".to_owned(),
        Command::History { count } => format!("/history {count}"),
        Command::Help => "/help".to_owned(),
        Command::Quit(None) => "/quit".to_owned(),
        Command::Quit(Some(reason)) => format!("/quit {}", reason.text()),
    }
}

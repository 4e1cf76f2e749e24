//! What a person types.

use fanfare_protocol::Text;
use fanfare_protocol::limits::MAX_LINE;
use fanfare_protocol::plain::{Command, Lines};
use fanfare_protocol::session::{Millis, SessionLimits};

use crate::naive::plain;
use crate::script::Script;
use crate::watch::{Heard, Server};

/// Any octets behind a name are the lines and commands that SPEC.md, section 10.2, says they are, and a server's session
/// hears just these. What a command says can be typed again and means the same.
pub fn plain_commands(data: &[u8]) {
    let octets = Script::read(data).octets;
    let mut server = Server::new(SessionLimits::default());
    server.receive(Millis(0), b"alice\n");
    assert_eq!(server.hear(), Some(Heard::Request(b"HELLO 1 alice\n".to_vec())));
    server.welcome(Millis(0));
    server.receive(Millis(0), &octets);
    while let Some(heard) = server.hear() {
        if let Heard::Command(line) = heard {
            let command = Command::parse(Text::new(&line).expect("made of valid values")).expect("it was a command");
            assert_eq!(typed(&command), line, "it means the same again");
        }
    }
    plain::check(Lines::from_client(), &octets, MAX_LINE);
}

/// How a person would type a command.
pub(crate) fn typed(command: &Command<'_>) -> String {
    match command {
        Command::Say(text) if text.as_str().starts_with('/') => format!("/{text}"),
        Command::Say(text) => text.to_string(),
        Command::Join(room) => format!("/join {room}"),
        Command::Tell { name, text } => format!("/msg {name} {text}"),
        Command::Who => "/who".to_owned(),
        Command::Rooms => "/rooms".to_owned(),
        Command::History { count } => format!("/history {count}"),
        Command::Search { text } => format!("/search {}", text.text()),
        Command::Help => "/help".to_owned(),
        Command::Quit(None) => "/quit".to_owned(),
        Command::Quit(Some(reason)) => format!("/quit {}", reason.text()),
    }
}

//! Messages as lines that a person reads.

use fanfare_protocol::limits::MAX_LINE;
use fanfare_protocol::plain::{Reply, ServerLine};
use fanfare_protocol::session::PlainSession;
use fanfare_protocol::{ByeCode, Message, ServerMessage, Text};

use crate::parts::Parts;
use crate::{naive, typed};

/// Any valid values make messages of which each line shows what it is, whatever the texts say. SPEC.md, section 10.3.
pub fn plain_values(data: &[u8]) {
    let parts = typed::parts(data);
    for message in parts.server() {
        let mut octets = Vec::new();
        message.encode_plain(&mut octets);
        let expected = expected(&message);
        let mut lines = lines(&octets, &message);
        match expected {
            Expected::Nothing => {}
            Expected::Connected(text) => {
                assert_eq!(lines.next().and_then(ServerLine::parse), Some(ServerLine::Connected), "{message:?}");
                let words = Some(text.as_str()).filter(|&words| words != "You are connected to the Server!");
                assert!(lines.map(|line| line.strip_prefix("* ")).eq(words.iter().flat_map(|text| text.split('\n')).map(Some)));
            }
            Expected::Lines(expected) => {
                let lines: Vec<&str> = lines.collect();
                assert_eq!(lines.len(), expected.len(), "{message:?}");
                for (line, expected) in lines.into_iter().zip(expected) {
                    let mut octets = Vec::new();
                    expected.encode(&mut octets);
                    assert!(octets.strip_suffix(b"\n") == Some(line.as_bytes()), "{line}");
                    assert!(ServerLine::parse(line) == Some(expected), "{line}");
                }
            }
            Expected::Info(count) => {
                let lines: Vec<&str> = lines.collect();
                assert_eq!(lines.len(), count, "{message:?}");
                lines.iter().for_each(|line| assert!(line.starts_with("* "), "{line}"));
            }
        }
    }
    replies(&parts);
}

/// What the table of section 10.3 has for a message.
enum Expected<'a> {
    Nothing,
    /// That the name is registered, and these words if they are others.
    Connected(Text<'a>),
    /// Just these lines.
    Lines(Vec<ServerLine<'a>>),
    /// So many lines of information.
    Info(usize),
}

fn expected<'a>(message: &ServerMessage<'a>) -> Expected<'a> {
    let each = |text: Text<'a>, line: &dyn Fn(&'a str) -> ServerLine<'a>| {
        Expected::Lines(text.as_str().split('\n').map(line).collect())
    };
    match *message {
        ServerMessage::Welcome(welcome) => Expected::Connected(welcome.text),
        ServerMessage::Msg(Message { name, text, .. }) => each(text, &|line| ServerLine::Said { name, line }),
        ServerMessage::Told { name, text, .. } => each(text, &|line| ServerLine::Told { name, line }),
        ServerMessage::Joined { name, .. } => Expected::Lines(vec![ServerLine::Joined(name)]),
        ServerMessage::Left { name, .. } => Expected::Lines(vec![ServerLine::Left(name)]),
        ServerMessage::Bye { code: ByeCode::Bye, text, .. } => each(text, &ServerLine::Info),
        ServerMessage::Err { text, .. } | ServerMessage::Bye { text, .. } => each(text, &ServerLine::Fault),
        ServerMessage::Past(Message { text, .. }) => Expected::Info(text.as_str().split('\n').count()),
        ServerMessage::Room { .. } | ServerMessage::Members { .. } | ServerMessage::Gap { .. } => Expected::Info(1),
        ServerMessage::Ok(_)
        | ServerMessage::Challenge { .. }
        | ServerMessage::Names { .. }
        | ServerMessage::Note { .. }
        | ServerMessage::Ping { .. }
        | ServerMessage::Pong { .. } => Expected::Nothing,
    }
}

/// The lines of what a server wrote, all of them whole and without a forbidden character. A reader's session has them
/// too.
fn lines<'o>(octets: &'o [u8], of: &dyn std::fmt::Debug) -> impl Iterator<Item = &'o str> {
    assert!(octets.is_empty() || octets.ends_with(b"\n"), "{of:?}");
    let lines = octets.strip_suffix(b"\n").into_iter().flat_map(|octets| octets.split(|&octet| octet == b'\n'));
    let stream = [b"FANFARE/1 Hi\nWelcome!\n", octets].concat();
    let (mut reader, mut input) = (PlainSession::new(), &stream[..]);
    let read = std::iter::from_fn(|| reader.receive(&mut input).expect("no line is too long")).count();
    assert_eq!(read, 2 + lines.clone().count(), "{of:?}");
    lines.map(|line| naive::text(line).expect("each line is a text"))
}

fn replies(parts: &Parts) {
    let (room, name, names, total) = (parts.room(), parts.name(), parts.names(), parts.number(0));
    for reply in [
        Reply::Moved { room, members: total },
        Reply::Sent { name },
        Reply::Members { room, total, names },
        Reply::More,
        Reply::NothingKept,
        Reply::NothingFound,
        Reply::NoRooms,
        Reply::Help,
    ] {
        let mut octets = Vec::new();
        reply.encode(&mut octets);
        for line in lines(&octets, &reply) {
            assert!(line.starts_with("* ") && line.len() <= MAX_LINE, "{line}");
        }
    }
    let mut octets = Vec::new();
    Reply::Members { room, total, names }.encode(&mut octets);
    let listed = lines(&octets, &names).next().and_then(|line| line.split_once(": ")).map(|(_, listed)| listed);
    assert_eq!(listed, Some(names.as_str()));
}

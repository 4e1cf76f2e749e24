//! What the crate accepts, as each side of a connection would meet it.

use fanfare_protocol::plain::ServerLine;
use fanfare_protocol::session::{
    ClientEvent, ClientSession, Incoming, Millis, PlainEvent, PlainSession, ServerFault, ServerSession, SessionLimits,
};
use fanfare_protocol::{ClientMessage, Frame, Framed, Framer, ServerMessage};

/// What is behind all octets in question: if it is not read as itself, they were not complete.
const SENTINEL: &[u8] = b"PING sentinel\n";

/// Octets that one of the grammar's roots describes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Root {
    Frames,
    Client,
    Server,
    Greeting,
    PlainInput,
    PlainOutput,
}

impl Root {
    pub(crate) const ALL: [Self; 6] =
        [Self::Frames, Self::Client, Self::Server, Self::Greeting, Self::PlainInput, Self::PlainOutput];

    /// The rule's name.
    pub(crate) fn rule(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Client => "client-stream",
            Self::Server => "server-stream",
            Self::Greeting => "greeting",
            Self::PlainInput => "plain-input",
            Self::PlainOutput => "plain-output",
        }
    }

    /// Whether the crate reads all octets without a fault.
    pub(crate) fn accepts(self, octets: &[u8]) -> bool {
        match self {
            Self::Frames => frames(octets, |_| true),
            Self::Client => frames(octets, |frame| ClientMessage::parse(frame).is_ok()),
            Self::Server => {
                after_greeting(octets).is_some_and(|rest| frames(rest, |frame| ServerMessage::parse(frame).is_ok()))
            }
            Self::Greeting => after_greeting(octets).is_some_and(<[u8]>::is_empty),
            Self::PlainInput => plain_input(octets),
            Self::PlainOutput => plain_output(octets),
        }
    }
}

fn frames(octets: &[u8], reads: impl Fn(&Frame<'_>) -> bool) -> bool {
    let mut framer = Framer::new();
    let mut input = octets;
    loop {
        match framer.next(&mut input) {
            Ok(Framed::Frame(frame)) if reads(&frame) => {}
            Ok(Framed::Incomplete) => break,
            Ok(Framed::Frame(_)) | Err(_) => return false,
        }
    }
    input.is_empty()
        && matches!(framer.next(&mut &SENTINEL[..]), Ok(Framed::Frame(frame)) if frame.header() == "PING sentinel")
}

/// What follows a greeting, whatever versions it names.
fn after_greeting(octets: &[u8]) -> Option<&[u8]> {
    let mut input = octets;
    match ClientSession::new().receive(Millis(0), &mut input, &mut Vec::new()) {
        Ok(Some(ClientEvent::Greeting(_))) => Some(input),
        // It is a greeting, and its line ends at the first LF like any.
        Err(ServerFault::BadVersion) => octets.iter().position(|&octet| octet == b'\n').map(|end| &octets[end + 1..]),
        _ => None,
    }
}

/// A person's lines, behind one that is no name: so that the mode is fixed whatever they are.
fn plain_input(octets: &[u8]) -> bool {
    let mut session = ServerSession::new(Millis(0), SessionLimits::default());
    assert!(matches!(session.receive(&mut &b"-\n"[..]), Some(Incoming::Fault(_))), "- is no name");
    let mut named = false;
    let mut input = octets;
    while let Some(incoming) = session.receive(&mut input) {
        match incoming {
            Incoming::Request(_) => {
                session.welcome(Millis(0));
                named = true;
            }
            Incoming::Command(_) => {}
            Incoming::Fault(_) | Incoming::End(_) => return false,
        }
    }
    let mut sentinel = if named { &b"/help\n"[..] } else { b"sentinel\n" };
    input.is_empty() && matches!(session.receive(&mut sentinel), Some(Incoming::Command(_) | Incoming::Request(_)))
}

/// Lines of a server, behind the words that connect a person.
fn plain_output(octets: &[u8]) -> bool {
    let mut session = PlainSession::new();
    let mut opening = &b"FANFARE/1 Hello\nYou are connected to the Server!\n"[..];
    while matches!(session.receive(&mut opening), Ok(Some(_))) {}
    let mut input = octets;
    let mut events = 0;
    loop {
        match session.receive(&mut input) {
            Ok(Some(PlainEvent::Line(_))) => events += 1,
            Ok(Some(PlainEvent::Unknown(words))) if words.as_str() == "You are connected to the Server!" => events += 1,
            Ok(None) => break,
            Ok(Some(PlainEvent::Unknown(_))) | Err(_) => return false,
        }
    }
    // A line that shows nothing was left out because it is empty or no text.
    input.is_empty()
        && events == octets.iter().filter(|&&octet| octet == b'\n').count()
        && matches!(
            session.receive(&mut &b"* sentinel\n"[..]),
            Ok(Some(PlainEvent::Line(ServerLine::Info("sentinel"))))
        )
}

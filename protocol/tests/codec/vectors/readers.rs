//! What the crate makes of octets, as the outcomes that a vector has: one function for each reader.

use fanfare_protocol::session::{
    ClientEvent, ClientSession, Incoming, Millis, PlainEvent, PlainSession, ServerFault, ServerSession, SessionLimits,
};
use fanfare_protocol::{
    ByeCode, ClientMessage, Dialect, ErrCode, FrameError, FrameFault, Framed, Framer, MessageError, ServerMessage,
    StreamFault,
};
use fanfare_vectors::{Mode, Outcome, Reader};

use super::told;

/// Everything that a reader makes of octets.
pub(super) fn play(reader: Reader, octets: &[u8]) -> Vec<Outcome> {
    match reader {
        Reader::ClientFrame => client_frames(octets),
        Reader::ServerFrame => server_frames(octets),
        Reader::Greeting => greeting(octets).into_iter().collect(),
        Reader::FirstLine => first_line(octets).into_iter().collect(),
        Reader::NameLine => asked(b"-\n", octets),
        Reader::PlainLine => asked(b"alice\n", octets),
        Reader::ClientStream => answered(octets),
        Reader::PlainOutput => plain_output(octets),
        Reader::PlainEvent => Vec::new(),
    }
}

fn client_frames(mut input: &[u8]) -> Vec<Outcome> {
    let (mut framer, mut outcomes) = (Framer::new(), Vec::new());
    loop {
        outcomes.push(match framer.next(&mut input) {
            Ok(Framed::Incomplete) => return outcomes,
            Ok(Framed::Frame(frame)) => match ClientMessage::parse(&frame) {
                Ok(message) => Outcome::Message(told::client(&message)),
                Err(error) => told::error(error),
            },
            Err(FrameError::Frame(FrameFault::BadFrame)) => Outcome::Err("bad-frame".to_owned()),
            Err(FrameError::Frame(FrameFault::BadText)) => Outcome::Err("bad-text".to_owned()),
            Err(FrameError::Frame(FrameFault::LineTooLong)) => Outcome::Err("line-too-long".to_owned()),
            Err(FrameError::Stream(fault)) => {
                let code = match fault {
                    StreamFault::BadFrame => "bad-frame",
                    StreamFault::LineTooLong => "line-too-long",
                    StreamFault::TextTooLong => "text-too-long",
                };
                outcomes.push(Outcome::Bye(code.to_owned()));
                return outcomes;
            }
        });
    }
}

fn server_frames(mut input: &[u8]) -> Vec<Outcome> {
    let (mut framer, mut outcomes) = (Framer::new(), Vec::new());
    loop {
        match framer.next(&mut input) {
            Ok(Framed::Incomplete) => return outcomes,
            Ok(Framed::Frame(frame)) => match ServerMessage::parse(&frame) {
                Ok(message) => outcomes.push(Outcome::Message(told::server(&message))),
                Err(MessageError::UnknownVerb) => {}
                Err(_) => outcomes.push(Outcome::Fault("malformed".to_owned())),
            },
            Err(FrameError::Frame(_)) => outcomes.push(Outcome::Fault("malformed".to_owned())),
            Err(FrameError::Stream(_)) => {
                outcomes.push(Outcome::Fault("endless".to_owned()));
                return outcomes;
            }
        }
    }
}

/// The versions of a greeting are not told by the crate, only whether version 1 is among them.
fn greeting(mut input: &[u8]) -> Option<Outcome> {
    match ClientSession::new().receive(Millis(0), &mut input, &mut Vec::new()) {
        Ok(None) => None,
        Ok(Some(ClientEvent::Greeting(greeting))) => {
            assert!(greeting.speaks_version_1());
            let words = fanfare_vectors::Characters(greeting.words().to_owned());
            Some(Outcome::Greeting(fanfare_vectors::Greeting { versions: vec![1], words }))
        }
        Err(ServerFault::NotFanfare) => Some(Outcome::Fault("no-greeting".to_owned())),
        Err(ServerFault::BadVersion) => Some(Outcome::Fault("other-version".to_owned())),
        other => panic!("{other:?}"),
    }
}

fn first_line(mut input: &[u8]) -> Option<Outcome> {
    let mut session = ServerSession::new(Millis(0), SessionLimits::default());
    let first = session.receive(&mut input);
    match (session.dialect(), first) {
        (Some(Dialect::Framed), _) => Some(Outcome::Mode(Mode::Framed)),
        (Some(Dialect::Plain), _) => Some(Outcome::Mode(Mode::Plain)),
        (None, Some(Incoming::End(code))) => Some(Outcome::Bye(code.as_str().to_owned())),
        (None, None) => None,
        (None, other) => panic!("{other:?}"),
    }
}

/// What a server without accounts that gives every name hears of a client, behind some octets that were heard before.
fn asked(before: &[u8], octets: &[u8]) -> Vec<Outcome> {
    let mut session = ServerSession::new(Millis(0), SessionLimits::default());
    hear(&mut session, before);
    hear(&mut session, octets)
}

/// The same from the first octet on, with the end that a client asks for.
fn answered(octets: &[u8]) -> Vec<Outcome> {
    let mut outcomes = asked(b"", octets);
    let asks = |outcome: &Outcome| match outcome {
        Outcome::Message(message) => message.verb == "BYE",
        Outcome::Command(command) => matches!(command, fanfare_vectors::Command::Quit { .. }),
        _ => false,
    };
    if outcomes.last().is_some_and(asks) {
        outcomes.push(Outcome::Bye(ByeCode::Bye.as_str().to_owned()));
    }
    outcomes
}

fn hear(session: &mut ServerSession, mut input: &[u8]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    while let Some(incoming) = session.receive(&mut input) {
        let mut ends = false;
        let outcome = match incoming {
            Incoming::Request(ClientMessage::Auth { .. }) if session.deadline() == Some(Millis(10_000)) => {
                match session.refuse(ErrCode::NotAllowed) {
                    Incoming::Fault(code) => Outcome::Err(code.as_str().to_owned()),
                    Incoming::End(code) => Outcome::Bye(code.as_str().to_owned()),
                    other => panic!("{other:?}"),
                }
            }
            Incoming::Request(ClientMessage::Auth { .. }) => Outcome::Err("not-allowed".to_owned()),
            Incoming::Request(ClientMessage::Hello { name, .. }) if session.dialect() == Some(Dialect::Plain) => {
                session.welcome(Millis(0));
                Outcome::Name(name.as_str().to_owned())
            }
            Incoming::Request(message) => {
                match message {
                    ClientMessage::Hello { .. } => session.welcome(Millis(0)),
                    ClientMessage::Bye { .. } => ends = true,
                    _ => {}
                }
                Outcome::Message(told::client(&message))
            }
            Incoming::Command(command) => {
                ends = matches!(command, fanfare_protocol::plain::Command::Quit(_));
                told::command(&command)
            }
            Incoming::Fault(code) => Outcome::Err(code.as_str().to_owned()),
            Incoming::End(code) => Outcome::Bye(code.as_str().to_owned()),
        };
        outcomes.push(outcome);
        if ends {
            session.close();
        }
    }
    outcomes
}

fn plain_output(mut input: &[u8]) -> Vec<Outcome> {
    let mut session = PlainSession::new();
    let mut opening = &b"FANFARE/1 x\nYou are connected to the Server!\n"[..];
    while session.receive(&mut opening).expect("no fault").is_some() {}
    assert!(session.is_connected());
    let mut outcomes = Vec::new();
    while let Some(event) = session.receive(&mut input).expect("no fault") {
        outcomes.push(match event {
            PlainEvent::Line(line) => told::line(&line),
            PlainEvent::Unknown(_) => Outcome::Unknown,
        });
    }
    outcomes
}

//! From what the crate has read to what a vector says: every field under its name in SPEC.md.

use fanfare_protocol::plain::{Command, ServerLine};
use fanfare_protocol::{
    Answer, ClientMessage, Epoch, Id, MessageError, Name, Number, PageSize, Reason, RoomName, Seq, ServerMessage, Text,
    Token,
};
use fanfare_vectors::{Characters, Line, Message, Outcome};
use serde_json::{Value, json};

/// A message with these fields: `Null` stands for one that is absent.
fn message(verb: &str, fields: &Value, attributes: &Value, text: Option<Text<'_>>) -> Message {
    let given = |json: &Value| {
        let all = json.as_object().expect("an object").clone();
        all.into_iter().filter(|(_, value)| !value.is_null()).collect()
    };
    let text = text.map(|text| text.as_str().to_owned());
    Message { verb: verb.to_owned(), fields: given(fields), attributes: given(attributes), text, names: Vec::new() }
}

pub(super) fn client(read: &ClientMessage<'_>) -> Message {
    let none = json!({});
    let (verb, fields, attributes, text) = match *read {
        ClientMessage::Hello { name, token } => {
            ("HELLO", json!({"version": 1, "name": name.as_str()}), json!({"token": token.map(Token::as_str)}), None)
        }
        ClientMessage::Auth { mechanism, text } => ("AUTH", json!({"mechanism": mechanism.as_str()}), none, text),
        ClientMessage::Join { room, after, last } => {
            let after = after.map(|(epoch, seq)| json!({"epoch": epoch.as_str(), "seq": seq.get()}));
            let attributes = json!({"after": after, "last": last.map(Number::get)});
            ("JOIN", json!({"room": room.as_str()}), attributes, None)
        }
        ClientMessage::Leave { room, reason } => {
            ("LEAVE", json!({"room": room.as_str()}), none, reason.map(Reason::text))
        }
        ClientMessage::Say { room, id, text } => {
            ("SAY", json!({"room": room.as_str()}), json!({"id": id.map(Id::as_str)}), Some(text))
        }
        ClientMessage::Tell { name, id, text } => {
            ("TELL", json!({"name": name.as_str()}), json!({"id": id.map(Id::as_str)}), Some(text))
        }
        ClientMessage::Who { room, after } => {
            ("WHO", json!({"room": room.as_str()}), json!({"after": after.map(Name::as_str)}), None)
        }
        ClientMessage::Rooms { after } => ("ROOMS", none, json!({"after": after.map(RoomName::as_str)}), None),
        ClientMessage::History { room, range, epoch } => {
            let fields = json!({"room": room.as_str(), "first": range.first().get(), "last": range.last().get()});
            ("HISTORY", fields, json!({"epoch": epoch.map(Epoch::as_str)}), None)
        }
        ClientMessage::Search { room, before, last, text } => {
            let attributes = json!({"before": before.map(Seq::get), "last": last.map(PageSize::get)});
            ("SEARCH", json!({"room": room.as_str()}), attributes, Some(text.text()))
        }
        ClientMessage::Ping { token } => ("PING", json!({"token": token.map(Token::as_str)}), none, None),
        ClientMessage::Pong { token } => ("PONG", json!({"token": token.map(Token::as_str)}), none, None),
        ClientMessage::Bye { reason } => ("BYE", none.clone(), none, reason.map(Reason::text)),
    };
    assert_eq!(read.verb(), verb);
    message(verb, &fields, &attributes, text)
}

pub(super) fn server(read: &ServerMessage<'_>) -> Message {
    let none = json!({});
    match *read {
        ServerMessage::Welcome(welcome) => {
            let attributes = json!({
                "token": welcome.token.map(Token::as_str),
                "ping": welcome.ping.get(),
                "text": welcome.text_limit.get(),
                "rate": welcome.rate.map(Number::get),
                "presence": welcome.presence.get(),
            });
            message("WELCOME", &json!({"name": welcome.name.as_str()}), &attributes, Some(welcome.text))
        }
        ServerMessage::Ok(answer) => message("OK", &none, &ok(answer), None),
        ServerMessage::Err { code, retry, text } => {
            let attributes = json!({"retry": retry.map(Number::get)});
            message("ERR", &json!({"code": code.as_str()}), &attributes, Some(text))
        }
        ServerMessage::Challenge { text } => message("CHALLENGE", &none, &none, Some(text)),
        ServerMessage::Names { room, names } => {
            let names = names.iter().map(|name| name.as_str().to_owned()).collect();
            Message { names, ..message("NAMES", &json!({"room": room.as_str()}), &none, None) }
        }
        ServerMessage::Room { room, members, newest } => {
            let attributes = json!({"members": members.get(), "newest": newest.get()});
            message("ROOM", &json!({"room": room.as_str()}), &attributes, None)
        }
        ServerMessage::Past(past) => said("PAST", &past),
        ServerMessage::Msg(msg) => said("MSG", &msg),
        ServerMessage::Note { room, seq, at, name, kind, text } => {
            let (room, name, kind) = (room.as_str(), name.as_str(), kind.as_str());
            let fields = json!({"room": room, "seq": seq.get(), "at": at.millis(), "name": name, "kind": kind});
            message("NOTE", &fields, &none, text)
        }
        ServerMessage::Told { at, name, id, text } => {
            let fields = json!({"at": at.millis(), "name": name.as_str()});
            message("TOLD", &fields, &json!({"id": id.map(Id::as_str)}), Some(text))
        }
        ServerMessage::Joined { room, name } => {
            message("JOINED", &json!({"room": room.as_str(), "name": name.as_str()}), &none, None)
        }
        ServerMessage::Left { room, name, reason } => {
            let fields = json!({"room": room.as_str(), "name": name.as_str()});
            message("LEFT", &fields, &none, reason.map(Reason::text))
        }
        ServerMessage::Members { room, total, joined, left } => {
            let [joined, left] = [joined, left].map(|count| count.map(Number::get));
            let attributes = json!({"total": total.get(), "joined": joined, "left": left});
            message("MEMBERS", &json!({"room": room.as_str()}), &attributes, None)
        }
        ServerMessage::Gap { room, range, reason } => {
            let (first, last) = (range.first().get(), range.last().get());
            let fields = json!({"room": room.as_str(), "first": first, "last": last, "reason": reason.as_str()});
            message("GAP", &fields, &none, None)
        }
        ServerMessage::Ping { token } => message("PING", &json!({"token": token.map(Token::as_str)}), &none, None),
        ServerMessage::Pong { token } => message("PONG", &json!({"token": token.map(Token::as_str)}), &none, None),
        ServerMessage::Bye { code, retry, text } => {
            let attributes = json!({"retry": retry.map(Number::get)});
            message("BYE", &json!({"code": code.as_str()}), &attributes, Some(text))
        }
    }
}

fn said(verb: &str, said: &fanfare_protocol::Message<'_>) -> Message {
    let (room, seq, at, name) = (said.room.as_str(), said.seq.get(), said.at.millis(), said.name.as_str());
    let fields = json!({"room": room, "seq": seq, "at": at, "name": name});
    message(verb, &fields, &json!({"id": said.id.map(Id::as_str)}), Some(said.text))
}

fn ok(answer: Answer<'_>) -> Value {
    let yes = |flag: bool| flag.then_some(true);
    match answer {
        Answer::Done => json!({}),
        Answer::Join { epoch, next, newest, members, reset } => json!({
            "epoch": epoch.as_str(),
            "next": next.get(),
            "newest": newest.get(),
            "members": members.get(),
            "reset": yes(reset),
        }),
        Answer::Say { seq, repeat } => json!({"seq": seq.get(), "repeat": yes(repeat)}),
        Answer::Who { members, more } => json!({"members": members.get(), "more": yes(more)}),
        Answer::Rooms { count, more } => json!({"count": count.get(), "more": yes(more)}),
        Answer::History { epoch, count, next } => {
            json!({"epoch": epoch.as_str(), "count": count.get(), "next": next.get()})
        }
        Answer::Search { epoch, count, more } => {
            json!({"epoch": epoch.as_str(), "count": count.get(), "more": yes(more)})
        }
    }
}

pub(super) fn command(read: &Command<'_>) -> Outcome {
    use fanfare_vectors::Command as Told;

    Outcome::Command(match *read {
        Command::Say(text) => return Outcome::Said(characters(text.as_str())),
        Command::Join(room) => Told::Join { room: room.as_str().to_owned() },
        Command::Tell { name, text } => Told::Msg { name: name.as_str().to_owned(), text: characters(text.as_str()) },
        Command::Who => Told::Who,
        Command::Rooms => Told::Rooms,
        Command::History { count } => Told::History { count: count.get() },
        Command::Search { text } => Told::Search { text: characters(text.as_str()) },
        Command::Help => Told::Help,
        Command::Quit(text) => Told::Quit { text: text.map(|text| characters(text.as_str())) },
    })
}

pub(super) fn line(read: &ServerLine<'_>) -> Outcome {
    Outcome::Line(match *read {
        ServerLine::Said { name, line } => Line::Message { name: name.as_str().to_owned(), text: characters(line) },
        ServerLine::Told { name, line } => Line::Told { name: name.as_str().to_owned(), text: characters(line) },
        ServerLine::Joined(name) => Line::Joined { name: name.as_str().to_owned() },
        ServerLine::Left(name) => Line::Left { name: name.as_str().to_owned() },
        ServerLine::Info(words) => Line::Information { text: characters(words) },
        ServerLine::Fault(words) => Line::Fault { text: characters(words) },
        ServerLine::Prompt => Line::Prompt,
        ServerLine::Connected => Line::Connected,
    })
}

/// The code of a message that is none.
pub(super) fn error(error: MessageError) -> Outcome {
    let code = match error {
        MessageError::UnknownVerb => "unknown-verb",
        MessageError::BadArguments => "bad-arguments",
        MessageError::BadName => "bad-name",
        MessageError::BadRoom => "bad-room",
        MessageError::BadVersion => "bad-version",
    };
    Outcome::Err(code.to_owned())
}

fn characters(text: &str) -> Characters {
    Characters(text.to_owned())
}

//! From a frame to a [`ClientMessage`]: one function a verb, in the enum's order.

use super::ClientMessage;
use crate::grammar::read::{
    MessageError, attributes, complete, field, name, none, only_token, position, range, reason, required, room,
    seq_value, upper, word,
};
use crate::limits::MAX_VERB;
use crate::{Epoch, Frame, Id, Mechanism, Name, Number, PageSize, Query, RoomName, Text, Token};

type Message<'a> = Result<ClientMessage<'a>, MessageError>;

impl<'a> ClientMessage<'a> {
    /// Reads a frame. SPEC.md, sections 2.7 and 4.
    pub fn parse(frame: &Frame<'a>) -> Message<'a> {
        let (rest, text) = (frame.fields(), frame.text());
        match upper(frame.verb(), &mut [0; MAX_VERB]) {
            b"SAY" => say(rest, text),
            b"PING" => ping(rest, text),
            b"PONG" => pong(rest, text),
            b"TELL" => tell(rest, text),
            b"JOIN" => join(rest, text),
            b"LEAVE" => leave(rest, text),
            b"WHO" => who(rest, text),
            b"ROOMS" => rooms(rest, text),
            b"HISTORY" => history(rest, text),
            b"SEARCH" => search(rest, text),
            b"HELLO" => hello(rest, text),
            b"AUTH" => auth(rest, text),
            b"BYE" => bye(rest, text),
            _ => Err(MessageError::UnknownVerb),
        }
    }
}

/// `hello = "HELLO" SP version SP name [SP "token=" token]`
fn hello<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    let (rest, version) = field(rest).map_err(|_| MessageError::BadArguments)?;
    if version != "1" {
        return Err(MessageError::BadVersion);
    }
    let (name, attributes) = complete((name(), attributes()), rest)?;
    none(text)?;
    Ok(ClientMessage::Hello { name, token: attributes.get("token", Token::new)? })
}

/// `auth = "AUTH" SP mechanism [SP text]`
fn auth<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    let (mechanism, _) = complete((word::<Mechanism<'a>>(), attributes()), rest)?;
    Ok(ClientMessage::Auth { mechanism, text })
}

/// `join = "JOIN" SP room [SP "after=" position] [SP "last=" number]`
fn join<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    let (room, attributes) = complete((room(), attributes()), rest)?;
    none(text)?;
    Ok(ClientMessage::Join {
        room,
        after: attributes.get("after", position)?,
        last: attributes.get("last", Number::parse)?,
    })
}

/// `leave = "LEAVE" SP room [SP text]`
fn leave<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    let (room, _) = complete((room(), attributes()), rest)?;
    Ok(ClientMessage::Leave { room, reason: reason(text)? })
}

/// `say = "SAY" SP room [SP "id=" id] SP text`
fn say<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    let (room, attributes) = complete((room(), attributes()), rest)?;
    Ok(ClientMessage::Say { room, id: attributes.get("id", Id::new)?, text: required(text)? })
}

/// `tell = "TELL" SP name [SP "id=" id] SP text`
fn tell<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    let (name, attributes) = complete((name(), attributes()), rest)?;
    Ok(ClientMessage::Tell { name, id: attributes.get("id", Id::new)?, text: required(text)? })
}

/// `who = "WHO" SP room [SP "after=" name]`
fn who<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    let (room, attributes) = complete((room(), attributes()), rest)?;
    none(text)?;
    Ok(ClientMessage::Who { room, after: attributes.get("after", Name::new)? })
}

/// `rooms = "ROOMS" [SP "after=" room]`
fn rooms<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    let attributes = complete(attributes(), rest)?;
    none(text)?;
    Ok(ClientMessage::Rooms { after: attributes.get("after", RoomName::new)? })
}

/// `history = "HISTORY" SP room SP seq SP seq [SP "epoch=" epoch]`
fn history<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    let (room, range, attributes) = complete((room(), range, attributes()), rest)?;
    none(text)?;
    Ok(ClientMessage::History { room, range, epoch: attributes.get("epoch", Epoch::new)? })
}

/// `search = "SEARCH" SP room [SP "before=" seq] [SP "last=" number] SP query`
fn search<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    let (room, attributes) = complete((room(), attributes()), rest)?;
    Ok(ClientMessage::Search {
        room,
        before: attributes.get("before", seq_value)?,
        last: attributes.get("last", PageSize::parse)?,
        text: Query::try_from(required(text)?).map_err(|_| MessageError::BadArguments)?,
    })
}

/// `ping = "PING" [SP token]`
fn ping<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    Ok(ClientMessage::Ping { token: only_token(rest, text)? })
}

/// `pong = "PONG" [SP token]`
fn pong<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    Ok(ClientMessage::Pong { token: only_token(rest, text)? })
}

/// `client-bye = "BYE" [SP text]`
fn bye<'a>(rest: &'a str, text: Option<Text<'a>>) -> Message<'a> {
    complete(attributes(), rest)?;
    Ok(ClientMessage::Bye { reason: reason(text)? })
}

//! From a frame to a [`ServerMessage`]: one function a verb, in the enum's order.

use core::ops::RangeInclusive;

use super::{Answer, GapReason, Message, Names, ServerMessage, Welcome};
use crate::grammar::read::{
    MessageError, Parsed, at, attributes, complete, name, none, only_token, range, reason, required, room, seq, upper,
    word,
};
use crate::limits::{MAX_LINE, MAX_NUMBER, MAX_TEXT, MAX_VERB};
use crate::value::{CodeWord, Kind};
use crate::{ByeCode, ErrCode, Frame, Id, Number, RoomName, Text, Token};

type Parse<'a, T = ServerMessage<'a>> = Result<T, MessageError>;

impl<'a> ServerMessage<'a> {
    /// Reads a frame. A client ignores one whose verb is unknown. SPEC.md, sections 5 and 12.
    pub fn parse(frame: &Frame<'a>) -> Parse<'a> {
        let (rest, text) = (frame.fields(), frame.text());
        //= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
        //# A client MUST accept every frame and every text that this document allows a server to send.
        match upper(frame.verb(), &mut [0; MAX_VERB]) {
            b"MSG" => message(rest, text).map(Self::Msg),
            b"OK" => ok(rest, text),
            b"ERR" => err(rest, text),
            b"JOINED" => joined(rest, text),
            b"LEFT" => left(rest, text),
            b"MEMBERS" => members(rest, text),
            b"GAP" => gap(rest, text),
            b"TOLD" => told(rest, text),
            b"PAST" => message(rest, text).map(Self::Past),
            b"NOTE" => note(rest, text),
            b"NAMES" => names(rest, text),
            b"ROOM" => room_line(rest, text),
            b"PING" => ping(rest, text),
            b"PONG" => pong(rest, text),
            b"WELCOME" => welcome(rest, text),
            b"CHALLENGE" => challenge(rest, text),
            b"BYE" => bye(rest, text),
            _ => Err(MessageError::UnknownVerb),
        }
    }
}

/// `welcome = "WELCOME" SP name [SP "token=" token] SP "ping=" number SP "text=" number [SP "rate=" number]
/// SP "presence=" number SP text`
fn welcome<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let (name, attributes) = complete((name(), attributes()), rest)?;
    let bounded = |key, bounds: RangeInclusive<u64>| {
        let valid = |number: &Number| bounds.contains(&number.get());
        attributes.get(key, |digits| Number::parse(digits).ok().filter(valid).ok_or(MessageError::BadArguments))
    };
    Ok(ServerMessage::Welcome(Welcome {
        name,
        //= protocol/SPEC.md#3-5-tokens
        //# A client MUST accept any token of the form in 2.6.
        token: attributes.get("token", Token::new)?,
        ping: bounded("ping", 1..=3_600)?.ok_or(MessageError::BadArguments)?,
        text_limit: bounded("text", MAX_LINE as u64..=MAX_TEXT as u64)?.ok_or(MessageError::BadArguments)?,
        rate: bounded("rate", 1..=MAX_NUMBER)?,
        presence: bounded("presence", 0..=MAX_NUMBER)?.ok_or(MessageError::BadArguments)?,
        text: required(text)?,
    }))
}

/// `ok = "OK" *(SP attribute)`
fn ok<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let attributes = complete(attributes(), rest)?;
    none(text)?;
    Answer::parse(&attributes).map(ServerMessage::Ok)
}

/// `err = "ERR" SP code [SP "retry=" number] SP text`
fn err<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let (code, attributes) = complete((word::<CodeWord<'a>>(), attributes()), rest)?;
    Ok(ServerMessage::Err {
        code: ErrCode::from_word(code),
        retry: attributes.get("retry", Number::parse)?,
        text: required(text)?,
    })
}

/// `challenge = "CHALLENGE" SP text`
fn challenge<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    complete(attributes(), rest)?;
    Ok(ServerMessage::Challenge { text: required(text)? })
}

/// `names = "NAMES" SP room 1*(SP name)`
fn names<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let (room, names, _) = complete((room(), name_list, attributes()), rest)?;
    none(text)?;
    Ok(ServerMessage::Names { room, names })
}

/// `1*(SP name)`: up to the first field with `=`, which no name has.
fn name_list(input: &str) -> Parsed<'_, Names<'_>> {
    let list = input.strip_prefix(' ').ok_or(nom::Err::Error(MessageError::BadArguments))?;
    let end = match list.find('=') {
        Some(equals) => list[..equals].rfind(' ').unwrap_or(0),
        None => list.len(),
    };
    let (list, rest) = list.split_at(end);
    if list.len() > Names::MAX_OCTETS {
        return Err(nom::Err::Failure(MessageError::BadArguments));
    }
    let names = Names::new(list).map_err(|_| nom::Err::Failure(MessageError::BadName))?;
    Ok((rest, names))
}

/// `room-line = "ROOM" SP room SP "members=" number SP "newest=" number`
fn room_line<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let (room, attributes) = complete((room(), attributes()), rest)?;
    none(text)?;
    Ok(ServerMessage::Room {
        room,
        members: attributes.get("members", Number::parse)?.ok_or(MessageError::BadArguments)?,
        newest: attributes.get("newest", Number::parse)?.ok_or(MessageError::BadArguments)?,
    })
}

/// `msg = "MSG" message` and `past = "PAST" message`, with
/// `message = SP room SP seq SP at SP name [SP "id=" id] SP text`
fn message<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a, Message<'a>> {
    let (room, seq, at, name, attributes) = complete((room(), seq(), at(), name(), attributes()), rest)?;
    Ok(Message { room, seq, at, name, id: attributes.get("id", Id::new)?, text: required(text)? })
}

/// `note = "NOTE" SP room SP seq SP at SP name SP kind [SP text]`
fn note<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let (room, seq, at, name, kind, _) =
        complete((room(), seq(), at(), name(), word::<Kind<'a>>(), attributes()), rest)?;
    Ok(ServerMessage::Note { room, seq, at, name, kind, text })
}

/// `told = "TOLD" SP at SP name [SP "id=" id] SP text`
fn told<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let (at, name, attributes) = complete((at(), name(), attributes()), rest)?;
    Ok(ServerMessage::Told { at, name, id: attributes.get("id", Id::new)?, text: required(text)? })
}

/// `joined = "JOINED" SP room SP name`
fn joined<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let (room, name, _) = complete((room(), name(), attributes()), rest)?;
    none(text)?;
    Ok(ServerMessage::Joined { room, name })
}

/// `left = "LEFT" SP room SP name [SP reason]`
fn left<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let (room, name, _) = complete((room(), name(), attributes()), rest)?;
    Ok(ServerMessage::Left { room, name, reason: reason(text)? })
}

/// `members = "MEMBERS" SP room SP "total=" number [SP "joined=" number] [SP "left=" number]`
fn members<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let (room, attributes): (RoomName<'a>, _) = complete((room(), attributes()), rest)?;
    none(text)?;
    Ok(ServerMessage::Members {
        room,
        total: attributes.get("total", Number::parse)?.ok_or(MessageError::BadArguments)?,
        joined: attributes.get("joined", Number::parse)?,
        left: attributes.get("left", Number::parse)?,
    })
}

/// `gap = "GAP" SP room SP seq SP seq SP gap-reason`
fn gap<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let (room, range, reason, _) = complete((room(), range, word::<CodeWord<'a>>(), attributes()), rest)?;
    none(text)?;
    let reason = GapReason::from_word(reason);
    Ok(ServerMessage::Gap { room, range, reason })
}

/// `ping = "PING" [SP token]`
fn ping<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    Ok(ServerMessage::Ping { token: only_token(rest, text)? })
}

/// `pong = "PONG" [SP token]`
fn pong<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    Ok(ServerMessage::Pong { token: only_token(rest, text)? })
}

/// `server-bye = "BYE" SP code [SP "retry=" number] SP text`
fn bye<'a>(rest: &'a str, text: Option<Text<'a>>) -> Parse<'a> {
    let (code, attributes) = complete((word::<CodeWord<'a>>(), attributes()), rest)?;
    Ok(ServerMessage::Bye {
        code: ByeCode::from_word(code),
        retry: attributes.get("retry", Number::parse)?,
        text: required(text)?,
    })
}

//! Reading: nom parsers over the header of a complete frame.
//!
//! The framer has seen to it that a header is printable ASCII with one SP between fields, so nothing here is partial.

use nom::bytes::complete::{take_till1, take_while_m_n};
use nom::character::complete::char;
use nom::combinator::opt;
use nom::error::{ErrorKind, ParseError};
use nom::sequence::{preceded, separated_pair};
use nom::{IResult, Parser};

use crate::limits::{MAX_ATTRIBUTES, MAX_VERB};
use crate::value::{Epoch, Name, Number, RoomName, Seq, SeqRange, Timestamp, Token, ValueError};
use crate::{ErrCode, Text};

/// Why a frame is no message. SPEC.md, section 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum MessageError {
    /// The verb is none that this side takes.
    #[error("the verb is unknown")]
    UnknownVerb,
    /// A field, an attribute or the text is wrong, missing or too much.
    #[error("the arguments are wrong")]
    BadArguments,
    /// A field that should be a name is none.
    #[error("not a name")]
    BadName,
    /// A field that should be a room is none.
    #[error("not a room")]
    BadRoom,
    /// A `HELLO` of another version.
    #[error("not a version that is spoken here")]
    BadVersion,
}

impl MessageError {
    /// The code of the `ERR` that a server answers with.
    pub fn code(self) -> ErrCode<'static> {
        match self {
            Self::UnknownVerb => ErrCode::UnknownVerb,
            Self::BadArguments => ErrCode::BadArguments,
            Self::BadName => ErrCode::BadName,
            Self::BadRoom => ErrCode::BadRoom,
            Self::BadVersion => ErrCode::BadVersion,
        }
    }
}

impl From<ValueError> for MessageError {
    fn from(_: ValueError) -> Self {
        Self::BadArguments
    }
}

impl ParseError<&str> for MessageError {
    fn from_error_kind(_: &str, _: ErrorKind) -> Self {
        Self::BadArguments
    }

    fn append(_: &str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

pub(crate) type Parsed<'a, T> = IResult<&'a str, T, MessageError>;

/// What nom says in the end, as this crate's own result.
pub(crate) fn complete<'a, T>(
    mut parser: impl Parser<&'a str, Output = T, Error = MessageError>,
    input: &'a str,
) -> Result<T, MessageError> {
    match parser.parse_complete(input) {
        Ok(("", value)) => Ok(value),
        Ok(_) => Err(MessageError::BadArguments),
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => Err(error),
        // Complete parsers never ask for more.
        Err(nom::Err::Incomplete(_)) => Err(MessageError::BadArguments),
    }
}

fn check<'a, T, E>(
    (rest, field): (&'a str, &'a str),
    valid: impl FnOnce(&'a str) -> Result<T, E>,
    error: MessageError,
) -> Parsed<'a, T> {
    valid(field).map(|value| (rest, value)).map_err(|_| nom::Err::Failure(error))
}

/// `verb = 1*16ALPHA`, at the beginning of a header: its length.
pub(crate) fn verb(header: &str) -> Option<usize> {
    let length = header.bytes().position(|octet| !octet.is_ascii_alphabetic()).unwrap_or(header.len());
    let ends = matches!(header.as_bytes().get(length), None | Some(b' '));
    (ends && (1..=MAX_VERB).contains(&length)).then_some(length)
}

/// A verb in upper case.
pub(crate) fn upper<'v>(verb: &str, buffer: &'v mut [u8; MAX_VERB]) -> &'v [u8] {
    let upper = &mut buffer[..verb.len()];
    upper.copy_from_slice(verb.as_bytes());
    //= protocol/SPEC.md#2-2-fields
    //# A receiver MUST accept a verb in any case.
    upper.make_ascii_uppercase();
    upper
}

/// `SP field`
pub(crate) fn field(input: &str) -> Parsed<'_, &str> {
    let none = nom::Err::Error(MessageError::BadArguments);
    let Some(rest) = input.strip_prefix(' ') else { return Err(none) };
    // By octets: of characters, each would be decoded.
    match rest.bytes().position(|octet| octet == b' ').unwrap_or(rest.len()) {
        0 => Err(none),
        length => Ok((&rest[length..], &rest[..length])),
    }
}

/// `SP name`
pub(crate) fn name(input: &str) -> Parsed<'_, Name<'_>> {
    check(field(input)?, Name::new, MessageError::BadName)
}

/// `SP room`
pub(crate) fn room(input: &str) -> Parsed<'_, RoomName<'_>> {
    check(field(input)?, RoomName::new, MessageError::BadRoom)
}

/// `SP number`
pub(crate) fn number(input: &str) -> Parsed<'_, Number> {
    check(field(input)?, Number::parse, MessageError::BadArguments)
}

/// `SP seq`
pub(crate) fn seq(input: &str) -> Parsed<'_, Seq> {
    check(field(input)?, seq_value, MessageError::BadArguments)
}

/// `SP at`
pub(crate) fn at(input: &str) -> Parsed<'_, Timestamp> {
    let (rest, millis) = number(input)?;
    Ok((rest, Timestamp::from_millis(millis.get())))
}

/// `SP` and a field of a type of its own.
pub(crate) fn word<'a, T>(valid: fn(&'a str) -> Result<T, ValueError>) -> impl Fn(&'a str) -> Parsed<'a, T> {
    move |input| check(field(input)?, valid, MessageError::BadArguments)
}

/// `SP seq SP seq`, the second not below the first.
pub(crate) fn range(input: &str) -> Parsed<'_, SeqRange> {
    let (rest, (first, last)) = (seq, seq).parse_complete(input)?;
    SeqRange::new(first, last).map(|range| (rest, range)).ok_or(nom::Err::Failure(MessageError::BadArguments))
}

/// `SP token`. A field with `=` is no token but the first attribute.
fn token(input: &str) -> Parsed<'_, Token<'_>> {
    let (rest, field) = field(input)?;
    if field.contains('=') {
        return Err(nom::Err::Error(MessageError::BadArguments));
    }
    check((rest, field), Token::new, MessageError::BadArguments)
}

/// `[SP token] attributes`, and no text: what `PING` and `PONG` have in both directions.
pub(crate) fn only_token<'a>(rest: &'a str, text: Option<Text<'a>>) -> Result<Option<Token<'a>>, MessageError> {
    let (token, _) = complete((opt(token), attributes), rest)?;
    none(text)?;
    Ok(token)
}

/// `seq` as an attribute's value.
pub(crate) fn seq_value(digits: &str) -> Result<Seq, MessageError> {
    Seq::new(Number::parse(digits)?.get()).ok_or(MessageError::BadArguments)
}

/// `position = epoch ":" number`
pub(crate) fn position(value: &str) -> Result<(Epoch<'_>, Number), MessageError> {
    let (epoch, number) = value.split_once(':').ok_or(MessageError::BadArguments)?;
    Ok((Epoch::new(epoch)?, Number::parse(number)?))
}

/// The attributes of one frame: each with an SP before it, and no key twice. They are looked up where they stand, since a
/// table of sixteen would be moved from parser to parser with every frame.
#[derive(Clone, Copy, Default)]
pub(crate) struct Attributes<'a>(&'a str);

impl<'a> Attributes<'a> {
    /// The value of a key, checked; `None` without the key.
    pub(crate) fn get<T, E>(
        &self,
        key: &str,
        valid: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Result<Option<T>, MessageError> {
        //= protocol/SPEC.md#2-5-attributes
        //# A receiver MUST ignore a well-formed attribute whose key is unknown for the verb.
        match self.find(key) {
            Some(value) => valid(value).map(Some).map_err(|_| MessageError::BadArguments),
            None => Ok(None),
        }
    }

    /// Whether the frame has `key=yes`. SPEC.md, section 2.5.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, MessageError> {
        match self.find(key) {
            Some("yes") => Ok(true),
            Some(_) => Err(MessageError::BadArguments),
            None => Ok(false),
        }
    }

    fn find(&self, key: &str) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let mut attributes = self.0.split(' ').filter_map(|attribute| attribute.split_once('='));
        //= protocol/SPEC.md#2-5-attributes
        //# A receiver MUST accept attributes in any order.
        attributes.find(|(known, _)| *known == key).map(|(_, value)| value)
    }
}

/// `*16(SP attribute)`, up to the end of the header.
pub(crate) fn attributes(input: &str) -> Parsed<'_, Attributes<'_>> {
    let (mut rest, mut count) = (input, 0);
    while !rest.is_empty() {
        let earlier = Attributes(&input[..input.len() - rest.len()]);
        let (after, (key, _)) = preceded(char(' '), attribute).parse_complete(rest)?;
        count += 1;
        if count > MAX_ATTRIBUTES || earlier.find(key).is_some() {
            return Err(nom::Err::Failure(MessageError::BadArguments));
        }
        rest = after;
    }
    Ok((rest, Attributes(input)))
}

/// `attribute = key "=" value`
fn attribute(input: &str) -> Parsed<'_, (&str, &str)> {
    separated_pair(key, char('='), value).parse_complete(input)
}

/// `key = LOWER *15(LOWER / DIGIT / "-")`
fn key(input: &str) -> Parsed<'_, &str> {
    let (rest, key) =
        take_while_m_n(1, crate::limits::MAX_KEY, |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            .parse_complete(input)?;
    if key.starts_with(|c: char| c.is_ascii_lowercase()) {
        Ok((rest, key))
    } else {
        Err(nom::Err::Failure(MessageError::BadArguments))
    }
}

/// `value = 1*255VCHAR`
fn value(input: &str) -> Parsed<'_, &str> {
    let (rest, value) = take_till1(|c| c == ' ').parse_complete(input)?;
    if value.len() <= crate::limits::MAX_VALUE {
        Ok((rest, value))
    } else {
        Err(nom::Err::Failure(MessageError::BadArguments))
    }
}

/// A verb's text where it needs one.
pub(crate) fn required(text: Option<Text<'_>>) -> Result<Text<'_>, MessageError> {
    //= protocol/SPEC.md#2-4-text
    //# A receiver MUST accept an empty text in both forms.
    text.ok_or(MessageError::BadArguments)
}

/// A verb that has no text.
pub(crate) fn none(text: Option<Text<'_>>) -> Result<(), MessageError> {
    if text.is_none() { Ok(()) } else { Err(MessageError::BadArguments) }
}

//! Reading: nom parsers over the header of a complete frame.
//!
//! The leaf parsers are our own: nom's go over a string by its characters, and an octet is all that matters here.
//!
//! The framer has seen to it that a header is printable ASCII with one SP between fields, so nothing here is partial.

use core::marker::PhantomData;

use nom::combinator::opt;
use nom::error::{ErrorKind, ParseError};
use nom::{Complete, Emit, IResult, Mode, OutputM, OutputMode, PResult, Parser};

use crate::limits::{MAX_ATTRIBUTES, MAX_KEY, MAX_VALUE, MAX_VERB};
use crate::octets::{self, Class};
use crate::value::{Epoch, Name, Number, Prefix, RoomName, Seq, SeqRange, Timestamp, Token, ValueError};
use crate::{ErrCode, Reason, Text};

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
#[inline(always)]
pub(crate) fn complete<'a, T>(
    mut parser: impl Parser<&'a str, Output = T, Error = MessageError>,
    input: &'a str,
) -> Result<T, MessageError> {
    // What `parse_complete` does, but inlined.
    match parser.process::<OutputM<Emit, Emit, Complete>>(input) {
        Ok(("", value)) => Ok(value),
        Ok(_) => Err(MessageError::BadArguments),
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => Err(error),
        // Complete parsers never ask for more.
        Err(nom::Err::Incomplete(_)) => Err(MessageError::BadArguments),
    }
}

/// `verb = 1*16ALPHA`, at the beginning of a header: its length.
pub(crate) fn verb(header: &[u8]) -> Option<usize> {
    let length = header.iter().position(|octet| !octet.is_ascii_alphabetic()).unwrap_or(header.len());
    let ends = matches!(header.get(length), None | Some(b' '));
    (ends && (1..=MAX_VERB).contains(&length)).then_some(length)
}

/// A verb in upper case, in which it nearly always is.
pub(crate) fn upper<'v>(verb: &'v str, buffer: &'v mut [u8; MAX_VERB]) -> &'v [u8] {
    if verb.bytes().all(|octet| octet.is_ascii_uppercase()) {
        return verb.as_bytes();
    }
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
    match field_end(rest) {
        0 => Err(none),
        length => Ok((&rest[length..], &rest[..length])),
    }
}

/// The parser of a field that is a value of a type, or this fault.
///
/// nom would take a function as well, but not inline it, and a field that is handed over through memory, from function to
/// tuple to message, costs more than reading it.
pub(crate) struct Field<T> {
    fault: MessageError,
    value: PhantomData<T>,
}

impl<T> Field<T> {
    const fn or(fault: MessageError) -> Self {
        Self { fault, value: PhantomData }
    }
}

impl<'a, T: Prefix<'a>> Parser<&'a str> for Field<T> {
    type Output = T;
    type Error = MessageError;

    #[inline(always)]
    fn process<OM: OutputMode>(&mut self, input: &'a str) -> PResult<OM, &'a str, T, MessageError> {
        output::<OM, T>(value(input, self.fault))
    }
}

/// The parser of all attributes.
pub(crate) struct AllAttributes;

impl<'a> Parser<&'a str> for AllAttributes {
    type Output = Attributes<'a>;
    type Error = MessageError;

    #[inline(always)]
    fn process<OM: OutputMode>(&mut self, input: &'a str) -> PResult<OM, &'a str, Attributes<'a>, MessageError> {
        output::<OM, _>(all_attributes(input))
    }
}

/// What was parsed, as nom wants it.
#[inline(always)]
fn output<'a, OM: OutputMode, T>(parsed: Parsed<'a, T>) -> PResult<OM, &'a str, T, MessageError> {
    match parsed {
        Ok((rest, value)) => Ok((rest, OM::Output::bind(|| value))),
        Err(nom::Err::Error(error)) => Err(nom::Err::Error(OM::Error::bind(|| error))),
        Err(nom::Err::Failure(error)) => Err(nom::Err::Failure(error)),
        Err(nom::Err::Incomplete(needed)) => Err(nom::Err::Incomplete(needed)),
    }
}

/// `SP` and a field that is a value of a type. Nothing but its own octets says where it ends, so it is gone over once.
#[inline(always)]
fn value<'a, T: Prefix<'a>>(input: &'a str, error: MessageError) -> Parsed<'a, T> {
    if let Some(field) = input.strip_prefix(' ')
        && let Some((value, rest)) = T::prefix(field)
        && (rest.is_empty() || rest.starts_with(' '))
    {
        return Ok((rest, value));
    }
    Err(no_value(input, error))
}

/// Whether there is a field that is no value, or no field.
#[cold]
fn no_value(input: &str, error: MessageError) -> nom::Err<MessageError> {
    match field(input) {
        Ok(_) => nom::Err::Failure(error),
        Err(none) => none,
    }
}

/// `SP name`
pub(crate) const fn name<'a>() -> Field<Name<'a>> {
    Field::or(MessageError::BadName)
}

/// `SP room`
pub(crate) const fn room<'a>() -> Field<RoomName<'a>> {
    Field::or(MessageError::BadRoom)
}

/// `SP seq`
pub(crate) const fn seq() -> Field<Seq> {
    word()
}

/// `SP at`
pub(crate) const fn at() -> Field<Timestamp> {
    word()
}

/// `SP` and a field of a type that has no fault of its own.
pub(crate) const fn word<T>() -> Field<T> {
    Field::or(MessageError::BadArguments)
}

/// `SP seq SP seq`, the second not below the first.
pub(crate) fn range(input: &str) -> Parsed<'_, SeqRange> {
    let (rest, (first, last)) = (seq(), seq()).parse_complete(input)?;
    SeqRange::new(first, last).map(|range| (rest, range)).ok_or(nom::Err::Failure(MessageError::BadArguments))
}

/// `SP token`. A field with `=` is no token but the first attribute.
fn token(input: &str) -> Parsed<'_, Token<'_>> {
    value(input, MessageError::BadArguments).map_err(|fault| match field(input) {
        Ok((_, field)) if field.contains('=') => nom::Err::Error(MessageError::BadArguments),
        _ => fault,
    })
}

/// `[SP token] attributes`, and no text: what `PING` and `PONG` have in both directions.
pub(crate) fn only_token<'a>(rest: &'a str, text: Option<Text<'a>>) -> Result<Option<Token<'a>>, MessageError> {
    let (token, _) = complete((opt(token), attributes()), rest)?;
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

/// The attributes of one frame, no key twice. The first is remembered, as most frames have no other; the rest are looked up
/// where they stand, since a table of sixteen would be moved from parser to parser with every frame.
#[derive(Clone, Copy, Default)]
pub(crate) struct Attributes<'a> {
    first: Option<(&'a str, &'a str)>,
    /// The others, each with an SP before it.
    others: &'a str,
}

impl<'a> Attributes<'a> {
    /// The value of a key, checked; `None` without the key.
    #[inline(always)]
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

    #[inline(always)]
    fn find(&self, key: &str) -> Option<&'a str> {
        match self.first? {
            (known, value) if known == key => Some(value),
            _ => self.find_other(key),
        }
    }

    fn find_other(&self, key: &str) -> Option<&'a str> {
        let mut others = self.others;
        while let Ok((rest, (known, value))) = attribute(others) {
            if known == key {
                return Some(value);
            }
            others = rest;
        }
        //= protocol/SPEC.md#2-5-attributes
        //# A receiver MUST accept attributes in any order.
        None
    }
}

/// `*16(SP attribute)`, up to the end of the header.
pub(crate) const fn attributes() -> AllAttributes {
    AllAttributes
}

#[inline(always)]
fn all_attributes(input: &str) -> Parsed<'_, Attributes<'_>> {
    if input.is_empty() {
        return Ok((input, Attributes::default()));
    }
    let (others, first) = attribute(input)?;
    let attributes = Attributes { first: Some(first), others };
    if others.is_empty() { Ok((others, attributes)) } else { more_attributes(attributes) }
}

fn more_attributes(attributes: Attributes<'_>) -> Parsed<'_, Attributes<'_>> {
    let (mut rest, mut count) = (attributes.others, 1);
    while !rest.is_empty() {
        let earlier = &attributes.others[..attributes.others.len() - rest.len()];
        let earlier = Attributes { others: earlier, ..attributes };
        let (after, (key, _)) = attribute(rest)?;
        count += 1;
        if count > MAX_ATTRIBUTES || earlier.find(key).is_some() {
            return Err(nom::Err::Failure(MessageError::BadArguments));
        }
        rest = after;
    }
    Ok((rest, attributes))
}

/// `SP attribute`, and `attribute = key "=" value`
#[inline(always)]
fn attribute(input: &str) -> Parsed<'_, (&str, &str)> {
    let (input, key) = key(input)?;
    let (rest, value) = attribute_value(input)?;
    Ok((rest, (key, value)))
}

/// `SP key "="`, and `key = LOWER *15(LOWER / DIGIT / "-")`
#[inline(always)]
fn key(input: &str) -> Parsed<'_, &str> {
    if let Some(field) = input.strip_prefix(' ')
        && let (key, rest) = field.split_at(octets::span(field.as_bytes(), Class::Lower))
        && key.len() <= MAX_KEY
        && key.starts_with(|first: char| first.is_ascii_lowercase())
        && let Some(value) = rest.strip_prefix('=')
    {
        return Ok((value, key));
    }
    Err(nom::Err::Failure(MessageError::BadArguments))
}

/// `value = 1*255VCHAR`
#[inline(always)]
fn attribute_value(input: &str) -> Parsed<'_, &str> {
    let (value, rest) = input.split_at(field_end(input));
    if (1..=MAX_VALUE).contains(&value.len()) {
        Ok((rest, value))
    } else {
        Err(nom::Err::Failure(MessageError::BadArguments))
    }
}

/// How long the field is that a part of a header begins with: an SP ends it.
#[inline]
fn field_end(header: &str) -> usize {
    octets::not_graphic(header.as_bytes(), 0).next().unwrap_or(header.len())
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

/// `[SP reason]`
pub(crate) fn reason(text: Option<Text<'_>>) -> Result<Option<Reason<'_>>, MessageError> {
    text.map(Reason::try_from).transpose().map_err(|_| MessageError::BadArguments)
}

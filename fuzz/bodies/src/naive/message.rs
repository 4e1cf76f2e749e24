//! The fields of a frame as SPEC.md, sections 2.2, 2.5 to 2.7, 4 and 5, word them: one table for each side, and one loop
//! that goes through a frame from left to right. What the parsers make of a frame must be this.

use std::collections::BTreeSet;

use fanfare_protocol::limits::{
    MAX_ATTRIBUTES, MAX_EPOCH, MAX_ID, MAX_KEY, MAX_LINE, MAX_NAME, MAX_NUMBER, MAX_PAGE, MAX_QUERY, MAX_REASON,
    MAX_ROOM, MAX_TEXT, MAX_VALUE,
};
use fanfare_protocol::{MessageError, Names, words};

/// A frame that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'s> {
    /// In upper case.
    pub verb: &'static str,
    /// All that is neither verb, attribute nor text. A list of names is one field.
    pub fixed: Vec<&'s str>,
    /// Those with known keys, in the order of SPEC.md.
    pub attributes: Vec<(&'static str, &'s str)>,
    /// The text.
    pub text: Option<&'s str>,
}

/// A message of a client, or the fault that a server answers.
pub fn client<'s>(header: &'s str, text: Option<&'s str>) -> Result<Message<'s>, MessageError> {
    read(CLIENT, header, text)
}

/// A message of a server, or why a client does not understand it.
pub fn server<'s>(header: &'s str, text: Option<&'s str>) -> Result<Message<'s>, MessageError> {
    let mut message = read(SERVER, header, text)?;
    if message.verb == "OK" {
        answer(&mut message)?;
    }
    Ok(message)
}

impl<'s> Message<'s> {
    /// The value of an attribute.
    pub fn get(&self, key: &str) -> Option<&'s str> {
        self.attributes.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    /// The one form in which a sender writes it. SPEC.md, section 2.4.
    pub fn canonical(&self) -> Vec<u8> {
        let attributes = self.attributes.iter().map(|(key, value)| format!("{key}={value}"));
        let fields = std::iter::once(self.verb).chain(self.fixed.iter().copied()).map(str::to_owned);
        let header = fields.chain(attributes).collect::<Vec<_>>().join(" ");
        let frame = match self.text {
            None => format!("{header}\n"),
            Some(text) if !text.contains('\n') && header.len() + 2 + text.len() <= MAX_LINE => {
                format!("{header} :{text}\n")
            }
            Some(text) => format!("{header} {{{}}}\n{text}\n", text.len()),
        };
        frame.into_bytes()
    }
}

/// What a value is to be. SPEC.md, section 2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Version,
    Name,
    Room,
    Number,
    Between(u64, u64),
    /// A number from 1.
    Seq,
    /// A number from 1 that is not below the field before it.
    Last,
    Epoch,
    Point,
    /// An id or a token.
    Id,
    Mechanism,
    Word,
    Yes,
}

/// What stands behind the fixed fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    Nothing,
    /// At most one token.
    Token,
    /// At least one name.
    Names,
}

/// The text of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    Never,
    Maybe,
    /// Maybe, and short.
    Reason,
    Always,
    /// Short, and with a letter or a digit.
    Query,
}

/// A verb.
#[derive(Debug)]
pub(crate) struct Verb {
    pub(crate) verb: &'static str,
    pub(crate) fixed: &'static [Form],
    pub(crate) tail: Tail,
    /// Each known key, its form and whether it must be there.
    pub(crate) attributes: &'static [(&'static str, Form, bool)],
    pub(crate) words: Words,
}

const fn verb(
    verb: &'static str,
    fixed: &'static [Form],
    attributes: &'static [(&'static str, Form, bool)],
    words: Words,
) -> Verb {
    Verb { verb, fixed, tail: Tail::Nothing, attributes, words }
}

const fn token(verb: &'static str) -> Verb {
    Verb { verb, fixed: &[], tail: Tail::Token, attributes: &[], words: Words::Never }
}

const SAID: &[Form] = &[Form::Room, Form::Seq, Form::Number, Form::Name];
const ID: &[(&str, Form, bool)] = &[("id", Form::Id, false)];
const RETRY: &[(&str, Form, bool)] = &[("retry", Form::Number, false)];

/// Section 4.
pub(crate) const CLIENT: &[Verb] = &[
    verb("HELLO", &[Form::Version, Form::Name], &[("token", Form::Id, false)], Words::Never),
    verb("AUTH", &[Form::Mechanism], &[], Words::Maybe),
    verb("JOIN", &[Form::Room], &[("after", Form::Point, false), ("last", Form::Number, false)], Words::Never),
    verb("LEAVE", &[Form::Room], &[], Words::Reason),
    verb("SAY", &[Form::Room], ID, Words::Always),
    verb("TELL", &[Form::Name], ID, Words::Always),
    verb("WHO", &[Form::Room], &[("after", Form::Name, false)], Words::Never),
    verb("ROOMS", &[], &[("after", Form::Room, false)], Words::Never),
    verb("HISTORY", &[Form::Room, Form::Seq, Form::Last], &[("epoch", Form::Epoch, false)], Words::Never),
    verb(
        "SEARCH",
        &[Form::Room],
        &[("before", Form::Seq, false), ("last", Form::Between(1, MAX_PAGE as u64), false)],
        Words::Query,
    ),
    token("PING"),
    token("PONG"),
    verb("BYE", &[], &[], Words::Reason),
];

const MSG: Verb = verb("MSG", SAID, ID, Words::Always);
const NOTE: Verb = verb("NOTE", &[Form::Room, Form::Seq, Form::Number, Form::Name, Form::Word], &[], Words::Maybe);
const TOLD: Verb = verb("TOLD", &[Form::Number, Form::Name], ID, Words::Always);
const JOINED: Verb = verb("JOINED", &[Form::Room, Form::Name], &[], Words::Never);
const LEFT: Verb = verb("LEFT", &[Form::Room, Form::Name], &[], Words::Reason);
const MEMBERS: Verb = verb(
    "MEMBERS",
    &[Form::Room],
    &[("total", Form::Number, true), ("joined", Form::Number, false), ("left", Form::Number, false)],
    Words::Never,
);
const GAP: Verb = verb("GAP", &[Form::Room, Form::Seq, Form::Last, Form::Word], &[], Words::Never);

/// The events that say something of rooms and persons.
pub(crate) const EVENTS: &[Verb] = &[MSG, NOTE, TOLD, JOINED, LEFT, MEMBERS, GAP];

/// Sections 4 and 5.
pub(crate) const SERVER: &[Verb] = &[
    verb(
        "WELCOME",
        &[Form::Name],
        &[
            ("token", Form::Id, false),
            ("ping", Form::Between(1, 3_600), true),
            ("text", Form::Between(MAX_LINE as u64, MAX_TEXT as u64), true),
            ("rate", Form::Seq, false),
            ("presence", Form::Number, true),
        ],
        Words::Always,
    ),
    verb(
        "OK",
        &[],
        &[
            ("epoch", Form::Epoch, false),
            ("count", Form::Number, false),
            ("next", Form::Seq, false),
            ("newest", Form::Number, false),
            ("members", Form::Number, false),
            ("seq", Form::Seq, false),
            ("more", Form::Yes, false),
            ("reset", Form::Yes, false),
            ("repeat", Form::Yes, false),
        ],
        Words::Never,
    ),
    verb("ERR", &[Form::Word], RETRY, Words::Always),
    verb("CHALLENGE", &[], &[], Words::Always),
    Verb { verb: "NAMES", fixed: &[Form::Room], tail: Tail::Names, attributes: &[], words: Words::Never },
    verb("ROOM", &[Form::Room], &[("members", Form::Number, true), ("newest", Form::Number, true)], Words::Never),
    verb("PAST", SAID, ID, Words::Always),
    MSG,
    NOTE,
    TOLD,
    JOINED,
    LEFT,
    MEMBERS,
    GAP,
    token("PING"),
    token("PONG"),
    verb("BYE", &[Form::Word], RETRY, Words::Always),
];

/// What an `OK` has in each section of 4.5 to 4.11 and in 4.15, and the flag it can have there.
const ANSWERS: &[(&[&str], &str)] = &[
    (&["epoch", "next", "newest", "members"], "reset"),
    (&["epoch", "count", "next"], ""),
    (&["epoch", "count"], "more"),
    (&["seq"], "repeat"),
    (&["members"], "more"),
    (&["count"], "more"),
    (&[], ""),
];

fn read<'s>(verbs: &[Verb], header: &'s str, text: Option<&'s str>) -> Result<Message<'s>, MessageError> {
    let mut fields = header.split(' ').peekable();
    let name = fields.next().unwrap_or_default().to_ascii_uppercase();
    let verb = verbs.iter().find(|verb| verb.verb == name).ok_or(MessageError::UnknownVerb)?;
    let mut fixed: Vec<&str> = Vec::new();
    for &form in verb.fixed {
        let field = fields.next().ok_or(MessageError::BadArguments)?;
        let before = fixed.last().copied().unwrap_or_default();
        check(form, field, before).ok_or(match form {
            Form::Name => MessageError::BadName,
            Form::Room => MessageError::BadRoom,
            Form::Version => MessageError::BadVersion,
            _ => MessageError::BadArguments,
        })?;
        fixed.push(field);
    }
    let mut tail = Vec::new();
    while verb.tail != Tail::Nothing
        && let Some(field) = fields.next_if(|field| !field.contains('='))
    {
        let form = if verb.tail == Tail::Token { Form::Id } else { Form::Name };
        check(form, field, "").ok_or(MessageError::BadArguments)?;
        tail.push(field);
    }
    match (verb.tail, tail[..].first().zip(tail.last())) {
        (Tail::Token, _) if tail.len() > 1 => return Err(MessageError::BadArguments),
        (Tail::Names, None) => return Err(MessageError::BadArguments),
        (_, None) => {}
        (_, Some((first, last))) => {
            let begin = first.as_ptr() as usize - header.as_ptr() as usize;
            let end = last.as_ptr() as usize - header.as_ptr() as usize + last.len();
            if end - begin > Names::MAX_OCTETS {
                return Err(MessageError::BadArguments);
            }
            fixed.push(&header[begin..end]);
        }
    }
    let given: Vec<(&str, &str)> =
        fields.map(|field| field.split_once('=').ok_or(MessageError::BadArguments)).collect::<Result<_, _>>()?;
    let keys: BTreeSet<&str> = given.iter().map(|(key, _)| *key).collect();
    if given.len() > MAX_ATTRIBUTES || keys.len() < given.len() || !given.iter().all(|(key, value)| pair(key, value)) {
        return Err(MessageError::BadArguments);
    }
    let mut attributes = Vec::new();
    for &(key, form, needed) in verb.attributes {
        match given.iter().find(|(given, _)| *given == key) {
            Some((_, value)) => {
                check(form, value, "").ok_or(MessageError::BadArguments)?;
                attributes.push((key, *value));
            }
            None if needed => return Err(MessageError::BadArguments),
            None => {}
        }
    }
    let fits = match verb.words {
        Words::Never => text.is_none(),
        Words::Maybe => true,
        Words::Reason => text.is_none_or(|text| text.len() <= MAX_REASON),
        Words::Always => text.is_some(),
        Words::Query => text.is_some_and(is_query),
    };
    if !fits || text.is_some_and(|text| text.len() > MAX_TEXT) {
        return Err(MessageError::BadArguments);
    }
    Ok(Message { verb: verb.verb, fixed, attributes, text })
}

/// An `OK` is one of the answers, in whose order its attributes are; the flags of the others are a fault.
fn answer(message: &mut Message<'_>) -> Result<(), MessageError> {
    let flags = ["more", "reset", "repeat"];
    let has: BTreeSet<&str> =
        message.attributes.iter().map(|(key, _)| *key).filter(|key| !flags.contains(key)).collect();
    let same = |(keys, _): &&(&[&str], &str)| keys.iter().copied().collect::<BTreeSet<_>>() == has;
    let (keys, flag) = ANSWERS.iter().find(same).ok_or(MessageError::BadArguments)?;
    let order = |key: &str| keys.iter().chain([flag]).position(|known| *known == key);
    if message.attributes.iter().any(|(key, _)| order(key).is_none()) {
        return Err(MessageError::BadArguments);
    }
    message.attributes.sort_by_key(|(key, _)| order(key));
    Ok(())
}

/// SPEC.md, section 4.15.
pub(crate) fn is_query(text: &str) -> bool {
    text.len() <= MAX_QUERY && text.chars().any(|c| c.is_alphanumeric() || words::stands_alone(c))
}

fn pair(key: &str, value: &str) -> bool {
    let of_a_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.len() <= MAX_KEY
        && key.chars().all(of_a_key)
        && (1..=MAX_VALUE).contains(&value.len())
}

/// The number that the digits are.
pub(crate) fn number(digits: &str) -> Option<u64> {
    let plain = digits.bytes().all(|octet| octet.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    digits.parse().ok().filter(|number| plain && *number <= MAX_NUMBER)
}

/// Whether a value has its form. The field before it is what a LAST is compared with.
pub(crate) fn has_form(form: Form, value: &str, before: &str) -> bool {
    let made_of = |max: usize, of: fn(char) -> bool| (1..=max).contains(&value.len()) && value.chars().all(of);
    match form {
        Form::Version => value == "1",
        Form::Name => {
            made_of(MAX_NAME, |c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
                && value.starts_with(|c: char| c.is_ascii_alphanumeric())
        }
        Form::Room => value.strip_prefix('#').is_some_and(|room| {
            let of_a_room = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
            (1..=MAX_ROOM).contains(&room.len()) && room.chars().all(of_a_room)
        }),
        Form::Number => number(value).is_some(),
        Form::Between(least, most) => number(value).is_some_and(|number| (least..=most).contains(&number)),
        Form::Seq => number(value).is_some_and(|number| number >= 1),
        Form::Last => number(value).zip(number(before)).is_some_and(|(last, first)| last >= first),
        Form::Epoch => made_of(MAX_EPOCH, |c| c.is_ascii_lowercase() || c.is_ascii_digit()),
        Form::Point => {
            value.split_once(':').is_some_and(|(epoch, seq)| has_form(Form::Epoch, epoch, "") && number(seq).is_some())
        }
        Form::Id => made_of(MAX_ID, |c| c.is_ascii_alphanumeric() || c == '_' || c == '-'),
        Form::Mechanism => made_of(20, |c| c.is_ascii_alphanumeric() || c == '_' || c == '-'),
        Form::Word => {
            made_of(32, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                && value.starts_with(|c: char| c.is_ascii_lowercase())
        }
        Form::Yes => value == "yes",
    }
}

fn check(form: Form, value: &str, before: &str) -> Option<()> {
    has_form(form, value, before).then_some(())
}

/// SPEC.md, section 3.4.
pub(crate) fn is_reserved(name: &str) -> bool {
    let verbs = CLIENT.iter().chain(SERVER).map(|verb| verb.verb);
    verbs.chain(["SERVER", "SYSTEM", "ADMIN", "ROOT"]).any(|word| word.eq_ignore_ascii_case(name))
}

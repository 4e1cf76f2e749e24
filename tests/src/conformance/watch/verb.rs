//! What a server sends, verb by verb. SPEC.md, sections 4, 5, 7 and 14.5.

use super::value::Form;

/// The parts of a frame.
#[derive(Debug)]
pub(super) struct Verb {
    pub(super) name: &'static str,
    pub(super) fixed: &'static [Form],
    /// What can follow the fixed fields, up to the first field with `=`.
    pub(super) tail: Tail,
    /// The known attributes in the order in which they are sent.
    pub(super) attributes: &'static [(&'static str, Form)],
    pub(super) text: Text,
}

/// An open tail of fields.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tail {
    None,
    /// One or none.
    Optional(Form),
    /// One or more.
    List(Form),
}

/// Whether a frame has a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Never,
    Always,
    Either,
}

impl Verb {
    const fn new(name: &'static str, fixed: &'static [Form], text: Text) -> Self {
        Self { name, fixed, tail: Tail::None, attributes: &[], text }
    }

    const fn tail(self, tail: Tail) -> Self {
        Self { tail, ..self }
    }

    const fn with(self, attributes: &'static [(&'static str, Form)]) -> Self {
        Self { attributes, ..self }
    }
}

use Form::{Epoch, Id, Name, Room, Word, Yes};

const NUMBER: Form = Form::NUMBER;
const POSITIVE: Form = Form::POSITIVE;
const RETRY: &[(&str, Form)] = &[("retry", NUMBER)];

/// The verbs of servers.
pub(super) const VERBS: &[Verb] = &[
    Verb::new("WELCOME", &[Name], Text::Always).with(&[
        ("token", Id),
        ("ping", Form::Number(1, 3_600)),
        ("text", Form::Number(4_096, 65_536)),
        ("rate", POSITIVE),
        ("presence", NUMBER),
    ]),
    // Those of all its answers, in an order that has the order of each.
    Verb::new("OK", &[], Text::Never).with(&[
        ("epoch", Epoch),
        ("count", NUMBER),
        ("next", POSITIVE),
        ("newest", NUMBER),
        ("members", NUMBER),
        ("seq", POSITIVE),
        ("repeat", Yes),
        ("reset", Yes),
        ("more", Yes),
    ]),
    Verb::new("ERR", &[Word], Text::Always).with(RETRY),
    Verb::new("NAMES", &[Room], Text::Never).tail(Tail::List(Name)),
    Verb::new("ROOM", &[Room], Text::Never).with(&[("members", NUMBER), ("newest", NUMBER)]),
    Verb::new("PAST", &[Room, POSITIVE, NUMBER, Name], Text::Always).with(&[("id", Id)]),
    Verb::new("CHALLENGE", &[], Text::Always),
    Verb::new("MSG", &[Room, POSITIVE, NUMBER, Name], Text::Always).with(&[("id", Id)]),
    Verb::new("NOTE", &[Room, POSITIVE, NUMBER, Name, Word], Text::Either),
    Verb::new("TOLD", &[NUMBER, Name], Text::Always).with(&[("id", Id)]),
    Verb::new("JOINED", &[Room, Name], Text::Never),
    Verb::new("LEFT", &[Room, Name], Text::Either),
    Verb::new("MEMBERS", &[Room], Text::Never).with(&[("total", NUMBER), ("joined", NUMBER), ("left", NUMBER)]),
    Verb::new("GAP", &[Room, POSITIVE, POSITIVE, Word], Text::Never),
    Verb::new("PING", &[], Text::Never).tail(Tail::Optional(Id)),
    Verb::new("PONG", &[], Text::Never).tail(Tail::Optional(Id)),
    Verb::new("BYE", &[Word], Text::Always).with(RETRY),
];

/// The codes of `ERR` (7.2), and whether their retry is `later`.
const OF_ERR: &[(&str, bool)] = &[
    ("bad-frame", false),
    ("bad-text", false),
    ("bad-name", false),
    ("bad-room", false),
    ("bad-arguments", false),
    ("bad-version", false),
    ("line-too-long", false),
    ("unknown-verb", false),
    ("not-welcome", false),
    ("name-taken", true),
    ("not-joined", false),
    ("already-joined", false),
    ("no-such-name", true),
    ("no-such-room", true),
    ("wrong-epoch", false),
    ("id-reused", false),
    ("too-many-rooms", false),
    ("rate-limited", true),
    ("busy", true),
    ("auth-required", false),
    ("auth-failed", false),
    ("not-allowed", false),
    ("internal", true),
];

/// The codes of `BYE` (7.3), and whether their retry is `later`.
const OF_BYE: &[(&str, bool)] = &[
    ("bye", false),
    ("shutdown", true),
    ("timeout", true),
    ("replaced", false),
    ("kicked", false),
    ("banned", false),
    ("bad-frame", false),
    ("bad-handshake", false),
    ("line-too-long", false),
    ("text-too-long", false),
    ("too-many-errors", false),
    ("too-many-connections", true),
    ("internal", true),
];

/// What the tables say of the code of an `ERR` or a `BYE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Later,
    NotLater,
    /// It is in the other's table only.
    OfTheOther,
    Unknown,
}

impl Code {
    /// Of a verb that is one of the two.
    pub(super) fn of(verb: &Verb, code: &[u8]) -> Self {
        let (own, other) = if verb.name == "ERR" { (OF_ERR, OF_BYE) } else { (OF_BYE, OF_ERR) };
        let find =
            |table: &[(&str, bool)]| table.iter().find(|(known, _)| known.as_bytes() == code).map(|known| known.1);
        match (find(own), find(other)) {
            (Some(true), _) => Self::Later,
            (Some(false), _) => Self::NotLater,
            (None, Some(_)) => Self::OfTheOther,
            (None, None) => Self::Unknown,
        }
    }
}

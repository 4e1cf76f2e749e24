//! From what a vector says to the crate's values, by their public constructors.

use bytes::BufMut;
use fanfare_protocol::plain::{Reply, ServerLine};
use fanfare_protocol::{
    Answer, ByeCode, ClientMessage, CodeWord, Epoch, ErrCode, GapReason, Id, Kind, Mechanism, Name, Names, Number,
    PageSize, Query, Reason, RoomName, Seq, SeqRange, ServerMessage, Text, Timestamp, Token, Welcome,
};
use fanfare_vectors::Message;
use serde_json::{Map, Value};

/// The fields or the attributes of a message, as the values that SPEC.md makes of them.
#[derive(Clone, Copy)]
struct Values<'m>(&'m Map<String, Value>);

impl<'m> Values<'m> {
    fn word<T, E: std::fmt::Debug>(self, key: &str, new: impl FnOnce(&'m str) -> Result<T, E>) -> Option<T> {
        let word = self.0.get(key)?.as_str().expect("a string");
        Some(new(word).unwrap_or_else(|error| panic!("{key}={word}: {error:?}")))
    }

    fn number(self, key: &str) -> Option<Number> {
        let value = self.0.get(key)?.as_u64().expect("a number");
        Some(Number::new(value).expect("at most 2^53 - 1"))
    }

    fn seq(self, key: &str) -> Option<Seq> {
        self.number(key).map(|number| Seq::new(number.get()).expect("from 1"))
    }

    fn flag(self, key: &str) -> bool {
        self.0.get(key).is_some_and(|value| value.as_bool().expect("a flag"))
    }

    fn point(self, key: &str) -> Option<(Epoch<'m>, Number)> {
        let point = Values(self.0.get(key)?.as_object().expect("a point"));
        Some((due(point.word("epoch", Epoch::new)), due(point.number("seq"))))
    }

    fn name(self) -> Name<'m> {
        due(self.word("name", Name::new))
    }

    fn room(self) -> RoomName<'m> {
        due(self.word("room", RoomName::new))
    }

    fn range(self) -> SeqRange {
        SeqRange::new(due(self.seq("first")), due(self.seq("last"))).expect("not empty")
    }

    fn at(self) -> Timestamp {
        Timestamp::from_millis(due(self.number("at")).get())
    }
}

/// What the schema says is there.
fn due<T>(value: Option<T>) -> T {
    value.expect("the schema demands it")
}

fn text(message: &Message) -> Option<Text<'_>> {
    message.text.as_ref().map(|text| Text::new(text).expect("a text"))
}

fn reason(message: &Message) -> Option<Reason<'_>> {
    message.text.as_ref().map(|text| Reason::new(text).expect("a reason"))
}

pub(super) fn client(message: &Message) -> ClientMessage<'_> {
    let (fields, attributes) = (Values(&message.fields), Values(&message.attributes));
    let (id, after) = (|| attributes.word("id", Id::new), "after");
    match message.verb.as_str() {
        "HELLO" => ClientMessage::Hello { name: fields.name(), token: attributes.word("token", Token::new) },
        "AUTH" => ClientMessage::Auth { mechanism: due(fields.word("mechanism", Mechanism::new)), text: text(message) },
        "JOIN" => {
            ClientMessage::Join { room: fields.room(), after: attributes.point(after), last: attributes.number("last") }
        }
        "LEAVE" => ClientMessage::Leave { room: fields.room(), reason: reason(message) },
        "SAY" => ClientMessage::Say { room: fields.room(), id: id(), text: due(text(message)) },
        "TELL" => ClientMessage::Tell { name: fields.name(), id: id(), text: due(text(message)) },
        "WHO" => ClientMessage::Who { room: fields.room(), after: attributes.word(after, Name::new) },
        "ROOMS" => ClientMessage::Rooms { after: attributes.word(after, RoomName::new) },
        "HISTORY" => ClientMessage::History {
            room: fields.room(),
            range: fields.range(),
            epoch: attributes.word("epoch", Epoch::new),
        },
        "SEARCH" => ClientMessage::Search {
            room: fields.room(),
            before: attributes.seq("before"),
            last: attributes.number("last").map(|last| PageSize::new(last.get()).expect("1 to 1,000")),
            text: Query::try_from(due(text(message))).expect("a query"),
        },
        "PING" => ClientMessage::Ping { token: fields.word("token", Token::new) },
        "PONG" => ClientMessage::Pong { token: fields.word("token", Token::new) },
        "BYE" => ClientMessage::Bye { reason: reason(message) },
        verb => panic!("{verb} is no verb of a client"),
    }
}

/// Makes a message of a server and hands it on: a list of names needs a place.
pub(super) fn server<T>(message: &Message, then: impl FnOnce(&ServerMessage<'_>) -> T) -> T {
    let (fields, attributes) = (Values(&message.fields), Values(&message.attributes));
    let said = || fanfare_protocol::Message {
        room: fields.room(),
        seq: due(fields.seq("seq")),
        at: fields.at(),
        name: fields.name(),
        id: attributes.word("id", Id::new),
        text: due(text(message)),
    };
    let names = message.names.join(" ");
    then(&match message.verb.as_str() {
        "WELCOME" => ServerMessage::Welcome(Welcome {
            name: fields.name(),
            token: attributes.word("token", Token::new),
            ping: due(attributes.number("ping")),
            text_limit: due(attributes.number("text")),
            rate: attributes.number("rate"),
            presence: due(attributes.number("presence")),
            text: due(text(message)),
        }),
        "OK" => ServerMessage::Ok(ok(attributes)),
        "ERR" => ServerMessage::Err {
            code: due(fields.word("code", err_code)),
            retry: attributes.number("retry"),
            text: due(text(message)),
        },
        "CHALLENGE" => ServerMessage::Challenge { text: due(text(message)) },
        "NAMES" => ServerMessage::Names { room: fields.room(), names: Names::new(&names).expect("names") },
        "ROOM" => ServerMessage::Room {
            room: fields.room(),
            members: due(attributes.number("members")),
            newest: due(attributes.number("newest")),
        },
        "PAST" => ServerMessage::Past(said()),
        "MSG" => ServerMessage::Msg(said()),
        "NOTE" => ServerMessage::Note {
            room: fields.room(),
            seq: due(fields.seq("seq")),
            at: fields.at(),
            name: fields.name(),
            kind: due(fields.word("kind", Kind::new)),
            text: text(message),
        },
        "TOLD" => ServerMessage::Told {
            at: fields.at(),
            name: fields.name(),
            id: attributes.word("id", Id::new),
            text: due(text(message)),
        },
        "JOINED" => ServerMessage::Joined { room: fields.room(), name: fields.name() },
        "LEFT" => ServerMessage::Left { room: fields.room(), name: fields.name(), reason: reason(message) },
        "MEMBERS" => ServerMessage::Members {
            room: fields.room(),
            total: due(attributes.number("total")),
            joined: attributes.number("joined"),
            left: attributes.number("left"),
        },
        "GAP" => ServerMessage::Gap {
            room: fields.room(),
            range: fields.range(),
            reason: match due(fields.word("reason", CodeWord::new)) {
                word if word.as_str() == "slow" => GapReason::Slow,
                word if word.as_str() == "expired" => GapReason::Expired,
                word => GapReason::Other(word),
            },
        },
        "PING" => ServerMessage::Ping { token: fields.word("token", Token::new) },
        "PONG" => ServerMessage::Pong { token: fields.word("token", Token::new) },
        "BYE" => ServerMessage::Bye {
            code: due(fields.word("code", bye_code)),
            retry: attributes.number("retry"),
            text: due(text(message)),
        },
        verb => panic!("{verb} is no verb of a server"),
    })
}

fn ok(attributes: Values<'_>) -> Answer<'_> {
    let has = |key| attributes.0.contains_key(key);
    let number = |key| due(attributes.number(key));
    let epoch = || due(attributes.word("epoch", Epoch::new));
    let next = || due(attributes.seq("next"));
    if has("newest") {
        let (newest, members, reset) = (number("newest"), number("members"), attributes.flag("reset"));
        Answer::Join { epoch: epoch(), next: next(), newest, members, reset }
    } else if has("epoch") && !has("next") {
        Answer::Search { epoch: epoch(), count: number("count"), more: attributes.flag("more") }
    } else if has("epoch") {
        Answer::History { epoch: epoch(), count: number("count"), next: next() }
    } else if has("seq") {
        Answer::Say { seq: due(attributes.seq("seq")), repeat: attributes.flag("repeat") }
    } else if has("members") {
        Answer::Who { members: number("members"), more: attributes.flag("more") }
    } else if has("count") {
        Answer::Rooms { count: number("count"), more: attributes.flag("more") }
    } else {
        Answer::Done
    }
}

fn err_code(word: &str) -> Result<ErrCode<'_>, fanfare_protocol::ValueError> {
    match ErrCode::ALL.iter().find(|code| code.as_str() == word) {
        Some(&code) => Ok(code),
        None => CodeWord::new(word).map(ErrCode::Other),
    }
}

fn bye_code(word: &str) -> Result<ByeCode<'_>, fanfare_protocol::ValueError> {
    match ByeCode::ALL.iter().find(|code| code.as_str() == word) {
        Some(&code) => Ok(code),
        None => CodeWord::new(word).map(ByeCode::Other),
    }
}

/// Appends what a person is answered.
pub(super) fn reply(reply: &fanfare_vectors::Reply, out: &mut impl BufMut) {
    use fanfare_vectors::Reply as Told;

    let room = |room| RoomName::new(room).expect("a room");
    let number = |value| Number::new(value).expect("a number");
    match reply {
        Told::Moved { room: to, members } => Reply::Moved { room: room(to), members: number(*members) }.encode(out),
        Told::Sent { name } => Reply::Sent { name: Name::new(name).expect("a name") }.encode(out),
        Told::Members { room: of, total, names } => {
            let names = names.join(" ");
            let names = Names::new(&names).expect("names");
            Reply::Members { room: room(of), total: number(*total), names }.encode(out);
        }
        Told::NothingKept => Reply::NothingKept.encode(out),
        Told::NothingFound => Reply::NothingFound.encode(out),
        Told::NoRooms => Reply::NoRooms.encode(out),
        Told::More => Reply::More.encode(out),
        Told::Prompt => ServerLine::Prompt.encode(out),
    }
}

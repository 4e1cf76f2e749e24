//! One message of every verb from one bag of values, so that no case leaves a verb out.

use fanfare_protocol::{
    Answer, ByeCode, ClientMessage, CodeWord, Epoch, ErrCode, GapReason, Id, Kind, Mechanism, Message, Name, Names,
    Number, Reason, RoomName, Seq, SeqRange, ServerMessage, Text, Timestamp, Token, Welcome,
};
use proptest::option::of;
use proptest::prelude::*;

use super::values;

/// What messages are made of, owned.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    words: Words,
    optional: Optional,
    numbers: Numbers,
    names: String,
    text: String,
    flag: bool,
    code: usize,
}

#[derive(Clone, Debug)]
struct Words {
    name: String,
    room: String,
    epoch: String,
    mechanism: String,
    kind: String,
    code: String,
}

/// What a message can do without.
#[derive(Clone, Debug)]
struct Optional {
    id: Option<String>,
    token: Option<String>,
    epoch: Option<String>,
    room: Option<String>,
    name: Option<String>,
    text: Option<String>,
    reason: Option<String>,
    number: Option<u64>,
    other: Option<u64>,
}

#[derive(Clone, Debug)]
struct Numbers {
    any: [u64; 3],
    seqs: [u64; 2],
}

pub(crate) fn parts() -> impl Strategy<Value = Parts> {
    let three = [values::number(), values::number(), values::number()];
    let numbers = (three, [values::seq(), values::seq()]).prop_map(|(any, mut seqs)| {
        seqs.sort_unstable();
        Numbers { any, seqs }
    });
    let names = values::names().prop_map(|names| names.join(" "));
    (words(), optional(), numbers, names, values::text(), any::<bool>(), any::<usize>()).prop_map(
        |(words, optional, numbers, names, text, flag, code)| Parts {
            words,
            optional,
            numbers,
            names,
            text,
            flag,
            code,
        },
    )
}

fn words() -> impl Strategy<Value = Words> {
    (values::name(), values::room(), values::epoch(), values::mechanism(), values::word(), values::word())
        .prop_map(|(name, room, epoch, mechanism, kind, code)| Words { name, room, epoch, mechanism, kind, code })
}

fn optional() -> impl Strategy<Value = Optional> {
    let words = (of(values::id()), of(values::id()), of(values::epoch()), of(values::room()), of(values::name()));
    let texts = (of(values::text()), of(values::reason()));
    (words, texts, of(values::number()), of(values::number())).prop_map(
        |((id, token, epoch, room, name), (text, reason), number, other)| Optional {
            id,
            token,
            epoch,
            room,
            name,
            text,
            reason,
            number,
            other,
        },
    )
}

/// A valid value from a part.
fn valid<'a, T, E: std::fmt::Debug>(part: &'a str, new: fn(&'a str) -> Result<T, E>) -> T {
    new(part).expect("the generators make valid parts")
}

/// The same for a part that may be absent.
fn maybe<'a, T, E: std::fmt::Debug>(part: Option<&'a String>, new: fn(&'a str) -> Result<T, E>) -> Option<T> {
    part.map(|part| valid(part, new))
}

impl Parts {
    /// One message of every verb of a client.
    pub(crate) fn client(&self) -> Vec<ClientMessage<'_>> {
        let (name, room, text) = (self.name(), self.room(), self.text());
        let Optional { epoch, token, reason, .. } = &self.optional;
        let (token, reason) = (maybe(token.as_ref(), Token::new), maybe(reason.as_ref(), Reason::new));
        let epoch = maybe(epoch.as_ref(), Epoch::new);
        vec![
            ClientMessage::Hello { name, token },
            ClientMessage::Auth { mechanism: valid(&self.words.mechanism, Mechanism::new), text: self.maybe_text() },
            ClientMessage::Join { room, after: epoch.map(|epoch| (epoch, self.number(0))), last: self.maybe_number() },
            ClientMessage::Leave { room, reason },
            ClientMessage::Say { room, id: self.id(), text },
            ClientMessage::Tell { name, id: self.id(), text },
            ClientMessage::Who { room, after: maybe(self.optional.name.as_ref(), Name::new) },
            ClientMessage::Rooms { after: maybe(self.optional.room.as_ref(), RoomName::new) },
            ClientMessage::History { room, range: self.range(), epoch },
            ClientMessage::Ping { token },
            ClientMessage::Pong { token },
            ClientMessage::Bye { reason },
        ]
    }

    /// One message of every verb of a server, and an `OK` to every request.
    pub(crate) fn server(&self) -> Vec<ServerMessage<'_>> {
        let (name, room, text, seq) = (self.name(), self.room(), self.text(), self.range().first());
        let at = Timestamp::from_millis(self.numbers.any[0]);
        let token = maybe(self.optional.token.as_ref(), Token::new);
        let retry = self.maybe_number();
        let message = Message { room, seq, at, name, id: self.id(), text };
        let known = self.code;
        let word = valid(&self.words.code, CodeWord::new);
        let mut messages = vec![
            ServerMessage::Welcome(self.welcome(token)),
            ServerMessage::Err { code: ErrCode::ALL[known % ErrCode::ALL.len()], retry, text },
            ServerMessage::Err { code: ErrCode::from_word(word), retry, text },
            ServerMessage::Challenge { text },
            ServerMessage::Names { room, names: valid(&self.names, Names::new) },
            ServerMessage::Room { room, members: self.number(0), newest: self.number(1) },
            ServerMessage::Past(message),
            ServerMessage::Msg(message),
            ServerMessage::Note {
                room,
                seq,
                at,
                name,
                kind: valid(&self.words.kind, Kind::new),
                text: self.maybe_text(),
            },
            ServerMessage::Told { at, name, id: self.id(), text },
            ServerMessage::Joined { room, name },
            ServerMessage::Left { room, name, text: self.maybe_text() },
            ServerMessage::Members {
                room,
                total: self.number(0),
                joined: self.maybe_number(),
                left: self.optional.other.and_then(Number::new),
            },
            ServerMessage::Gap {
                room,
                range: self.range(),
                reason: if self.flag { GapReason::Slow } else { GapReason::Expired },
            },
            ServerMessage::Ping { token },
            ServerMessage::Pong { token },
            ServerMessage::Bye { code: ByeCode::ALL[known % ByeCode::ALL.len()], retry, text },
            ServerMessage::Bye { code: ByeCode::from_word(word), retry, text },
        ];
        messages.extend(self.answers().map(ServerMessage::Ok));
        messages
    }

    fn answers(&self) -> [Answer<'_>; 6] {
        let epoch = valid(&self.words.epoch, Epoch::new);
        let (seq, flag) = (self.range().first(), self.flag);
        let [first, second, _] = self.numbers.any.map(Number::saturating);
        [
            Answer::Done,
            Answer::Join { epoch, next: seq, newest: first, members: second, reset: flag },
            Answer::Say { seq, repeat: flag },
            Answer::Who { members: first, more: flag },
            Answer::Rooms { count: first, more: flag },
            Answer::History { epoch, count: first, next: seq },
        ]
    }

    /// Its numbers are within the bounds of section 4.4.
    fn welcome<'a>(&'a self, token: Option<Token<'a>>) -> Welcome<'a> {
        let [ping, text_limit, presence] = self.numbers.any;
        Welcome {
            name: self.name(),
            token,
            ping: Number::saturating(1 + ping % 3_600),
            text_limit: Number::saturating(4_096 + text_limit % (65_536 - 4_096 + 1)),
            rate: self.optional.number.map(|rate| Number::saturating(rate.max(1))),
            presence: Number::saturating(presence),
            text: self.text(),
        }
    }

    fn name(&self) -> Name<'_> {
        valid(&self.words.name, Name::new)
    }

    fn room(&self) -> RoomName<'_> {
        valid(&self.words.room, RoomName::new)
    }

    fn id(&self) -> Option<Id<'_>> {
        maybe(self.optional.id.as_ref(), Id::new)
    }

    fn text(&self) -> Text<'_> {
        valid(&self.text, Text::new)
    }

    fn maybe_text(&self) -> Option<Text<'_>> {
        maybe(self.optional.text.as_ref(), Text::new)
    }

    fn number(&self, which: usize) -> Number {
        Number::saturating(self.numbers.any[which])
    }

    fn maybe_number(&self) -> Option<Number> {
        self.optional.number.and_then(Number::new)
    }

    fn range(&self) -> SeqRange {
        let [first, last] = self.numbers.seqs.map(|seq| Seq::new(seq).expect("the generators make no number 0"));
        SeqRange::new(first, last).expect("the generators sort the numbers")
    }
}

/// The verb of a message. It names every variant, so that a new one can't be forgotten here.
pub(crate) fn server_verb(message: &ServerMessage<'_>) -> &'static str {
    match message {
        ServerMessage::Welcome(_) => "WELCOME",
        ServerMessage::Ok(_) => "OK",
        ServerMessage::Err { .. } => "ERR",
        ServerMessage::Challenge { .. } => "CHALLENGE",
        ServerMessage::Names { .. } => "NAMES",
        ServerMessage::Room { .. } => "ROOM",
        ServerMessage::Past(_) => "PAST",
        ServerMessage::Msg(_) => "MSG",
        ServerMessage::Note { .. } => "NOTE",
        ServerMessage::Told { .. } => "TOLD",
        ServerMessage::Joined { .. } => "JOINED",
        ServerMessage::Left { .. } => "LEFT",
        ServerMessage::Members { .. } => "MEMBERS",
        ServerMessage::Gap { .. } => "GAP",
        ServerMessage::Ping { .. } => "PING",
        ServerMessage::Pong { .. } => "PONG",
        ServerMessage::Bye { .. } => "BYE",
    }
}

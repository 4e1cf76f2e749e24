//! One message of every verb from one bag of values, so that no case leaves a verb out.

use fanfare_protocol::{
    Answer, ByeCode, ClientMessage, CodeWord, Epoch, ErrCode, GapReason, Id, Kind, Mechanism, Message, Name, Names,
    Number, PageSize, Query, Reason, RoomName, Seq, SeqRange, ServerMessage, Text, Timestamp, Token, Welcome,
};

/// What messages are made of, owned. Each is valid: SPEC.md, sections 2.4 and 2.6.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each is the value of that name")]
pub struct Parts {
    pub name: String,
    pub room: String,
    pub epoch: String,
    pub mechanism: String,
    pub kind: String,
    /// A code or a reason of a `GAP`, known or not.
    pub code: String,
    /// Picks a known code.
    pub known: usize,
    /// A list of names, an SP between each two.
    pub names: String,
    pub text: String,
    pub flag: bool,
    pub numbers: [u64; 3],
    /// From 1, the second not below the first.
    pub seqs: [u64; 2],
    pub optional: Optional,
    /// A text that can be searched for.
    pub query: String,
}

/// What a message can do without.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each is the value of that name")]
pub struct Optional {
    pub id: Option<String>,
    pub token: Option<String>,
    pub epoch: Option<String>,
    pub room: Option<String>,
    pub name: Option<String>,
    pub text: Option<String>,
    pub reason: Option<String>,
    pub numbers: [Option<u64>; 2],
}

/// A valid value from a part.
fn valid<'a, T, E: std::fmt::Debug>(part: &'a str, new: fn(&'a str) -> Result<T, E>) -> T {
    new(part).expect("the parts are valid")
}

/// The same for a part that may be absent.
fn maybe<'a, T, E: std::fmt::Debug>(part: Option<&'a String>, new: fn(&'a str) -> Result<T, E>) -> Option<T> {
    part.map(|part| valid(part, new))
}

impl Parts {
    /// One message of every verb of a client.
    pub fn client(&self) -> Vec<ClientMessage<'_>> {
        let (name, room, text) = (self.name(), self.room(), self.text());
        let Optional { epoch, token, reason, .. } = &self.optional;
        let (token, reason) = (maybe(token.as_ref(), Token::new), maybe(reason.as_ref(), Reason::new));
        let epoch = maybe(epoch.as_ref(), Epoch::new);
        vec![
            ClientMessage::Hello { name, token },
            ClientMessage::Auth { mechanism: valid(&self.mechanism, Mechanism::new), text: self.maybe_text() },
            ClientMessage::Join { room, after: epoch.map(|epoch| (epoch, self.number(0))), last: self.maybe_number(0) },
            ClientMessage::Leave { room, reason },
            ClientMessage::Say { room, id: self.id(), text },
            ClientMessage::Tell { name, id: self.id(), text },
            ClientMessage::Who { room, after: maybe(self.optional.name.as_ref(), Name::new) },
            ClientMessage::Rooms { after: maybe(self.optional.room.as_ref(), RoomName::new) },
            ClientMessage::History { room, range: self.range(), epoch },
            ClientMessage::Search {
                room,
                before: self.optional.numbers[0].and_then(Seq::new),
                last: self.optional.numbers[1].and_then(|number| PageSize::new(1 + number % 1_000)),
                text: valid(&self.query, Query::new),
            },
            ClientMessage::Ping { token },
            ClientMessage::Pong { token },
            ClientMessage::Bye { reason },
        ]
    }

    /// One message of every verb of a server, and an `OK` to every request.
    pub fn server(&self) -> Vec<ServerMessage<'_>> {
        let (name, room, text, seq) = (self.name(), self.room(), self.text(), self.range().first());
        let at = Timestamp::from_millis(self.numbers[0]);
        let token = maybe(self.optional.token.as_ref(), Token::new);
        let retry = self.maybe_number(0);
        let message = Message { room, seq, at, name, id: self.id(), text };
        let word = valid(&self.code, CodeWord::new);
        let mut messages = vec![
            ServerMessage::Welcome(self.welcome(token)),
            ServerMessage::Err { code: ErrCode::ALL[self.known % ErrCode::ALL.len()], retry, text },
            ServerMessage::Err { code: ErrCode::from_word(word), retry, text },
            ServerMessage::Challenge { text },
            ServerMessage::Names { room, names: self.names() },
            ServerMessage::Room { room, members: self.number(0), newest: self.number(1) },
            ServerMessage::Past(message),
            ServerMessage::Msg(message),
            ServerMessage::Note { room, seq, at, name, kind: valid(&self.kind, Kind::new), text: self.maybe_text() },
            ServerMessage::Told { at, name, id: self.id(), text },
            ServerMessage::Joined { room, name },
            ServerMessage::Left { room, name, reason: maybe(self.optional.reason.as_ref(), Reason::new) },
            ServerMessage::Members {
                room,
                total: self.number(0),
                joined: self.maybe_number(0),
                left: self.maybe_number(1),
            },
            ServerMessage::Gap {
                room,
                range: self.range(),
                reason: if self.flag { GapReason::Slow } else { GapReason::Expired },
            },
            ServerMessage::Gap { room, range: self.range(), reason: GapReason::from_word(word) },
            ServerMessage::Ping { token },
            ServerMessage::Pong { token },
            ServerMessage::Bye { code: ByeCode::ALL[self.known % ByeCode::ALL.len()], retry, text },
            ServerMessage::Bye { code: ByeCode::from_word(word), retry, text },
        ];
        messages.extend(self.answers().map(ServerMessage::Ok));
        messages
    }

    fn answers(&self) -> [Answer<'_>; 7] {
        let epoch = valid(&self.epoch, Epoch::new);
        let (seq, flag) = (self.range().first(), self.flag);
        let [first, second, _] = self.numbers.map(Number::saturating);
        [
            Answer::Done,
            Answer::Join { epoch, next: seq, newest: first, members: second, reset: flag },
            Answer::Say { seq, repeat: flag },
            Answer::Who { members: first, more: flag },
            Answer::Rooms { count: first, more: flag },
            Answer::History { epoch, count: first, next: seq },
            Answer::Search { epoch, count: first, more: flag },
        ]
    }

    /// Its numbers are within the bounds of section 4.4.
    fn welcome<'a>(&'a self, token: Option<Token<'a>>) -> Welcome<'a> {
        let [ping, text_limit, presence] = self.numbers;
        Welcome {
            name: self.name(),
            token,
            ping: Number::saturating(1 + ping % 3_600),
            text_limit: Number::saturating(4_096 + text_limit % (65_536 - 4_096 + 1)),
            rate: self.optional.numbers[0].map(|rate| Number::saturating(rate.max(1))),
            presence: Number::saturating(presence),
            text: self.text(),
        }
    }

    /// The name.
    pub fn name(&self) -> Name<'_> {
        valid(&self.name, Name::new)
    }

    /// The room.
    pub fn room(&self) -> RoomName<'_> {
        valid(&self.room, RoomName::new)
    }

    /// The list of names.
    pub fn names(&self) -> Names<'_> {
        valid(&self.names, Names::new)
    }

    /// One of the three numbers.
    pub fn number(&self, which: usize) -> Number {
        Number::saturating(self.numbers[which])
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

    fn maybe_number(&self, which: usize) -> Option<Number> {
        self.optional.numbers[which].map(Number::saturating)
    }

    fn range(&self) -> SeqRange {
        let [first, last] = self.seqs.map(|seq| Seq::new(seq).expect("no part is number 0"));
        SeqRange::new(first, last).expect("the numbers are sorted")
    }
}

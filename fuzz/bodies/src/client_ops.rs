//! A client's session, whatever it says and whatever its server sends.

use arbitrary::{Arbitrary, Unstructured};
use fanfare_protocol::limits::MAX_NUMBER;
use fanfare_protocol::session::{Millis, Request};
use fanfare_protocol::{ClientMessage, Framed, Framer};

use crate::frames::Frame;
use crate::naive::message::{CLIENT, SERVER};
use crate::script::Script;
use crate::watch::{Asked, Client, Event};

/// Any operations: the session sees what SPEC.md says, and finds each fault of its server.
pub fn client_ops(data: &[u8]) {
    let Ok(ops) = Vec::<Op<'_>>::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let mut alone = Alone { client: Client::new(), out: Vec::new(), now: Millis(0), on_its_way: Vec::new() };
    for op in ops {
        if !alone.goes_on(&op) {
            return;
        }
    }
    alone.receive(usize::MAX);
}

#[derive(Debug, Arbitrary)]
enum Op<'a> {
    /// The client says hello and joins a room, and its server has greeted it and answers.
    Join { next: u8 },
    /// The client says this, if it is a message.
    Say(Frame<'a>),
    /// It says so many times the same.
    Again(u8),
    Greeting(u8),
    Welcome { ping: u8, text: u8 },
    /// The answer to the request that is due by what the client has received, or a refusal.
    Answer { refuses: bool, next: u8 },
    /// The next numbers of one of the rooms: so many, and so much away from what is due.
    Numbers { room: u8, kind: u8, count: u8, away: Option<i8> },
    /// Any frame of a server, and what a client has to take.
    Frame(Frame<'a>),
    Script(&'a [u8]),
    /// So many of the octets on their way come.
    Some(u16),
    All,
    Wait(u16),
    Deadline,
    /// The next few come octet by octet.
    Each,
}

/// So many octets come one by one, at most: the whole stream is read again for each.
const MAX_EACH: usize = 100;

const GREETING: &str = "FANFARE/1 Hi\n";
const HELLO: &[u8] = b"HELLO 1 alice\n";
const JOIN: &[u8] = b"JOIN #a\n";

/// A client's session with a server that is the fuzzer.
struct Alone {
    client: Client,
    out: Vec<u8>,
    now: Millis,
    /// What the client has not received.
    on_its_way: Vec<u8>,
}

impl Alone {
    /// Does what is to be done: false after a fault of the server.
    fn goes_on(&mut self, op: &Op<'_>) -> bool {
        match op {
            Op::Join { next } => {
                for (asks, answer) in [(HELLO, GREETING), (JOIN, "")] {
                    self.say(asks);
                    let answer = format!("{answer}{}", self.answer(false, *next));
                    self.on_its_way.extend(answer.bytes());
                    if !self.receive(usize::MAX) {
                        return false;
                    }
                }
            }
            Op::Say(frame) => self.say(&frame.right(CLIENT)),
            Op::Again(times) => (0..*times).for_each(|_| self.say(b"ROOMS\n")),
            Op::Greeting(which) => {
                let greetings = ["FANFARE/1 Hi\n", "FANFARE/1,2 \r\n", "FANFARE/2 x\n", "FANFARE/01 x\n", "\n"];
                self.on_its_way.extend(greetings[usize::from(*which) % greetings.len()].bytes());
            }
            Op::Welcome { ping, text } => {
                let (ping, text) = (u32::from(*ping) * 15, 4_096 + u32::from(*text) * 256);
                let welcome = format!("WELCOME alice ping={ping} text={text} presence=9 :Hi\n");
                self.on_its_way.extend(welcome.bytes());
            }
            Op::Answer { refuses, next } => {
                let answer = self.answer(*refuses, *next);
                self.on_its_way.extend(answer.bytes());
            }
            Op::Numbers { room, kind, count, away } => {
                let rooms = self.client.rooms().count();
                if let Some((room, due)) = self.client.rooms().nth(usize::from(*room) % rooms.max(1)) {
                    let first = due.saturating_add_signed(i64::from(away.unwrap_or_default()));
                    let last = first + u64::from(*count);
                    // A GAP can end with the last number there is.
                    let last = if *count == u8::MAX { MAX_NUMBER } else { last };
                    let numbers = match kind % 3 {
                        0 => (first..=last.min(first + 9)).map(|seq| format!("MSG {room} {seq} 5 bob :x\n")).collect(),
                        1 => format!("NOTE {room} {first} 5 bob topic\n"),
                        _ => format!("GAP {room} {first} {last} slow\n"),
                    };
                    self.on_its_way.extend(numbers.bytes());
                }
            }
            Op::Frame(frame) => self.on_its_way.extend(frame.octets(SERVER)),
            Op::Script(octets) => self.on_its_way.extend(Script::read(octets).octets),
            Op::Some(count) => return self.receive((*count).into()),
            Op::All => return self.receive(usize::MAX),
            Op::Each => return (0..self.on_its_way.len().min(MAX_EACH)).all(|_| self.receive(1)),
            Op::Wait(millis) => self.wait((*millis).into()),
            Op::Deadline => self.wait(self.client.deadline().map_or(0, |due| due.0.saturating_sub(self.now.0))),
        }
        true
    }

    /// A frame is said if it is a message: its values are not always of their forms.
    fn say(&mut self, mut octets: &[u8]) {
        if let Ok(Framed::Frame(frame)) = Framer::new().next(&mut octets)
            && let Ok(message) = ClientMessage::parse(&frame)
        {
            // Whether it could be sent was checked.
            let _ = self.client.send(&message, &mut self.out);
        }
    }

    fn answer(&self, refuses: bool, next: u8) -> String {
        let asked = self.client.asked();
        if let Some(Asked { after: Some((epoch, due)), .. }) = asked
            && next.is_multiple_of(2)
            && !refuses
        {
            return format!("OK epoch={epoch} next={due} newest={due} members=1\n");
        }
        let answer = match asked.map(|asked| asked.request) {
            _ if refuses => "ERR busy retry=5 :x",
            None => "OK",
            Some(Request::Hello | Request::Auth) => "WELCOME alice ping=30 text=65536 presence=256 :Hi",
            Some(Request::Join) => return format!("OK epoch=e next={} newest=9 members=1\n", u64::from(next) + 1),
            Some(Request::Leave | Request::Tell) => "OK",
            Some(Request::Say) => "OK seq=1 repeat=yes",
            Some(Request::Who) => "NAMES #a alice bob\nOK members=2",
            Some(Request::Rooms) => "ROOM #a members=2 newest=0\nOK count=1 more=yes",
            Some(Request::History) => "PAST #a 1 5 bob :x\nOK epoch=e count=1 next=2",
            Some(Request::Search) => "PAST #a 1 5 bob :x\nOK epoch=e count=1 more=yes",
        };
        format!("{answer}\n")
    }

    fn receive(&mut self, count: usize) -> bool {
        let octets: Vec<u8> = self.on_its_way.drain(..count.min(self.on_its_way.len())).collect();
        self.client.receive(self.now, &octets);
        while let Some(event) = self.client.see(self.now, &mut self.out) {
            if matches!(event, Event::Fault(_)) {
                return false;
            }
        }
        true
    }

    fn wait(&mut self, millis: u64) {
        self.now = self.now + millis;
        self.client.expire(self.now, &mut self.out);
    }
}

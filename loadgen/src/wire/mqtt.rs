//! MQTT 3.1.1 at QoS 0. By hand, as `mqttrs`, which borrows, panics on a packet whose inner lengths are wrong, and other crates
//! copy each packet; the tests hold every packet against `mqttrs`.

use std::net::SocketAddr;

use fanfare_protocol::limits::MAX_TEXT;

use super::adapter::{Adapter, Opener, Opening, by_frames};
use super::words::{Joined, Message, Next, Said, Turned, Word};
use crate::login::Login;
use crate::plan::Plan;

/// The first octets of packets: their type, and flags.
const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
const SUBSCRIBE: u8 = 0x82;
const SUBACK: u8 = 0x90;
const PINGRESP: u8 = 0xd0;

/// The flag of a message that the broker had kept for whoever subscribes.
const RETAIN: u8 = 0x01;

/// The longest body of a packet that can be read: a text, and a topic longer than any that is used.
const MOST_BODY: usize = MAX_TEXT + 1_024;

/// The one subscription's number.
const PACKET: [u8; 2] = [0, 1];

pub(super) struct Mqtt;

impl Adapter for Mqtt {
    fn server(&self) -> &'static str {
        "MQTT broker"
    }

    fn start(&self, _address: SocketAddr) -> String {
        "start a broker there, or let loadgen do it with --target spawn:mqtt".to_owned()
    }

    fn open(&self, opener: &Opener<'_>, out: &mut Vec<u8>) -> Box<dyn Opening> {
        connect(opener.name, opener.login, out);
        Box::new(Subscribing { topic: opener.place.map(str::to_owned) })
    }

    fn publish(&self, said: &Said<'_>, out: &mut Vec<u8>) {
        packet(PUBLISH, 2 + said.room.len() + said.text.len(), out);
        string(said.room, out);
        out.extend_from_slice(said.text.as_bytes());
    }

    fn next<'o>(&self, octets: &'o [u8]) -> Next<'o> {
        next(octets)
    }

    fn farewell(&self) -> &'static [u8] {
        // DISCONNECT
        &[0xe0, 0]
    }

    /// Every broker takes an identifier of up to 23 letters and digits.
    fn name_prefix(&self, run: u32) -> String {
        format!("load{run:08x}n")
    }

    fn unfit(&self, login: &Login) -> Option<&'static str> {
        let too_long = |word: &Option<String>| word.as_ref().is_some_and(|word| word.len() > usize::from(u16::MAX));
        if too_long(&login.user) || too_long(&login.password) {
            Some("the user or the password is longer than 65,535 octets")
        } else if login.user.is_none() && login.password.is_some() {
            Some("MQTT knows no password without a user: give the user in the URL, mqtt://USER@HOST")
        } else {
            None
        }
    }

    fn remedy(&self, reason: &str) -> &'static str {
        if reason.contains("user") || reason.contains("authorized") {
            "; give the user in the URL (mqtt://USER@HOST), and the password in LOADGEN_PASSWORD"
        } else {
            ""
        }
    }
}

/// Who it is, that nothing is kept for it, and that it need not be heard from: a keep-alive of 0.
fn connect(name: &str, login: &Login, out: &mut Vec<u8>) {
    const CLEAN_SESSION: u8 = 0x02;
    const USER: u8 = 0x80;
    const PASSWORD: u8 = 0x40;
    let words = [(USER, &login.user), (PASSWORD, &login.password)];
    let words = words.iter().filter_map(|(flag, word)| word.as_deref().map(|word| (flag, word)));
    let flags = words.clone().fold(CLEAN_SESSION, |flags, (flag, _)| flags | flag);
    let fixed = [0, 4, b'M', b'Q', b'T', b'T', 4, flags, 0, 0];
    let length = fixed.len() + 2 + name.len() + words.clone().map(|(_, word)| 2 + word.len()).sum::<usize>();
    packet(CONNECT, length, out);
    out.extend_from_slice(&fixed);
    string(name, out);
    words.for_each(|(_, word)| string(word, out));
}

fn subscribe(topic: &str, out: &mut Vec<u8>) {
    packet(SUBSCRIBE, PACKET.len() + 2 + topic.len() + 1, out);
    out.extend_from_slice(&PACKET);
    string(topic, out);
    // QoS 0
    out.push(0);
}

/// The header of a packet with a body of so many octets.
fn packet(kind: u8, mut length: usize, out: &mut Vec<u8>) {
    out.push(kind);
    loop {
        let more = if length > 0x7f { 0x80 } else { 0 };
        out.push(u8::try_from(length & 0x7f).expect("seven bits") | more);
        length >>= 7;
        if more == 0 {
            break;
        }
    }
}

fn string(words: &str, out: &mut Vec<u8>) {
    let length = u16::try_from(words.len()).expect("the plan was checked");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(words.as_bytes());
}

/// A connection that has not subscribed yet.
#[derive(Debug)]
struct Subscribing {
    topic: Option<String>,
}

impl Opening for Subscribing {
    fn receive(&mut self, octets: &[u8], _plan: &Plan, out: &mut Vec<u8>) -> Result<(usize, Option<Joined>), Turned> {
        by_frames(octets, |rest| {
            let (taken, kind, body) = match split(rest) {
                Split::Packet(taken, kind, body) => (taken, kind, body),
                Split::Incomplete => return Ok((0, false)),
                Split::Broken => return Err(Turned::broken()),
            };
            match (kind, body) {
                (CONNACK, [_, 0]) => {
                    if let Some(topic) = &self.topic {
                        subscribe(topic, out);
                    }
                    Ok((taken, self.topic.is_none()))
                }
                (CONNACK, [_, code]) => Err(Turned::Away(format!("the broker refused it: {}", refusal(*code)))),
                (SUBACK, [_, _, 0x80]) => {
                    let topic = self.topic.as_deref().unwrap_or_default();
                    Err(Turned::Away(format!("the broker does not let it subscribe to {topic}: it is not authorized")))
                }
                (SUBACK, [.., 0..=2]) => Ok((taken, true)),
                _ if matches!(next(rest), Next::Frame(..)) => Ok((taken, false)),
                _ => Err(Turned::broken()),
            }
        })
    }
}

/// What a CONNACK says.
fn refusal(code: u8) -> &'static str {
    match code {
        1 => "it does not speak MQTT 3.1.1",
        2 => "it does not take the client identifier",
        3 => "its service is unavailable",
        4 => "wrong user or password",
        5 => "not authorized",
        _ => "for a reason that MQTT 3.1.1 does not know",
    }
}

/// A packet, as its length has it.
enum Split<'o> {
    /// The octets of the whole, the first of them, and the body.
    Packet(usize, u8, &'o [u8]),
    Incomplete,
    /// The length is none, or more than can be.
    Broken,
}

fn split(octets: &[u8]) -> Split<'_> {
    let Some((kind, rest)) = octets.split_first() else { return Split::Incomplete };
    let mut length = 0;
    for at in 0..4 {
        let Some(octet) = rest.get(at) else { return Split::Incomplete };
        length |= usize::from(octet & 0x7f) << (7 * at);
        if octet & 0x80 != 0 {
            continue;
        }
        if length > MOST_BODY {
            return Split::Broken;
        }
        let header = at + 2;
        return match octets.get(header..header + length) {
            Some(body) => Split::Packet(header + length, *kind, body),
            None => Split::Incomplete,
        };
    }
    Split::Broken
}

fn next(octets: &[u8]) -> Next<'_> {
    match split(octets) {
        Split::Incomplete => Next::Incomplete,
        Split::Broken => Next::Broken,
        Split::Packet(taken, kind, body) => match (kind, body) {
            (PUBLISH, body) => {
                message(body).map_or(Next::Unreadable(taken), |message| Next::Frame(taken, Word::Message(message)))
            }
            // It was said before, by others.
            (kind, _) if kind == PUBLISH | RETAIN => Next::Frame(taken, Word::Other),
            (CONNACK, [_, _]) | (SUBACK, [_, _, _]) | (PINGRESP, []) => Next::Frame(taken, Word::Other),
            _ => Next::Unreadable(taken),
        },
    }
}

/// The body of a PUBLISH at QoS 0.
fn message(body: &[u8]) -> Option<Message<'_>> {
    let (length, rest) = body.split_first_chunk::<2>()?;
    let (room, text) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let text = std::str::from_utf8(text).ok()?;
    Some(Message { room: std::str::from_utf8(room).ok()?, signed: None, text })
}

//! Publish and subscribe of Redis, in RESP3: there one connection can do both. By hand, as `redis-protocol` bounds neither the
//! depth of values, so that a corrupt stream overflows its stack, nor their size; the tests hold frames against it.

use std::io::Write;
use std::net::SocketAddr;

use fanfare_protocol::limits::MAX_TEXT;

use super::adapter::{Adapter, Opener, Opening, by_frames};
use super::octets::{decimal, line};
use super::words::{Joined, Message, Next, Said, Turned, Word};
use crate::plan::Plan;

/// How deep values may stand in one another, and how many there may be in one.
const DEPTH: u8 = 4;
const MOST_VALUES: usize = 256;

/// A value of the protocol: of those that consist of others, only what a push can be told by.
#[derive(Clone, Copy, Debug)]
enum Value<'o> {
    /// Its octets.
    Text(&'o [u8]),
    Error(&'o [u8]),
    Integer,
    /// Its first three.
    Push([&'o [u8]; 3]),
    Other,
}

/// Why there is no value.
enum Lack {
    Incomplete,
    Broken,
}

pub(super) struct Redis;

impl Adapter for Redis {
    fn server(&self) -> &'static str {
        "Redis server"
    }

    fn start(&self, _address: SocketAddr) -> String {
        "start a redis-server there, or let loadgen do it with --target spawn:redis".to_owned()
    }

    fn open(&self, opener: &Opener<'_>, out: &mut Vec<u8>) -> Box<dyn Opening> {
        match (&opener.login.user, &opener.login.password) {
            (None, None) => command(&["HELLO", "3"], out),
            (user, password) => {
                // Who has a password only is the user that there always is.
                let (user, password) = (user.as_deref().unwrap_or("default"), password.as_deref().unwrap_or_default());
                command(&["HELLO", "3", "AUTH", user, password], out);
            }
        }
        if let Some(channel) = opener.place {
            command(&["SUBSCRIBE", channel], out);
        }
        Box::new(Subscribing { subscribes: opener.place.is_some() })
    }

    fn publish(&self, said: &Said<'_>, out: &mut Vec<u8>) {
        command(&["PUBLISH", said.room, said.text], out);
    }

    fn next<'o>(&self, octets: &'o [u8]) -> Next<'o> {
        next(octets)
    }

    fn answers(&self) -> bool {
        true
    }

    fn remedy(&self, reason: &str) -> &'static str {
        if reason.contains("NOAUTH") || reason.contains("WRONGPASS") {
            "; give the user in the URL (redis://USER@HOST), if it is not `default`, and the password in LOADGEN_PASSWORD"
        } else if reason.contains("NOPROTO") || reason.contains("unknown command") {
            "; RESP3 is needed, which Redis speaks since version 6"
        } else if reason.contains("max number of clients") {
            "; start the server with a higher --maxclients"
        } else {
            ""
        }
    }
}

/// A connection that has not subscribed yet.
#[derive(Debug)]
struct Subscribing {
    subscribes: bool,
}

impl Opening for Subscribing {
    fn receive(&mut self, octets: &[u8], _plan: &Plan, _out: &mut Vec<u8>) -> Result<(usize, Option<Joined>), Turned> {
        by_frames(octets, |rest| match value(rest, 0) {
            Err(Lack::Incomplete) => Ok((0, false)),
            Ok((_, Value::Error(words))) => {
                Err(Turned::Away(format!("the server refused it with {}", String::from_utf8_lossy(words))))
            }
            Ok((taken, Value::Push([kind, ..]))) => Ok((taken, kind == b"subscribe")),
            // The first value is the answer to HELLO.
            Ok((taken, _)) => Ok((taken, !self.subscribes)),
            Err(Lack::Broken) => Err(Turned::broken()),
        })
    }
}

fn command(words: &[&str], out: &mut Vec<u8>) {
    // Writing to a vector does not fail.
    let _ = write!(out, "*{}\r\n", words.len());
    for word in words {
        let _ = write!(out, "${}\r\n{word}\r\n", word.len());
    }
}

fn next(octets: &[u8]) -> Next<'_> {
    let (taken, value) = match value(octets, 0) {
        Ok(found) => found,
        Err(Lack::Incomplete) => return Next::Incomplete,
        Err(Lack::Broken) => return Next::Broken,
    };
    let word = match value {
        Value::Push([b"message", room, text]) => match (std::str::from_utf8(room), std::str::from_utf8(text)) {
            (Ok(room), Ok(text)) => Word::Message(Message { room, signed: None, text }),
            _ => return Next::Unreadable(taken),
        },
        // How many received it, which the run counts itself.
        Value::Integer => Word::Accepted(None),
        Value::Error(words) => {
            let code = words.split(|octet| *octet == b' ').next().unwrap_or_default();
            Word::Refused(std::str::from_utf8(code).unwrap_or("unreadable"))
        }
        Value::Push(_) | Value::Text(_) | Value::Other => Word::Other,
    };
    Next::Frame(taken, word)
}

/// The value at the beginning of octets, and how many it takes.
fn value(octets: &[u8], depth: u8) -> Result<(usize, Value<'_>), Lack> {
    let Some(kind) = octets.first() else { return Err(Lack::Incomplete) };
    if !b"+-:$*%~>_#,(!=|".contains(kind) || depth > DEPTH {
        return Err(Lack::Broken);
    }
    let line = line(octets).ok_or(Lack::Incomplete)?;
    let (header, head) = (line.len() + 2, &line[1..]);
    let count = || decimal(head).ok_or(Lack::Broken);
    match kind {
        b'$' | b'!' | b'=' => {
            let size = count()?;
            if size > MAX_TEXT {
                return Err(Lack::Broken);
            }
            let text = octets.get(header..header + size + 2).ok_or(Lack::Incomplete)?;
            let text = text.strip_suffix(b"\r\n").ok_or(Lack::Broken)?;
            let value = if *kind == b'!' { Value::Error(text) } else { Value::Text(text) };
            Ok((header + size + 2, value))
        }
        b'*' | b'~' | b'>' | b'%' | b'|' => {
            let count = count()?;
            if count > MOST_VALUES {
                return Err(Lack::Broken);
            }
            let values = if matches!(kind, b'%' | b'|') { 2 * count } else { count };
            let (mut taken, mut first) = (header, [&b""[..]; 3]);
            for at in 0..values {
                let (octets, value) = value(&octets[taken..], depth + 1)?;
                taken += octets;
                if let (Some(place), Value::Text(text)) = (first.get_mut(at), value) {
                    *place = text;
                }
            }
            Ok((taken, if *kind == b'>' { Value::Push(first) } else { Value::Other }))
        }
        b'-' => Ok((header, Value::Error(head))),
        b':' => Ok((header, Value::Integer)),
        _ => Ok((header, Value::Other)),
    }
}
